//! A step in progress: a copy of the state, the surroundings, and the effects so far.

use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;

use super::Step;
use crate::effect::{Effect, Event, Input};
use crate::error::StepError;
use crate::limits::CLOCK_SLACK;
use crate::profile::ProfileState;
use crate::relationship::{RelationshipState, Status};

pub(super) struct Work<'a> {
    pub(super) profile: &'a ProfileState,
    pub(super) state: RelationshipState,
    pub(super) now: Timestamp,
    pub(super) rng: &'a mut dyn CryptoRng,
    pub(super) effects: Vec<Effect>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        profile: &'a ProfileState,
        state: RelationshipState,
        now: Timestamp,
        rng: &'a mut dyn CryptoRng,
    ) -> Self {
        Self {
            profile,
            state,
            now,
            rng,
            effects: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Step {
        Step {
            next: self.state,
            effects: self.effects,
        }
    }

    pub(super) fn take(&mut self, input: Input) -> Result<(), StepError> {
        match input {
            Input::Send { local, payload } => self.send(local, payload)?,
            Input::Resend { message, payload } => self.resend(message, payload)?,
            Input::Received { address, sealed } => self.received(&address, &sealed),
            Input::Forwarded(content) => self.forwarded(&content),
            Input::Submission { outgoing, outcome } => self.submission(&outgoing, outcome),
            Input::Read { messages } => self.read(&messages),
            Input::Block => self.block()?,
            Input::Unblock => self.unblock()?,
            Input::End { announce } => self.end(announce)?,
            Input::Verified => self.verified()?,
            Input::ProfileChanged => self.profile_changed(),
            Input::StateRestored => self.restored(),
            Input::Flush => self.flush(),
            Input::Tick => {}
        }
        Ok(())
    }

    /// Whether messages go to and fro.
    pub(super) const fn is_live(&self) -> bool {
        matches!(self.state.status, Status::Requested | Status::Active)
    }

    /// When what we write now is written, to be told from what was written before our presentation changed.
    pub(super) fn moment(&self) -> Timestamp {
        let since = self.state.shown_since;
        if since > self.now.plus(CLOCK_SLACK) {
            self.now
        } else {
            since.max(self.now)
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.effects.push(Effect::Event(event));
    }

    /// A random delay of an automatic answer, seconds, as the policy wants it.
    pub(super) fn delay(&mut self) -> u64 {
        let receipts = &self.profile.policy.receipts;
        let span = receipts.delay_max.saturating_sub(receipts.delay_min);
        receipts.delay_min + self.rng.next_u64() % (span + 1)
    }

    pub(super) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

/// What a status is called in an error.
pub(super) const fn called(status: Status) -> &'static str {
    match status {
        Status::Requested => "not answered yet",
        Status::Active => "active",
        Status::Blocked => "blocked",
        Status::Ended { .. } => "ended",
        Status::Refused => "refused: the invitation was used before",
    }
}
