//! What never reaches a mailbox, and that nobody outside can tell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use dyad_protocol::address::{AddressKind, RecipientAddress};
use dyad_protocol::api::mailbox::Change;
use dyad_protocol::batch::{DELIVER_PATH, Item};
use dyad_protocol::id::BatchId;
use dyad_protocol::limits::{DAY, ITEM_LEN, LONG_TERM_DAILY_LIMIT, MAX_MAILBOX_ENTRIES};
use dyad_protocol::time::ExpiryPeriod;
use dyad_receiver::{ReceiverConfig, SenderRate};
use dyad_store::{Backend, Table, Write, spool};

#[tokio::test]
async fn a_ticket_brings_one_message_whatever_is_sent_to_it() {
    let world = World::new().await;
    world.run();
    let alex = world.person().await;
    let ticket = alex.ticket(&world);
    let first = world.item(&ticket, 1);
    world
        .deliver_and_resolve(std::slice::from_ref(&first))
        .await;
    world
        .deliver_and_resolve(&[first, world.item(&ticket, 2), world.item(&ticket, 1)])
        .await;
    assert_eq!(world.inbox(&alex, 0).await, [1]);
}

#[tokio::test]
async fn a_long_term_message_that_is_replayed_shows_once() {
    let world = World::new().await;
    world.run();
    let alex = world.person().await;
    let item = world.item(&alex.long_term(&world), 1);
    for _ in 0..3 {
        world
            .deliver_and_resolve(&[item.clone(), item.clone()])
            .await;
    }
    assert_eq!(world.inbox(&alex, 0).await, [1]);
    // Also after it was fetched, and long after its batch was forgotten.
    assert_eq!(world.inbox(&alex, 1).await, [0; 0]);
    world.clock.jump(20 * DAY);
    world.deliver_and_resolve(&[item]).await;
    assert_eq!(world.inbox(&alex, 1).await, [0; 0]);
}

#[tokio::test]
async fn expired_overlong_and_revoked_addresses_bring_nothing() {
    let world = World::new().await;
    world.run();
    let alex = world.person().await;
    let month = ExpiryPeriod::containing(world.now());
    let until = |months| {
        let expiry = month.plus_months(months);
        alex.address_until(&world, AddressKind::Ticket, expiry)
    };
    let revoked = alex.long_term(&world);
    let addresses = vec![revoked.id()];
    let revoke = world.change(&alex, Change::Revoke { addresses });
    assert_eq!(revoke.await, 204);
    world
        .deliver_and_resolve(&[
            world.item(&until(0), 1),
            world.item(&until(12), 2),
            world.item(&revoked, 3),
            world.item(&until(1), 4),
        ])
        .await;
    assert_eq!(world.inbox(&alex, 0).await, [4]);
}

#[tokio::test]
async fn what_was_tampered_with_or_made_by_others_brings_nothing() {
    let world = World::new().await;
    world.run();
    let (alex, mut thief) = (world.person().await, world.person().await);
    // Signed by somebody else for Alex's mailbox.
    thief.root = alex.root;
    let forged = world.item(&thief.ticket(&world), 1);
    // The address of one message on another.
    let mut swapped = world.item(&alex.ticket(&world), 2);
    swapped.sealed = message(3);
    // A recipient address that was varied under its authorisation.
    let ticket = alex.ticket(&world);
    let varied = (0..RecipientAddress::LEN).step_by(13).map(|index| {
        let mut bytes = *ticket.as_bytes();
        bytes[index] ^= 1;
        world.item(&RecipientAddress::new(bytes), 4)
    });
    let mut items: Vec<Item> = varied.collect();
    items.extend([forged, swapped, garbage(5), world.item(&ticket, 6)]);
    world.deliver_and_resolve(&items).await;
    assert_eq!(world.inbox(&alex, 0).await, [6]);
    assert_eq!(world.inbox(&alex, 1).await, [0; 0]);
}

#[tokio::test]
async fn one_contact_that_floods_reaches_its_limit_and_disturbs_no_mailbox() {
    let world = World::new().await;
    world.run();
    let (alex, blair) = (world.person().await, world.person().await);
    let hostile = alex.long_term(&world);
    let friend = alex.ticket(&world);
    for round in 0..8 {
        let flood: Vec<_> = (0..100)
            .map(|n| world.item(&hostile, round * 100 + n))
            .collect();
        world.deliver(&flood).await;
    }
    world
        .deliver_and_resolve(&[
            world.item(&friend, 9_001),
            world.item(&blair.ticket(&world), 9_002),
        ])
        .await;
    let response = world.poll(vec![(&alex, PHONE, 0)], 0).await;
    let got = numbers(&response.entries);
    assert_eq!(got.len(), LONG_TERM_DAILY_LIMIT as usize + 1);
    assert!(got.contains(&9_001));
    assert_eq!(world.inbox(&blair, 0).await, [9_002]);
}

#[tokio::test]
async fn a_full_mailbox_drops_and_says_nothing() {
    let world = World::new().await;
    world.run();
    let (alex, blair) = (world.person().await, world.person().await);
    // 64 long-term addresses of 64 messages fill it.
    let limit = LONG_TERM_DAILY_LIMIT as u16;
    for address in 0..MAX_MAILBOX_ENTRIES as u16 / limit {
        let long = alex.long_term(&world);
        let items: Vec<_> = (0..limit)
            .map(|n| world.item(&long, address * limit + n))
            .collect();
        world.deliver(&items).await;
    }
    world.resolved().await;
    let items = [
        world.item(&alex.ticket(&world), 9_001),
        world.item(&blair.ticket(&world), 9_002),
    ];
    world.deliver_and_resolve(&items).await;
    assert_eq!(world.inbox(&blair, 0).await, [9_002]);
    let newest = u64::from(MAX_MAILBOX_ENTRIES);
    let last = world.poll(vec![(&alex, PHONE, newest - 1)], 0).await;
    assert_eq!(last.entries.len(), 1);
    assert_ne!(numbers(&last.entries), [9_001]);
    // There is room again, and the ticket was not used up.
    world.deliver_and_resolve(&items[..1]).await;
    assert_eq!(world.inbox(&alex, newest).await, [9_001]);
}

#[tokio::test]
async fn the_answer_to_a_batch_is_the_same_bytes_whatever_is_in_it() {
    let config = ReceiverConfig {
        max_waiting: 10_000,
        ..ReceiverConfig::default()
    };
    let world = World::with(config).await;
    world.run();
    let alex = world.person().await;
    let revoked = alex.ticket(&world);
    let addresses = vec![revoked.id()];
    world.change(&alex, Change::Revoke { addresses }).await;
    let good: Vec<_> = (0..20)
        .map(|n| world.item(&alex.ticket(&world), n))
        .collect();
    let bad: Vec<_> = (0..20).map(garbage).collect();
    let dropped: Vec<_> = (0..20).map(|n| world.item(&revoked, n)).collect();
    let mut mixed = good[..10].to_vec();
    mixed.extend_from_slice(&bad[..10]);
    let mut answers = Vec::new();
    for items in [&good, &bad, &dropped, &mixed, &good] {
        let batch = world.batch(items);
        // And once more: a batch that was seen before is answered the same.
        for _ in 0..2 {
            let answer = world.post(DELIVER_PATH, BINARY, batch.clone()).await;
            let mut headers: Vec<_> = answer.headers.into_iter().collect();
            headers.sort_by_key(|(name, _)| name.as_ref().map(ToString::to_string));
            answers.push((answer.status, headers, answer.body));
        }
    }
    assert_eq!((answers[0].0, answers[0].2.len()), (202, 0));
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn how_much_is_admitted_does_not_depend_on_what_it_leads_to() {
    let rate = SenderRate {
        burst: 256,
        per_second: 1,
    };
    let config = ReceiverConfig {
        new_senders: rate,
        ..ReceiverConfig::default()
    };
    let mut admitted = Vec::new();
    for valid in [true, false] {
        let world = World::with(config.clone()).await;
        world.run();
        let sender = world.known_sender("sender.example").await;
        let alex = world.person().await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let items: Vec<_> = (0..50)
                .map(|n| match valid {
                    true => world.item(&alex.ticket(&world), n),
                    false => garbage(n),
                })
                .collect();
            let batch = world.batch_by(&sender.host, &sender.key, &items);
            let answer = world.post(DELIVER_PATH, BINARY, batch).await;
            statuses.push((answer.status, answer.headers.contains_key("retry-after")));
            world.resolved().await;
        }
        admitted.push(statuses);
    }
    assert_eq!(admitted[0], admitted[1]);
    let expected = [(202, false); 5].into_iter().chain([(429, true)]);
    assert_eq!(admitted[0], expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn another_host_is_not_charged_for_batches_that_it_did_not_sign() {
    let rate = SenderRate {
        burst: 256,
        per_second: 1,
    };
    let config = ReceiverConfig {
        new_senders: rate,
        ..ReceiverConfig::default()
    };
    let world = World::with(config).await;
    let sender = world.known_sender("sender.example").await;
    let items: Vec<_> = (0..200).map(garbage).collect();
    for _ in 0..5 {
        let forged = world.batch_by(&sender.host, &world.key, &items);
        assert_eq!(world.post(DELIVER_PATH, BINARY, forged).await.status, 401);
    }
    let real = world.batch_by(&sender.host, &sender.key, &items);
    assert_eq!(world.post(DELIVER_PATH, BINARY, real).await.status, 202);
}

#[tokio::test]
async fn a_full_spool_refuses_and_takes_again_when_it_was_worked_off() {
    let config = ReceiverConfig {
        max_waiting: 256,
        ..ReceiverConfig::default()
    };
    let world = World::with(config).await;
    let items: Vec<_> = (0..200).map(garbage).collect();
    world.deliver(&items).await;
    let batch = world.batch(&items);
    let answer = world.post(DELIVER_PATH, BINARY, batch.clone()).await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key("retry-after"));
    world.run();
    world.resolved().await;
    assert_eq!(world.post(DELIVER_PATH, BINARY, batch).await.status, 202);
}

#[tokio::test]
async fn an_item_that_cannot_be_resolved_through_our_fault_is_put_aside_and_holds_nobody_up() {
    let world = World::new().await;
    let (alex, blair) = (world.person().await, world.person().await);
    let items = [
        world.item(&alex.ticket(&world), 1),
        world.item(&blair.ticket(&world), 2),
    ];
    // The disk returns nonsense for Alex's mailbox.
    let damage = Write::Put {
        table: Table::new("mailbox"),
        key: alex.root.as_bytes().to_vec(),
        value: vec![9; 40],
    };
    world.backend.write(&[damage]).unwrap();
    world.run();
    world.deliver_and_resolve(&items).await;
    assert_eq!(world.inbox(&blair, 0).await, [2]);
    assert_eq!(spool::quarantined(world.store.read(), 9).unwrap(), 1);
}

#[tokio::test]
async fn resolving_waits_out_a_disk_that_is_full() {
    let world = World::new().await;
    let alex = world.person().await;
    world.deliver(&[world.item(&alex.ticket(&world), 1)]).await;
    let faults = world.backend.faults();
    faults.set_full(true);
    world.run();
    let batch = world.batch(&[garbage(1)]);
    let answer = world.post(DELIVER_PATH, BINARY, batch).await;
    assert_eq!(answer.status, 503);
    assert_eq!(spool::waiting(world.store.read()).unwrap(), 1);
    faults.set_full(false);
    world.resolved().await;
    assert_eq!(world.inbox(&alex, 0).await, [1]);
    assert_eq!(spool::quarantined(world.store.read(), 9).unwrap(), 0);
}

#[tokio::test]
async fn a_batch_signed_for_another_time_or_receiver_is_refused() {
    let world = World::new().await;
    let items = encoded(&[garbage(1)]);
    let sign = |receiver: &str, offset: i64| {
        let at = world.now().as_secs().saturating_add_signed(offset);
        dyad_protocol::batch::sign(
            &world.key,
            &world.host,
            &receiver.parse().unwrap(),
            dyad_protocol::time::Timestamp::from_secs(at),
            BatchId::new(random()),
            &items,
        )
    };
    let here = world.host.as_str();
    for (batch, status) in [
        (sign(here, 0), 202),
        (sign(here, 3_590), 202),
        (sign(here, -3_590), 202),
        (sign(here, 3_700), 401),
        (sign(here, -3_700), 401),
        (sign("other.example", 0), 401),
    ] {
        assert_eq!(world.post(DELIVER_PATH, BINARY, batch).await.status, status);
    }
    let mut changed = sign(here, 0);
    let last = changed.len() - ITEM_LEN / 2;
    changed[last] ^= 1;
    assert_eq!(world.post(DELIVER_PATH, BINARY, changed).await.status, 401);
}
