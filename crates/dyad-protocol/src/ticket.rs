//! Address tickets: one recipient address with the one-time envelope key to use with it.

use tls_codec::{DeserializeBytes, Serialize, Size, TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::address::{AddressKind, RecipientAddress};
use crate::hpke::X25519Public;
use crate::id::HostName;
use crate::psk::PskId;
use crate::sign::ServiceKeyHash;
use crate::time::{ExpiryPeriod, Timestamp};

/// A receiver service, as a ticket refers to it.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct ServiceRecord {
    /// Where it is.
    pub host: HostName,
    /// Which key its document must be signed with.
    pub key_hash: ServiceKeyHash,
}

/// What a contact needs to send one message (or, long-term, many).
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Ticket {
    /// Index into the services that come with it.
    pub service: u8,
    /// One message or many.
    pub kind: AddressKind,
    /// When the address expires.
    pub expiry: ExpiryPeriod,
    /// The pre-shared key to use; named by the minter, who knows which ones both sides hold.
    pub psk: PskId,
    /// The envelope key.
    pub key: X25519Public,
    /// The address.
    pub address: RecipientAddress,
}

impl Ticket {
    /// Encoded length in bytes.
    pub const LEN: usize = 1 + 1 + 2 + 8 + 32 + RecipientAddress::LEN;

    /// Whether its address has expired.
    pub const fn has_expired(&self, now: Timestamp) -> bool {
        self.expiry.has_expired(now)
    }
}

impl Size for AddressKind {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl Serialize for AddressKind {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        self.number().tls_serialize(writer)
    }
}

impl DeserializeBytes for AddressKind {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        let (number, rest) = u8::tls_deserialize_bytes(bytes)?;
        let kind = Self::from_number(number)
            .ok_or_else(|| tls_codec::Error::DecodingError("address kind".into()))?;
        Ok((kind, rest))
    }
}
