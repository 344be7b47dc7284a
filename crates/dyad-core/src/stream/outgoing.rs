//! Messages of ours that are not confirmed: a light record of each; what they say stays with the driver.

use dyad_protocol::body::{Ranges, StreamAck};
use dyad_protocol::id::{HostName, MessageId, StreamId};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{OutMessage, Piece};
use crate::effect::{LocalId, OutgoingId};
use crate::limits::{GAP_RESEND, UNCONFIRMED_AFTER};

/// Attempts after which gaps alone are no reason to try again.
const MAX_GAP_ATTEMPTS: u32 = 16;

/// All unconfirmed messages of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OutStream {
    stream: StreamId,
    next_seq: u64,
    attempts: u64,
    /// Place of the latest first attempt that was confirmed.
    confirmed_order: u64,
    messages: Vec<OutMessage>,
    /// What the contact says it has read, of the stream in use.
    read: Ranges,
}

impl OutStream {
    pub(crate) fn new(rng: &mut impl CryptoRng) -> Self {
        Self {
            stream: new_stream(rng),
            next_seq: 1,
            attempts: 0,
            confirmed_order: 0,
            messages: Vec::new(),
            read: Ranges::default(),
        }
    }

    /// A new stream for what is written from now on; what is unconfirmed keeps its identity.
    pub(crate) fn begin_anew(&mut self, rng: &mut impl CryptoRng) {
        self.stream = new_stream(rng);
        self.next_seq = 1;
        self.read = Ranges::default();
    }

    /// Adds a message; it is sent at once.
    pub(crate) fn write(&mut self, local: Option<LocalId>, now: Timestamp) -> MessageId {
        let id = self.next_id();
        self.messages.push(OutMessage::new(id, local, now));
        id
    }

    fn next_id(&mut self) -> MessageId {
        let seq = self.next_seq;
        self.next_seq += 1;
        MessageId {
            stream: self.stream,
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
        ack.stream == self.stream && ack.ranges.max().is_some_and(|max| max >= self.next_seq)
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

    /// What the contact has read that it had not before, of messages that we wrote.
    pub(crate) fn newly_read(&mut self, ack: &StreamAck) -> Vec<MessageId> {
        if ack.stream != self.stream {
            return Vec::new();
        }
        let mut news = Vec::new();
        for &(from, to) in ack.ranges.as_slice() {
            for seq in from..=to.min(self.next_seq.saturating_sub(1)) {
                if self.read.insert(seq) {
                    news.push(MessageId {
                        stream: self.stream,
                        seq,
                    });
                }
            }
        }
        news
    }

    /// Gives messages that an older state of ours had numbered otherwise new identities in the new stream.
    pub(crate) fn renumber(&mut self, ids: &[MessageId]) -> Vec<(LocalId, MessageId)> {
        let mut renumbered = Vec::new();
        for place in 0..self.messages.len() {
            if ids.contains(&self.messages[place].id) {
                let id = self.next_id();
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
