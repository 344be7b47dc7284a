//! The envelope: what makes every message the same size, hides the ratchet's headers, and adds
//! post-quantum secrecy.
//!
//! ```text
//! sealed message (2944): version 1 | enc 32 | HPKE PSK-mode ciphertext 2911
//! plaintext (2895):      kind 1 | length 2 | content | zeros
//! ```
//!
//! The ticket determines everything needed to open it: its address finds the private key, the ticket
//! names the pre-shared key and the context that it was handed out in. Nothing is ever tried.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::address::RecipientAddress;
use crate::codec::DecodeError;
use crate::hash::framed;
use crate::hpke::{HpkeError, X25519Public, X25519Secret, open_psk, seal_psk};
use crate::id::SealedHash;
use crate::label;
use crate::limits::{ENC_LEN, ENVELOPE_CAPACITY, ENVELOPE_PLAIN_LEN, SEALED_LEN};
use crate::psk::Psk;

/// Version of the sealed message.
pub const ENVELOPE_VERSION: u8 = 1;

/// A sealed message: always [`SEALED_LEN`] bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedMessage(Box<[u8; SEALED_LEN]>);

impl SealedMessage {
    /// Takes exactly [`SEALED_LEN`] bytes; looks at nothing inside.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: Box<[u8]> = bytes.into();
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; SEALED_LEN] {
        &self.0
    }

    /// Its hash, which a sender address is bound to.
    pub fn hash(&self) -> SealedHash {
        SealedHash::of(self.0.as_slice())
    }
}

impl std::fmt::Debug for SealedMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("SealedMessage(..)")
    }
}

impl serde::Serialize for SealedMessage {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        crate::codec::serialize_bytes(self.0.as_slice(), s)
    }
}

impl<'de> serde::Deserialize<'de> for SealedMessage {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes: [u8; SEALED_LEN] = crate::codec::deserialize_array(d)?;
        Ok(Self(Box::new(bytes)))
    }
}

/// What an envelope holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// An encoded normal Olm message; pre-key messages only travel inside `establish`.
    Ratchet(Vec<u8>),
    /// First contact or repair; see [`crate::establish`].
    Establish(Vec<u8>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ratchet(bytes) => write!(f, "Ratchet({} bytes)", bytes.len()),
            Self::Establish(bytes) => write!(f, "Establish({} bytes)", bytes.len()),
        }
    }
}

/// Binds an envelope to the place its ticket was handed out in: the hash of the bundle that held the
/// ticket, or the transcript of the relationship that it was sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct TicketContext(#[serde(with = "context_bytes")] pub [u8; 32]);

mod context_bytes {
    pub(super) fn serialize<S: serde::Serializer>(b: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        crate::codec::serialize_bytes(b, s)
    }
    pub(super) use crate::codec::deserialize_array as deserialize;
}

/// Why an envelope was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The content does not fit.
    #[error("content of {len} bytes exceeds the {} that fit", ENVELOPE_CAPACITY)]
    TooLong {
        /// Its length.
        len: usize,
    },
    /// The ticket's key is of low order.
    #[error("the ticket's key is not usable")]
    Key,
}

/// Seals `content` to a ticket's key.
///
/// # Errors
/// If the content is longer than [`ENVELOPE_CAPACITY`] or the ticket's key is unusable.
pub fn seal(
    content: &Content,
    to: &X25519Public,
    psk: &Psk,
    context: &TicketContext,
    address: &RecipientAddress,
    rng: &mut impl CryptoRng,
) -> Result<SealedMessage, SealError> {
    let (kind, bytes) = match content {
        Content::Ratchet(bytes) => (1u8, bytes),
        Content::Establish(bytes) => (2u8, bytes),
    };
    if bytes.len() > ENVELOPE_CAPACITY {
        return Err(SealError::TooLong { len: bytes.len() });
    }
    let mut plain = Zeroizing::new([0u8; ENVELOPE_PLAIN_LEN]);
    plain[0] = kind;
    plain[1..3].copy_from_slice(&(bytes.len() as u16).to_be_bytes());
    plain[3..3 + bytes.len()].copy_from_slice(bytes);

    let info = info(context);
    let (enc, ciphertext) = seal_psk(to, psk, &info, address.as_bytes(), plain.as_slice(), rng)
        .map_err(|HpkeError| SealError::Key)?;
    let mut sealed = Box::new([0; SEALED_LEN]);
    sealed[0] = ENVELOPE_VERSION;
    sealed[1..1 + ENC_LEN].copy_from_slice(&enc);
    sealed[1 + ENC_LEN..].copy_from_slice(&ciphertext);
    Ok(SealedMessage(sealed))
}

/// Opens a sealed message with what its ticket determines.
///
/// # Errors
/// [`DecodeError::Version`] for a newer format, [`DecodeError::NotAuthentic`] if it does not open,
/// [`DecodeError::Malformed`] if what is inside is not an envelope.
pub fn open(
    sealed: &SealedMessage,
    secret: &X25519Secret,
    psk: &Psk,
    context: &TicketContext,
    address: &RecipientAddress,
) -> Result<Content, DecodeError> {
    const WHAT: &str = "envelope";
    let (&version, rest) = sealed.0.split_first().ok_or(DecodeError::Length(WHAT))?;
    if version != ENVELOPE_VERSION {
        return Err(DecodeError::Version {
            what: WHAT,
            found: version,
        });
    }
    let (enc, ciphertext) = rest.split_first_chunk().ok_or(DecodeError::Length(WHAT))?;
    let plain = open_psk(
        secret,
        psk,
        enc,
        &info(context),
        address.as_bytes(),
        ciphertext,
    )
    .map(Zeroizing::new)
    .map_err(|HpkeError| DecodeError::NotAuthentic(WHAT))?;
    unpad(&plain).ok_or(DecodeError::Malformed(WHAT))
}

fn unpad(plain: &[u8]) -> Option<Content> {
    let (&[kind, high, low], rest) = plain.split_first_chunk()?;
    let (content, padding) = rest.split_at_checked(u16::from_be_bytes([high, low]).into())?;
    if padding.iter().any(|&byte| byte != 0) {
        return None;
    }
    match kind {
        1 => Some(Content::Ratchet(content.to_vec())),
        2 => Some(Content::Establish(content.to_vec())),
        _ => None,
    }
}

fn info(context: &TicketContext) -> Vec<u8> {
    framed(label::ENVELOPE, &[&[ENVELOPE_VERSION], &context.0])
}
