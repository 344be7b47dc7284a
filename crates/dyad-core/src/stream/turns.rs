//! What somebody writes in a row is told in that order, as far as it costs no more than a moment: services mix messages, so
//! later ones overtake.

use dyad_protocol::body::Payload;
use dyad_protocol::content::Said;
use dyad_protocol::id::MessageId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Incoming;
use crate::limits::{MAX_TURNS, TURN};

/// A message that has arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Arrived {
    pub(crate) message: MessageId,
    pub(crate) sent: Timestamp,
    pub(crate) payload: Payload,
    since: Timestamp,
}

impl Arrived {
    pub(crate) const fn new(
        message: MessageId,
        sent: Timestamp,
        payload: Payload,
        now: Timestamp,
    ) -> Self {
        Self {
            message,
            sent,
            payload,
            since: now,
        }
    }

    /// A telephone that rings late is worse than one that rings out of turn.
    fn rings(&self) -> bool {
        self.payload.kind == Said::CALL
    }

    /// A moment that is still to come was given by a clock that has been set back since.
    fn has_waited(&self, now: Timestamp) -> bool {
        self.since > now || now.since(self.since) >= TURN
    }
}

/// Messages that wait for the ones before them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Turns(Vec<Arrived>);

impl Turns {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, arrived: Arrived) {
        self.0.push(arrived);
    }

    /// Takes out the next that is to be told now, or any if `all` are.
    pub(crate) fn take(
        &mut self,
        incoming: &mut Incoming,
        now: Timestamp,
        all: bool,
    ) -> Option<Arrived> {
        let all = all || self.0.len() > MAX_TURNS;
        let is_due = |one: &Arrived| {
            // Nobody waits for what is before one that has waited long enough.
            let passed = |other: &Arrived| {
                other.message.stream == one.message.stream
                    && other.message.seq >= one.message.seq
                    && other.has_waited(now)
            };
            all || one.rings() || !incoming.lacks_before(&one.message) || self.0.iter().any(passed)
        };
        let first = self.0.iter().find(|one| is_due(one))?.message.stream;
        let next = (0..self.0.len())
            .filter(|&n| self.0[n].message.stream == first && is_due(&self.0[n]))
            .min_by_key(|&n| self.0[n].message.seq)?;
        let next = self.0.remove(next);
        if !next.rings() {
            incoming.told(&next.message);
        }
        Some(next)
    }

    /// When the first has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.0.iter().map(|one| one.since.plus(TURN)).min()
    }
}
