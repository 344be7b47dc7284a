//! One or several people answer an invitation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use dyad_core::{Event, Status, StepError};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::DAY;
use world::{HOUR, World};

#[test]
fn the_second_to_use_an_invitation_for_one_learns_that_it_was_used() {
    let mut world = World::new(40, &["Alex", "Blair", "Casey"]);
    let (invitation, secret) = world.invite(0, Reuse::Single);
    world.accept(1, &invitation, &secret).unwrap();
    world.run(HOUR);
    let refused = world.accept(2, &invitation, &secret).unwrap();
    world.send_in(2, refused, "may I?").unwrap();
    world.run(HOUR);
    assert_eq!(world.state(2).status(), Status::Refused);
    assert_eq!(
        world.people[2].count(|event| *event == Event::AlreadyUsed),
        1
    );
    assert_eq!(world.people[0].count(|event| *event == Event::SecondUse), 1);
    assert_eq!(world.people[0].relationships.len(), 1);
    assert!(world.people[0].inbox.is_empty());
    assert_eq!(
        world.send_in(2, refused, "still?"),
        Err(StepError::Status("refused: the invitation was used before"))
    );
    world.send(1, "mine goes on");
    world.run(HOUR);
    world.assert_all_arrived(1, 0);
    assert!(!world.people[0].invitations[0].is_open(world.now));
}

#[test]
fn an_invitation_for_several_makes_a_relationship_with_each_under_an_identity_of_its_own() {
    let mut world = World::new(41, &["Alex", "Blair", "Casey", "Devon"]);
    let (invitation, secret) = world.invite(0, Reuse::Multiple);
    for who in 1..4 {
        world.accept(who, &invitation, &secret).unwrap();
        let id = world.only(who);
        world
            .send_in(who, id, &format!("hello from {who}"))
            .unwrap();
    }
    world.run(HOUR);
    assert_eq!(world.people[0].relationships.len(), 3);
    let ids: Vec<_> = world.people[0].relationships.keys().copied().collect();
    for id in &ids {
        world.send_in(0, *id, "welcome").unwrap();
    }
    world.run(HOUR);
    let mut identities = Vec::new();
    for who in 1..4 {
        assert_eq!(world.people[who].inbox, ["welcome"]);
        assert_eq!(
            world.people[who].count(|event| *event == Event::IdentityFollowed),
            1
        );
        world.assert_all_confirmed(who);
        let theirs = world.state(who).summary();
        let ours = world.people[0]
            .relationships
            .values()
            .find(|state| state.summary().their_identity == theirs.our_identity)
            .unwrap();
        assert_eq!(ours.summary().our_identity, theirs.their_identity);
        assert_ne!(theirs.their_identity, invitation.bundle().body().identity);
        assert_eq!(ours.comparison_words(), world.state(who).comparison_words());
        identities.push(theirs.their_identity);
    }
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), 3);
    assert_eq!(world.people[0].invitations[0].uses(), 3);
}

#[test]
fn ones_own_invitation_and_an_expired_one_are_refused_with_the_reason() {
    let mut world = World::new(42, &["Alex", "Blair"]);
    let (invitation, secret) = world.invite(0, Reuse::Single);
    assert_eq!(
        world.accept(0, &invitation, &secret),
        Err(StepError::OwnInvitation)
    );
    world.run(7 * DAY);
    assert_eq!(
        world.accept(1, &invitation, &secret),
        Err(StepError::InvitationExpired)
    );
    world.people[1].profile.mailboxes.clear();
    let (invitation, secret) = world.invite(0, Reuse::Single);
    assert_eq!(
        world.accept(1, &invitation, &secret),
        Err(StepError::NoReceiver)
    );
}

#[test]
fn an_invitation_accepted_in_time_is_answered_even_if_the_answer_was_long_on_its_way() {
    let mut world = World::new(43, &["Alex", "Blair", "Casey"]);
    let (invitation, secret) = world.invite(0, Reuse::Multiple);
    world.network.faults.delay = 8 * DAY;
    world.run(6 * DAY);
    world.accept(1, &invitation, &secret).unwrap();
    world.run(9 * DAY);
    assert_eq!(world.people[0].relationships.len(), 1);
    world.network.faults.delay = 0;
    world.people[0].online = false;
    let past = world.now;
    world.now = invitation.expires().minus(60);
    world.accept(2, &invitation, &secret).unwrap();
    world.now = past;
    world.run(30 * DAY);
    world.people[0].online = true;
    for (address, sealed) in world.network.fetch(0) {
        world.deliver(0, &address, sealed);
    }
    assert_eq!(world.people[0].relationships.len(), 1, "too late");
}
