//! One unconfirmed message: how often and where it was tried, and when it is tried again.

use dyad_protocol::id::{HostName, MessageId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::Piece;
use crate::effect::{DeliveryState, LocalId, OutgoingId};
use crate::limits::{RESEND_AFTER, UNCONFIRMED_AFTER};
use crate::tickets::Despair;

/// Submissions of one message that are remembered.
const MAX_SUBMISSIONS: usize = 4;
/// Attempts after which only news of the contact is a reason to try again.
const MAX_ATTEMPTS: u32 = 8;

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
    pub(super) last_sent: Timestamp,
    /// Place of the last attempt among all attempts.
    pub(super) order: u64,
    /// Place of the first attempt.
    pub(super) first_order: u64,
    /// What every attempt so far carried.
    pub(crate) carries: Vec<Piece>,
    /// The receiver of the last attempt.
    pub(crate) receiver: Option<HostName>,
    /// Receivers that failed since one worked.
    failed: Vec<HostName>,
    pub(super) submissions: Vec<Submission>,
    state: DeliveryState,
    /// The driver was asked for what it says.
    pub(crate) asked: Option<Timestamp>,
    /// The person has been told that it is not confirmed.
    pub(super) reported: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Submission {
    pub(super) id: OutgoingId,
    accepted: bool,
    /// Where it went.
    receiver: HostName,
}

impl OutMessage {
    pub(super) fn new(id: MessageId, local: Option<LocalId>, now: Timestamp) -> Self {
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

    /// A sender service has it, or had.
    pub(crate) fn is_accepted(&self) -> bool {
        self.submissions
            .iter()
            .any(|submission| submission.accepted)
    }

    /// Submissions that nobody has taken yet.
    pub(crate) fn withdrawable(&self) -> impl Iterator<Item = OutgoingId> + '_ {
        self.submissions
            .iter()
            .filter(|submission| !submission.accepted)
            .map(|s| s.id)
    }

    /// Nothing needs it any more as a carrier of state.
    pub(super) const fn carrier(&self) -> bool {
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

    /// Records an attempt, the `order`th of all, and when the next is due.
    pub(super) fn attempted(
        &mut self,
        submission: OutgoingId,
        receiver: &HostName,
        carried: &[Piece],
        order: u64,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) {
        if self.attempts == 0 {
            self.first_order = order;
            self.carries = carried.to_vec();
        } else {
            // Whichever attempt arrives is confirmed: only what all of them carried has arrived for sure.
            self.carries.retain(|piece| carried.contains(piece));
        }
        let scheduled = RESEND_AFTER.get(self.attempts as usize).copied();
        let wait = scheduled.or((self.attempts < MAX_ATTEMPTS).then_some(UNCONFIRMED_AFTER));
        self.attempts += 1;
        self.next = wait.map(|wait| now.plus(stretched(wait, rng)));
        self.order = order;
        self.last_sent = now;
        self.receiver = Some(receiver.clone());
        self.asked = None;
        if self.submissions.len() >= MAX_SUBMISSIONS {
            self.submissions.remove(0);
        }
        self.submissions.push(Submission {
            id: submission,
            accepted: false,
            receiver: receiver.clone(),
        });
    }
}

/// `seconds` times U(1, 2).
fn stretched(seconds: u64, rng: &mut impl CryptoRng) -> u64 {
    seconds + rng.next_u64() % (seconds + 1)
}
