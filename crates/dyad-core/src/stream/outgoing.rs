//! Messages of ours that are not confirmed: a light record of each; what they say stays with the driver.

use dyad_protocol::body::{Ranges, StreamAck};
use dyad_protocol::id::{HostName, MessageId, StreamId};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{OutMessage, Piece};
use crate::effect::{LocalId, OutgoingId};
use crate::limits::{GAP_RESEND, MAX_STREAMS, STREAM_REST, UNCONFIRMED_AFTER};

/// Attempts after which gaps alone are no reason to try again.
const MAX_GAP_ATTEMPTS: u32 = 16;

/// One stream that we write, or wrote.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnStream {
    id: StreamId,
    next_seq: u64,
    /// When something was last written in it.
    written: Timestamp,
    /// What the contact says it has read of it.
    read: Ranges,
}

/// All unconfirmed messages of ours.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OutStream {
    /// The newest last.
    streams: Vec<OwnStream>,
    attempts: u64,
    /// Place of the latest first attempt that was confirmed.
    confirmed_order: u64,
    messages: Vec<OutMessage>,
}

impl OutStream {
    /// What is written from now on goes into a new stream; what is unconfirmed keeps its identity.
    pub(crate) fn begin_anew(&mut self) {
        self.streams.clear();
    }

    /// Adds a message; it is sent at once.
    pub(crate) fn write(
        &mut self,
        local: Option<LocalId>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> MessageId {
        let id = self.next_id(now, rng);
        self.messages.push(OutMessage::new(id, local, now));
        id
    }

    /// A stream that has rested for a day is not continued: were this an older state, unknown to
    /// anybody, the same names would have been given to other messages meanwhile.
    fn next_id(&mut self, now: Timestamp, rng: &mut impl CryptoRng) -> MessageId {
        let rested = |stream: &OwnStream| now.distance(stream.written) >= STREAM_REST;
        if self.streams.last().is_none_or(rested) {
            if self.streams.len() >= MAX_STREAMS {
                self.streams.remove(0);
            }
            let (id, read) = (new_stream(rng), Ranges::default());
            self.streams.push(OwnStream {
                id,
                next_seq: 1,
                written: now,
                read,
            });
        }
        let place = self.streams.len() - 1;
        let stream = &mut self.streams[place];
        let seq = stream.next_seq;
        stream.next_seq += 1;
        stream.written = now;
        MessageId {
            stream: stream.id,
            seq,
        }
    }

    pub(crate) fn messages(&self) -> &[OutMessage] {
        &self.messages
    }

    pub(crate) fn get(&self, id: &MessageId) -> Option<&OutMessage> {
        self.messages.iter().find(|message| message.id == *id)
    }

    pub(crate) fn get_mut(&mut self, id: &MessageId) -> Option<&mut OutMessage> {
        self.messages.iter_mut().find(|message| message.id == *id)
    }

    pub(crate) fn by_submission(&mut self, id: &OutgoingId) -> Option<&mut OutMessage> {
        self.messages
            .iter_mut()
            .find(|message| message.submissions.iter().any(|s| s.id == *id))
    }

    pub(crate) fn remove(&mut self, id: &MessageId) -> Option<OutMessage> {
        let place = self.messages.iter().position(|message| message.id == *id)?;
        Some(self.messages.remove(place))
    }

    pub(crate) fn take_all(&mut self) -> Vec<OutMessage> {
        std::mem::take(&mut self.messages)
    }

    /// Records an attempt and when the next is due.
    pub(crate) fn sent(
        &mut self,
        id: &MessageId,
        submission: OutgoingId,
        receiver: &HostName,
        carried: &[Piece],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) {
        self.attempts += 1;
        let order = self.attempts;
        if let Some(message) = self.get_mut(id) {
            message.attempted(submission, receiver, carried, order, now, rng);
        }
    }

    /// Whether an acknowledgement speaks of messages that we have not written: then we are older than
    /// what the contact knows.
    pub(crate) fn is_beyond(&self, ack: &StreamAck) -> bool {
        let stream = self.streams.iter().find(|stream| stream.id == ack.stream);
        stream.is_some_and(|s| ack.ranges.max().is_some_and(|max| max >= s.next_seq))
    }

    /// Takes out what is confirmed.
    pub(crate) fn confirm(&mut self, ack: &StreamAck) -> Vec<OutMessage> {
        let confirmed = |message: &OutMessage| {
            message.id.stream == ack.stream && ack.ranges.contains(message.id.seq)
        };
        let (confirmed, kept) = std::mem::take(&mut self.messages)
            .into_iter()
            .partition(confirmed);
        self.messages = kept;
        let confirmed: Vec<OutMessage> = confirmed;
        let latest = confirmed
            .iter()
            .map(|message| message.first_order)
            .max()
            .unwrap_or(0);
        self.confirmed_order = self.confirmed_order.max(latest);
        confirmed
    }

    /// Messages that were sent before one that is confirmed are missing there.
    pub(crate) fn fill_gaps(&mut self, now: Timestamp) {
        let confirmed = self.confirmed_order;
        for message in &mut self.messages {
            let missing = !message.is_waiting()
                && message.order < confirmed
                && message.attempts < MAX_GAP_ATTEMPTS;
            let soon = now.plus(GAP_RESEND);
            if missing && message.next.is_none_or(|next| next > soon) {
                message.next = Some(soon);
            }
        }
    }

    /// The same at once, because the contact says that something came which it could not read. Once for each message:
    /// what fails a second time follows the schedule.
    pub(crate) fn fill_gaps_now(&mut self, now: Timestamp) {
        let confirmed = self.confirmed_order;
        for message in &mut self.messages {
            if message.attempts == 1 && message.order < confirmed && message.asked.is_none() {
                message.next = Some(now);
            }
        }
    }

    /// What the contact has read that it had not before, of messages that we wrote.
    pub(crate) fn newly_read(&mut self, ack: &StreamAck) -> Vec<MessageId> {
        let Some(stream) = self.streams.iter_mut().find(|s| s.id == ack.stream) else {
            return Vec::new();
        };
        let mut news = Vec::new();
        for &(from, to) in ack.ranges.as_slice() {
            for seq in from..=to.min(stream.next_seq.saturating_sub(1)) {
                if stream.read.insert(seq) {
                    news.push(MessageId {
                        stream: stream.id,
                        seq,
                    });
                }
            }
        }
        news
    }

    /// Gives messages that an older state of ours had numbered otherwise new identities in the new stream.
    pub(crate) fn renumber(
        &mut self,
        ids: &[MessageId],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Vec<(LocalId, MessageId)> {
        let mut renumbered = Vec::new();
        for place in 0..self.messages.len() {
            if ids.contains(&self.messages[place].id) {
                let id = self.next_id(now, rng);
                self.messages[place].id = id;
                renumbered.extend(self.messages[place].local.map(|local| (local, id)));
            }
        }
        renumbered
    }

    /// Everything unconfirmed is sent again at once.
    pub(crate) fn resend_all(&mut self, now: Timestamp) {
        for message in &mut self.messages {
            message.next = Some(now);
            message.asked = None;
        }
    }

    /// What waits for a ticket or a session can go now.
    pub(crate) fn wake_waiting(&mut self, now: Timestamp) {
        for message in self
            .messages
            .iter_mut()
            .filter(|message| message.is_waiting())
        {
            message.next = Some(now);
            message.asked = None;
        }
    }

    pub(crate) fn carries(&self, piece: Piece) -> bool {
        self.messages
            .iter()
            .any(|message| message.carrier() && message.carries.contains(&piece))
    }

    pub(crate) fn no_longer_carries(&mut self, piece: Piece) {
        for message in &mut self.messages {
            message.carries.retain(|other| *other != piece);
        }
    }

    /// Takes out messages that only carry state.
    pub(crate) fn take_state(&mut self) -> Vec<OutMessage> {
        let (state, kept) = std::mem::take(&mut self.messages)
            .into_iter()
            .partition(|message: &OutMessage| message.local.is_none());
        self.messages = kept;
        state
    }

    /// Takes out messages that only carry state and have been unconfirmed for too long: their updates ride
    /// on another.
    pub(crate) fn give_up_state(&mut self, now: Timestamp) -> Vec<MessageId> {
        let late = |message: &OutMessage| {
            message.local.is_none() && now.since(message.written) >= UNCONFIRMED_AFTER
        };
        let gone = self.messages.iter().filter(|message| late(message));
        let gone = gone.map(|message| message.id).collect();
        self.messages.retain(|message| !late(message));
        gone
    }

    /// Messages of which the person has to be told that they are not confirmed.
    pub(crate) fn report_unconfirmed(&mut self, now: Timestamp) -> Vec<MessageId> {
        let late = |message: &OutMessage| now.since(message.written) >= UNCONFIRMED_AFTER;
        let mut news = Vec::new();
        for message in self
            .messages
            .iter_mut()
            .filter(|message| late(message) && !message.reported)
        {
            message.reported = true;
            news.push(message.id);
        }
        news
    }

    /// When something is to be done for one of the messages.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let of = |message: &OutMessage| {
            let next = match message.asked {
                Some(at) => Some(at.plus(GAP_RESEND)),
                None => message.next,
            };
            let report = (!message.reported).then(|| message.written.plus(UNCONFIRMED_AFTER));
            next.into_iter().chain(report).min()
        };
        self.messages.iter().filter_map(of).min()
    }

    /// Messages whose time has come, the oldest first.
    pub(crate) fn due(&self, now: Timestamp, most: usize) -> Vec<MessageId> {
        let due = |message: &&OutMessage| {
            message.next.is_some_and(|next| next <= now)
                && message.asked.is_none_or(|at| now >= at.plus(GAP_RESEND))
        };
        self.messages
            .iter()
            .filter(due)
            .take(most)
            .map(|message| message.id)
            .collect()
    }
}

fn new_stream(rng: &mut impl CryptoRng) -> StreamId {
    let mut bytes = [0; StreamId::LEN];
    rng.fill_bytes(&mut bytes);
    StreamId::new(bytes)
}
