//! Chance from a seed.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// A source of chance that gives the same for the same seed.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// From a seed. Each `stream` of a seed is independent of the others.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// The generator itself.
    #[must_use]
    pub fn into_rng(self) -> ChaCha20Rng {
        self.0
    }

    /// A number below `bound`; 0 for a bound of 0. The bias is far below anything a simulation could show.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A length of time, most often near `low`, sometimes near `high`: evenly spread in its logarithm.
    pub fn duration(&mut self, low: Duration, high: Duration) -> Duration {
        let (low, high) = (low.as_secs_f64().max(0.001), high.as_secs_f64());
        let part = self.below(1 << 20) as f64 / f64::from(1 << 20);
        Duration::from_secs_f64(low * (high / low).max(1.0).powf(part))
    }

    /// One of several; `None` of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_another_stream_another() {
        let draw = |seed, stream| Chance::new(seed, stream).below(u64::MAX);
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut chance = Chance::new(1, 0);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&chance.between(3, 5)));
            let drawn = chance.duration(Duration::from_secs(1), Duration::from_secs(60));
            assert!(drawn >= Duration::from_millis(999) && drawn <= Duration::from_secs(61));
        }
        assert_eq!((chance.below(0), chance.between(7, 7)), (0, 7));
        assert_eq!(chance.pick::<u8>(&[]), None);
    }
}
