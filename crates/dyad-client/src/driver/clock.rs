//! How far the machine's clock is off, as our own providers see it.
//!
//! A document says when it was made, which is at most a day before it is fetched. So a provider's time
//! is known only within a day: a clock inside that window is believed. One outside by more than an
//! hour is corrected to the moment at which the document was made.
//!
//! Until a provider has been asked, a clock that says something new is not trusted far: what has expired is
//! thrown away for good, and a clock that is years ahead for a minute would cost every key and ticket. So
//! time never goes back behind the last moment that was confirmed, and at most [`UNCONFIRMED`] beyond it.
//!
//! What is confirmed moves on by at most [`LEAP`] on one provider's word. A provider on this machine repeats
//! the machine's own clock, so it is heard only where there is no other, and is never believed a leap.

use std::sync::atomic::Ordering;

use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DAY, DOCUMENT_CACHE};
use dyad_protocol::time::Timestamp;

use super::Driver;
use crate::error::Result;
use crate::store::{errands, notices, outbox, providers, settings};
use crate::view::ClientEvent;

/// Off by less than this is not corrected: services allow as much. Seconds.
const TOLERANCE: u64 = 3_600;

/// How far the clock is believed to have gone on since it was confirmed, seconds. Whoever is off-line for
/// longer sees time stand still; nothing that is kept expires in so short a time.
const UNCONFIRMED: u64 = 7 * DAY;

/// How far one provider alone can move on what is confirmed, seconds.
const LEAP: u64 = 30 * DAY;

/// What is said to the person while a leap waits for agreement.
pub(crate) const HELD: &str = "This computer's clock, or a provider's, says that far more time has passed than is believed. \
    Until two providers agree, or the only one has said so for a day, nothing is thrown away, and messages may wait. \
    Please check the clock.";

/// When a provider made the document that was fetched this moment.
#[derive(Debug, Clone)]
pub(crate) struct Vote {
    pub(crate) host: HostName,
    pub(crate) issued: Timestamp,
}

/// A leap that waits for agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Doubt {
    /// By the machine's clock, when it was first heard of.
    machine: Timestamp,
    /// The time that it would have been.
    offered: Timestamp,
    /// When the document that said so was made.
    issued: Timestamp,
}

impl Doubt {
    /// Whether the same provider has gone on saying the same for a day: its documents and this machine's
    /// clock have moved on alike.
    fn lasted(&self, now: &Self) -> bool {
        let passed = now.machine.since(self.machine);
        passed >= DAY
            && self.offered.plus(passed).distance(now.offered) <= 2 * DAY
            && now.issued > self.issued
    }
}

/// The votes that count: those of providers on this machine only if there are no others.
fn heard(votes: &[Vote], others: bool) -> Vec<&Vote> {
    votes
        .iter()
        .filter(|vote| !others || !vote.host.is_loopback_ip())
        .collect()
}

/// Whether `offered` is confirmed; otherwise what to remember until it is.
fn judge(
    confirmed: Timestamp,
    offered: Doubt,
    before: Option<Doubt>,
    votes: &[&Vote],
    others: usize,
) -> std::result::Result<(), Doubt> {
    let leaps = |issued: Timestamp| issued.plus(DOCUMENT_CACHE + TOLERANCE) > confirmed.plus(LEAP);
    if confirmed.as_secs() == 0 || offered.offered <= confirmed.plus(LEAP) {
        return Ok(());
    }
    let agree = votes
        .iter()
        .filter(|vote| !vote.host.is_loopback_ip() && leaps(vote.issued))
        .count();
    let same = before.filter(|before| {
        let passed = offered.machine.since(before.machine);
        before.offered.plus(passed).distance(offered.offered) <= 2 * DAY
    });
    match same {
        _ if agree >= 2 => Ok(()),
        Some(before) if agree == 1 && others == 1 && before.lasted(&offered) => Ok(()),
        Some(before) => Err(before),
        None => Err(offered),
    }
}

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
    pub(crate) fn learn_time(&self, votes: &[Vote]) -> Result<()> {
        let others = self.store.read(providers::all)?;
        let others = others
            .iter()
            .filter(|p| p.removed.is_none() && !p.key_changed && !p.host.is_loopback_ip())
            .count();
        let votes = heard(votes, others > 0);
        let issued: Vec<Timestamp> = votes.iter().map(|vote| vote.issued).collect();
        let Some(newest) = issued.iter().max() else {
            return Ok(());
        };
        let (machine, thought) = (self.clock.now(), self.now());
        let correction = correction(machine, &issued);
        let before = self.correction.swap(correction, Ordering::Relaxed);
        let offered = Doubt {
            machine,
            offered: self.told(),
            issued: *newest,
        };
        self.confirm(offered, thought, &votes, others)?;
        self.tell_correction(before, correction)
    }

    /// Moves on, or back, what is confirmed; a leap waits for agreement.
    fn confirm(
        &self,
        offered: Doubt,
        thought: Timestamp,
        votes: &[&Vote],
        others: usize,
    ) -> Result<()> {
        let told = offered.offered;
        let before = self.held()?;
        let held = judge(self.confirmed(), offered, before, votes, others).err();
        if held != before {
            self.store
                .write(|tx| settings::set(tx, settings::CLOCK_HELD, &held))?;
        }
        if held.is_some() {
            return match before {
                None => self.notice("clock", HELD),
                Some(_) => Ok(()),
            };
        }
        self.confirmed.store(told.as_secs(), Ordering::Relaxed);
        self.store.write(|tx| {
            if told.plus(TOLERANCE) < thought {
                // What was put off meanwhile would wait until time has come that far again.
                outbox::ask_at_latest(tx, told)?;
                errands::try_at_latest(tx, told)?;
            }
            settings::set(tx, settings::CLOCK_CONFIRMED, &told)
        })
    }

    fn held(&self) -> Result<Option<Doubt>> {
        let held = self
            .store
            .read(|c| settings::get(c, settings::CLOCK_HELD))?;
        Ok(held.flatten())
    }

    /// Whether a leap of time waits for agreement.
    pub(crate) fn time_is_held(&self) -> Result<bool> {
        Ok(self.held()?.is_some())
    }

    fn tell_correction(&self, before: i64, correction: i64) -> Result<()> {
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

    fn vote(host: &str, issued: Timestamp) -> Vote {
        let host = host.parse().unwrap();
        Vote { host, issued }
    }

    #[test]
    fn a_provider_on_this_machine_is_heard_only_where_there_is_no_other() {
        let own = vote("127.0.0.1:7411", NOW.plus(5 * 366 * DAY));
        let other = vote("dyad.example", NOW);
        let both = [own.clone(), other];
        assert_eq!(heard(&both, true).len(), 1);
        assert_eq!(heard(&both, true)[0].issued, NOW);
        assert!(heard(std::slice::from_ref(&own), true).is_empty());
        assert_eq!(heard(&[own], false).len(), 1);
    }

    #[test]
    fn a_leap_needs_two_providers_or_a_day_of_the_only_one() {
        let at = |days: u64| NOW.plus(days * DAY);
        let offer = |machine, offered| Doubt {
            machine,
            offered,
            issued: offered,
        };
        let years = 5 * 366;
        let (one, two) = (
            vote("one.example", at(years)),
            vote("two.example", at(years)),
        );
        let (own, honest) = (vote("127.0.0.1:1", at(years)), vote("two.example", NOW));
        let leap = offer(at(years), at(years));
        // Never confirmed before, or not far: no leap.
        let never = Timestamp::from_secs(0);
        assert_eq!(judge(never, leap, None, &[&one], 1), Ok(()));
        assert_eq!(judge(NOW, offer(at(30), at(30)), None, &[&one], 1), Ok(()));
        assert_eq!(judge(NOW, leap, None, &[&one, &two], 2), Ok(()));
        for votes in [[&one, &honest], [&one, &own]] {
            assert_eq!(judge(NOW, leap, None, &votes, 2), Err(leap));
        }
        // The only one, a day later.
        let later = offer(at(years + 1), at(years + 1));
        assert_eq!(judge(NOW, leap, None, &[&one], 1), Err(leap));
        assert_eq!(judge(NOW, later, Some(leap), &[&one], 1), Ok(()));
        // Not if it repeats an old document, if there is another, or if it is this machine.
        let stale = Doubt {
            issued: leap.issued,
            ..later
        };
        assert_eq!(judge(NOW, stale, Some(leap), &[&one], 1), Err(leap));
        assert_eq!(judge(NOW, later, Some(leap), &[&one], 2), Err(leap));
        assert_eq!(judge(NOW, later, Some(leap), &[&own], 0), Err(leap));
        // Something else than before: the day begins anew.
        let other = offer(at(years + 1), at(years + 90));
        assert_eq!(judge(NOW, other, Some(leap), &[&one], 1), Err(other));
    }

    #[test]
    fn one_lying_provider_of_two_moves_nothing() {
        assert_eq!(correction(NOW, &[NOW.plus(1_000_000), NOW]), 0);
    }
}
