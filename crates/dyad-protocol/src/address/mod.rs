//! Addresses that only the receiver can resolve: minted by the owner, sealed anew for each message.
//!
//! ```text
//! recipient address, suite 1 (133): suite 1 | generation j 1 | enc 32 | ciphertext 35 | signature 64
//! sender address (183):             version 1 | generation k 1 | enc 32 | ciphertext 149
//! ```
//!
//! The recipient address encrypts `root address 16 | expiry period 2 | kind 1` to the receiver's
//! address key j and is signed by its owner. The sender address encrypts a recipient address to the
//! receiver's transit key k, bound to one sealed message.

mod mint;
mod resolve;
mod seal;

pub use mint::{MintingKey, mint};
pub use resolve::{
    OpenedAddress, ResolvedAddress, Unresolvable, authorise_all, open_recipient, open_sender,
};
pub use seal::seal;

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::hash::hash;
use crate::id::{AddressId, HostName, RootAddress};
use crate::label;
use crate::limits::{ADDRESS_BODY_LEN, RECIPIENT_ADDRESS_LEN, SENDER_ADDRESS_LEN};
use crate::time::ExpiryPeriod;

/// Suite 1: exact mailbox, Ed25519 authorisation.
pub const SUITE_EXACT: u8 = 1;
/// Version of the sender address.
pub const SENDER_ADDRESS_VERSION: u8 = 1;

public_bytes!(
    /// A root address encrypted to its receiver and authorised by its owner.
    RecipientAddress, RECIPIENT_ADDRESS_LEN
);
public_bytes!(
    /// A recipient address encrypted again for one message.
    SenderAddress, SENDER_ADDRESS_LEN
);

/// Which of the receiver's published keys something is sealed to; wraps around.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Generation(pub u8);

/// What a recipient address may be used for. The limits belong to the kind; an address cannot choose its own.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[repr(u8)]
pub enum AddressKind {
    /// For one message.
    Ticket = 1,
    /// For when tickets have run out: [`crate::limits::LONG_TERM_DAILY_LIMIT`] messages a day.
    LongTerm = 2,
}

impl AddressKind {
    /// From its number on the wire.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Ticket),
            2 => Some(Self::LongTerm),
            _ => None,
        }
    }

    /// Its number on the wire.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Months from the one in which an address is minted to the one at whose beginning it expires.
    pub const fn months(self) -> u16 {
        match self {
            Self::Ticket => 3,
            Self::LongTerm => 12,
        }
    }

    /// The common expiry of all addresses of this kind that are minted at `now`.
    pub const fn expiry(self, now: crate::time::Timestamp) -> ExpiryPeriod {
        ExpiryPeriod::containing(now).plus_months(self.months())
    }
}

/// What the receiver finds in a recipient address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressPlaintext {
    /// The mailbox.
    pub root: RootAddress,
    /// When it expires.
    pub expiry: ExpiryPeriod,
    /// What it may be used for.
    pub kind: AddressKind,
}

impl RecipientAddress {
    /// The suite byte.
    pub const fn suite(&self) -> u8 {
        self.0[0]
    }

    /// The address key it is encrypted to.
    pub const fn generation(&self) -> Generation {
        Generation(self.0[1])
    }

    /// Its name: a hash over all but the authorisation, which a signer could vary.
    pub fn id(&self) -> AddressId {
        let digest = hash(label::ADDRESS_ID, &[self.body()]);
        let mut id = [0; AddressId::LEN];
        id.copy_from_slice(&digest[..AddressId::LEN]);
        AddressId::new(id)
    }

    fn body(&self) -> &[u8] {
        &self.0[..ADDRESS_BODY_LEN]
    }
}

impl SenderAddress {
    /// The transit key it is encrypted to.
    pub const fn generation(&self) -> Generation {
        Generation(self.0[1])
    }
}

/// HPKE `info` of a recipient address.
fn recipient_info(receiver: &HostName, generation: Generation) -> Vec<u8> {
    crate::hash::framed(
        label::ADDRESS_RECIPIENT,
        &[
            &[SUITE_EXACT],
            receiver.as_str().as_bytes(),
            &[generation.0],
        ],
    )
}

/// HPKE `info` of a sender address.
fn sender_info(receiver: &HostName, generation: Generation) -> Vec<u8> {
    crate::hash::framed(
        label::ADDRESS_SENDER,
        &[
            &[SENDER_ADDRESS_VERSION],
            receiver.as_str().as_bytes(),
            &[generation.0],
        ],
    )
}

#[cfg(test)]
mod tests;
