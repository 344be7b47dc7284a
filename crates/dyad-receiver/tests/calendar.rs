//! Months in the life of a receiver: keys come and go, and everything ends in its time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::*;
use dyad_protocol::limits::DAY;
use dyad_receiver::ReceiverConfig;
use dyad_store::keys::{self, Schedule};
use dyad_store::mailbox;
use tokio::time::sleep;

async fn days(days: u64) {
    sleep(Duration::from_secs(days * DAY)).await;
}

#[tokio::test(start_paused = true)]
async fn messages_sealed_to_an_older_key_arrive_until_it_retires() {
    let world = World::simulated(ReceiverConfig::default()).await;
    world.run();
    let alex = world.person().await;
    let first = world.info();
    assert_eq!((first.transit.len(), first.address.len()), (1, 1));
    world
        .deliver_and_resolve(&[world.item(&alex.ticket(&world), 1)])
        .await;

    // Sealed on the last day that the first key may be used, then 14 days in a queue.
    days(22).await;
    let second = world.info();
    assert_eq!(second.transit.len(), 2);
    assert_eq!(second.transit[1].generation, first.transit[0].generation);
    assert_eq!(second.transit_key(world.now()), Some(&second.transit[0]));
    assert!(world.now() < first.transit[0].use_until);
    let queued = world.item_under(&first, &alex.ticket(&world), 2);
    let fresh = world.item(&alex.ticket(&world), 3);
    days(14).await;
    world.deliver_and_resolve(&[queued, fresh]).await;
    assert_eq!(world.inbox(&alex, 0).await, [1, 2, 3]);

    // After that it opens nothing, and is gone.
    days(7).await;
    let late = world.item_under(&first, &alex.ticket(&world), 4);
    let good = world.item_under(&second, &alex.ticket(&world), 5);
    world.deliver_and_resolve(&[late, good]).await;
    assert_eq!(world.inbox(&alex, 3).await, [5]);
    assert!(first.transit[0].retires <= world.now());
    let live = keys::load(world.store.read(), Schedule::Transit).unwrap();
    let live: Vec<u32> = live.iter().map(|key| key.number).collect();
    assert_eq!(live, [3, 2]);
    days(17).await;
    assert_eq!(world.info().address, first.address);
}

#[tokio::test(start_paused = true)]
async fn whoever_publishes_the_keys_hears_of_every_change_and_never_sees_more_than_two() {
    let world = World::simulated(ReceiverConfig::default()).await;
    world.run();
    let mut changes = world.receiver.changes();
    let mut generations = vec![world.info().transit[0].generation.0];
    for _ in 0..6 {
        changes.changed().await.unwrap();
        let info = changes.borrow_and_update().clone();
        assert_eq!(info, world.info());
        assert_eq!(info.transit.len(), 2);
        assert!(world.now() < info.transit[0].use_until);
        assert_eq!(
            info.transit[1].generation.0,
            generations[generations.len() - 1]
        );
        generations.push(info.transit[0].generation.0);
    }
    assert_eq!(generations, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_long_term_message_cannot_be_replayed_as_long_as_its_key_lives() {
    let world = World::simulated(ReceiverConfig::default()).await;
    world.run();
    let alex = world.person().await;
    let item = world.item(&alex.long_term(&world), 1);
    for _ in 0..50 {
        world.deliver_and_resolve(std::slice::from_ref(&item)).await;
        days(1).await;
    }
    assert_eq!(world.inbox(&alex, 0).await, [1]);
    // Records under retired keys are gone.
    assert_eq!(world.store.read().periods("replay").unwrap(), [0_u32; 0]);
}

#[tokio::test(start_paused = true)]
async fn messages_nobody_fetches_and_mailboxes_at_their_end_go() {
    let config = ReceiverConfig {
        mailbox_lifetime: 90 * DAY,
        ..ReceiverConfig::default()
    };
    let world = World::simulated(config).await;
    world.run();
    let alex = world.person().await;
    world
        .deliver_and_resolve(&[world.item(&alex.ticket(&world), 1)])
        .await;
    days(30).await;
    world
        .deliver_and_resolve(&[world.item(&alex.ticket(&world), 2)])
        .await;
    days(31).await;
    assert_eq!(world.inbox(&alex, 0).await, [2]);
    days(30).await;
    let response = world.poll(vec![(&alex, PHONE, 0)], 0).await;
    assert_eq!(response.refused, [alex.root]);
    // Seen from before its end: the record itself is gone.
    let found = mailbox::find(world.store.read(), &alex.root, alex.ends.minus(1));
    assert!(found.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_ahead_for_some_minutes_ends_nothing() {
    let world = World::simulated(ReceiverConfig::default()).await;
    world.run();
    let alex = world.person().await;
    world
        .deliver_and_resolve(&[world.item(&alex.ticket(&world), 1)])
        .await;
    days(1).await;
    let before = world.info();
    world.clock.jump(3_000 * DAY);
    sleep(Duration::from_secs(900)).await;
    world.clock.jump_back(3_000 * DAY);
    days(2).await;
    assert_eq!(world.info(), before);
    assert_eq!(world.inbox(&alex, 0).await, [1]);
}
