//! How long to wait after a failure: exponential with full jitter, so that many senders do not come
//! back to a receiver in step.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::config::DeliveryConfig;

/// Pause after a batch was refused that is tried again smaller, in seconds.
pub(super) const SMALLER_PAUSE: u64 = 1;

/// First pause of a message that was refused alone, in seconds; four times as long each time.
const LONE_FIRST: u64 = 600;

/// Longest pause of a message that was refused alone, in seconds.
const LONE_LAST: u64 = 86_400;

/// Refusals of a message sent alone after which it is given up: with the pauses between them, four days
/// in which the receiver can be mended.
pub(super) const MAX_LONE_REFUSALS: u8 = 8;

/// The bounds, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backoff {
    first: u64,
    last: u64,
    retry_after_max: u64,
}

impl Backoff {
    pub(super) fn new(config: &DeliveryConfig) -> Self {
        let first = config.backoff_first.max(1);
        Self {
            first,
            last: config.backoff_last.max(first),
            retry_after_max: config.retry_after_max,
        }
    }

    /// Seconds until the next attempt, after `failures` failures in a row before this one. At least one:
    /// time is counted in seconds. What the receiver asks for is a lower bound, itself bounded.
    pub(super) fn pause(
        &self,
        failures: u32,
        retry_after: Option<Duration>,
        rng: &mut impl Rng,
    ) -> u64 {
        let factor = 1_u64.checked_shl(failures).unwrap_or(u64::MAX);
        let bound = self.first.saturating_mul(factor).min(self.last);
        let drawn = rng.random_range(0..=bound).max(1);
        let asked = retry_after.map_or(0, |wait| wait.as_secs().min(self.retry_after_max));
        drawn.max(asked)
    }
}

/// Seconds until a message is tried again that was refused alone, `refusals` times before.
pub(super) fn lone_pause(refusals: u8) -> u64 {
    (LONE_FIRST << (2 * u32::from(refusals)).min(16)).min(LONE_LAST)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_bound_doubles_up_to_an_hour_and_the_pause_is_drawn_below_it() {
        let backoff = Backoff::new(&DeliveryConfig::default());
        let mut rng = StdRng::seed_from_u64(1);
        for (failures, bound) in [(0, 1), (1, 2), (5, 32), (11, 2048), (12, 3600), (64, 3600)] {
            let drawn: Vec<_> = (0..2_000)
                .map(|_| backoff.pause(failures, None, &mut rng))
                .collect();
            let (least, most) = (drawn.iter().min().unwrap(), drawn.iter().max().unwrap());
            assert!(*least >= 1 && *most <= bound, "{failures}: {least}..{most}");
            assert!(
                *most * 10 >= bound * 9 && *least * 10 <= bound.max(10),
                "{failures}"
            );
        }
    }

    #[test]
    fn what_a_receiver_asks_for_is_granted_up_to_six_hours() {
        let backoff = Backoff::new(&DeliveryConfig::default());
        let mut rng = StdRng::seed_from_u64(1);
        let mut pause = |secs| backoff.pause(0, Some(Duration::from_secs(secs)), &mut rng);
        assert_eq!((pause(0), pause(7), pause(1_000_000)), (1, 7, 21_600));
    }

    #[test]
    fn a_message_refused_alone_has_about_four_days() {
        let pauses: Vec<_> = (0..MAX_LONE_REFUSALS - 1).map(lone_pause).collect();
        assert_eq!(pauses, [600, 2_400, 9_600, 38_400, 86_400, 86_400, 86_400]);
        assert_eq!(lone_pause(u8::MAX), LONE_LAST);
    }
}
