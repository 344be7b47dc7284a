//! Token buckets, one for each key, in bounded memory and without a timer.
//!
//! A bucket is kept as one moment: when it will be full again (the generic cell rate algorithm,
//! ITU-T I.371, in its virtual scheduling form). A bucket that is full needs no memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Least time between two searches for buckets that are full again.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How much is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: u32,
    every: Duration,
}

impl Rate {
    /// `burst` at once, and one more for each `every` that passes. `burst` is at least one.
    #[must_use]
    pub const fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst: if burst == 0 { 1 } else { burst },
            every,
        }
    }

    /// `burst` at once, and `per_second` more for each second.
    #[must_use]
    pub const fn per_second(burst: u32, per_second: u32) -> Self {
        let per_second = if per_second == 0 { 1 } else { per_second };
        Self::new(
            burst,
            Duration::from_nanos(1_000_000_000 / per_second as u64),
        )
    }

    fn capacity(&self) -> Duration {
        self.every.saturating_mul(self.burst)
    }
}

/// A limiter with a bucket for each key.
///
/// At most `max_keys` buckets are kept. When that many are not full, all further keys share one
/// bucket: those already known are not disturbed by a crowd of new ones.
#[derive(Debug)]
pub struct RateLimiter<K> {
    rate: Rate,
    max_keys: usize,
    buckets: Mutex<Buckets<K>>,
}

#[derive(Debug)]
struct Buckets<K> {
    full_at: HashMap<K, Instant>,
    crowd_full_at: Instant,
    swept: Instant,
}

impl<K: Eq + Hash> RateLimiter<K> {
    /// A limiter whose buckets are all full.
    #[must_use]
    pub fn new(rate: Rate, max_keys: usize) -> Self {
        let now = Instant::now();
        let buckets = Buckets {
            full_at: HashMap::new(),
            crowd_full_at: now,
            swept: now,
        };
        Self {
            rate,
            max_keys,
            buckets: Mutex::new(buckets),
        }
    }

    /// Takes `amount` from the bucket of `key`.
    ///
    /// # Errors
    /// There is not enough in it; nothing was taken. The time after which there will be, or, for an
    /// amount larger than the bucket, after which it will be full.
    pub fn take(&self, key: K, amount: u32) -> Result<(), Duration> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock();
        buckets.make_room(now, self.max_keys);
        let full = buckets.full_at.len() >= self.max_keys;
        match buckets.full_at.get_mut(&key) {
            Some(full_at) => self.draw(full_at, amount, now),
            None if full => self.draw(&mut buckets.crowd_full_at, amount, now),
            None => {
                let mut full_at = now;
                self.draw(&mut full_at, amount, now)?;
                buckets.full_at.insert(key, full_at);
                Ok(())
            }
        }
    }

    fn draw(&self, full_at: &mut Instant, amount: u32, now: Instant) -> Result<(), Duration> {
        let after = (*full_at).max(now) + self.rate.every.saturating_mul(amount);
        let missing = after
            .duration_since(now)
            .saturating_sub(self.rate.capacity());
        if missing.is_zero() {
            *full_at = after;
            Ok(())
        } else {
            Err(missing.min(self.rate.capacity()))
        }
    }

    /// Buckets in memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buckets.lock().full_at.len()
    }

    /// Whether no bucket is in memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn make_room(&mut self, now: Instant, max_keys: usize) {
        let crowded = self.full_at.len() >= max_keys;
        // Half full: a sweep is cheap in relation to what came since.
        if (crowded || self.full_at.len() > max_keys / 2) && now >= self.swept + SWEEP_EVERY {
            self.swept = now;
            self.full_at.retain(|_, full_at| *full_at > now);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_only_what_time_brings() {
        let limiter = RateLimiter::new(Rate::per_second(3, 2), 10);
        for _ in 0..3 {
            assert_eq!(limiter.take("Alex", 1), Ok(()));
        }
        assert_eq!(limiter.take("Alex", 1), Err(Duration::from_millis(500)));
        assert_eq!(limiter.take("Blair", 1), Ok(()), "others are not affected");
        advance(Duration::from_millis(499)).await;
        assert_eq!(limiter.take("Alex", 1), Err(Duration::from_millis(1)));
        advance(Duration::from_millis(1)).await;
        assert_eq!(limiter.take("Alex", 1), Ok(()));
        assert!(limiter.take("Alex", 1).is_err());
        advance(Duration::from_secs(3600)).await;
        assert_eq!(
            limiter.take("Alex", 3),
            Ok(()),
            "an hour brings no more than the burst"
        );
        assert!(limiter.take("Alex", 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_takes_nothing() {
        let limiter = RateLimiter::new(Rate::per_second(4, 1), 10);
        assert_eq!(limiter.take(1, 3), Ok(()));
        assert_eq!(limiter.take(1, 3), Err(Duration::from_secs(2)));
        assert_eq!(limiter.take(1, 1), Ok(()));
        assert!(
            limiter.take(2, 5).is_err(),
            "more than the bucket holds never passes"
        );
        assert_eq!(limiter.take(2, 4), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_known_keys_are_not_crowded_out() {
        let limiter = RateLimiter::new(Rate::per_second(2, 1), 100);
        assert_eq!(limiter.take(0, 2), Ok(()));
        let passed = (1..10_000)
            .filter(|key| limiter.take(*key, 1).is_ok())
            .count();
        assert_eq!(limiter.len(), 100);
        assert_eq!(passed, 99 + 2, "the crowd shares one bucket");
        advance(Duration::from_secs(1)).await;
        assert_eq!(limiter.take(0, 1), Ok(()), "known keys go on as before");
        assert_eq!(limiter.len(), 1, "full buckets are forgotten");
        assert_eq!(
            limiter.take(20_000, 2),
            Ok(()),
            "and there is room for new ones"
        );
    }
}
