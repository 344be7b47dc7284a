//! What points elsewhere: sharing invitations, and requests for a contact. Nothing of it is followed by itself.

use minicbor::Decoder;

use crate::body::map::{MapReader, MapWriter};
use crate::codec::DecodeError;

/// Longest title of what is shared, bytes of UTF-8.
pub const MAX_TITLE_LEN: usize = 200;
/// Longest address of what is shared, and longest invitation that is passed on, bytes of UTF-8.
pub const MAX_ADDRESS_LEN: usize = 800;
/// Longest access secret, bytes of UTF-8.
pub const MAX_SECRET_LEN: usize = 200;
/// Longest word for what is shared, bytes of UTF-8.
pub const MAX_WHAT_LEN: usize = 32;
/// Longest name in a request for a contact, bytes of UTF-8.
pub const MAX_PERSON_LEN: usize = 200;
/// Longest note in a request for a contact, bytes of UTF-8.
pub const MAX_NOTE_LEN: usize = 600;

/// A sharing invitation: where a document, an album or a list is.
#[derive(Clone, PartialEq, Eq)]
pub struct Share {
    /// What it is called.
    pub title: String,
    /// Its address, as its writer gives it; not checked.
    pub address: String,
    /// What opens it, beside the address.
    pub secret: Option<String>,
    /// What it is, in a word: `document`, `album`, `list` or another.
    pub what: Option<String>,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            title,
            address: _,
            secret: _,
            what,
        } = self;
        f.debug_struct("Share")
            .field("title", title)
            .field("what", what)
            .finish_non_exhaustive()
    }
}

/// Somebody would like to be in contact: asked by, or passed on by, the writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRequest {
    /// Who.
    pub name: String,
    /// Their invitation, as a link or URI; not checked.
    pub invitation: Option<String>,
    /// What the writer says of it.
    pub note: Option<String>,
}

impl Share {
    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.str(&self.title).map(drop));
        map.put(1, |e| e.str(&self.address).map(drop));
        map.some(2, &self.secret, |text, e| e.str(text).map(drop));
        map.some(3, &self.what, |text, e| e.str(text).map(drop));
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] if it is malformed.
    pub fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        let most = [MAX_TITLE_LEN, MAX_ADDRESS_LEN, MAX_SECRET_LEN, MAX_WHAT_LEN];
        match texts(content, "sharing invitation", most)? {
            [Some(title), Some(address), secret, what] => Ok(Self {
                title,
                address,
                secret,
                what,
            }),
            _ => Err(DecodeError::Malformed("sharing invitation")),
        }
    }
}

impl ContactRequest {
    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.str(&self.name).map(drop));
        map.some(1, &self.invitation, |text, e| e.str(text).map(drop));
        map.some(2, &self.note, |text, e| e.str(text).map(drop));
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] if it is malformed.
    pub fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        let most = [MAX_PERSON_LEN, MAX_ADDRESS_LEN, MAX_NOTE_LEN];
        match texts(content, "contact request", most)? {
            [Some(name), invitation, note] => Ok(Self {
                name,
                invitation,
                note,
            }),
            _ => Err(DecodeError::Malformed("contact request")),
        }
    }
}

/// A map of texts under the keys from 0; what is there is not empty and no longer than its limit.
fn texts<const N: usize>(
    content: &[u8],
    what: &'static str,
    most: [usize; N],
) -> Result<[Option<String>; N], DecodeError> {
    let mut found = [const { None }; N];
    let mut reader = MapReader::new(content, what)?;
    while let Some(key) = reader.next_key()? {
        let place = usize::try_from(key).ok();
        match place.and_then(|place| found.get_mut(place).zip(most.get(place))) {
            Some((slot, most)) => {
                let text = reader.value(|d: &mut Decoder<'_>| d.str().map(str::to_owned))?;
                if text.is_empty() || text.len() > *most {
                    return Err(DecodeError::Malformed(what));
                }
                *slot = Some(text);
            }
            None => drop(reader.raw(key)?),
        }
    }
    Ok(found)
}
