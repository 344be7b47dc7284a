//! What people decide: to block, to take back, to end; and what renews itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use dyad_core::{DeliveryState, Event, Input, Status, StepError};
use dyad_protocol::limits::DAY;
use world::{HOUR, World};

#[test]
fn a_blocked_contact_hears_nothing_and_reaches_nothing() {
    let mut world = World::pair(50);
    world.give(1, Input::Block);
    let submitted = world.people[1].submitted;
    world.send(0, "can you hear me?");
    world.run(30 * DAY);
    assert!(world.people[1].inbox.is_empty());
    assert_eq!(
        world.people[1].submitted, submitted,
        "no answer of any kind"
    );
    assert_eq!(world.state(1).status(), Status::Blocked);
    assert_eq!(world.state(1).deadline(), None);
    let id = world.only(1);
    assert_eq!(
        world.send_in(1, id, "no"),
        Err(StepError::Status("blocked"))
    );
}

#[test]
fn after_unblocking_what_was_written_meanwhile_arrives() {
    let mut world = World::pair(51);
    world.give(1, Input::Block);
    world.send(0, "written while blocked");
    world.run(DAY);
    world.give(1, Input::Unblock);
    world.run(HOUR);
    world.send(1, "here I am again");
    world.run(20 * DAY);
    for (from, to) in [(0, 1), (1, 0)] {
        world.assert_all_arrived(from, to);
        world.assert_all_confirmed(from);
    }
}

#[test]
fn an_announced_end_is_told_and_a_silent_one_is_not() {
    let mut world = World::pair(52);
    world.give(0, Input::End { announce: true });
    world.run(HOUR);
    assert_eq!(world.state(0).status(), Status::Ended { by_them: false });
    assert_eq!(world.state(1).status(), Status::Ended { by_them: true });
    assert_eq!(world.people[1].count(|event| *event == Event::Ended), 1);
    let id = world.only(1);
    assert!(world.send_in(1, id, "wait").is_err());

    let mut world = World::pair(53);
    world.send(0, "on its way");
    world.network.hold = true;
    world.network.closed = true;
    world.send(0, "never mind");
    world.give(0, Input::End { announce: false });
    world.network.release(world.now, |_| ());
    world.run(HOUR);
    assert_eq!(world.state(1).status(), Status::Active);
    // What no service had was not sent; of what one had, no more is known than that.
    let sender = &world.people[0];
    let states: Vec<_> = sender
        .numbers
        .values()
        .map(|message| sender.delivery[message])
        .collect();
    assert_eq!(states, [DeliveryState::Accepted, DeliveryState::Failed]);
    assert_eq!(world.state(0).deadline(), None);
}

#[test]
fn comparing_words_is_remembered() {
    let mut world = World::pair(54);
    world.give(0, Input::Verified);
    assert_eq!(world.state(0).summary().verified_at, Some(world.now));
    assert!(world.state(1).summary().verified_at.is_none());
}

#[test]
fn the_pre_shared_key_is_renewed_by_use_from_both_sides_at_once() {
    let mut world = World::pair(55);
    let generation = world.state(0).summary().psk_generation;
    world.run(9 * DAY);
    for n in 0..6 {
        world.send(0, &format!("Alex {n}"));
        world.send(1, &format!("Blair {n}"));
        world.run(HOUR);
    }
    for who in [0, 1] {
        assert!(
            world.state(who).summary().psk_generation >= generation + 2,
            "both renewals count"
        );
        world.assert_all_arrived(who, 1 - who);
        world.assert_all_confirmed(who);
    }
    for _ in 0..30 {
        world.run(8 * DAY);
        world.send(0, "a word a week");
        world.send(1, "and one back");
    }
    world.run(DAY);
    for who in [0, 1] {
        world.assert_all_arrived(who, 1 - who);
        assert!(world.state(who).summary().psk_generation > 20);
        assert!(
            world.state(who).encode().len() < 256 * 1024,
            "{}",
            world.state(who).encode().len()
        );
    }
}

#[test]
fn two_hundred_messages_renew_it_too() {
    let mut world = World::pair(56);
    let generation = world.state(1).summary().psk_generation;
    for n in 0..210 {
        world.send(0, &format!("message {n}"));
        world.run(60);
    }
    world.run(HOUR);
    assert!(world.state(1).summary().psk_generation > generation);
    world.assert_all_arrived(0, 1);
    world.assert_all_confirmed(0);
}

#[test]
fn a_relationship_that_sleeps_for_years_stays_reachable() {
    let mut world = World::pair(57);
    for _ in 0..10 {
        world.run(100 * DAY);
    }
    world.send(0, "after a thousand days");
    world.run(HOUR);
    world.send(1, "nothing has changed");
    world.run(HOUR);
    for who in [0, 1] {
        world.assert_all_arrived(who, 1 - who);
        world.assert_all_confirmed(who);
        assert!(
            world.people[who].submitted < 60,
            "{}",
            world.people[who].submitted
        );
    }
}

#[test]
fn a_person_moves_to_another_receiver_and_the_contact_follows() {
    let mut world = World::pair(58);
    let old = world.people[1].profile.mailboxes[0].receiver.host.clone();
    world.people[1].profile.mailboxes[0].usable = false;
    world.give(1, Input::ProfileChanged);
    world.run(HOUR);
    // What was handed out before still works until the service is really gone; then the rest is used up.
    world.network.down.insert(old.clone());
    for n in 0..30 {
        world.send(0, &format!("message {n}"));
        world.run(HOUR);
    }
    world.run(40 * DAY);
    world.assert_all_arrived(0, 1);
    world.assert_all_confirmed(0);
    let fresh = world
        .network
        .hosts
        .iter()
        .rev()
        .take(2)
        .all(|host| *host != old);
    assert!(fresh);
}
