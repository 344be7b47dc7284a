//! The smaller parts of a relationship's state.

use dyad_protocol::body::KemUpdate;
use dyad_protocol::id::{AddressId, HostName, RootAddress};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::{DAY, XWING_CIPHERTEXT_LEN};
use dyad_protocol::psk::PskId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{
    AUTOMATIC_DELAY, AUTOMATIC_STEP, INBOUND_REPAIRS_PER_DAY, INCOMING_PER_DAY, REPAIR_INTERVAL,
    REPAIRS_PER_DAY,
};

/// How the relationship began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// Whether the invitation was ours.
    pub(crate) by_us: bool,
    pub(crate) reuse: Reuse,
}

/// An address of ours that another state keeps the key of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnAddress {
    pub(crate) receiver: HostName,
    pub(crate) root: RootAddress,
    pub(crate) id: AddressId,
}

/// A renewal of the pre-shared key that we began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KemOut {
    #[serde(with = "dyad_protocol::codec::serde_bytes")]
    bundle_hash: Vec<u8>,
    base: PskId,
    #[serde(with = "dyad_protocol::codec::serde_bytes")]
    ciphertext: Vec<u8>,
}

impl KemOut {
    pub(crate) fn new(
        bundle_hash: [u8; 32],
        base: PskId,
        ciphertext: [u8; XWING_CIPHERTEXT_LEN],
    ) -> Self {
        Self {
            bundle_hash: bundle_hash.to_vec(),
            base,
            ciphertext: ciphertext.to_vec(),
        }
    }

    pub(crate) fn update(&self) -> Option<KemUpdate> {
        Some(KemUpdate {
            bundle_hash: self.bundle_hash.as_slice().try_into().ok()?,
            base: self.base,
            ciphertext: self.ciphertext.clone().into_boxed_slice().try_into().ok()?,
        })
    }
}

/// What may help when the two do not understand each other; the later, the more it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Remedy {
    /// The session that we have begun goes out once more, another way.
    Knock,
    /// A new session.
    Session,
    /// A new session, and nothing of ours is used that a later state of ours may have used.
    StartOver,
}

/// When sessions were begun anew, so that nobody can make us do it without end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct RepairLog {
    /// Moments of the repairs that we began in the last day.
    begun: Vec<Timestamp>,
    /// Moments of those by the contact in the last day.
    followed: Vec<Timestamp>,
    /// One that had to be put off.
    wanted: Option<(Timestamp, Remedy)>,
    count: u32,
}

impl RepairLog {
    /// Whether one may begin now; if not, it is put off.
    pub(crate) fn may_begin(&mut self, remedy: Remedy, now: Timestamp) -> bool {
        forget(&mut self.begun, now);
        let rested = self
            .begun
            .last()
            .map_or(now, |last| last.plus(REPAIR_INTERVAL));
        let allowed = match self.begun.first() {
            Some(first) if self.begun.len() >= REPAIRS_PER_DAY => rested.max(first.plus(DAY)),
            _ => rested,
        };
        if now >= allowed {
            self.begun.push(now);
            self.wanted = None;
            return true;
        }
        let (_, wanted) = self.wanted.get_or_insert((allowed, remedy));
        *wanted = remedy.max(*wanted);
        false
    }

    /// One begins that no contact can cause, whenever the last was.
    pub(crate) fn begin_unasked(&mut self, now: Timestamp) {
        let _ = self.may_begin(Remedy::StartOver, now);
        self.wanted = None;
    }

    /// Whether one by the contact is followed.
    pub(crate) fn may_follow(&mut self, now: Timestamp) -> bool {
        forget(&mut self.followed, now);
        let allowed = self.followed.len() < INBOUND_REPAIRS_PER_DAY;
        if allowed {
            self.followed.push(now);
        }
        allowed
    }

    /// The one that was put off, if it is time.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Remedy> {
        let (at, reason) = self.wanted?;
        (now >= at).then(|| {
            self.wanted = None;
            reason
        })
    }

    /// The session works: nothing has to be repaired any more, unless our own state is to blame.
    pub(crate) fn no_longer_wanted(&mut self) {
        self.wanted = self
            .wanted
            .filter(|(_, remedy)| *remedy == Remedy::StartOver);
    }

    pub(crate) fn done(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.wanted.map(|(at, _)| at)
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }
}

fn forget(moments: &mut Vec<Timestamp>, now: Timestamp) {
    // A moment in the future was noted by a clock that has been set back since.
    moments.retain(|moment| *moment <= now && now.since(*moment) < DAY);
}

/// Messages processed on one day, and sent without anybody having written them.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Quota {
    day: u32,
    count: u32,
    #[serde(default)]
    automatic: u32,
}

/// Whether a message is processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Yes,
    /// The first one too many of the day.
    FirstTooMany,
    No,
}

impl Quota {
    pub(crate) fn admit(&mut self, now: Timestamp) -> Admission {
        self.turn_to(now);
        self.count = self.count.saturating_add(1);
        match self.count {
            n if n <= INCOMING_PER_DAY => Admission::Yes,
            n if n == INCOMING_PER_DAY + 1 => Admission::FirstTooMany,
            _ => Admission::No,
        }
    }

    /// An acknowledgement or state update has been sent.
    pub(crate) fn sent_by_itself(&mut self, now: Timestamp) {
        self.turn_to(now);
        self.automatic = self.automatic.saturating_add(1);
    }

    /// The delay of the next one: it doubles with every [`AUTOMATIC_STEP`] of the day.
    pub(crate) fn stretched(&mut self, delay: u64, now: Timestamp) -> u64 {
        self.turn_to(now);
        let doublings = (self.automatic / AUTOMATIC_STEP).min(32);
        let longest = AUTOMATIC_DELAY.max(delay);
        delay.saturating_mul(1 << doublings).min(longest)
    }

    fn turn_to(&mut self, now: Timestamp) {
        if self.day != now.day() {
            *self = Self {
                day: now.day(),
                ..Self::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_rest_between_and_end_for_the_day() {
        let mut log = RepairLog::default();
        let start = Timestamp::from_secs(1_000 * DAY);
        let mut begun = 0;
        for minute in 0..24 * 60 {
            let now = start.plus(minute * 60);
            begun += usize::from(log.may_begin(Remedy::Session, now));
            if begun == 1 && minute == 1 {
                assert_eq!(log.due(), Some(start.plus(REPAIR_INTERVAL)));
            }
        }
        assert_eq!(begun, REPAIRS_PER_DAY);
        assert!(log.take_due(start.plus(DAY)).is_some());
        assert!(log.may_begin(Remedy::Session, start.plus(DAY)));
    }

    #[test]
    fn a_flood_ends_at_the_days_limit_and_is_told_once() {
        let mut quota = Quota::default();
        let now = Timestamp::from_secs(1_000 * DAY);
        let admitted = (0..INCOMING_PER_DAY).all(|_| quota.admit(now) == Admission::Yes);
        assert!(admitted);
        assert_eq!(quota.admit(now), Admission::FirstTooMany);
        assert_eq!(quota.admit(now), Admission::No);
        assert_eq!(quota.admit(now.plus(DAY)), Admission::Yes);
    }
}
