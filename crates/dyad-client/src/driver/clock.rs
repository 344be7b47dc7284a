//! How far the machine's clock is off, as our own providers see it.
//!
//! A document says when it was made, which is at most a day before it is fetched. So a provider's time
//! is known only within a day: a clock inside that window is believed. One outside by more than an
//! hour is corrected to the moment at which the document was made.
//!
//! Until a provider has been asked, a clock that says something new is not trusted far: what has expired is
//! thrown away for good, and a clock that is years ahead for a minute would cost every key and ticket. So
//! time never goes back behind the last moment that was confirmed, and at most [`UNCONFIRMED`] beyond it.

use std::sync::atomic::Ordering;

use dyad_protocol::limits::{DAY, DOCUMENT_CACHE};
use dyad_protocol::time::Timestamp;

use super::Driver;
use crate::error::Result;
use crate::store::{errands, notices, outbox, settings};
use crate::view::ClientEvent;

/// Off by less than this is not corrected: services allow as much. Seconds.
const TOLERANCE: u64 = 3_600;

/// How far the clock is believed to have gone on since it was confirmed, seconds. Whoever is off-line for
/// longer sees time stand still; nothing that is kept expires in so short a time.
const UNCONFIRMED: u64 = 7 * DAY;

/// The time to act by when the clock says `told`.
fn believed(told: Timestamp, confirmed: Timestamp) -> Timestamp {
    if confirmed.as_secs() == 0 {
        return told;
    }
    told.clamp(confirmed, confirmed.plus(UNCONFIRMED))
}

/// Seconds to add to `machine`, given when documents fetched now were made. Of several providers the
/// one that asks for the smallest correction is believed, so that one alone cannot move our time.
fn correction(machine: Timestamp, issued: &[Timestamp]) -> i64 {
    let wanted = |issued: &Timestamp| {
        let early = machine.plus(TOLERANCE) < *issued;
        let late = machine > issued.plus(DOCUMENT_CACHE + TOLERANCE);
        if early || late {
            i64::try_from(issued.as_secs())
                .unwrap_or(i64::MAX)
                .saturating_sub_unsigned(machine.as_secs())
        } else {
            0
        }
    };
    issued
        .iter()
        .map(wanted)
        .min_by_key(|seconds| seconds.unsigned_abs())
        .unwrap_or(0)
}

impl Driver {
    /// The time that is told to the engine and to services.
    pub(crate) fn now(&self) -> Timestamp {
        believed(self.told(), self.confirmed())
    }

    /// Whether the clock says what cannot be believed before a provider has been asked.
    pub(super) fn time_is_doubtful(&self) -> bool {
        self.now() != self.told()
    }

    fn told(&self) -> Timestamp {
        let machine = self.clock.now().as_secs();
        Timestamp::from_secs(machine.saturating_add_signed(self.correction()))
    }

    fn confirmed(&self) -> Timestamp {
        Timestamp::from_secs(self.confirmed.load(Ordering::Relaxed))
    }

    /// Learns from documents that were fetched this moment.
    pub(crate) fn learn_time(&self, issued: &[Timestamp]) -> Result<()> {
        if issued.is_empty() {
            return Ok(());
        }
        let thought = self.now();
        let correction = correction(self.clock.now(), issued);
        let before = self.correction.swap(correction, Ordering::Relaxed);
        let confirmed = self.told();
        self.confirmed.store(confirmed.as_secs(), Ordering::Relaxed);
        self.store.write(|tx| {
            if confirmed.plus(TOLERANCE) < thought {
                // What was put off meanwhile would wait until time has come that far again.
                outbox::ask_at_latest(tx, confirmed)?;
                errands::try_at_latest(tx, confirmed)?;
            }
            settings::set(tx, settings::CLOCK_CONFIRMED, &confirmed)
        })?;
        if before.abs_diff(correction) <= TOLERANCE {
            return Ok(());
        }
        let text = if correction == 0 {
            "This computer's clock agrees with the providers again.".to_owned()
        } else {
            format!(
                "This computer's clock is {}; the providers' time is used. Please set the clock.",
                off_by(correction)
            )
        };
        let now = self.now();
        let notice = self.store.write(|tx| {
            settings::set(tx, settings::CLOCK_OFFSET, &correction)?;
            notices::insert(tx, None, "clock", &text, now)
        })?;
        self.emit([ClientEvent::Notice(notice)]);
        Ok(())
    }
}

/// "3 hours slow".
pub(crate) fn off_by(correction: i64) -> String {
    let seconds = correction.unsigned_abs();
    let amount = match seconds {
        0..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{amount} {}", if correction > 0 { "slow" } else { "fast" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn a_clock_that_may_be_right_is_believed() {
        for issued in [
            NOW,
            NOW.minus(DOCUMENT_CACHE),
            NOW.minus(DOCUMENT_CACHE + TOLERANCE),
            NOW.plus(TOLERANCE),
        ] {
            assert_eq!(correction(NOW, &[issued]), 0);
        }
        assert_eq!(correction(NOW, &[]), 0);
    }

    #[test]
    fn a_clock_that_is_wrong_by_years_is_corrected() {
        let years = 3 * 366 * 86_400;
        assert_eq!(correction(NOW.minus(years), &[NOW]), years as i64);
        assert_eq!(correction(NOW.plus(years), &[NOW]), -(years as i64));
    }

    #[test]
    fn a_clock_is_not_trusted_far_before_a_provider_was_asked() {
        let years = 5 * 366 * DAY;
        let never = Timestamp::from_secs(0);
        for (told, confirmed, expected) in [
            (NOW, never, NOW),
            (NOW.plus(DAY), NOW, NOW.plus(DAY)),
            (NOW.plus(years), NOW, NOW.plus(UNCONFIRMED)),
            (NOW.minus(years), NOW, NOW),
        ] {
            assert_eq!(believed(told, confirmed), expected);
        }
    }

    #[test]
    fn one_lying_provider_of_two_moves_nothing() {
        assert_eq!(correction(NOW, &[NOW.plus(1_000_000), NOW]), 0);
    }
}
