//! Whole lives from a seed: people who write to each other through two providers while everything breaks that
//! can break, and a verdict on what became of their messages.
//!
//! A seed decides who there is, what they write and when, and every fault: lost and delayed messages of
//! the network, cut links, crashes between any two writes, wrong clocks, full disks, and tokens that run out. At the end
//! everything is mended, and the world is left alone until it is quiet. Then every message that an app took
//! must have been shown exactly once and be confirmed, and nothing may be left anywhere.
//!
//! The same seed gives the same life, to the last byte, if it is the first of its process: what services and the
//! ratchet draw from the operating system comes from the seed as well (`entropy.rs`), but tokio counts the
//! runtimes of a process.

mod meeting;
mod plan;
mod trouble;
mod verdict;

use std::time::Duration;

use dyad_protocol::id::HostName;
use dyad_protocol::token::ProviderSeed;
use serde::{Deserialize, Serialize};

pub use plan::Plan;
pub use trouble::Troubles;

use crate::entropy::on_seeded_thread;
use crate::person::Person;
use crate::provider::SimulatedProvider;
use crate::rng::Chance;
use crate::simulation::meeting::Meetings;
use crate::simulation::trouble::Troublemaker;
use crate::simulation::verdict::Verdict;
use crate::world::{BEGIN, World, WorldError};

/// How often it is looked whether all is quiet at the end.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// When everybody writes to everybody once more, after everything was mended. The last two only if it is not quiet
/// by then.
const GREETINGS: [Duration; 4] = [
    Duration::from_secs(1_800),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(26 * 3_600),
    Duration::from_secs(30 * 3_600),
];

/// By when all must be quiet after everything was mended: tokens for the day after must have come, and the
/// longest pauses between two attempts passed.
const QUIET_WITHIN: Duration = Duration::from_secs(50 * 3_600);

/// What became of one seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Messages that apps took.
    pub messages: u64,
    /// Messages that an app took and that were never shown, or never confirmed.
    pub lost: u64,
    /// Messages shown more than once.
    pub doubled: u64,
    /// Faults.
    pub troubles: Troubles,
    /// Crashes of machines.
    pub crashes: u64,
    /// Connections between apps that mended themselves.
    pub repairs: u64,
    /// Virtual time that passed.
    pub lasted: Duration,
    /// Everything that must not be. Empty: all is well.
    pub violations: Vec<String>,
}

/// Lives through one seed.
///
/// # Errors
/// The world itself broke: software ended, or what must succeed without any fault did not.
pub fn live(seed: u64) -> Result<Outcome, WorldError> {
    on_seeded_thread(seed, || live_here(seed))
        .unwrap_or_else(|_| Err(WorldError::Software("a panic".to_owned())))
}

fn live_here(seed: u64) -> Result<Outcome, WorldError> {
    let plan = Plan::new(seed);
    let mut world = build(&plan)?;
    let meetings = Meetings::new(&plan, world.people());
    meetings.settle_in(&mut world)?;

    let mut trouble = Troublemaker::new(&plan, &world);
    let end = world.elapsed() + plan.troubled;
    while world.elapsed() < end {
        trouble.next(&mut world)?;
        meetings.go_on(&world);
    }
    trouble.mend_everything(&mut world);

    let verdict = settle_down(&mut world, &meetings)?;
    Ok(Outcome {
        seed,
        troubles: trouble.counted(),
        crashes: world.crashes(),
        lasted: world.elapsed(),
        ..verdict.outcome(world.ledger())
    })
}

/// Waits until all is quiet. People go on writing now and then: a confirmation that was lost comes with the
/// next message, and so does the sign that one is missing.
fn settle_down(world: &mut World, meetings: &Meetings) -> Result<Verdict, WorldError> {
    let begin = world.elapsed();
    let mut greetings = GREETINGS.into_iter().enumerate().peekable();
    loop {
        world.pass(LOOK_EVERY)?;
        meetings.go_on(world);
        let passed = world.elapsed() - begin;
        if let Some((number, _)) = greetings.next_if(|(_, after)| *after <= passed) {
            meetings.greet(number);
            continue;
        }
        let verdict = verdict::reach(world, meetings)?;
        let quiet = verdict.is_quiet() && greetings.peek().is_none_or(|(number, _)| *number > 1);
        if quiet || passed >= QUIET_WITHIN {
            return Ok(verdict);
        }
    }
}

fn build(plan: &Plan) -> Result<World, WorldError> {
    let mut world = World::new(plan.seed, plan.latency);
    for (number, host) in plan::HOSTS.iter().enumerate() {
        let host: HostName = host
            .parse()
            .map_err(|_| WorldError::Waited("a host's name".to_owned()))?;
        let mut secret = [0; 32];
        secret[0] = number as u8;
        let mut provider = SimulatedProvider::new(host, ProviderSeed::new(secret), BEGIN);
        if let Some(issuer) = &mut provider.config_mut().issuer {
            for tier in issuer.tiers.values_mut() {
                (tier.message, tier.mailbox) = (plan.messages_a_day, 4);
            }
        }
        world.add_provider(provider);
    }
    for (number, name) in plan.people().iter().enumerate() {
        let seed = Chance::new(plan.seed, 100 + number as u64).below(u64::MAX);
        let person =
            Person::new(name, seed, BEGIN, world.ledger()).map_err(|error| WorldError::App {
                who: (*name).to_owned(),
                error,
            })?;
        world.add_person(person);
    }
    Ok(world)
}
