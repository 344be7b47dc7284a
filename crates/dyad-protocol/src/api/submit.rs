//! Submitting a message to one's sender service, and asking what became of it.

use serde::{Deserialize, Serialize};
use tls_codec::{DeserializeBytes, TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::batch::Item;
use crate::codec::{DecodeError, encode};
use crate::hash::hash;
use crate::id::{DedupId, HostName, SubmissionTicket};
use crate::label;
use crate::limits::ITEM_LEN;
use crate::time::Timestamp;
use crate::token::Token;

/// `POST`: a [`Submission`]; answered `202` with a [`SubmissionTicket`]'s 32 bytes after it is synced.
pub const SUBMIT_PATH: &str = "/v1/submit";
/// `POST`: a [`StatusRequest`], answered with a [`StatusResponse`].
pub const STATUS_PATH: &str = "/v1/status";
/// `GET`: a [`Capacity`].
pub const CAPACITY_PATH: &str = "/v1/capacity";
/// Version of the submission.
pub const SUBMISSION_VERSION: u8 = 1;
/// Tickets in one status request.
pub const MAX_STATUS_TICKETS: usize = 256;

/// How long a message may be held back so that it mixes with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum TrafficClass {
    /// Sent at once.
    Prompt = 1,
    /// Mixed and delayed by seconds.
    #[default]
    Relaxed = 2,
}

/// One message for one receiver.
///
/// ```text
/// submission: version 1 | traffic class 1 | token 162 | receiver <1> | de-duplication flag 1 [id 16] | item 3127
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Pays for it.
    pub token: Token,
    /// Delay against privacy.
    pub class: TrafficClass,
    /// The recipient's receiver service.
    pub receiver: HostName,
    /// So that a person's devices submit one message once.
    pub dedup: Option<DedupId>,
    /// Address and message.
    pub item: Item,
}

#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct Header {
    version: u8,
    class: u8,
    token: Token,
    receiver: HostName,
    dedup: Option<DedupId>,
}

impl Submission {
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = encode(&Header {
            version: SUBMISSION_VERSION,
            class: self.class as u8,
            token: self.token,
            receiver: self.receiver.clone(),
            dedup: self.dedup,
        });
        self.item.write(&mut bytes);
        bytes
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "submission";
        match bytes.first() {
            None => return Err(DecodeError::Length(WHAT)),
            Some(&SUBMISSION_VERSION) => {}
            Some(&found) => return Err(DecodeError::Version { what: WHAT, found }),
        }
        let (header, item) =
            Header::tls_deserialize_bytes(bytes).map_err(|_| DecodeError::Malformed(WHAT))?;
        if item.len() != ITEM_LEN {
            return Err(DecodeError::Length(WHAT));
        }
        let class = match header.class {
            1 => TrafficClass::Prompt,
            2 => TrafficClass::Relaxed,
            _ => return Err(DecodeError::Malformed(WHAT)),
        };
        Ok(Self {
            token: header.token,
            class,
            receiver: header.receiver,
            dedup: header.dedup,
            item: Item::from_slice(item).ok_or(DecodeError::Length(WHAT))?,
        })
    }
}

/// What makes a submission idempotent: a hash over all its bytes.
pub fn request_hash(encoded: &[u8]) -> [u8; 32] {
    hash(label::SUBMIT, &[encoded])
}

/// Asks for the fate of submissions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatusRequest {
    /// At most [`MAX_STATUS_TICKETS`].
    pub tickets: Vec<SubmissionTicket>,
}

/// In the order of the request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatusResponse {
    /// One for each ticket.
    pub submissions: Vec<SubmissionStatus>,
}

/// The fate of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SubmissionStatus {
    /// Waiting or being tried.
    Queued {
        /// Attempts so far.
        attempts: u32,
        /// When it is tried next.
        next_attempt: Timestamp,
        /// Why the last attempt failed.
        last_failure: Option<DeliveryFailure>,
    },
    /// The receiver service has it. Whether its address led anywhere, nobody can say but the contact's app.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// Tried for the whole queue lifetime in vain, or refused for good.
    GivenUp {
        /// When.
        at: Timestamp,
        /// Why.
        reason: DeliveryFailure,
    },
    /// Never heard of, or so long ago that it was forgotten.
    Unknown,
}

/// Why a delivery attempt failed, in classes coarse enough to tell nothing about a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFailure {
    /// No connection.
    Unreachable,
    /// The host leads to an address that must not be dialled.
    Forbidden,
    /// No answer in time.
    Timeout,
    /// Certificate or handshake.
    Tls,
    /// The receiver asked to wait.
    Busy,
    /// The receiver refused the batch.
    Rejected,
    /// The receiver's answer made no sense.
    Nonsense,
}

/// Whether a sender service takes messages now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Whether it takes any.
    pub accepting: bool,
    /// How full its queue is, in steps so coarse that one message does not show.
    pub queue: QueueFill,
}

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueFill {
    /// Less than half.
    Low,
    /// Less than nine tenths.
    High,
    /// All but full, or full.
    Full,
}
