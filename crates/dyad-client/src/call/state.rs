//! How a call goes on, on one side. Whatever is lost, doubled, late or comes in another order: each call ends, and what is
//! over stays so.

use dyad_protocol::content::{CallStep, RING_TIME};
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::view::CallState;

/// A page that is in a call says so more often than that; otherwise it is gone, and the call is over. Seconds.
pub(crate) const ALIVE: u64 = 60;
/// By how much the clocks of caller and called may differ before a call does not ring any more, seconds.
pub(crate) const CLOCK_SLACK: u64 = 20;

/// Where a call stands, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Whether we called.
    pub(crate) ours: bool,
    pub(crate) state: CallState,
    /// When it ends by itself, unless something happens.
    pub(crate) until: Timestamp,
    /// Whether the caller was told that it rings here.
    told: bool,
    pub(crate) connected: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
}

/// What an offer is to do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ring {
    /// Ring, until then.
    Until(Timestamp),
    /// Not ring: it came late, or the person does not want to be rung.
    Quietly,
    /// Not ring: the person is in another call.
    Occupied,
    /// Not ring: we call them at the same time, and that call goes on.
    Crossed,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// All of their first offer is here.
    Offered(Ring),
    /// They said something else; an offer is one of a later round.
    Said(CallStep),
    /// What they said to it makes no sense.
    Nonsense,
    /// Both called, and theirs goes on.
    Crossed,
    /// A page shows to the person that it rings.
    Shown,
    /// The person takes it.
    Take,
    /// The person does not want to talk.
    Decline,
    /// The person hangs up.
    HangUp,
    /// The page says that the browsers are connected.
    Connected,
    /// The page is in it.
    Alive,
    /// Time goes by.
    Tick,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Tell them.
    Say(CallStep),
    /// Let the page know what they said.
    PassOn,
}

/// Why the person cannot do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is over.
    Over,
    /// It is taken already.
    Taken,
    /// It is not one that this can be done to, or not yet.
    NotNow,
}

impl Progress {
    /// We call.
    pub(crate) fn calling(now: Timestamp) -> Self {
        Self {
            ours: true,
            state: CallState::Calling,
            until: now.plus(RING_TIME),
            told: false,
            connected: None,
            ended: None,
        }
    }

    /// The first word of a call of theirs has come.
    pub(crate) fn arriving(now: Timestamp) -> Self {
        Self {
            ours: false,
            state: CallState::Arriving,
            ..Self::calling(now)
        }
    }

    /// Whether the browsers have something to say to one another.
    pub(crate) const fn is_taken(&self) -> bool {
        matches!(self.state, CallState::Connecting | CallState::Talking)
    }

    /// What comes next.
    ///
    /// # Errors
    /// Only of what the person does; nothing has changed then.
    pub(crate) fn step(
        &self,
        event: Event,
        now: Timestamp,
    ) -> Result<(Self, Option<Effect>), Refusal> {
        let same = Ok((*self, None));
        if self.state.is_over() {
            return match event {
                Event::Take | Event::Alive | Event::Connected => Err(Refusal::Over),
                _ => same,
            };
        }
        match event {
            Event::Offered(ring) => Ok(self.offered(ring, now)),
            Event::Said(step) => Ok(self.said(step, now)),
            Event::Nonsense if self.state == CallState::Arriving => {
                Ok((self.over(CallState::Missed, now), None))
            }
            Event::Nonsense => Ok((self.over(self.left(), now), Some(HANG_UP))),
            Event::Crossed if self.is_unanswered() => {
                Ok((self.over(CallState::Crossed, now), None))
            }
            Event::Crossed => same,
            Event::Tick if now >= self.until => {
                // Whoever called says that it gave up; whoever was called just stops.
                let effect = (self.ours || self.is_taken()).then_some(HANG_UP);
                Ok((self.over(self.left(), now), effect))
            }
            Event::Tick => same,
            _ => self.done(event, now),
        }
    }

    fn done(&self, event: Event, now: Timestamp) -> Result<(Self, Option<Effect>), Refusal> {
        let alive = now.plus(ALIVE);
        match (event, self.state) {
            (Event::Shown, CallState::Ringing) if !self.told => {
                let effect = Effect::Say(CallStep::Ringing);
                Ok((
                    Self {
                        told: true,
                        ..*self
                    },
                    Some(effect),
                ))
            }
            (Event::Shown, _) => Ok((*self, None)),
            (Event::Take, CallState::Ringing) => Ok((
                Self {
                    state: CallState::Connecting,
                    until: alive,
                    ..*self
                },
                None,
            )),
            (Event::Take, CallState::Connecting | CallState::Talking) => Err(Refusal::Taken),
            (Event::Connected, CallState::Connecting) => Ok((
                Self {
                    state: CallState::Talking,
                    connected: Some(now),
                    until: alive,
                    ..*self
                },
                None,
            )),
            (Event::Alive | Event::Connected, CallState::Connecting | CallState::Talking) => Ok((
                Self {
                    until: alive,
                    ..*self
                },
                None,
            )),
            (Event::Alive, _) if self.ours => Ok((*self, None)),
            (Event::Decline | Event::HangUp, CallState::Ringing) => Ok((
                self.over(CallState::Declined, now),
                Some(Effect::Say(CallStep::Decline)),
            )),
            (Event::HangUp, CallState::Arriving) | (Event::Decline, _) => Err(Refusal::NotNow),
            (Event::HangUp, _) => Ok((self.over(self.left(), now), Some(HANG_UP))),
            _ => Err(Refusal::NotNow),
        }
    }

    fn offered(&self, ring: Ring, now: Timestamp) -> (Self, Option<Effect>) {
        if self.state != CallState::Arriving {
            return (*self, None);
        }
        match ring {
            Ring::Until(until) => (
                Self {
                    state: CallState::Ringing,
                    until,
                    ..*self
                },
                None,
            ),
            Ring::Quietly => (self.over(CallState::Missed, now), None),
            Ring::Occupied => (
                self.over(CallState::Missed, now),
                Some(Effect::Say(CallStep::Busy)),
            ),
            Ring::Crossed => (self.over(CallState::Crossed, now), None),
        }
    }

    fn said(&self, step: CallStep, now: Timestamp) -> (Self, Option<Effect>) {
        let over = |state| (self.over(state, now), None);
        let pass_on = (*self, Some(Effect::PassOn));
        match step {
            CallStep::Offer if !self.ours && self.is_taken() => pass_on,
            CallStep::Answer if self.is_unanswered() => (
                Self {
                    state: CallState::Connecting,
                    until: now.plus(ALIVE),
                    ..*self
                },
                Some(Effect::PassOn),
            ),
            CallStep::Answer if self.ours && self.is_taken() => pass_on,
            CallStep::Candidates => pass_on,
            CallStep::Ringing if self.state == CallState::Calling => (
                Self {
                    state: CallState::RingingThere,
                    ..*self
                },
                None,
            ),
            CallStep::Decline if self.is_unanswered() => over(CallState::Declined),
            CallStep::Busy if self.is_unanswered() => over(CallState::Busy),
            CallStep::HangUp if self.is_unanswered() => over(CallState::Declined),
            CallStep::HangUp => over(self.left()),
            _ => (*self, None),
        }
    }

    /// Ours, and nobody there has taken it.
    const fn is_unanswered(&self) -> bool {
        matches!(self.state, CallState::Calling | CallState::RingingThere)
    }

    /// What it comes to if it is left as it is.
    const fn left(&self) -> CallState {
        match self.state {
            CallState::Talking => CallState::Ended,
            CallState::Connecting => CallState::Failed,
            CallState::Calling | CallState::RingingThere => CallState::NoAnswer,
            _ => CallState::Missed,
        }
    }

    const fn over(&self, state: CallState, now: Timestamp) -> Self {
        Self {
            state,
            ended: Some(now),
            ..*self
        }
    }
}

const HANG_UP: Effect = Effect::Say(CallStep::HangUp);

#[cfg(test)]
mod tests;
