//! Messages of ours that are not confirmed: a light record of each; what they say stays with the driver.

use dyad_protocol::body::{Ranges, StreamAck};
use dyad_protocol::id::{HostName, MessageId, StreamId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::Piece;
use crate::effect::{DeliveryState, LocalId, OutgoingId};
use crate::limits::{GAP_RESEND, RESEND_AFTER, UNCONFIRMED_AFTER};
use crate::tickets::Despair;

/// Submissions of one message that are remembered.
const MAX_SUBMISSIONS: usize = 4;
/// Attempts after which only news of the contact is a reason to try again.
const MAX_ATTEMPTS: u32 = 8;
/// Attempts after which gaps alone are no reason to try again.
const MAX_GAP_ATTEMPTS: u32 = 16;

/// One unconfirmed message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OutMessage {
    pub(crate) id: MessageId,
    /// The driver's number; none for messages that only carry state.
    pub(crate) local: Option<LocalId>,
    pub(crate) written: Timestamp,
    /// When it is to be sent again.
    pub(crate) next: Option<Timestamp>,
    pub(crate) attempts: u32,
    last_sent: Timestamp,
    /// Place of the last attempt among all attempts.
    order: u64,
    /// Place of the first attempt.
    first_order: u64,
    /// What every attempt so far carried.
    pub(crate) carries: Vec<Piece>,
    /// The receiver of the last attempt.
    pub(crate) receiver: Option<HostName>,
    /// Receivers that failed since one worked.
    failed: Vec<HostName>,
    submissions: Vec<Submission>,
    state: DeliveryState,
    /// The driver was asked for what it says.
    pub(crate) asked: Option<Timestamp>,
    /// The person has been told that it is not confirmed.
    reported: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Submission {
    id: OutgoingId,
    accepted: bool,
    /// Where it went.
    receiver: HostName,
}

impl OutMessage {
    fn new(id: MessageId, local: Option<LocalId>, now: Timestamp) -> Self {
        Self {
            id,
            local,
            written: now,
            next: Some(now),
            attempts: 0,
            last_sent: now,
            order: 0,
            first_order: 0,
            carries: Vec::new(),
            receiver: None,
            failed: Vec::new(),
            submissions: Vec::new(),
            state: DeliveryState::Waiting,
            asked: None,
            reported: false,
        }
    }

    /// Moves to a later state; says whether it is one.
    pub(crate) fn advance(&mut self, state: DeliveryState) -> bool {
        let later = state > self.state;
        if later {
            self.state = state;
        }
        later
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.attempts == 0
    }

    /// The receiver to avoid in the next attempt.
    pub(crate) fn avoid(&self) -> Option<HostName> {
        self.receiver.clone().filter(|_| self.attempts > 0)
    }

    /// How long it has not been confirmed.
    pub(crate) fn despair(&self, now: Timestamp) -> Despair {
        match self.attempts {
            0 => Despair::None,
            _ if now.since(self.last_sent) < DAY => Despair::None,
            1 => Despair::Once,
            _ => Despair::Often,
        }
    }

    /// Submissions that nobody has taken yet.
    pub(crate) fn withdrawable(&self) -> impl Iterator<Item = OutgoingId> + '_ {
        self.submissions
            .iter()
            .filter(|submission| !submission.accepted)
            .map(|s| s.id)
    }

    /// Nothing needs it any more as a carrier of state.
    const fn carrier(&self) -> bool {
        !self.reported
    }

    pub(crate) fn accepted(&mut self, id: &OutgoingId) {
        for submission in &mut self.submissions {
            submission.accepted |= submission.id == *id;
        }
    }

    /// A receiver service has it: what failed before is no reason to avoid anything.
    pub(crate) fn delivered(&mut self, id: &OutgoingId) {
        self.accepted(id);
        self.failed.clear();
    }

    /// The receiver of this submission failed: try another now, if `others` says that there is one. One
    /// that has failed is not tried again before its turn in the schedule comes.
    pub(crate) fn receiver_failed(
        &mut self,
        id: &OutgoingId,
        now: Timestamp,
        others: impl Fn(&[HostName]) -> bool,
    ) {
        let Some(submission) = self.submissions.iter().find(|s| s.id == *id) else {
            return;
        };
        let again = self.failed.contains(&submission.receiver);
        if !again {
            self.failed.push(submission.receiver.clone());
        }
        if !again && others(&self.failed) {
            self.next = Some(now);
        }
    }

    /// Tried, but not possible now.
    pub(crate) fn postpone(&mut self, until: Timestamp) {
        self.next = Some(until);
        self.asked = None;
    }
}

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
        let Some(message) = self.get_mut(id) else {
            return;
        };
        if message.attempts == 0 {
            message.first_order = order;
            message.carries = carried.to_vec();
        } else {
            // Whichever attempt arrives is confirmed: only what all of them carried has arrived for sure.
            message.carries.retain(|piece| carried.contains(piece));
        }
        let scheduled = RESEND_AFTER.get(message.attempts as usize).copied();
        let wait = scheduled.or((message.attempts < MAX_ATTEMPTS).then_some(UNCONFIRMED_AFTER));
        message.attempts += 1;
        message.next = wait.map(|wait| now.plus(stretched(wait, rng)));
        message.order = order;
        message.last_sent = now;
        message.receiver = Some(receiver.clone());
        message.asked = None;
        if message.submissions.len() >= MAX_SUBMISSIONS {
            message.submissions.remove(0);
        }
        message.submissions.push(Submission {
            id: submission,
            accepted: false,
            receiver: receiver.clone(),
        });
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

/// `seconds` times U(1, 2).
fn stretched(seconds: u64, rng: &mut impl CryptoRng) -> u64 {
    seconds + rng.next_u64() % (seconds + 1)
}
