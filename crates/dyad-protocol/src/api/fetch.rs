//! Fetching and acknowledging, for many mailboxes at once: long poll and WebSocket share their parts.
//!
//! Long poll: `POST` a [`FetchRequest`], answered with a [`FetchResponse`].
//!
//! WebSocket: every binary message is one [`ClientFrame`] or [`ServerFrame`]. The server greets with
//! [`ServerFrame::Hello`]; the app attaches mailboxes by signing its challenge.

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::codec::{DecodeError, Flag, decode, encode};
use crate::envelope::SealedMessage;
use crate::id::{AddressId, Challenge, HostName, RootAddress};
use crate::label;
use crate::limits::{MAX_FETCH_ITEMS, MAX_MAILBOXES_PER_CONNECTION, SEALED_LEN};
use crate::sign::{AccessKey, AccessPublic, Signature};

/// `POST`: long poll.
pub const FETCH_PATH: &str = "/v1/fetch";
/// `GET` with upgrade: WebSocket.
pub const STREAM_PATH: &str = "/v1/stream";
/// Version of request, response and frames.
pub const FETCH_VERSION: u8 = 1;
/// Longest a poll may wait, seconds.
pub const MAX_WAIT: u8 = 60;
/// Largest fetch request, bytes.
pub const MAX_FETCH_REQUEST_LEN: usize = 64 + MAX_MAILBOXES_PER_CONNECTION * 128;
/// Largest fetch response or frame, bytes.
pub const MAX_FETCH_RESPONSE_LEN: usize = 4096 + MAX_FETCH_ITEMS * (SEALED_LEN + 64);

/// One of a person's devices, to the mailbox; numbered from 0.
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
pub struct Consumer(pub u8);

/// Place of a message in its mailbox, from 1, ever growing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

/// Proof of ownership of a mailbox, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Attachment {
    /// The mailbox.
    pub root: RootAddress,
    /// Which device.
    pub consumer: Consumer,
    /// Everything up to here is acknowledged and may be deleted once all devices have.
    pub acknowledged: Position,
    /// By the access key, over receiver host, challenge, root and consumer.
    pub signature: Signature,
}

impl Attachment {
    /// Makes one.
    pub fn sign(
        receiver: &HostName,
        challenge: &Challenge,
        root: RootAddress,
        consumer: Consumer,
        acknowledged: Position,
        key: &AccessKey,
    ) -> Self {
        let parts = [
            receiver.as_str().as_bytes(),
            challenge.as_bytes(),
            root.as_bytes(),
            &[consumer.0],
        ];
        let signature = key.sign(label::MAILBOX_ACCESS, &parts);
        Self {
            root,
            consumer,
            acknowledged,
            signature,
        }
    }

    /// Checks it.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`].
    pub fn verify(
        &self,
        receiver: &HostName,
        challenge: &Challenge,
        key: &AccessPublic,
    ) -> Result<(), DecodeError> {
        let consumer = [self.consumer.0];
        let parts: [&[u8]; 4] = [
            receiver.as_str().as_bytes(),
            challenge.as_bytes(),
            self.root.as_bytes(),
            &consumer,
        ];
        key.verify(label::MAILBOX_ACCESS, &parts, &self.signature)
    }
}

/// Asks for messages of some mailboxes, acknowledging others on the way.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct FetchRequest {
    /// [`FETCH_VERSION`].
    pub version: u8,
    /// From the challenge path.
    pub challenge: Challenge,
    /// Seconds to wait for a first message; at most [`MAX_WAIT`].
    pub wait: u8,
    /// At most [`MAX_MAILBOXES_PER_CONNECTION`].
    pub mailboxes: Vec<Attachment>,
}

/// One fetched message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub root: RootAddress,
    /// Its place.
    pub position: Position,
    /// The address it came to.
    pub address: AddressId,
    /// The message.
    pub sealed: SealedMessage,
}

/// Messages, oldest first within each mailbox; more may be waiting.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct FetchResponse {
    /// [`FETCH_VERSION`].
    pub version: u8,
    /// Mailboxes that could not be opened: closed, ended, never there, or wrongly signed, all alike.
    pub refused: Vec<RootAddress>,
    /// The messages, at most [`MAX_FETCH_ITEMS`].
    pub entries: Vec<Entry>,
    /// Whether more are waiting now.
    pub more: Flag,
}

/// From the app.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum ClientFrame {
    /// Opens a mailbox; its messages follow from then on.
    #[tls_codec(discriminant = 1)]
    Attach(Attachment),
    /// Everything up to a position is stored safely.
    #[tls_codec(discriminant = 2)]
    Acknowledge(Acknowledgement),
}

/// Everything up to a position is stored safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Acknowledgement {
    /// The mailbox.
    pub root: RootAddress,
    /// The position.
    pub position: Position,
}

/// From the service.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum ServerFrame {
    /// First frame of a connection.
    #[tls_codec(discriminant = 1)]
    Hello(Challenge),
    /// The mailbox is open; what waits in it follows.
    #[tls_codec(discriminant = 2)]
    Attached(RootAddress),
    /// The mailbox cannot be opened; nobody is told why.
    #[tls_codec(discriminant = 3)]
    Refused(RootAddress),
    /// A message.
    #[tls_codec(discriminant = 4)]
    Entry(Entry),
    /// Nothing more waits in this mailbox now.
    #[tls_codec(discriminant = 5)]
    CaughtUp(RootAddress),
    /// The acknowledgement is on disk.
    #[tls_codec(discriminant = 6)]
    Acknowledged(Acknowledgement),
}

macro_rules! whole_message {
    ($($name:ident, $what:literal;)*) => {$(
        impl $name {
            /// Encodes it.
            pub fn encode(&self) -> Vec<u8> {
                encode(self)
            }

            /// Reads exactly one.
            ///
            /// # Errors
            /// [`DecodeError`] saying what is wrong.
            pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                decode(bytes, $what)
            }
        }
    )*};
}

whole_message! {
    FetchRequest, "fetch request";
    FetchResponse, "fetch response";
    ClientFrame, "client frame";
    ServerFrame, "server frame";
}

const ENTRY_LEN: usize = RootAddress::LEN + 8 + AddressId::LEN + SEALED_LEN;

// By hand, since a sealed message has neither a length nor a copy to spare.
impl tls_codec::Size for Entry {
    fn tls_serialized_len(&self) -> usize {
        ENTRY_LEN
    }
}

impl tls_codec::Serialize for Entry {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        writer.write_all(self.root.as_bytes())?;
        writer.write_all(&self.position.0.to_be_bytes())?;
        writer.write_all(self.address.as_bytes())?;
        writer.write_all(self.sealed.as_bytes())?;
        Ok(ENTRY_LEN)
    }
}

impl tls_codec::DeserializeBytes for Entry {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        let (root, rest) = RootAddress::tls_deserialize_bytes(bytes)?;
        let (position, rest) = Position::tls_deserialize_bytes(rest)?;
        let (address, rest) = AddressId::tls_deserialize_bytes(rest)?;
        let (sealed, rest) = rest
            .split_at_checked(SEALED_LEN)
            .ok_or(tls_codec::Error::EndOfStream)?;
        let sealed = SealedMessage::from_slice(sealed).ok_or(tls_codec::Error::EndOfStream)?;
        Ok((
            Self {
                root,
                position,
                address,
                sealed,
            },
            rest,
        ))
    }
}
