//! The token keys that are published now: today's, and tomorrow's near midnight.

use std::sync::Arc;

use dyad_protocol::document::EpochKey;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{IssuerKey, ProviderSeed, TokenClass};
use parking_lot::Mutex;

/// So long before midnight (UTC) tomorrow's tokens can be had, in seconds: devices are not all awake
/// at midnight, and should not all come in its first second.
const AHEAD: u64 = 2 * 3_600;

/// The epochs for which tokens are issued at `now`.
pub(crate) fn epochs(now: Timestamp) -> impl Iterator<Item = Epoch> {
    let today = Epoch::containing(now);
    let ends = (u64::from(today.number()) + 1) * DAY;
    let near = now.plus(AHEAD).as_secs() >= ends;
    std::iter::once(today).chain(near.then(|| today.next()))
}

/// Derives keys from the provider's seed and keeps those in use.
#[derive(Debug)]
pub(crate) struct Keys {
    seed: ProviderSeed,
    derived: Mutex<Vec<(TokenClass, Epoch, Arc<IssuerKey>)>>,
}

impl Keys {
    pub(crate) fn new(seed: ProviderSeed) -> Self {
        Self {
            seed,
            derived: Mutex::default(),
        }
    }

    /// The key of a class and epoch, if tokens of that epoch are issued at `now`.
    pub(crate) fn get(
        &self,
        class: TokenClass,
        epoch: Epoch,
        now: Timestamp,
    ) -> Option<Arc<IssuerKey>> {
        if !epochs(now).any(|published| published == epoch) {
            return None;
        }
        let mut derived = self.derived.lock();
        if let Some((.., key)) = derived.iter().find(|(c, e, _)| (*c, *e) == (class, epoch)) {
            return Some(Arc::clone(key));
        }
        // The clock moved on, or back: what it no longer names is not needed.
        derived.retain(|(_, known, _)| epochs(now).any(|published| published == *known));
        let key = Arc::new(IssuerKey::derive(&self.seed, class, epoch));
        derived.push((class, epoch, Arc::clone(&key)));
        Some(key)
    }

    /// What is published of a class at `now`.
    pub(crate) fn published(&self, class: TokenClass, now: Timestamp) -> Vec<EpochKey> {
        epochs(now)
            .filter_map(|epoch| {
                let key = self.get(class, epoch, now)?.public();
                Some(EpochKey { epoch, key })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_begins_two_hours_early_and_yesterday_ends_at_midnight() {
        let at = |secs| -> Vec<u32> {
            epochs(Timestamp::from_secs(secs))
                .map(Epoch::number)
                .collect()
        };
        let midnight = 20_000 * DAY;
        assert_eq!(at(midnight), [20_000]);
        assert_eq!(at(midnight + 22 * 3_600 - 1), [20_000]);
        assert_eq!(at(midnight + 22 * 3_600), [20_000, 20_001]);
        assert_eq!(at(midnight + DAY - 1), [20_000, 20_001]);
        assert_eq!(at(midnight + DAY), [20_001]);
        assert_eq!(at(0), [0]);
    }

    #[test]
    fn keys_of_other_days_are_not_given_and_not_kept() {
        let keys = Keys::new(ProviderSeed::new([7; 32]));
        let class = TokenClass::Message;
        let day = |number: u32| Timestamp::from_secs(u64::from(number) * DAY);
        for number in 0..100 {
            assert!(
                keys.get(class, Epoch::from_number(number), day(number))
                    .is_some()
            );
            assert!(
                keys.get(class, Epoch::from_number(number + 1), day(number))
                    .is_none()
            );
        }
        assert_eq!(keys.derived.lock().len(), 1);
        let again = keys.get(class, Epoch::from_number(3), day(3)).unwrap();
        let fresh = IssuerKey::derive(&ProviderSeed::new([7; 32]), class, Epoch::from_number(3));
        assert_eq!(again.public(), fresh.public());
    }
}
