//! Clocks that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use dyad_protocol::time::{Clock, Timestamp};

/// The wall clock of one simulated machine: the simulation's time, and how wrong the machine's clock is.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedClock {
    begin: Timestamp,
    offset: i64,
}

impl SimulatedClock {
    /// A right clock in a simulation that begins at `begin`.
    #[must_use]
    pub const fn new(begin: Timestamp) -> Self {
        Self { begin, offset: 0 }
    }

    /// The same, `offset` seconds fast (or, negative, slow).
    #[must_use]
    pub const fn off_by(self, offset: i64) -> Self {
        Self { offset, ..self }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let elapsed = turmoil::sim_elapsed().unwrap_or_default().as_secs();
        Timestamp::from_secs(
            self.begin
                .plus(elapsed)
                .as_secs()
                .saturating_add_signed(self.offset),
        )
    }
}

/// A simulated machine's clock that can be set wrong while it runs. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct MachineClock {
    right: SimulatedClock,
    offset: Arc<AtomicI64>,
}

impl MachineClock {
    /// A right clock in a simulation that begins at `begin`.
    #[must_use]
    pub fn new(begin: Timestamp) -> Self {
        Self {
            right: SimulatedClock::new(begin),
            offset: Arc::default(),
        }
    }

    /// From now on it is `seconds` fast (or, negative, slow).
    pub fn set_wrong_by(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
    }

    /// How wrong it is, in seconds.
    #[must_use]
    pub fn wrong_by(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        self.right.off_by(self.wrong_by()).now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Stands at `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.as_secs()))
    }

    /// Moves it forward.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Puts it anywhere.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::Relaxed))
    }
}
