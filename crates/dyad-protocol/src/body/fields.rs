//! The parts of a body that are more than a number or a string.

use minicbor::Decoder;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::map::{MapReader, MapWriter, Unknown};
use super::{CborEncoder, CborResult};
use crate::codec::DecodeError;
use crate::content::{MessageRef, is_timer};
use crate::hash::framed;
use crate::label;
use crate::limits::XWING_CIPHERTEXT_LEN;
use crate::psk::PskId;
use crate::sign::{IdentityKey, IdentityPublic, Signature};
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
    /// The message that it answers.
    pub reply: Option<MessageRef>,
    /// Seconds until it vanishes on each side: 1 to [`crate::content::MAX_TIMER`].
    pub timer: Option<u64>,
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
            reply: None,
            timer: None,
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
        map.some(3, &self.reply, MessageRef::encode);
        map.some(4, &self.timer, |seconds, e| e.u64(*seconds).map(drop));
        append(e, map, &Unknown::default())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "payload";
        let (mut kind, mut content, mut fallback) = (None, None, None);
        let (mut reply, mut timer) = (None, None);
        let mut reader = MapReader::new(bytes, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => kind = Some(reader.value(|d| d.str().map(str::to_owned))?),
                1 => content = Some(reader.bytes()?.to_vec()),
                2 => fallback = Some(reader.value(|d| d.str().map(str::to_owned))?),
                3 => reply = Some(reader.value(MessageRef::decode)?),
                4 => timer = Some(reader.value(|d| d.u64())?),
                _ => drop(reader.raw(key)?),
            }
        }
        let kind = kind.filter(|kind| !kind.is_empty() && kind.len() <= MAX_KIND_LEN);
        match (kind, content) {
            (Some(kind), Some(content)) if timer.is_none_or(is_timer) => Ok(Self {
                kind,
                content,
                fallback,
                reply,
                timer,
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
    /// The pre-shared key that goes into the new one beside the encapsulated secret.
    pub base: PskId,
    /// The ciphertext.
    pub ciphertext: Box<[u8; XWING_CIPHERTEXT_LEN]>,
}

impl KemUpdate {
    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        e.array(3)?
            .bytes(&self.bundle_hash)?
            .bytes(self.base.as_bytes())?
            .bytes(self.ciphertext.as_slice())
            .map(drop)
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("encapsulated secret");
        if d.array()? != Some(3) {
            return Err(bad());
        }
        let bundle_hash = d.bytes()?.try_into().map_err(|_| bad())?;
        let base = PskId::from_slice(d.bytes()?).ok_or_else(bad)?;
        let ciphertext: Box<[u8]> = d.bytes()?.into();
        Ok(Self {
            bundle_hash,
            base,
            ciphertext: ciphertext.try_into().map_err(|_| bad())?,
        })
    }

    /// HPKE `info` of the encapsulation: it is good for one bundle, one key before and one relationship.
    pub fn info(bundle_hash: &[u8; 32], base: &PskId, transcript: &[u8; 32]) -> Vec<u8> {
        framed(label::PSK_KEM, &[bundle_hash, base.as_bytes(), transcript])
    }
}

/// *B follows A*: signed by A over B, then by B over that.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Follows {
    /// The identity that follows, B.
    pub identity: IdentityPublic,
    /// By A, over A and B.
    pub by_old: Signature,
    /// By B, over A, B and the signature of A.
    pub by_new: Signature,
}

impl Follows {
    /// States that `new` follows `old`.
    pub fn sign(old: &IdentityKey, new: &IdentityKey) -> Self {
        let (a, identity) = (old.public(), new.public());
        let by_old = old.sign(label::FOLLOWS, &[a.as_bytes(), identity.as_bytes()]);
        let by_new = new.sign(
            label::FOLLOWS,
            &[a.as_bytes(), identity.as_bytes(), by_old.as_bytes()],
        );
        Self {
            identity,
            by_old,
            by_new,
        }
    }

    /// Checks that the identity inside follows `old`, by the word of both.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`] if one of the signatures is wrong.
    pub fn verify(&self, old: &IdentityPublic) -> Result<(), DecodeError> {
        let (a, b) = (old.as_bytes(), self.identity.as_bytes());
        old.verify(label::FOLLOWS, &[a, b], &self.by_old)?;
        self.identity.verify(
            label::FOLLOWS,
            &[a, b, self.by_old.as_bytes()],
            &self.by_new,
        )
    }

    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        e.array(3)?
            .bytes(self.identity.as_bytes())?
            .bytes(self.by_old.as_bytes())?
            .bytes(self.by_new.as_bytes())
            .map(drop)
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("following identity");
        if d.array()? != Some(3) {
            return Err(bad());
        }
        let identity = IdentityPublic::from_slice(d.bytes()?).ok_or_else(bad)?;
        let by_old = Signature::from_slice(d.bytes()?).ok_or_else(bad)?;
        let by_new = Signature::from_slice(d.bytes()?).ok_or_else(bad)?;
        Ok(Self {
            identity,
            by_old,
            by_new,
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
    /// Something came whose key the ratchet had given up: what acknowledgements show as missing is wanted again now.
    Unreadable,
}

pub(super) fn encode_control(control: &Control, e: &mut CborEncoder<'_>) -> CborResult {
    match control {
        Control::Ended => e.array(1)?.u8(1).map(drop),
        Control::AlreadyUsed => e.array(1)?.u8(2).map(drop),
        Control::TicketsVoidBefore(at) => e.array(2)?.u8(3)?.u64(at.as_secs()).map(drop),
        Control::Unreadable => e.array(1)?.u8(4).map(drop),
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
        (4, Some(1)) => Some(Control::Unreadable),
        _ => None,
    })
}

fn append(e: &mut CborEncoder<'_>, map: MapWriter, unknown: &Unknown) -> CborResult {
    e.writer_mut().extend_from_slice(&map.finish(unknown));
    Ok(())
}
