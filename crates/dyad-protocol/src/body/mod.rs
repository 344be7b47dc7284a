//! The encrypted body: CBOR (RFC 8949) maps with integer keys. Unknown keys are kept and ignored.
//!
//! | key | value |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | message identity: `[stream bytes(8), seq uint]`, seq from 1 to 2^63-1; absent in pure acknowledgements |
//! | 2 | seconds since 1970 by the sender's clock |
//! | 3 | payload: `{0: kind text, 1: content bytes, 2: fallback text, 3: reply, 4: timer}`, see [`crate::content`] |
//! | 4 | received: `[[stream, [from, to, from, to, ...]], ...]` |
//! | 5 | read, in the same form |
//! | 6 | fresh tickets: bytes, the fixed encoding of [`TicketGrant`] |
//! | 7 | how many unused one-time tickets of the recipient the sender still has |
//! | 8 | bundle: bytes |
//! | 9 | ciphertext to the X-Wing key of the recipient's bundle: `[bundle hash, id of the key that it renews, ciphertext]` |
//! | 10 | presentation: `{0: name text, 1: pronouns text}` |
//! | 11 | control: `[1]` ended, `[2]` already used, `[3, T]` all my tickets before T are void, `[4]` something came that could not be read |
//! | 12 | group context: bytes |
//! | 13 to 15 | reserved for recovery |
//! | 16 | the writer's identity that follows the one it had: `[identity, signature by the old, signature by the new]` |
//! | 17 | when the payload was written, if that was before key 2: the message is sent again |

mod ack;
mod fields;
pub(crate) mod map;

pub use ack::{Ranges, StreamAck};
pub use fields::{
    Control, Follows, KemUpdate, MAX_KIND_LEN, MAX_NAME_LEN, Payload, Presentation, TicketGrant,
};
pub use map::{Unknown, UnknownKey};

use minicbor::{Decoder, Encoder};

use crate::codec::{DecodeError, decode, encode};
use crate::id::{MessageId, StreamId};
use crate::limits::{ENVELOPE_CAPACITY, MAX_SERVICES, MAX_TICKETS};
use crate::time::Timestamp;
use fields::{decode_control, encode_control};
use map::{MapReader, MapWriter};

/// Version of the body.
pub const BODY_VERSION: u8 = 1;
/// Streams acknowledged in one body.
pub const MAX_ACK_STREAMS: usize = 16;
/// Largest sequence number of a message: what a database with signed integers can hold.
pub const MAX_SEQ: u64 = i64::MAX as u64;
/// Longest payload, as a text without anything else, bytes of UTF-8: it fits even where a message
/// has to establish the session anew, beside a ticket for the answer. What a person writes is at most
/// [`crate::content::MAX_WRITTEN_LEN`] long.
pub const MAX_TEXT_LEN: usize = 1_100;
const WHAT: &str = "message body";

/// What one app says to another in one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// Which message this is; none for pure acknowledgements, which are not acknowledged themselves.
    pub message: Option<MessageId>,
    /// When it was written, by the writer's clock.
    pub sent: Timestamp,
    /// What it is for.
    pub payload: Option<Payload>,
    /// What has been received.
    pub received: Vec<StreamAck>,
    /// What has been read, if the reader wants that known.
    pub read: Vec<StreamAck>,
    /// Fresh tickets for writing back.
    pub tickets: Option<TicketGrant>,
    /// How many unused one-time tickets of the recipient are left.
    pub stock: Option<u8>,
    /// The writer's new bundle; signed, verified by whoever uses it.
    pub bundle: Option<Vec<u8>>,
    /// Renews the pre-shared key.
    pub kem: Option<KemUpdate>,
    /// How the writer wants to be called.
    pub presentation: Option<Presentation>,
    /// A change of the relationship.
    pub control: Option<Control>,
    /// Group that it belongs to.
    pub context: Option<Vec<u8>>,
    /// The writer's new identity in this relationship.
    pub follows: Option<Follows>,
    /// When the payload was written, if the message is sent again.
    pub written: Option<Timestamp>,
    /// What a newer app said besides.
    pub unknown: Unknown,
}

impl Body {
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = MapWriter::new();
        map.put(0, |e| e.u8(BODY_VERSION).map(drop));
        map.some(1, &self.message, |id, e| {
            e.array(2)?
                .bytes(id.stream.as_bytes())?
                .u64(id.seq)
                .map(drop)
        });
        map.put(2, |e| e.u64(self.sent.as_secs()).map(drop));
        map.some(3, &self.payload, Payload::encode);
        map.list(4, &self.received, StreamAck::encode);
        map.list(5, &self.read, StreamAck::encode);
        map.some(6, &self.tickets, |grant, e| {
            e.bytes(&encode(grant)).map(drop)
        });
        map.some(7, &self.stock, |stock, e| e.u8(*stock).map(drop));
        map.some(8, &self.bundle, |bytes, e| e.bytes(bytes).map(drop));
        map.some(9, &self.kem, KemUpdate::encode);
        map.some(10, &self.presentation, Presentation::encode_into);
        map.some(11, &self.control, encode_control);
        map.some(12, &self.context, |bytes, e| e.bytes(bytes).map(drop));
        map.some(16, &self.follows, Follows::encode);
        map.some(17, &self.written, |at, e| e.u64(at.as_secs()).map(drop));
        map.finish(&self.unknown)
    }

    /// Reads one. Allocates no more than a small multiple of the input.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > ENVELOPE_CAPACITY {
            return Err(DecodeError::Length(WHAT));
        }
        let mut body = Self::default();
        let mut version = None;
        let mut reader = MapReader::new(bytes, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => version = Some(reader.value(|d| d.u8())?),
                2 => body.sent = Timestamp::from_secs(reader.value(|d| d.u64())?),
                _ => body.read_field(key, &mut reader)?,
            }
        }
        match version {
            Some(BODY_VERSION) => Ok(body),
            Some(found) => Err(DecodeError::Version { what: WHAT, found }),
            None => Err(DecodeError::Malformed(WHAT)),
        }
    }

    fn read_field(&mut self, key: u64, reader: &mut MapReader<'_>) -> Result<(), DecodeError> {
        match key {
            1 => self.message = Some(reader.value(decode_message_id)?),
            3 => self.payload = Some(reader.nested(Payload::decode)?),
            4 => self.received = reader.list(MAX_ACK_STREAMS, StreamAck::decode)?,
            5 => self.read = reader.list(MAX_ACK_STREAMS, StreamAck::decode)?,
            6 => self.tickets = Some(decode_grant(reader.bytes()?)?),
            7 => self.stock = Some(reader.value(|d| d.u8())?),
            8 => self.bundle = Some(reader.bytes()?.to_vec()),
            9 => self.kem = Some(reader.value(KemUpdate::decode)?),
            10 => self.presentation = Some(reader.nested(Presentation::decode)?),
            11 => self.control = reader.optional(decode_control)?,
            12 => self.context = Some(reader.bytes()?.to_vec()),
            16 => self.follows = Some(reader.value(Follows::decode)?),
            17 => self.written = Some(Timestamp::from_secs(reader.value(|d| d.u64())?)),
            _ => self.unknown.push(reader.raw(key)?),
        }
        Ok(())
    }
}

fn decode_message_id(d: &mut Decoder<'_>) -> Result<MessageId, minicbor::decode::Error> {
    if d.array()? != Some(2) {
        return Err(minicbor::decode::Error::message("message identity"));
    }
    let stream = StreamId::from_slice(d.bytes()?)
        .ok_or_else(|| minicbor::decode::Error::message("stream"))?;
    match d.u64()? {
        seq @ 1..=MAX_SEQ => Ok(MessageId { stream, seq }),
        _ => Err(minicbor::decode::Error::message(
            "sequence numbers go from 1 to 2^63-1",
        )),
    }
}

fn decode_grant(bytes: &[u8]) -> Result<TicketGrant, DecodeError> {
    const WHAT: &str = "tickets";
    let grant: TicketGrant = decode(bytes, WHAT)?;
    let sound = grant.tickets.len() <= MAX_TICKETS
        && grant.services.len() <= MAX_SERVICES
        && grant
            .tickets
            .iter()
            .all(|t| usize::from(t.service) < grant.services.len());
    if sound {
        Ok(grant)
    } else {
        Err(DecodeError::Malformed(WHAT))
    }
}

pub(crate) type CborEncoder<'a> = Encoder<&'a mut Vec<u8>>;
pub(crate) type CborResult = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

#[cfg(test)]
mod tests;
