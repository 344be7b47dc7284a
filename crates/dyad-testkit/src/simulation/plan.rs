//! What a seed decides before anything happens.

use std::time::Duration;

use crate::rng::Chance;

/// The two providers.
pub(super) const HOSTS: [&str; 2] = ["one.example", "two.example"];

/// Everybody who may be there.
const NAMES: [&str; 4] = ["alex", "blair", "casey", "drew"];

/// What a seed decides before anything happens.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many people there are.
    pub headcount: usize,
    /// Longest time that the undisturbed network takes for a segment.
    pub latency: Duration,
    /// Tokens for messages that each provider gives to each person in a day.
    pub messages_a_day: u16,
    /// How long everything breaks.
    pub troubled: Duration,
    /// Average time between two events of that time.
    pub pace: Duration,
    /// Whether the last two meet only while everything breaks.
    pub late_meeting: bool,
}

impl Plan {
    /// What this seed decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed, 0);
        let headcount = [2, 2, 3, 4][chance.below(4) as usize];
        // One in three runs out of tokens; nobody else does.
        let scarce = chance.percent(33);
        Self {
            seed,
            headcount,
            latency: chance.duration(Duration::from_millis(20), Duration::from_millis(2_500)),
            messages_a_day: if scarce { 30 } else { 150 },
            troubled: chance.duration(
                Duration::from_secs(2 * 3_600),
                Duration::from_secs(8 * 3_600),
            ),
            pace: chance.duration(Duration::from_secs(60), Duration::from_secs(400)),
            late_meeting: headcount > 2 && chance.percent(50),
        }
    }

    /// Their names.
    #[must_use]
    pub fn people(&self) -> &'static [&'static str] {
        &NAMES[..self.headcount]
    }
}
