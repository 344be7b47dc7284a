//! The pre-shared keys of a relationship: which there are, and which may be named in a ticket.
//!
//! A minter names only keys of which it knows that both sides hold them. The owner of the key that a
//! secret was encapsulated to knows it as soon as it has opened the ciphertext; the encapsulator learns
//! it from the first ticket that names the new key.

use dyad_protocol::psk::{Psk, PskId};
use serde::{Deserialize, Serialize};

use crate::limits::{KEPT_PSKS, MAX_PSKS};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: PskId,
    psk: Psk,
    /// Whether the contact is known to hold it.
    shared: bool,
}

/// All keys, the newest last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Psks {
    entries: Vec<Entry>,
    /// Keys ever held, without those of the beginning.
    generation: u32,
}

impl Psks {
    /// Adds a key that renews those before it; one that is there already only becomes shared.
    pub(crate) fn add(&mut self, psk: Psk, shared: bool) -> PskId {
        let known = self.entries.iter().any(|entry| entry.id == psk.id());
        self.generation = self.generation.saturating_add(u32::from(!known));
        self.begin(psk, shared)
    }

    /// Adds a key with which the relationship begins.
    pub(crate) fn begin(&mut self, psk: Psk, shared: bool) -> PskId {
        let id = psk.id();
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.shared |= shared;
            return id;
        }
        if self.entries.len() >= MAX_PSKS {
            self.entries.remove(0);
        }
        self.entries.push(Entry { id, psk, shared });
        id
    }

    pub(crate) fn get(&self, id: &PskId) -> Option<&Psk> {
        self.entries
            .iter()
            .find(|entry| entry.id == *id)
            .map(|entry| &entry.psk)
    }

    /// The contact has shown that it holds this key.
    pub(crate) fn share(&mut self, id: &PskId) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
            entry.shared = true;
        }
    }

    /// The contact may have forgotten all keys but this.
    pub(crate) fn share_only(&mut self, id: &PskId) {
        for entry in &mut self.entries {
            entry.shared = entry.id == *id;
        }
    }

    /// The newest key that a ticket may name.
    pub(crate) fn nameable(&self) -> Option<PskId> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.shared)
            .map(|entry| entry.id)
    }

    pub(crate) fn is_shared(&self, id: &PskId) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.id == *id && entry.shared)
    }

    pub(crate) const fn generation(&self) -> u32 {
        self.generation
    }

    /// Forgets keys that nothing names, except the newest few and the nameable one.
    pub(crate) fn prune(&mut self, named: impl Fn(&PskId) -> bool) {
        let nameable = self.nameable();
        let newest = self.entries.len().saturating_sub(KEPT_PSKS);
        let mut place = 0;
        self.entries.retain(|entry| {
            place += 1;
            place > newest || Some(entry.id) == nameable || named(&entry.id)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn psk(n: u8) -> Psk {
        Psk::new([n; 32])
    }

    #[test]
    fn renewals_are_counted_and_the_beginning_is_none() {
        let mut psks = Psks::default();
        psks.begin(psk(1), false);
        psks.begin(psk(2), false);
        assert_eq!(psks.generation(), 0);
        psks.add(psk(3), false);
        psks.add(psk(3), true);
        assert_eq!(psks.generation(), 1);
    }

    #[test]
    fn only_a_key_that_both_sides_hold_is_named() {
        let mut psks = Psks::default();
        let old = psks.add(psk(1), true);
        let new = psks.add(psk(2), false);
        assert_eq!(psks.nameable(), Some(old));
        psks.share(&new);
        assert_eq!(psks.nameable(), Some(new));
        psks.share_only(&old);
        assert_eq!(psks.nameable(), Some(old));
    }

    #[test]
    fn a_key_is_forgotten_when_no_ticket_names_it_but_never_the_newest_few() {
        let mut psks = Psks::default();
        let ids: Vec<_> = (0..8).map(|n| psks.add(psk(n), n == 1)).collect();
        psks.prune(|id| *id == ids[2]);
        let kept: Vec<_> = ids
            .iter()
            .filter(|id| psks.get(id).is_some())
            .copied()
            .collect();
        assert_eq!(kept, [ids[1], ids[2], ids[4], ids[5], ids[6], ids[7]]);
    }
}
