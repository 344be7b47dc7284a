//! Moments and the calendar periods in which addresses and tokens expire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::limits::DAY;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// So many seconds after the Unix epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// This moment and `seconds` more; stops at the end of time.
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This moment less `seconds`; stops at the Unix epoch.
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this moment; zero if it is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds between two moments, whichever is first.
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Days since the Unix epoch.
    pub const fn day(self) -> u32 {
        (self.0 / DAY) as u32
    }
}

/// A source of the present moment. Nothing else in the workspace asks the system.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Timestamp(since.as_secs())
    }
}

/// A calendar month (UTC) at whose beginning something expires, counted from January 1970.
///
/// Addresses carry a month and not a moment, so that all that were made in one month look alike.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct ExpiryPeriod(u16);

impl ExpiryPeriod {
    /// From its number.
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// Months since January 1970.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The month that holds `moment`.
    pub const fn containing(moment: Timestamp) -> Self {
        // Gregorian calendar arithmetic on a year that begins in March, so that the leap day comes
        // last; 719,468 days lie between 0000-03-01 and 1970-01-01, an era is 400 years.
        let days = moment.as_secs() / DAY + 719_468;
        let era = days / 146_097;
        let of_era = days % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let months = (era * 400 + year_of_era) * 12 + month_from_march + 2;
        let since_1970 = months - 1970 * 12;
        Self(if since_1970 > u16::MAX as u64 {
            u16::MAX
        } else {
            since_1970 as u16
        })
    }

    /// So many months later.
    pub const fn plus_months(self, months: u16) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// The first second of the month: from then on, what carries it has expired.
    pub const fn begins(self) -> Timestamp {
        let months = self.0 as u64 + 1970 * 12 - 2;
        let (year, from_march) = (months / 12, months % 12);
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * from_march + 2) / 5;
        Timestamp((days - 719_468) * DAY)
    }

    /// Whether `now` is past it.
    pub const fn has_expired(self, now: Timestamp) -> bool {
        now.as_secs() >= self.begins().as_secs()
    }
}

/// A day (UTC) in which a token key is used, counted from 1970-01-01.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(u32);

impl Epoch {
    /// From its number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The epoch that holds `moment`.
    pub const fn containing(moment: Timestamp) -> Self {
        Self(moment.day())
    }

    /// The epoch after this.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Whether tokens of this epoch are redeemed at `now`: on its day and the day after.
    pub const fn is_accepted(self, now: Timestamp) -> bool {
        let today = now.day();
        self.0 == today || self.0 + 1 == today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_begins_where_the_month_before_ends() {
        for number in 0..6_000 {
            let period = ExpiryPeriod::from_number(number);
            let begins = period.begins();
            assert_eq!(ExpiryPeriod::containing(begins), period);
            if number > 0 {
                assert_eq!(
                    ExpiryPeriod::containing(begins.minus(1)).number(),
                    number - 1
                );
            }
        }
    }

    #[test]
    fn known_months_begin_at_known_seconds() {
        assert_eq!(ExpiryPeriod::from_number(0).begins().as_secs(), 0);
        // 2000-03-01, the day after a leap day of a century; 2026-11-01.
        assert_eq!(
            ExpiryPeriod::from_number(362).begins().as_secs(),
            951_868_800
        );
        assert_eq!(
            ExpiryPeriod::from_number(682).begins().as_secs(),
            1_793_491_200
        );
    }

    #[test]
    fn a_token_epoch_is_accepted_on_its_day_and_the_next() {
        let epoch = Epoch::from_number(20_000);
        let first = Timestamp::from_secs(20_000 * DAY);
        assert!(epoch.is_accepted(first));
        assert!(epoch.is_accepted(first.plus(2 * DAY - 1)));
        assert!(!epoch.is_accepted(first.plus(2 * DAY)));
        assert!(!epoch.is_accepted(first.minus(1)));
    }
}
