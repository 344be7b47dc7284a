//! Refusing load before it hurts: by rate, by number at once, by disk space.

mod concurrency;
mod disk;
mod rate;

pub use concurrency::{ConcurrencyLimit, Entry, limit_concurrency};
pub use disk::{DiskGuard, DiskLimits};
pub use rate::{Rate, RateLimiter};
