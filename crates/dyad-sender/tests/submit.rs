//! Accepted means on disk, once for each token, whatever races or crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use common::{Receiver, START, World, host, submission, token, tokens, tokens_of, with_dedup};
use dyad_protocol::api::submit::{SubmissionStatus, TrafficClass};
use dyad_protocol::limits::DAY;
use dyad_protocol::token::{Token, TokenClass};
use dyad_store::{StoreError, queue};
use tokio::time::{advance, sleep};

fn queued(world: &World) -> u64 {
    queue::totals(world.store.read()).unwrap().messages
}

#[tokio::test(start_paused = true)]
async fn two_hundred_submissions_of_one_token_at_once_queue_one_message() {
    let world = World::new();
    let token = token();
    let racing: Vec<_> = (0..200)
        .map(|number| {
            let router = world.router.clone();
            let body = submission(token, "receiver.example", number).encode();
            tokio::spawn(async move {
                let request = http::Request::post("/v1/submit")
                    .header("content-type", "application/dyad")
                    .body(body.into())
                    .unwrap();
                common::answer(router, request).await
            })
        })
        .collect();
    let mut accepted = 0;
    for answer in racing {
        let answer = answer.await.unwrap();
        match answer.status {
            202 => accepted += 1,
            _ => assert_eq!(
                (answer.status, answer.code().as_str()),
                (409, "token-spent")
            ),
        }
    }
    assert_eq!((accepted, queued(&world)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_same_submission_again_gets_the_same_ticket_also_after_a_crash() {
    let world = World::new();
    let request = submission(token(), "receiver.example", 1);
    let ticket = world.accepted(&request).await;
    assert_eq!(world.accepted(&request).await, ticket);
    let world = world.crash();
    assert_eq!(world.accepted(&request).await, ticket);
    assert_eq!(queued(&world), 1);
    let mut other = request.clone();
    other.item = common::item(2);
    assert_eq!(world.submit(&other).await.code(), "token-spent");
    other = request.clone();
    other.receiver = host("other.example");
    assert_eq!(world.submit(&other).await.status, 409, "every byte counts");
    assert_eq!(queued(&world), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dedup_id_submits_one_message_once_and_still_costs_its_token() {
    let world = World::new();
    let [one, two, three, four]: [Token; 4] = tokens(4).try_into().unwrap();
    let first = with_dedup(submission(one, "receiver.example", 1), 5);
    let ticket = world.accepted(&first).await;
    // Another device: another encryption, another receiver even, but the same message.
    let second = with_dedup(submission(two, "other.example", 2), 5);
    assert_eq!(world.accepted(&second).await, ticket);
    assert_eq!(queued(&world), 1);
    let reused = submission(two, "receiver.example", 3);
    assert_eq!(world.submit(&reused).await.code(), "token-spent");
    assert_eq!(world.accepted(&second).await, ticket, "and again");
    let world = world.crash();
    let third = with_dedup(submission(three, "receiver.example", 4), 5);
    assert_eq!(world.accepted(&third).await, ticket);
    let other = with_dedup(submission(four, "receiver.example", 4), 6);
    assert_ne!(world.accepted(&other).await, ticket);
    assert_eq!(queued(&world), 2);

    advance(Duration::from_secs(5 * DAY)).await;
    let later = tokens_of(TokenClass::Message, START.plus(5 * DAY), 1)[0];
    let forgotten = with_dedup(submission(later, "receiver.example", 1), 5);
    assert_ne!(world.accepted(&forgotten).await, ticket);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_ours_or_not_of_today_is_refused() {
    let world = World::new();
    let good = token();
    let mut forged = *good.as_bytes();
    forged[161] ^= 1;
    let mut unknown_key = *good.as_bytes();
    unknown_key[70] ^= 1;
    let day =
        |offset: u64| tokens_of(TokenClass::Message, START.minus(DAY).plus(offset * DAY), 1)[0];
    for (token, code) in [
        (Token::new(forged), "token-forged"),
        (Token::new(unknown_key), "token-foreign"),
        (Token::new([0; 162]), "token-forged"),
        (tokens_of(TokenClass::Mailbox, START, 1)[0], "token-foreign"),
        (
            tokens_of(TokenClass::Message, START.minus(2 * DAY), 1)[0],
            "token-expired",
        ),
        (day(2), "token-early"),
    ] {
        let answer = world
            .submit(&submission(token, "receiver.example", 1))
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (401, code));
    }
    assert_eq!(queued(&world), 0);
    world
        .accepted(&submission(day(0), "receiver.example", 1))
        .await;
    world
        .accepted(&submission(good, "receiver.example", 2))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_at_a_private_address_is_refused_at_once_and_the_token_is_kept() {
    let world = World::new();
    let token = token();
    for receiver in [
        "10.0.0.1",
        "127.0.0.1",
        "192.168.1.1:8443",
        "169.254.169.254",
        "[::1]:7411",
        "[::ffff:10.0.0.1]",
        "receiver.example:25",
    ] {
        let answer = world.submit(&submission(token, receiver, 1)).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "forbidden-host"),
            "{receiver}"
        );
    }
    // What the process serves itself is never forbidden.
    world
        .accepted(&submission(token, "127.0.0.1:7411", 1))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_when_to_come_back_and_keeps_the_token_unspent() {
    let world = World::with(|config| {
        config.queue.messages = 3;
        config.queue.messages_per_host = 2;
        config.queue.hosts = 2;
    });
    let [one, two, three, four, ..]: [Token; 5] = tokens(5).try_into().unwrap();
    world.accepted(&submission(one, "a.example", 1)).await;
    world.accepted(&submission(two, "a.example", 2)).await;
    let refused = submission(three, "a.example", 3);
    let answer = world.submit(&refused).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "receiver-queue-full")
    );
    assert!(answer.headers.contains_key("retry-after"));
    world.accepted(&submission(three, "b.example", 3)).await;
    let answer = world.submit(&submission(four, "b.example", 4)).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "queue-full"));

    // Once the queue empties, the same token is good.
    let _receiver = Receiver::good(&world, "a.example");
    let world = world.run();
    sleep(Duration::from_secs(9)).await;
    world.accepted(&submission(four, "b.example", 4)).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_not_answered_with_accepted() {
    let world = World::new();
    let request = submission(token(), "receiver.example", 1);
    let faults = world.backend.faults();
    faults.set_full(true);
    let answer = world.submit(&request).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "full"));
    assert!(answer.headers.contains_key("retry-after"));
    faults.set_full(false);
    faults.fail_next_writes(1, StoreError::Io("gone".to_owned()));
    assert_eq!(world.submit(&request).await.status, 500);
    let ticket = world.accepted(&request).await;
    assert!(matches!(
        world.status(&ticket).await,
        SubmissionStatus::Queued { attempts: 0, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn tickets_do_not_repeat_and_a_wrong_one_tells_nothing() {
    let world = World::new();
    let tickets = world.accept_all("receiver.example", 0..50).await;
    let different: HashSet<_> = tickets.iter().collect();
    assert_eq!(different.len(), 50);
    let mut guessed = *tickets[0].as_bytes();
    guessed[31] ^= 1;
    let guessed = dyad_protocol::id::SubmissionTicket::new(guessed);
    assert_eq!(world.status(&guessed).await, SubmissionStatus::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_submission_whose_asker_hangs_up_is_sent_all_the_same() {
    let world = World::new();
    let receiver = Receiver::good(&world, "receiver.example");
    let world = world.run();
    sleep(Duration::from_secs(1)).await;
    let request = submission(token(), "receiver.example", 7);
    let asking = world.submit(&request);
    {
        // Polled until it waits for the sync, then dropped.
        let mut asking = Box::pin(asking);
        std::future::poll_fn(|context| {
            let _ = asking.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.taken(), [7]);
}

#[tokio::test(start_paused = true)]
async fn relaxed_messages_are_spread_over_their_delay_and_prompt_ones_are_not() {
    let world = World::with(|config| config.delivery.relaxed_delay = 9);
    let receiver = Receiver::good(&world, "receiver.example");
    let world = world.run();
    let tokens = tokens(200);
    for (number, token) in (0..200).zip(tokens) {
        let mut request = submission(token, "receiver.example", number);
        request.class = TrafficClass::Relaxed;
        world.accepted(&request).await;
    }
    sleep(Duration::from_secs(30)).await;
    let first = receiver.seen(|seen| seen.batches[0].0);
    let spread: HashSet<_> =
        receiver.seen(|seen| seen.batches.iter().map(|(at, _)| at.since(first)).collect());
    assert!(spread.len() >= 8, "{spread:?}");
    assert!(spread.iter().all(|after| *after <= 10), "{spread:?}");
    let order = receiver.seen(|seen| seen.taken.clone());
    assert_eq!(receiver.taken(), (0..200).collect::<Vec<_>>());
    assert_ne!(
        order,
        (0..200).collect::<Vec<_>>(),
        "the order says nothing"
    );

    world
        .accepted(&submission(token(), "receiver.example", 999))
        .await;
    sleep(Duration::from_millis(100)).await;
    assert!(receiver.taken().contains(&999));
}

#[tokio::test(start_paused = true)]
async fn capacity_says_whether_messages_are_taken() {
    let world = World::with(|config| config.queue.messages = 4).run();
    let capacity = async |world: &World| {
        let answer = world.get("/v1/capacity").await;
        String::from_utf8(answer.body.to_vec()).unwrap()
    };
    assert_eq!(
        capacity(&world).await,
        r#"{"accepting":true,"queue":"low"}"#
    );
    world.accept_all("dead.example", 0..4).await;
    sleep(Duration::from_secs(6)).await;
    assert_eq!(
        capacity(&world).await,
        r#"{"accepting":false,"queue":"full"}"#
    );
}
