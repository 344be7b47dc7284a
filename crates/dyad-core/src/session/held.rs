//! Messages whose envelope was opened and that wait for the ones before them: the ratchet keeps 40
//! skipped keys, so feeding a later one first would lose messages that are still on the way.

use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::NormalMessage;
use crate::limits::{HOLD, MAX_HELD};

#[derive(Clone, Serialize, Deserialize)]
struct Waiting {
    since: Timestamp,
    index: u64,
    #[serde(with = "dyad_protocol::codec::serde_bytes")]
    olm: Vec<u8>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Waiting({})", self.index)
    }
}

/// The waiting messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Held(Vec<Waiting>);

impl Held {
    /// Keeps a message. When there is no room, the one that has most before it goes: it is the one
    /// that would have to wait longest, and it will be sent again.
    pub(crate) fn push(&mut self, message: &NormalMessage, now: Timestamp) {
        let (index, olm) = (message.index(), message.to_bytes());
        if self.0.iter().any(|held| held.olm == olm) {
            return;
        }
        self.0.push(Waiting {
            since: now,
            index,
            olm,
        });
        if self.0.len() > MAX_HELD {
            let last = (0..self.0.len()).max_by_key(|&n| self.0[n].index);
            last.map(|n| self.0.swap_remove(n));
        }
    }

    /// Takes out the next message that can be fed: one for which `is_due` says so, otherwise one that has
    /// waited long enough; the lowest index first. Says whether it has to be forced.
    pub(crate) fn take(
        &mut self,
        now: Timestamp,
        is_due: impl Fn(&NormalMessage) -> bool,
    ) -> Option<(NormalMessage, bool)> {
        let parsed = |held: &Waiting| NormalMessage::parse(&held.olm);
        let due = |held: &&Waiting| parsed(held).is_none_or(|message| is_due(&message));
        let late = |held: &&Waiting| now.since(held.since) >= HOLD;
        let place = |held: &Waiting| self.0.iter().position(|other| std::ptr::eq(other, held));
        let next = self.0.iter().filter(due).min_by_key(|held| held.index);
        let force = next.is_none();
        let next = next.or_else(|| self.0.iter().filter(late).min_by_key(|held| held.index))?;
        let place = place(next)?;
        let held = self.0.swap_remove(place);
        NormalMessage::parse(&held.olm).map(|message| (message, force))
    }

    /// When the first has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.0.iter().map(|held| held.since.plus(HOLD)).min()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
