//! Whatever the network and the people do: nothing is lost, nothing shown twice, and it comes to rest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use dyad_core::Input;
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::DAY;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use world::{Faults, HOUR, World};

#[derive(Debug, Clone)]
enum Act {
    Send(usize),
    Wait(u64),
    Offline(usize),
    Online(usize),
    Network(Faults),
    Flush(usize),
    Rename(usize),
    /// Restored from a backup of this very moment: nothing is lost, but the app cannot know that.
    Restore(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..2usize).prop_map(Act::Send),
        3 => (1..4 * HOUR).prop_map(Act::Wait),
        1 => (DAY..9 * DAY).prop_map(Act::Wait),
        1 => (0..2usize).prop_map(Act::Offline),
        2 => (0..2usize).prop_map(Act::Online),
        1 => (0..60u32, 0..60u32, 0..DAY).prop_map(|(loss, copies, delay)| Act::Network(Faults { loss, copies, delay })),
        1 => (0..2usize).prop_map(Act::Flush),
        1 => (0..2usize).prop_map(Act::Rename),
        1 => (0..2usize).prop_map(Act::Restore),
    ]
}

/// `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(40)
}

/// The ordinary run is the same every time; one that asks for more cases looks for new ones.
fn config() -> ProptestConfig {
    let more = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: cases(),
        max_shrink_iters: 60,
        failure_persistence: None,
        rng_seed: if more {
            RngSeed::Random
        } else {
            RngSeed::Fixed(1)
        },
        ..ProptestConfig::default()
    }
}

fn online(world: &mut World, who: usize) {
    world.people[who].online = true;
    for (address, sealed) in world.network.fetch(who) {
        world.deliver(who, &address, sealed);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_lost_and_nothing_shown_twice(seed in any::<u64>(), acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World::new(seed, &["Alex", "Blair"]);
        let (invitation, secret) = world.invite_for(0, Reuse::Single, 900);
        world.accept(1, &invitation, &secret).unwrap();
        let mut written = 0;
        for act in acts {
            match act {
                Act::Send(who) if !world.people[who].relationships.is_empty() => {
                    written += 1;
                    world.send(who, &format!("message {written}"));
                }
                Act::Send(_) => {}
                Act::Wait(seconds) => world.run(seconds),
                Act::Offline(who) => world.people[who].online = false,
                Act::Online(who) => online(&mut world, who),
                Act::Network(faults) => world.network.faults = faults,
                Act::Flush(who) | Act::Rename(who) | Act::Restore(who)
                    if world.people[who].relationships.is_empty() => {}
                Act::Flush(who) => world.give(who, Input::Flush),
                Act::Restore(who) => world.give(who, Input::StateRestored),
                Act::Rename(who) => {
                    world.people[who].profile.presentation.name = format!("name {written}");
                    world.give(who, Input::ProfileChanged);
                }
            }
        }
        world.network.faults = Faults::default();
        online(&mut world, 0);
        online(&mut world, 1);
        world.run(60 * DAY);
        for who in [0, 1] {
            world.assert_all_arrived(who, 1 - who);
            world.assert_all_confirmed(who);
            let known = world.state(1 - who).summary().presentation.unwrap();
            prop_assert_eq!(&known, &world.people[who].profile.presentation);
            prop_assert_eq!(world.state(who).summary().unconfirmed, 0);
        }
        prop_assert_eq!(world.state(0).comparison_words(), world.state(1).comparison_words());
    }
}

#[derive(Debug, Clone)]
enum Mishap {
    Talk(usize),
    Wait(u64),
    Save(usize),
    /// Back to what was saved last; the flag says whether the app is told.
    Restore(usize, bool),
    Network(Faults),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        5 => (0..2usize).prop_map(Mishap::Talk),
        4 => (1..DAY).prop_map(Mishap::Wait),
        2 => (0..2usize).prop_map(Mishap::Save),
        2 => (0..2usize, prop::bool::weighted(0.8)).prop_map(|(who, told)| Mishap::Restore(who, told)),
        1 => (0..40u32, 0..40u32, 0..HOUR).prop_map(|(loss, copies, delay)| Mishap::Network(Faults { loss, copies, delay })),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_restored_whenever_the_two_find_back_to_each_other(seed in any::<u64>(), mishaps in prop::collection::vec(mishap(), 1..40)) {
        let mut world = World::pair(seed);
        let mut saved = world.people.clone();
        for mishap in mishaps {
            match mishap {
                Mishap::Talk(who) => world.send(who, "talk"),
                Mishap::Wait(seconds) => world.run(seconds),
                Mishap::Save(who) => saved[who] = world.people[who].clone(),
                Mishap::Restore(who, told) => {
                    world.people[who] = saved[who].clone();
                    if told {
                        world.give(who, Input::StateRestored);
                    }
                }
                Mishap::Network(faults) => world.network.faults = faults,
            }
        }
        world.network.faults = Faults::default();
        world.run(40 * DAY);
        for n in 0..3 {
            world.send(0, &format!("later {n}"));
            world.send(1, &format!("later {n}"));
            world.run(HOUR);
        }
        world.run(90 * DAY);
        for who in [0, 1] {
            for n in 0..3 {
                let text = format!("later {n}");
                let shown = world.people[who].inbox.iter().filter(|shown| **shown == text).count();
                prop_assert_eq!(shown, 1, "{} at {}", text, &world.people[who].name);
            }
            prop_assert_eq!(world.state(who).summary().waiting, 0);
            prop_assert!(!world.state(who).summary().repairing);
        }
        prop_assert_eq!(world.state(0).comparison_words(), world.state(1).comparison_words());
    }
}
