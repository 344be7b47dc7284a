//! Nothing accepted is lost, and no receiver, however bad, holds up another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{Receiver, Reply, World, item, submission, token, tokens};
use dyad_protocol::api::submit::{DeliveryFailure, SubmissionStatus};
use dyad_protocol::limits::{DAY, MAX_BATCH_ITEMS};
use dyad_protocol::time::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{advance, sleep};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_message_reaches_its_receiver_and_the_ticket_says_so() {
    let world = World::new().run();
    let receiver = Receiver::good(&world, "receiver.example");
    let ticket = world
        .accepted(&submission(token(), "receiver.example", 1))
        .await;
    assert!(matches!(
        world.settled(&ticket, MINUTE).await,
        SubmissionStatus::Delivered { .. }
    ));
    assert_eq!(receiver.taken(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_works_gets_ever_larger_batches() {
    let world = World::new();
    let receiver = Receiver::good(&world, "receiver.example");
    world.accept_all("receiver.example", 0..2000).await;
    let world = world.run();
    sleep(MINUTE).await;
    assert_eq!(receiver.taken(), (0..2000).collect::<Vec<_>>());
    let sizes: Vec<_> = receiver.seen(|seen| seen.batches.iter().map(|(_, n)| *n).collect());
    assert_eq!(sizes[..5], [16, 32, 64, 128, MAX_BATCH_ITEMS]);
    assert!(sizes.len() <= 12, "{sizes:?}");
    drop(world);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_to_wait_is_left_alone_so_long() {
    let world = World::new().run();
    let mut replies = vec![Reply::Take, Reply::RetryAfter(90)];
    let receiver = Receiver::start(&world, "receiver.example", move |_| {
        replies.pop().unwrap_or(Reply::Take)
    });
    let ticket = world
        .accepted(&submission(token(), "receiver.example", 1))
        .await;
    sleep(Duration::from_secs(5)).await;
    let SubmissionStatus::Queued {
        attempts,
        next_attempt,
        last_failure,
    } = world.status(&ticket).await
    else {
        panic!("it waits")
    };
    assert_eq!((attempts, last_failure), (1, Some(DeliveryFailure::Busy)));
    assert!(next_attempt.since(world.clock.now()) >= 80);
    world.settled(&ticket, 3 * MINUTE).await;
    let times: Vec<_> = receiver.seen(|seen| seen.batches.iter().map(|(at, _)| *at).collect());
    assert_eq!(times.len(), 2);
    assert!((90..95).contains(&times[1].since(times[0])));
}

#[tokio::test(start_paused = true)]
async fn every_bad_answer_is_told_by_its_kind_and_tried_again() {
    let world = World::new().run();
    for (name, reply, expected) in [
        ("slow.example", Reply::Hang, DeliveryFailure::Timeout),
        ("moved.example", Reply::Redirect, DeliveryFailure::Nonsense),
        ("web.example", Reply::Say(200), DeliveryFailure::Nonsense),
        ("broken.example", Reply::Say(500), DeliveryFailure::Nonsense),
        (
            "proxy.example",
            Reply::Say(502),
            DeliveryFailure::Unreachable,
        ),
        ("other.example", Reply::Say(404), DeliveryFailure::Rejected),
        ("strict.example", Reply::Say(403), DeliveryFailure::Rejected),
        ("busy.example", Reply::Say(429), DeliveryFailure::Busy),
    ] {
        let mut first = Some(reply);
        let receiver = Receiver::start(&world, name, move |_| first.take().unwrap_or(Reply::Take));
        let ticket = world.accepted(&submission(token(), name, 1)).await;
        let mut seen = None;
        for _ in 0..400 {
            match world.status(&ticket).await {
                SubmissionStatus::Queued { last_failure, .. } => seen = last_failure.or(seen),
                _ => break,
            }
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(seen, Some(expected), "{name}");
        assert!(
            matches!(
                world.status(&ticket).await,
                SubmissionStatus::Delivered { .. }
            ),
            "{name}"
        );
        assert_eq!(receiver.taken(), [1], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_hang_ups_and_forbidden_names_are_failures_like_any_other() {
    let world = World::new().run();
    world.network.raw("garbage.example", |mut pipe| async move {
        let mut some = [0; 1000];
        let _ = pipe.read_exact(&mut some).await;
        let _ = pipe.write_all(b"500 mail.example ESMTP\r\n").await;
        let _ = pipe.read_to_end(&mut Vec::new()).await;
    });
    world.network.raw("mid.example", |mut pipe| async move {
        let mut some = [0; 1000];
        let _ = pipe.read_exact(&mut some).await;
    });
    world.network.raw("cut.example", |mut pipe| async move {
        let mut some = [0; 3000];
        let _ = pipe.read_exact(&mut some).await;
        let _ = pipe
            .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 9\r\n\r\nhalf")
            .await;
    });
    world.network.raw("flood.example", |mut pipe| async move {
        let mut some = [0; 1000];
        let _ = pipe.read_exact(&mut some).await;
        let _ = pipe
            .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 99999999\r\n\r\n")
            .await;
        while pipe.write_all(&[b'x'; 1000]).await.is_ok() {}
    });
    world.network.forbid("private.example");
    for (name, expected) in [
        ("garbage.example", DeliveryFailure::Nonsense),
        ("mid.example", DeliveryFailure::Unreachable),
        ("cut.example", DeliveryFailure::Unreachable),
        ("flood.example", DeliveryFailure::Nonsense),
        ("private.example", DeliveryFailure::Forbidden),
        ("nowhere.example", DeliveryFailure::Unreachable),
    ] {
        let ticket = world.accepted(&submission(token(), name, 1)).await;
        sleep(Duration::from_secs(40)).await;
        let status = world.status(&ticket).await;
        assert!(
            matches!(status, SubmissionStatus::Queued { last_failure: Some(f), .. } if f == expected),
            "{name}: {status:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_for_two_weeks_is_given_up_with_the_reason() {
    let world = World::new().run();
    let started = world.clock.now();
    let ticket = world
        .accepted(&submission(token(), "dead.example", 1))
        .await;
    sleep(Duration::from_secs(14 * DAY - 60)).await;
    let SubmissionStatus::Queued { attempts, .. } = world.status(&ticket).await else {
        panic!("it still waits")
    };
    // Bounds of the back-off: an hour at most, half an hour on average.
    assert!((14 * 24..14 * 24 * 4).contains(&attempts), "{attempts}");
    sleep(Duration::from_secs(2 * 3_600)).await;
    let SubmissionStatus::GivenUp { at, reason } = world.status(&ticket).await else {
        panic!("it was given up")
    };
    assert_eq!(reason, DeliveryFailure::Unreachable);
    assert!((14 * DAY..14 * DAY + 3_700).contains(&at.since(started)));

    advance(Duration::from_secs(29 * DAY)).await;
    assert!(matches!(
        world.status(&ticket).await,
        SubmissionStatus::GivenUp { .. }
    ));
    advance(Duration::from_secs(12 * DAY)).await;
    sleep(3 * MINUTE).await;
    assert_eq!(world.status(&ticket).await, SubmissionStatus::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_comes_back_after_three_hours_gets_everything() {
    let world = World::new().run();
    let tickets = world.accept_all("receiver.example", 0..300).await;
    sleep(Duration::from_secs(3 * 3_600)).await;
    let receiver = Receiver::good(&world, "receiver.example");
    sleep(Duration::from_secs(3_700)).await;
    assert_eq!(receiver.taken(), (0..300).collect::<Vec<_>>());
    for ticket in &tickets {
        assert!(matches!(
            world.status(ticket).await,
            SubmissionStatus::Delivered { .. }
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn dead_and_slow_hosts_in_any_number_do_not_delay_those_that_work() {
    let world = World::with(|config| {
        config.delivery.probes_at_once = 4;
        config.delivery.hosts_at_once = 2;
    })
    .run();
    let receiver = Receiver::good(&world, "receiver.example");
    world
        .accepted(&submission(token(), "receiver.example", 0))
        .await;
    sleep(Duration::from_secs(5)).await;
    for n in 0..100 {
        let name = format!("tarpit{n}.example");
        world.network.raw(&name, |pipe| async move {
            let _open = pipe;
            std::future::pending().await
        });
        world.accepted(&submission(token(), &name, n)).await;
    }
    for number in 1..20 {
        let ticket = world
            .accepted(&submission(token(), "receiver.example", number))
            .await;
        let began = world.clock.now();
        world.settled(&ticket, MINUTE).await;
        assert!(world.clock.now().since(began) <= 2, "{number}");
        sleep(Duration::from_secs(7)).await;
    }
    assert_eq!(receiver.taken(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_host_with_a_mountain_of_messages_leaves_room_for_one_with_a_few() {
    let world = World::with(|config| {
        config.delivery.hosts_at_once = 1;
        config.delivery.probes_at_once = 1;
    });
    let slow = |_: &[u32]| Reply::Slow(Duration::from_millis(500));
    let big = Receiver::start(&world, "big.example", slow);
    let small = Receiver::start(&world, "small.example", slow);
    world.accept_all("big.example", 0..1500).await;
    let tickets = world.accept_all("small.example", 0..20).await;
    let world = world.run();
    for ticket in &tickets {
        world.settled(ticket, MINUTE).await;
    }
    assert_eq!(small.taken().len(), 20);
    assert!(big.taken().len() < 500, "{}", big.taken().len());
    sleep(MINUTE).await;
    assert_eq!(big.taken().len(), 1500);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_a_receiver_refuses_does_not_hold_up_the_others() {
    let world = World::new();
    let picky = |numbers: &[u32]| match numbers.contains(&13) {
        true => Reply::Say(400),
        false => Reply::Take,
    };
    let receiver = Receiver::start(&world, "picky.example", picky);
    let tickets = world.accept_all("picky.example", 0..100).await;
    let world = world.run();
    sleep(5 * MINUTE).await;
    let expected: Vec<_> = (0..100).filter(|n| *n != 13).collect();
    assert_eq!(receiver.taken(), expected);
    assert!(matches!(
        world.status(&tickets[13]).await,
        SubmissionStatus::Queued {
            last_failure: Some(DeliveryFailure::Rejected),
            ..
        }
    ));
    sleep(Duration::from_secs(6 * DAY)).await;
    assert!(matches!(
        world.status(&tickets[13]).await,
        SubmissionStatus::GivenUp {
            reason: DeliveryFailure::Rejected,
            ..
        }
    ));
    let alone = receiver.seen(|seen| seen.batches.iter().filter(|(_, n)| *n == 1).count());
    assert!((8..=24).contains(&alone), "{alone}");
}

#[tokio::test(start_paused = true)]
async fn a_message_refused_for_a_while_is_delivered_once_the_receiver_is_mended() {
    let world = World::new().run();
    let receiver = Receiver::start(&world, "strict.example", |_| Reply::Say(422));
    let ticket = world
        .accepted(&submission(token(), "strict.example", 1))
        .await;
    sleep(Duration::from_secs(3_600)).await;
    receiver.behave(|_| Reply::Take);
    assert!(matches!(
        world.settled(&ticket, Duration::from_secs(DAY)).await,
        SubmissionStatus::Delivered { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_means_the_message_comes_again_and_is_counted_once() {
    let world = World::new().run();
    let mut replies = vec![Reply::TakeAnd(500)];
    let receiver = Receiver::start(&world, "receiver.example", move |_| {
        replies.pop().unwrap_or(Reply::Take)
    });
    let ticket = world
        .accepted(&submission(token(), "receiver.example", 1))
        .await;
    let status = world.settled(&ticket, MINUTE).await;
    assert!(matches!(status, SubmissionStatus::Delivered { .. }));
    assert_eq!(
        receiver.taken(),
        [1, 1],
        "at least once; the receiver absorbs it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_moment_loses_nothing_that_was_accepted() {
    let mut world = World::new();
    let receiver = Receiver::good(&world, "receiver.example");
    let mut accepted = Vec::new();
    for life in 0_u32..12 {
        world = world.run();
        for (number, token) in (life * 40..).zip(tokens(40)) {
            accepted.push(
                world
                    .accepted(&submission(token, "receiver.example", number))
                    .await,
            );
            if number % 7 == 0 {
                tokio::task::yield_now().await;
            }
        }
        // Somewhere in the middle of a round, at another place in each life.
        for _ in 0..life * 3 {
            tokio::task::yield_now().await;
        }
        world = world.crash();
    }
    let world = world.run();
    sleep(10 * MINUTE).await;
    let mut taken = receiver.taken();
    taken.dedup();
    assert_eq!(taken, (0..12 * 40).collect::<Vec<_>>());
    for ticket in &accepted {
        assert!(matches!(
            world.status(ticket).await,
            SubmissionStatus::Delivered { .. }
        ));
    }
    let totals = dyad_store::queue::totals(world.store.read()).unwrap();
    assert_eq!((totals.messages, totals.hosts), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_is_not_sent_again_while_the_store_cannot_write_it_down() {
    let world = World::new().run();
    let receiver = Receiver::good(&world, "receiver.example");
    let ticket = world
        .accepted(&submission(token(), "receiver.example", 1))
        .await;
    world.backend.faults().set_full(true);
    sleep(MINUTE).await;
    assert_eq!(receiver.taken(), [1]);
    world.backend.faults().set_full(false);
    let status = world.settled(&ticket, MINUTE).await;
    assert!(matches!(status, SubmissionStatus::Delivered { .. }));
    assert_eq!(receiver.taken(), [1]);
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_a_batch_under_way_end() {
    let world = World::new().run();
    let receiver = Receiver::start(&world, "receiver.example", |_| {
        Reply::Slow(Duration::from_secs(3))
    });
    let ticket = world
        .accepted(&submission(token(), "receiver.example", 1))
        .await;
    sleep(Duration::from_secs(1)).await;
    assert!(world.shutdown.finish(Duration::from_secs(9)).await);
    assert_eq!(receiver.taken(), [1]);
    assert!(matches!(
        world.status(&ticket).await,
        SubmissionStatus::Delivered { .. }
    ));
}

/// The sealed bytes arrive as they were submitted.
#[tokio::test(start_paused = true)]
async fn an_item_is_carried_byte_for_byte() {
    let world = World::new();
    let mut request = submission(token(), "receiver.example", 1);
    request.item = item(0xdead_beef);
    let ticket = world.accepted(&request).await;
    let due = dyad_store::queue::due(
        world.store.read(),
        &request.receiver,
        common::START,
        common::START,
        9,
    )
    .unwrap();
    let mut expected = Vec::new();
    request.item.write(&mut expected);
    assert_eq!(due.messages[0].item, expected);
    assert_eq!(due.messages[0].key.ticket, ticket);
}
