//! Which hosts answer, and when one that did not is asked again.

use std::collections::HashMap;
use std::time::Duration;

use dyad_protocol::id::HostName;
use parking_lot::Mutex;
use rand_core::CryptoRng;
use tokio::time::Instant;

use super::exchange::ServiceError;
use crate::options::Timing;

/// What a host is asked for; one part of it can fail alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// Document, account, tokens.
    Issuer,
    /// Submitting and asking for fates.
    Sender,
    /// Fetching and mailboxes.
    Receiver,
    /// Keeping and fetching files: a service whose room for them is full carries messages all the same.
    Files,
    /// Somebody else's document, through a sender service of ours.
    Relayed,
}

#[derive(Debug, Clone)]
struct Trouble {
    failures: u32,
    not_before: Instant,
    why: String,
}

/// Hosts that failed, in memory only: after a restart everything is tried afresh.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    troubled: Mutex<HashMap<(HostName, Role), Trouble>>,
}

impl Hosts {
    /// When it may be asked next, and why not now; `None`: at once.
    pub(crate) fn waits(&self, host: &HostName, role: Role) -> Option<(Instant, String)> {
        let troubled = self.troubled.lock();
        let trouble = troubled.get(&(host.clone(), role))?;
        (trouble.not_before > Instant::now()).then(|| (trouble.not_before, trouble.why.clone()))
    }

    /// The hosts that are not to be asked yet, and when they may be.
    pub(crate) fn waiting(&self, role: Role) -> HashMap<HostName, Instant> {
        let now = Instant::now();
        self.troubled
            .lock()
            .iter()
            .filter(|((_, of), trouble)| *of == role && trouble.not_before > now)
            .map(|((host, _), trouble)| (host.clone(), trouble.not_before))
            .collect()
    }

    pub(crate) fn went_well(&self, host: &HostName, role: Role) {
        self.troubled.lock().remove(&(host.clone(), role));
    }

    /// Notes a failure. Gives when to try again: doubling pauses with jitter, or as the host asked.
    pub(crate) fn failed(
        &self,
        host: &HostName,
        role: Role,
        error: &ServiceError,
        timing: &Timing,
        rng: &mut dyn CryptoRng,
    ) -> Instant {
        let mut troubled = self.troubled.lock();
        let key = (host.clone(), role);
        let failures = troubled
            .get(&key)
            .map_or(1, |trouble| trouble.failures.saturating_add(1));
        let asked = error
            .retry_after()
            .unwrap_or(Duration::ZERO)
            .min(timing.retry_max);
        let pause = pause(failures, timing, rng).max(asked);
        let not_before = Instant::now() + pause;
        let why = error.person();
        troubled.insert(
            key,
            Trouble {
                failures,
                not_before,
                why,
            },
        );
        not_before
    }

    /// How often it failed in a row.
    pub(crate) fn failures(&self, host: &HostName, role: Role) -> u32 {
        self.troubled
            .lock()
            .get(&(host.clone(), role))
            .map_or(0, |trouble| trouble.failures)
    }

    /// Everything may be tried at once; how often it failed is remembered.
    pub(crate) fn forgive(&self) {
        let now = Instant::now();
        for trouble in self.troubled.lock().values_mut() {
            trouble.not_before = now;
        }
    }
}

/// `first * 2^(failures - 1)`, at most `max`, times U(0.5, 1) so that not all who failed come back together.
pub(crate) fn pause(failures: u32, timing: &Timing, rng: &mut dyn CryptoRng) -> Duration {
    let doubled = timing
        .retry_first
        .saturating_mul(
            1u32.checked_shl(failures.saturating_sub(1))
                .unwrap_or(u32::MAX),
        )
        .min(timing.retry_max);
    jitter(doubled, rng)
}

/// The duration times U(0.5, 1).
pub(crate) fn jitter(duration: Duration, rng: &mut dyn CryptoRng) -> Duration {
    duration.mul_f64(0.5 + 0.5 * f64::from(rng.next_u32()) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ClientRng;

    #[test]
    fn pauses_double_up_to_a_limit_and_never_vanish() {
        let timing = Timing::default();
        let mut rng = ClientRng::system();
        for failures in [1, 2, 5, 40, u32::MAX] {
            let full = timing
                .retry_first
                .saturating_mul(1u32.checked_shl(failures - 1).unwrap_or(u32::MAX))
                .min(timing.retry_max);
            for _ in 0..50 {
                let pause = pause(failures, &timing, &mut *rng.0);
                assert!(pause >= full / 2 && pause <= full, "{failures}: {pause:?}");
            }
        }
    }
}
