//! Bundles: all that somebody needs to begin, or to begin again, a relationship with their maker.

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::codec::{DecodeError, decode, encode};
use crate::envelope::TicketContext;
use crate::hash::hash;
use crate::hpke::XWingPublic;
use crate::label;
use crate::limits::{MAX_SERVICES, MAX_TICKETS};
use crate::sign::{IdentityKey, IdentityPublic, Signature};
use crate::ticket::{ServiceRecord, Ticket};
use crate::time::Timestamp;

/// Version of the bundle.
pub const BUNDLE_VERSION: u8 = 1;

public_bytes!(
    /// A Curve25519 key of the ratchet (Olm); the protocol only carries it.
    OlmPublic, 32
);

/// What a bundle says. Made by [`BundleBody::sign`], read by [`Bundle::verify`].
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct BundleBody {
    /// [`BUNDLE_VERSION`].
    pub version: u8,
    /// The maker's identity in this relationship (or in an invitation for many).
    pub identity: IdentityPublic,
    /// Olm identity key of the account made for this bundle.
    pub curve: OlmPublic,
    /// Olm fallback prekey.
    pub prekey: OlmPublic,
    /// Key for `establish` and for renewing the pre-shared key.
    pub xwing: XWingPublic,
    /// When it was made. Of two bundles of one identity the later counts.
    pub created: Timestamp,
    /// When it stops being good.
    pub expires: Timestamp,
    /// The services that the tickets refer to; at most [`MAX_SERVICES`].
    pub services: Vec<ServiceRecord>,
    /// Long-term tickets, of two receivers in normal use; at most [`MAX_TICKETS`].
    pub tickets: Vec<Ticket>,
}

/// A bundle whose signature has been checked. Keeps the very bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    body: BundleBody,
    bytes: Vec<u8>,
}

impl BundleBody {
    /// Encodes and signs.
    pub fn sign(self, identity: &IdentityKey) -> Bundle {
        let mut bytes = encode(&self);
        let signature = identity.sign(label::BUNDLE, &[&bytes]);
        bytes.extend_from_slice(signature.as_bytes());
        Bundle { body: self, bytes }
    }
}

impl Bundle {
    /// Parses and checks version, signature and inner consistency. Expiry is the caller's to judge.
    ///
    /// # Errors
    /// [`DecodeError`] saying which of these failed.
    pub fn verify(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "bundle";
        match bytes.first() {
            None => return Err(DecodeError::Length(WHAT)),
            Some(&BUNDLE_VERSION) => {}
            Some(&found) => return Err(DecodeError::Version { what: WHAT, found }),
        }
        let (signed, signature) = bytes
            .split_last_chunk::<64>()
            .ok_or(DecodeError::Length(WHAT))?;
        let body: BundleBody = decode(signed, WHAT)?;
        body.identity
            .verify(label::BUNDLE, &[signed], &Signature::new(*signature))?;
        let consistent = !body.tickets.is_empty()
            && body.tickets.len() <= MAX_TICKETS
            && body.services.len() <= MAX_SERVICES
            && body
                .tickets
                .iter()
                .all(|t| usize::from(t.service) < body.services.len())
            && body.created < body.expires;
        if !consistent {
            return Err(DecodeError::Malformed(WHAT));
        }
        Ok(Self {
            body,
            bytes: bytes.to_vec(),
        })
    }

    /// What it says.
    pub const fn body(&self) -> &BundleBody {
        &self.body
    }

    /// The signed bytes, as they travel.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its hash, signature included.
    pub fn hash(&self) -> [u8; 32] {
        hash(label::BUNDLE_HASH, &[&self.bytes])
    }

    /// The context of the tickets inside it.
    pub fn context(&self) -> TicketContext {
        TicketContext(self.hash())
    }

    /// Whether it is past its date.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now >= self.body.expires
    }
}

impl serde::Serialize for Bundle {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        crate::codec::serialize_bytes(&self.bytes, s)
    }
}

impl<'de> serde::Deserialize<'de> for Bundle {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = crate::codec::deserialize_bytes(d)?;
        Self::verify(&bytes).map_err(serde::de::Error::custom)
    }
}
