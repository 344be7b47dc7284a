//! The parts of a body that are more than a number or a string.

use minicbor::Decoder;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::map::{MapReader, MapWriter, Unknown};
use super::{CborEncoder, CborResult};
use crate::codec::DecodeError;
use crate::limits::XWING_CIPHERTEXT_LEN;
use crate::ticket::{ServiceRecord, Ticket};
use crate::time::Timestamp;

/// Longest kind of payload, bytes.
pub const MAX_KIND_LEN: usize = 64;
/// Longest name or pronouns in a presentation, bytes.
pub const MAX_NAME_LEN: usize = 256;

/// What a message is for. Unknown kinds show their fallback text and are kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payload {
    /// `text`, or a name such as `vnd.example.chess-move`.
    pub kind: String,
    /// In the encoding of its kind.
    #[serde(with = "crate::codec::serde_bytes")]
    pub content: Vec<u8>,
    /// What an app shows that does not know the kind.
    pub fallback: Option<String>,
}

impl Payload {
    /// The kind of plain text; its content is UTF-8.
    pub const TEXT: &'static str = "text";

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: Self::TEXT.into(),
            content: text.into().into_bytes(),
            fallback: None,
        }
    }

    /// What to show: the text, or the fallback.
    pub fn shown(&self) -> Option<&str> {
        if self.kind == Self::TEXT {
            std::str::from_utf8(&self.content).ok()
        } else {
            self.fallback.as_deref()
        }
    }

    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        let mut map = MapWriter::new();
        map.put(0, |e| e.str(&self.kind).map(drop));
        map.put(1, |e| e.bytes(&self.content).map(drop));
        map.some(2, &self.fallback, |text, e| e.str(text).map(drop));
        append(e, map, &Unknown::default())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "payload";
        let (mut kind, mut content, mut fallback) = (None, None, None);
        let mut reader = MapReader::new(bytes, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => kind = Some(reader.value(|d| d.str().map(str::to_owned))?),
                1 => content = Some(reader.bytes()?.to_vec()),
                2 => fallback = Some(reader.value(|d| d.str().map(str::to_owned))?),
                _ => drop(reader.raw(key)?),
            }
        }
        let kind = kind.filter(|kind| !kind.is_empty() && kind.len() <= MAX_KIND_LEN);
        match (kind, content) {
            (Some(kind), Some(content)) => Ok(Self {
                kind,
                content,
                fallback,
            }),
            _ => Err(DecodeError::Malformed(WHAT)),
        }
    }
}

/// How a person wants to be called. Shown as theirs, never taken as proof of anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Presentation {
    /// Name.
    pub name: String,
    /// Pronouns.
    pub pronouns: Option<String>,
}

impl Presentation {
    /// Encodes it, as it stands in an invitation.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = MapWriter::new();
        map.put(0, |e| e.str(&self.name).map(drop));
        map.some(1, &self.pronouns, |text, e| e.str(text).map(drop));
        map.finish(&Unknown::default())
    }

    pub(super) fn encode_into(&self, e: &mut CborEncoder<'_>) -> CborResult {
        e.writer_mut().extend_from_slice(&self.encode());
        Ok(())
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "presentation";
        let (mut name, mut pronouns) = (String::new(), None);
        let mut reader = MapReader::new(bytes, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => name = reader.value(|d| d.str().map(str::to_owned))?,
                1 => pronouns = Some(reader.value(|d| d.str().map(str::to_owned))?),
                _ => drop(reader.raw(key)?),
            }
        }
        let fits = |text: &String| text.len() <= MAX_NAME_LEN;
        if fits(&name) && pronouns.as_ref().is_none_or(fits) {
            Ok(Self { name, pronouns })
        } else {
            Err(DecodeError::Length(WHAT))
        }
    }
}

/// Fresh tickets, with the services that they refer to.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct TicketGrant {
    /// The services; at most [`crate::limits::MAX_SERVICES`].
    pub services: Vec<ServiceRecord>,
    /// The tickets; at most [`crate::limits::MAX_TICKETS`].
    pub tickets: Vec<Ticket>,
}

/// A secret encapsulated to the X-Wing key of the recipient's bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KemUpdate {
    /// Which bundle.
    pub bundle_hash: [u8; 32],
    /// The ciphertext.
    pub ciphertext: Box<[u8; XWING_CIPHERTEXT_LEN]>,
}

impl KemUpdate {
    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        e.array(2)?
            .bytes(&self.bundle_hash)?
            .bytes(self.ciphertext.as_slice())
            .map(drop)
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("encapsulated secret");
        if d.array()? != Some(2) {
            return Err(bad());
        }
        let bundle_hash = d.bytes()?.try_into().map_err(|_| bad())?;
        let ciphertext: Box<[u8]> = d.bytes()?.into();
        Ok(Self {
            bundle_hash,
            ciphertext: ciphertext.try_into().map_err(|_| bad())?,
        })
    }
}

/// A change of the relationship itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Control {
    /// The writer has ended the relationship.
    Ended,
    /// The invitation was used by somebody else before.
    AlreadyUsed,
    /// The writer can no longer open anything sent to a ticket it made before this moment.
    TicketsVoidBefore(Timestamp),
}

pub(super) fn encode_control(control: &Control, e: &mut CborEncoder<'_>) -> CborResult {
    match control {
        Control::Ended => e.array(1)?.u8(1).map(drop),
        Control::AlreadyUsed => e.array(1)?.u8(2).map(drop),
        Control::TicketsVoidBefore(at) => e.array(2)?.u8(3)?.u64(at.as_secs()).map(drop),
    }
}

/// `None` for a control of a newer release.
pub(super) fn decode_control(
    d: &mut Decoder<'_>,
) -> Result<Option<Control>, minicbor::decode::Error> {
    let len = d.array()?;
    Ok(match (d.u64()?, len) {
        (1, Some(1)) => Some(Control::Ended),
        (2, Some(1)) => Some(Control::AlreadyUsed),
        (3, Some(2)) => Some(Control::TicketsVoidBefore(Timestamp::from_secs(d.u64()?))),
        _ => None,
    })
}

fn append(e: &mut CborEncoder<'_>, map: MapWriter, unknown: &Unknown) -> CborResult {
    e.writer_mut().extend_from_slice(&map.finish(unknown));
    Ok(())
}
