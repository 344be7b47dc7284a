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

/// Both write, with no hurry: nobody has noticed that anything is wrong.
fn assert_they_find_back(world: &mut World) {
    world.run(30 * DAY);
    for who in [0, 1] {
        world.send(who, "hello again");
        world.send(who, "still there?");
    }
    world.run(60 * DAY);
    for who in [0, 1] {
        for text in ["hello again", "still there?"] {
            let person = &world.people[who];
            let shown = person.inbox.iter().filter(|shown| *shown == text).count();
            assert_eq!(shown, 1, "{text} at {}", person.name);
        }
        let summary = world.state(who).summary();
        assert_eq!((summary.waiting, summary.repairing), (0, false));
    }
}

/// Back to an older state; whether the app is told.
fn restore(world: &mut World, who: usize, past: &Person, told: bool) {
    world.people[who] = past.clone();
    if told {
        world.give(who, Input::StateRestored);
    }
}

#[test]
fn a_state_that_finds_itself_too_old_while_it_is_repaired_starts_over_once() {
    let mut world = World::pair(79);
    let past = world.people.clone();
    restore(&mut world, 0, &past[0], true);
    world.run(15 * HOUR);
    restore(&mut world, 1, &past[1], true);
    restore(&mut world, 1, &past[1], false);
    assert_they_find_back(&mut world);
    assert!(
        world.people[1].repairs() <= 3,
        "{:?}",
        world.people[1].events
    );
}

#[test]
fn a_session_that_the_contact_has_forgotten_is_left_for_the_one_in_which_it_goes_on() {
    for wait in [0, 20 * HOUR] {
        let mut world = World::pair(274);
        world.give(1, Input::StateRestored);
        world.send(1, "before it was saved");
        let past = world.people[1].clone();
        restore(&mut world, 1, &past, true);
        world.run(wait);
        restore(&mut world, 1, &past, false);
        assert_they_find_back(&mut world);
    }
}

#[test]
fn a_session_saved_before_it_was_answered_is_not_clung_to() {
    let mut world = World::pair(336);
    world.give(1, Input::StateRestored);
    let past = world.people[1].clone();
    world.run(14 * HOUR);
    restore(&mut world, 1, &past, false);
    assert_they_find_back(&mut world);
}

#[test]
fn a_session_begun_with_a_forgotten_bundle_is_begun_again_with_the_next() {
    let mut world = World::new(187, &["Alex", "Blair"]);
    let (invitation, secret) = world.invite(0, dyad_protocol::invitation::Reuse::Single);
    world.accept(1, &invitation, &secret).unwrap();
    world.people[1].online = false;
    world.run(3 * HOUR);
    // Of the bundles that Blair has not heard of yet, more than Alex keeps.
    for _ in 0..2 * dyad_core::limits::MAX_OWN_BUNDLES {
        world.give(0, Input::StateRestored);
        world.run(1);
    }
    world.send(0, "written meanwhile");
    world.give(1, Input::StateRestored);
    world.people[1].online = true;
    for (address, sealed) in world.network.fetch(1) {
        world.deliver(1, &address, sealed);
    }
    world.run(2 * DAY);
    assert_healthy(&mut world, 2);
}

#[test]
fn each_may_have_forgotten_the_newest_bundle_of_the_other() {
    let mut world = World::pair(770);
    let early = world.people[0].clone();
    restore(&mut world, 0, &early, true);
    world.run(19 * HOUR);
    let late = world.people[1].clone();
    restore(&mut world, 1, &late, true);
    restore(&mut world, 0, &early, true);
    world.run(5 * HOUR);
    restore(&mut world, 1, &late, true);
    assert_they_find_back(&mut world);
}
