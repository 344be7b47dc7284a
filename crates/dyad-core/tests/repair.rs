//! Restored backups and broken sessions: the apps mend them by themselves and say so once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use dyad_core::{Event, Input, RepairReason};
use dyad_protocol::limits::DAY;
use world::{HOUR, Person, World};

/// A pair that has written to and fro for a while, with a copy of both as they were in the middle.
fn with_past(seed: u64, rounds: usize) -> (World, Vec<Person>) {
    let mut world = World::pair(seed);
    let talk = |world: &mut World, from: usize| {
        for n in from..from + rounds {
            world.send(n % 2, &format!("round {n}"));
            world.run(HOUR);
        }
    };
    talk(&mut world, 0);
    let past = world.people.clone();
    talk(&mut world, rounds);
    (world, past)
}

fn assert_healthy(world: &mut World, rounds: usize) {
    let before: Vec<usize> = world
        .people
        .iter()
        .map(|person| person.inbox.len())
        .collect();
    for n in 0..rounds {
        world.send(0, &format!("Alex after {n}"));
        world.send(1, &format!("Blair after {n}"));
        world.run(HOUR);
    }
    world.run(20 * DAY);
    for who in [0, 1] {
        let after = world.people[who]
            .inbox
            .iter()
            .filter(|text| text.contains("after"))
            .count();
        assert_eq!(after, rounds, "{}", world.people[who].name);
        assert!(world.people[who].inbox.len() >= before[who] + rounds);
        world.assert_all_confirmed(who);
    }
}

#[test]
fn a_restored_backup_is_mended_at_once_and_all_later_messages_flow() {
    let (mut world, past) = with_past(20, 6);
    world.people[1] = past[1].clone();
    world.give(1, Input::StateRestored);
    world.run(HOUR);
    let restored = Event::Repaired {
        reason: RepairReason::Restored,
    };
    let by_contact = Event::Repaired {
        reason: RepairReason::ByContact,
    };
    assert_eq!(world.people[1].count(|event| *event == restored), 1);
    assert_eq!(world.people[0].count(|event| *event == by_contact), 1);
    assert_healthy(&mut world, 4);
    assert_eq!(
        world.people[0].repairs() + world.people[1].repairs(),
        2,
        "told once on each side"
    );
    assert_eq!(
        world.state(0).comparison_words(),
        world.state(1).comparison_words()
    );
}

#[test]
fn what_was_on_its_way_when_a_backup_was_restored_still_arrives() {
    let (mut world, past) = with_past(21, 4);
    world.people[1].online = false;
    world.send(0, "on its way");
    world.people[1] = past[1].clone();
    world.give(1, Input::StateRestored);
    world.run(HOUR);
    assert_eq!(
        world.people[1]
            .inbox
            .iter()
            .filter(|text| *text == "on its way")
            .count(),
        1
    );
    assert_healthy(&mut world, 2);
}

#[test]
fn an_old_state_that_nobody_has_noticed_is_found_when_the_first_message_gets_through() {
    for who in [0, 1] {
        let (mut world, past) = with_past(22 + who as u64, 8);
        world.people[who] = past[who].clone();
        world.send(1 - who, "hello?");
        world.send(who, "this must not be mistaken for an older message");
        // The tickets of the old state are used up and those of the other side forgotten, so it takes a resend.
        world.run(3 * DAY);
        assert!(world.people[who].repairs() + world.people[1 - who].repairs() > 0);
        world.run(20 * DAY);
        let told = |text: &str| {
            world.people[1 - who]
                .inbox
                .iter()
                .filter(|t| *t == text)
                .count()
        };
        assert_eq!(told("this must not be mistaken for an older message"), 1);
        assert_healthy(&mut world, 3);
    }
}

#[test]
fn both_may_restore_at_once_from_different_days() {
    let (mut world, early) = with_past(25, 4);
    let late = world.people.clone();
    world.send(0, "one more");
    world.send(1, "one more");
    world.run(HOUR);
    for (a, b) in [(&early, &late), (&late, &early), (&early, &early)] {
        let mut world = World {
            people: vec![a[0].clone(), b[1].clone()],
            ..world_of(&mut world)
        };
        for who in [0, 1] {
            world.give(who, Input::StateRestored);
        }
        world.run(DAY);
        assert_healthy(&mut world, 3);
    }
}

/// The same receivers and moment, for another try.
fn world_of(world: &mut World) -> World {
    World {
        now: world.now,
        people: Vec::new(),
        network: world.network.again(),
        rng: world.rng.clone(),
    }
}

#[test]
fn a_restore_before_the_first_answer_does_no_harm() {
    let mut world = World::new(28, &["Alex", "Blair"]);
    let (invitation, secret) = world.invite(0, dyad_protocol::invitation::Reuse::Single);
    world.accept(1, &invitation, &secret).unwrap();
    let past = world.people[1].clone();
    world.send(1, "first words");
    world.run(2);
    world.people[1] = past;
    world.give(1, Input::StateRestored);
    world.send(1, "second words");
    world.run(20 * DAY);
    assert!(world.people[0].inbox.contains(&"second words".to_owned()));
    assert_eq!(world.people[0].relationships.len(), 1);
    assert_healthy(&mut world, 2);
}

#[test]
fn the_inviter_may_restore_before_it_has_the_contacts_bundle() {
    let mut world = World::new(29, &["Alex", "Blair"]);
    let (invitation, secret) = world.invite(0, dyad_protocol::invitation::Reuse::Single);
    world.accept(1, &invitation, &secret).unwrap();
    world.run(2);
    let past = world.people[0].clone();
    world.run(HOUR);
    world.send(0, "before");
    world.run(HOUR);
    world.people[0] = past;
    world.give(0, Input::StateRestored);
    world.run(20 * DAY);
    assert_healthy(&mut world, 3);
}

#[test]
fn restoring_again_and_again_is_mended_again_and_again() {
    let (mut world, past) = with_past(30, 3);
    for _ in 0..5 {
        world.people[0] = past[0].clone();
        world.give(0, Input::StateRestored);
        world.run(2 * HOUR);
    }
    assert_healthy(&mut world, 3);
}
