//! Delivery batches: how a sender service hands messages to a receiver, signed as a service.
//!
//! ```text
//! batch: version 1 | sender host <1> | receiver host <1> | time 8 | batch id 16 | signature 64 | items
//! item:  sender address 183 | sealed message 2944
//! ```
//!
//! The signature covers sender host, receiver host, time, batch id and SHA-256 of the items.

use tls_codec::{DeserializeBytes, TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::address::SenderAddress;
use crate::codec::{DecodeError, encode};
use crate::envelope::SealedMessage;
use crate::hash::sha256;
use crate::id::{BatchId, HostName};
use crate::label;
use crate::limits::{BATCH_SKEW, ITEM_LEN, MAX_BATCH_ITEMS};
use crate::sign::{ServiceKey, ServicePublic, Signature};
use crate::time::Timestamp;

/// `POST`: a batch, answered `202` with an empty body once it is on disk, whatever is in its items.
pub const DELIVER_PATH: &str = "/v1/deliver";
/// Version of the batch.
pub const BATCH_VERSION: u8 = 1;

/// One message as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where to.
    pub address: SenderAddress,
    /// What.
    pub sealed: SealedMessage,
}

/// A batch as it arrived: parsed, its signature not yet checked.
#[derive(Debug, Clone)]
pub struct UnverifiedBatch<'a> {
    header: Header,
    items: &'a [u8],
}

/// A batch that its sender service signed for this receiver, recently.
#[derive(Debug, Clone)]
pub struct VerifiedBatch<'a> {
    header: Header,
    items: &'a [u8],
}

#[derive(Debug, Clone, TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct Header {
    version: u8,
    sender: HostName,
    receiver: HostName,
    time: Timestamp,
    id: BatchId,
    signature: Signature,
}

impl Item {
    /// Appends the item to `bytes`.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.address.as_bytes());
        bytes.extend_from_slice(self.sealed.as_bytes());
    }

    /// Reads exactly [`ITEM_LEN`] bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (address, sealed) = bytes.split_at_checked(SenderAddress::LEN)?;
        Some(Self {
            address: SenderAddress::from_slice(address)?,
            sealed: SealedMessage::from_slice(sealed)?,
        })
    }
}

/// Makes a batch of already encoded items ([`ITEM_LEN`] bytes each, 1 to [`MAX_BATCH_ITEMS`]).
pub fn sign(
    key: &ServiceKey,
    sender: &HostName,
    receiver: &HostName,
    time: Timestamp,
    id: BatchId,
    items: &[u8],
) -> Vec<u8> {
    let mut header = Header {
        version: BATCH_VERSION,
        sender: sender.clone(),
        receiver: receiver.clone(),
        time,
        id,
        signature: Signature::new([0; 64]),
    };
    let digest = sha256(items);
    let at = time.as_secs().to_be_bytes();
    header.signature = key.sign(label::BATCH, &header.signed_parts(&at, &digest));
    let mut bytes = encode(&header);
    bytes.extend_from_slice(items);
    bytes
}

impl<'a> UnverifiedBatch<'a> {
    /// Parses a batch; borrows the items.
    ///
    /// # Errors
    /// [`DecodeError`] for an unknown version, or items that are none, too many or cut off.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "batch";
        match bytes.first() {
            None => return Err(DecodeError::Length(WHAT)),
            Some(&BATCH_VERSION) => {}
            Some(&found) => return Err(DecodeError::Version { what: WHAT, found }),
        }
        let (header, items) =
            Header::tls_deserialize_bytes(bytes).map_err(|_| DecodeError::Malformed(WHAT))?;
        let whole = !items.is_empty()
            && items.len().is_multiple_of(ITEM_LEN)
            && items.len() <= MAX_BATCH_ITEMS * ITEM_LEN;
        if !whole {
            return Err(DecodeError::Length(WHAT));
        }
        Ok(Self { header, items })
    }

    /// Who claims to have sent it; its key is needed next.
    pub const fn sender(&self) -> &HostName {
        &self.header.sender
    }

    /// Checks receiver, time and signature.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`] if it was made for another receiver or with another key,
    /// [`DecodeError::Expired`] if its time is further than [`BATCH_SKEW`] from `now`.
    pub fn verify(
        self,
        key: &ServicePublic,
        receiver: &HostName,
        now: Timestamp,
    ) -> Result<VerifiedBatch<'a>, DecodeError> {
        if self.header.receiver != *receiver {
            return Err(DecodeError::NotAuthentic("batch"));
        }
        if self.header.time.distance(now) > BATCH_SKEW {
            return Err(DecodeError::Expired("batch"));
        }
        let digest = sha256(self.items);
        let at = self.header.time.as_secs().to_be_bytes();
        key.verify(
            label::BATCH,
            &self.header.signed_parts(&at, &digest),
            &self.header.signature,
        )?;
        Ok(VerifiedBatch {
            header: self.header,
            items: self.items,
        })
    }
}

impl<'a> VerifiedBatch<'a> {
    /// The sender service.
    pub const fn sender(&self) -> &HostName {
        &self.header.sender
    }

    /// Its id; one that was seen before is answered the same and not stored again.
    pub const fn id(&self) -> BatchId {
        self.header.id
    }

    /// The items, encoded.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        self.items.chunks_exact(ITEM_LEN)
    }
}

impl Header {
    fn signed_parts<'b>(&'b self, time: &'b [u8; 8], digest: &'b [u8; 32]) -> [&'b [u8]; 5] {
        [
            self.sender.as_str().as_bytes(),
            self.receiver.as_str().as_bytes(),
            time,
            self.id.as_bytes(),
            digest,
        ]
    }
}
