//! Alex invites Blair and they write to each other: first contact, confirmation, reordering, loss.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use dyad_core::{DeliveryState, Event, Input, Status};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::DAY;
use world::{Faults, HOUR, MINUTE, World};

#[test]
fn two_people_meet_by_an_invitation_and_write() {
    let mut world = World::pair(1);
    assert!(world.people[1].events.contains(&Event::RequestAnswered));
    assert!(world.people[0].events.iter().any(
        |event| matches!(event, Event::ContactJoined { presentation: Some(p) } if p.name == "Blair")
    ));
    assert_eq!(world.state(1).summary().presentation.unwrap().name, "Alex");
    world.send(0, "Hello Blair");
    world.send(1, "Hello Alex");
    world.run(HOUR);
    for (from, to) in [(0, 1), (1, 0)] {
        world.assert_all_arrived(from, to);
        world.assert_all_confirmed(from);
    }
    assert_eq!(
        world.state(0).comparison_words(),
        world.state(1).comparison_words()
    );
    assert!(world.state(0).comparison_words().is_some());
    assert!(
        world.state(0).deadline().unwrap() > world.now.plus(30 * DAY),
        "{:?}",
        world.state(0).deadline()
    );
}

#[test]
fn a_quiet_relationship_costs_nothing() {
    let mut world = World::pair(2);
    let before: usize = world.people.iter().map(|person| person.submitted).sum();
    assert!(
        before < 12,
        "{before} submissions to get to know each other"
    );
    world.run(60 * DAY);
    let after: usize = world.people.iter().map(|person| person.submitted).sum();
    assert_eq!(before, after);
}

#[test]
fn what_is_written_before_the_answer_arrives_even_if_the_first_message_is_lost() {
    let mut world = World::new(3, &["Alex", "Blair"]);
    let (invitation, secret) = world.invite(0, Reuse::Single);
    world.network.hold = true;
    world.accept(1, &invitation, &secret).unwrap();
    for n in 0..5 {
        world.send(1, &format!("before the answer {n}"));
    }
    let now = world.now;
    world.network.release(now, |held| {
        held.remove(0);
        held.reverse();
    });
    world.run(HOUR);
    world.assert_all_arrived(1, 0);
    world.assert_all_confirmed(1);
    world.send(0, "and back");
    world.run(HOUR);
    world.assert_all_arrived(0, 1);
    assert_eq!(world.people[0].relationships.len(), 1);
}

#[test]
fn five_hundred_messages_in_reverse_order_all_arrive_once() {
    let mut world = World::pair(4);
    world.network.hold = true;
    for n in 0..500 {
        world.send(0, &format!("message {n}"));
        // Blair's tickets run out soon: most go to long-term addresses, as many as a day allows.
    }
    let now = world.now;
    world.network.release(now, |held| held.reverse());
    world.run(30 * DAY);
    world.assert_all_arrived(0, 1);
    world.assert_all_confirmed(0);
    assert_eq!(world.people[0].repairs() + world.people[1].repairs(), 0);
}

#[test]
fn when_tickets_run_out_long_term_ones_serve_and_new_ones_come() {
    let mut world = World::pair(5);
    world.people[1].online = false;
    for n in 0..40 {
        world.send(0, &format!("to the mailbox {n}"));
    }
    world.run(HOUR);
    assert_eq!(
        world
            .state(0)
            .summary()
            .receivers
            .iter()
            .map(|r| r.one_time)
            .sum::<usize>(),
        0
    );
    world.people[1].online = true;
    for (address, sealed) in world.network.fetch(1) {
        world.deliver(1, &address, sealed);
    }
    world.run(HOUR);
    world.assert_all_arrived(0, 1);
    world.assert_all_confirmed(0);
    assert!(
        world
            .state(0)
            .summary()
            .receivers
            .iter()
            .map(|r| r.one_time)
            .sum::<usize>()
            >= 12
    );
}

#[test]
fn a_lost_message_is_sent_again_when_a_later_one_is_confirmed() {
    let mut world = World::pair(6);
    world.network.faults.loss = 100;
    world.send(0, "lost");
    world.network.faults.loss = 0;
    world.send(0, "arrives");
    world.run(MINUTE);
    assert_eq!(world.people[1].inbox, ["arrives"]);
    world.run(15 * MINUTE);
    world.assert_all_arrived(0, 1);
    world.assert_all_confirmed(0);
}

#[test]
fn what_comes_too_late_for_the_ratchet_is_asked_for_and_comes_at_once() {
    let mut world = World::pair(10);
    let written = world.now;
    world.network.hold = true;
    world.send(0, "late");
    let (now, mut late) = (world.now, Vec::new());
    world.network.release(now, |held| late.append(held));
    // Each answer turns the ratchet; it remembers five turns.
    for n in 0..14 {
        world.send((n + 1) % 2, &format!("turn {n}"));
        world.run(3);
    }
    assert!(!world.people[1].inbox.contains(&"late".into()));
    world.network.hold = true;
    let now = world.now;
    world.network.release(now, |held| held.append(&mut late));
    world.run(2 * MINUTE);
    world.assert_all_arrived(0, 1);
    let place = world.people[1].inbox.iter().position(|text| text == "late");
    // Sent again, but not written again.
    assert_eq!(world.people[1].written[place.unwrap()], written);
    assert!(
        world.now.since(written) < 5 * MINUTE,
        "not by the schedule for gaps"
    );
    world.run(HOUR);
    world.assert_all_confirmed(0);
    assert_eq!(world.people[0].repairs() + world.people[1].repairs(), 0);
}

#[test]
fn a_message_goes_by_another_receiver_when_one_is_out_of_reach() {
    let mut world = World::pair(7);
    world.network.faults.loss = 100;
    world.send(0, "by another way");
    world.network.faults.loss = 0;
    let first = world.network.hosts.last().unwrap().clone();
    let outgoing = world.network.last_from.unwrap().1;
    world.give(
        0,
        Input::Submission {
            outgoing,
            outcome: dyad_core::SubmissionOutcome::Unreachable,
        },
    );
    assert_ne!(*world.network.hosts.last().unwrap(), first);
    world.run(HOUR);
    world.assert_all_arrived(0, 1);
}

#[test]
fn what_is_not_confirmed_in_fourteen_days_is_said_so_and_may_still_be() {
    let mut world = World::pair(8);
    world.network.faults.loss = 100;
    world.send(0, "into the void");
    world.run(14 * DAY + HOUR);
    let message = world.people[0].numbers.values().next().copied().unwrap();
    assert_eq!(
        world.people[0].delivery[&message],
        DeliveryState::Unconfirmed
    );
    assert_eq!(
        world.people[0].count(|event| *event == Event::NotConfirmed { message }),
        1
    );
    world.network.faults.loss = 0;
    world.run(30 * DAY);
    world.assert_all_arrived(0, 1);
    assert_eq!(world.people[0].delivery[&message], DeliveryState::Confirmed);
}

#[test]
fn a_terrible_network_loses_nothing_and_shows_nothing_twice() {
    let mut world = World::pair(9);
    world.network.faults = Faults {
        loss: 30,
        copies: 30,
        delay: 6 * HOUR,
    };
    for n in 0..40 {
        world.send(n % 2, &format!("message {n}"));
        world.run(HOUR);
    }
    world.run(40 * DAY);
    for (from, to) in [(0, 1), (1, 0)] {
        world.assert_all_arrived(from, to);
        world.assert_all_confirmed(from);
    }
}

#[test]
fn read_messages_are_told_only_if_wanted() {
    let mut world = World::pair(10);
    world.people[1].profile.policy.receipts.read = true;
    world.send(0, "read this");
    world.run(HOUR);
    let message = world.people[0].numbers.values().next().copied().unwrap();
    world.give(
        1,
        Input::Read {
            messages: vec![message],
        },
    );
    world.run(HOUR);
    assert_eq!(world.people[0].delivery[&message], DeliveryState::Read);
    world.send(1, "seen");
    world.run(HOUR);
    let message = world.people[1].numbers.values().next().copied().unwrap();
    world.give(
        0,
        Input::Read {
            messages: vec![message],
        },
    );
    world.run(HOUR);
    assert_eq!(world.people[1].delivery[&message], DeliveryState::Confirmed);
}

#[test]
fn a_new_name_reaches_the_contact() {
    let mut world = World::pair(11);
    world.people[0].profile.presentation.name = "Alexis".into();
    world.give(0, Input::ProfileChanged);
    world.run(HOUR);
    assert_eq!(
        world.state(1).summary().presentation.unwrap().name,
        "Alexis"
    );
    assert_eq!(world.state(1).status(), Status::Active);
}

#[test]
fn of_two_names_given_within_a_second_the_later_one_stays() {
    let mut world = World::pair(12);
    world.network.hold = true;
    for name in ["Lex", "Al"] {
        world.people[0].profile.presentation.name = name.into();
        world.give(0, Input::ProfileChanged);
        world.send(0, "how do you like my name?");
    }
    let now = world.now;
    world.network.release(now, |held| held.reverse());
    world.run(HOUR);
    let known = world.state(1).summary().presentation.unwrap();
    assert_eq!(known.name, "Al");
}
