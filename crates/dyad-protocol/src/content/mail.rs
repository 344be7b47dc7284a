//! Mails: what a message says of one, or all of it.

use minicbor::Decoder;

use super::Link;
use crate::body::map::{MapReader, MapWriter, Unknown};
use crate::codec::DecodeError;

/// Longest subject that a message says, bytes of UTF-8; the mail itself has all of it.
pub const MAX_SUBJECT_LEN: usize = 255;
/// Longest beginning of a mail's text that a message says, bytes of UTF-8.
pub const MAX_BEGINNING_LEN: usize = 600;
/// Most attachments that a message says a mail has.
pub const MAX_MAIL_ATTACHMENTS: u32 = 10_000;
/// Largest mail, bytes: it is held in memory where it is read.
pub const MAX_MAIL_LEN: u64 = 64 << 20;

const WHAT: &str = "mail";

/// What is known of a mail before it is here: claims of whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailHead {
    /// Its subject, or how that begins; may be empty.
    pub subject: String,
    /// How its text begins, where the mail is a blob.
    pub beginning: Option<String>,
    /// How many attachments it has.
    pub attachments: u32,
}

/// Where a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailPlace {
    /// In the message itself: RFC 5322.
    Within(Vec<u8>),
    /// A blob.
    Blob(Link),
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What a list shows of it.
    pub head: MailHead,
    /// The mail.
    pub place: MailPlace,
}

impl MailHead {
    /// As content that lacks the mail still: what an app keeps while the mail is on its way to a service.
    pub fn encode(&self) -> Vec<u8> {
        self.written(None).finish(&Unknown::default())
    }

    /// What the content of a mail says of it, with the mail or without.
    ///
    /// # Errors
    /// [`DecodeError`] if it is malformed.
    pub fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        read(content).map(|(head, _)| head)
    }

    fn written(&self, place: Option<&MailPlace>) -> MapWriter {
        let mut map = MapWriter::new();
        map.put(0, |e| e.str(&self.subject).map(drop));
        match place {
            Some(MailPlace::Within(bytes)) => map.put(1, |e| e.bytes(bytes).map(drop)),
            Some(MailPlace::Blob(link)) => map.put(2, |e| link.encode(e)),
            None => {}
        }
        map.some(3, &self.beginning, |text, e| e.str(text).map(drop));
        let some = (self.attachments > 0).then_some(self.attachments);
        map.some(4, &some, |count, e| e.u32(*count).map(drop));
        map
    }
}

impl Mail {
    pub(super) fn encode(&self) -> MapWriter {
        self.head.written(Some(&self.place))
    }

    pub(super) fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        match read(content)? {
            (head, Some(place)) => Ok(Self { head, place }),
            (_, None) => Err(DecodeError::Malformed(WHAT)),
        }
    }
}

fn read(content: &[u8]) -> Result<(MailHead, Option<MailPlace>), DecodeError> {
    let text = |d: &mut Decoder<'_>| d.str().map(str::to_owned);
    let (mut subject, mut beginning, mut attachments) = (None, None, 0);
    let (mut within, mut blob) = (None, None);
    let mut reader = MapReader::new(content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => subject = Some(reader.value(text)?),
            1 => within = Some(reader.bytes()?.to_vec()),
            2 => blob = Some(reader.nested(Link::decode)?),
            3 => beginning = Some(reader.value(text)?),
            4 => attachments = reader.value(|d| d.u32())?,
            _ => drop(reader.raw(key)?),
        }
    }
    let subject = subject.filter(|text| text.len() <= MAX_SUBJECT_LEN);
    let fits = beginning
        .as_ref()
        .is_none_or(|text| text.len() <= MAX_BEGINNING_LEN)
        && blob.as_ref().is_none_or(|link| link.size <= MAX_MAIL_LEN)
        && attachments <= MAX_MAIL_ATTACHMENTS;
    let place = match (within, blob) {
        (Some(_), Some(_)) => return Err(DecodeError::Malformed(WHAT)),
        (Some(bytes), None) => Some(MailPlace::Within(bytes)),
        (None, Some(link)) => Some(MailPlace::Blob(link)),
        (None, None) => None,
    };
    match subject {
        Some(subject) if fits => Ok((
            MailHead {
                subject,
                beginning,
                attachments,
            },
            place,
        )),
        _ => Err(DecodeError::Malformed(WHAT)),
    }
}
