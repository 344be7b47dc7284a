//! Garbage, oversized and misdirected requests at every endpoint: refused in time, and nothing is changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use axum::body::Body;
use common::*;
use dyad_protocol::api::fetch::{FETCH_PATH, FETCH_VERSION, FetchRequest, STREAM_PATH};
use dyad_protocol::api::mailbox::{
    CHALLENGE_PATH, CHANGE_PATH, Change, ChangeMailbox, CreateMailbox, MAILBOXES_PATH,
};
use dyad_protocol::batch::DELIVER_PATH;
use dyad_protocol::id::{AddressId, Challenge};
use dyad_protocol::limits::{DAY, MAX_BATCH_ITEMS, MAX_BATCH_LEN};
use dyad_protocol::sign::{AccessKey, AddressSigningKey};
use dyad_protocol::time::Epoch;
use dyad_protocol::token::Token;
use dyad_store::spool;
use http::Request;

#[tokio::test]
async fn garbage_and_oversized_bodies_are_refused_everywhere() {
    let world = World::new().await;
    let long_json = format!("{{\"token\":\"{}\"}}", "A".repeat(40_000));
    let batch = world.batch(&[garbage(1)]);
    let many: Vec<_> = (0..=MAX_BATCH_ITEMS as u16).map(garbage).collect();
    let cases: Vec<(&str, &str, Vec<u8>, u16)> = vec![
        (DELIVER_PATH, BINARY, vec![], 400),
        (DELIVER_PATH, BINARY, vec![0; 100], 400),
        (DELIVER_PATH, BINARY, vec![1; 4_000], 400),
        (DELIVER_PATH, BINARY, batch[..batch.len() - 1].to_vec(), 400),
        (DELIVER_PATH, BINARY, [&batch[..], &[0]].concat(), 400),
        (DELIVER_PATH, BINARY, world.batch(&[]), 400),
        (DELIVER_PATH, BINARY, vec![1; MAX_BATCH_LEN + 1], 413),
        (DELIVER_PATH, BINARY, world.batch(&many), 413),
        (DELIVER_PATH, JSON, batch.clone(), 415),
        (MAILBOXES_PATH, JSON, b"".to_vec(), 400),
        (MAILBOXES_PATH, JSON, b"{".to_vec(), 400),
        (MAILBOXES_PATH, JSON, b"{\"token\":\"AAAA\"}".to_vec(), 400),
        (MAILBOXES_PATH, JSON, vec![b'['; 2_000], 400),
        (MAILBOXES_PATH, JSON, long_json.clone().into(), 413),
        (MAILBOXES_PATH, BINARY, vec![1; 10], 415),
        (CHANGE_PATH, JSON, b"[]".to_vec(), 400),
        (CHANGE_PATH, JSON, vec![0xff; 100], 400),
        (CHANGE_PATH, JSON, long_json.into(), 413),
        (CHANGE_PATH, "text/plain", b"{}".to_vec(), 415),
        (FETCH_PATH, BINARY, vec![], 400),
        (FETCH_PATH, BINARY, vec![1; 1_000], 400),
        (FETCH_PATH, BINARY, vec![1; 100_000], 413),
        (FETCH_PATH, JSON, b"{}".to_vec(), 415),
    ];
    for (path, kind, body, status) in cases {
        let length = body.len();
        let answer = world.post(path, kind, body).await;
        assert_eq!(
            answer.status, status,
            "{path} with {length} bytes of {kind}"
        );
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    assert_eq!(spool::waiting(world.store.read()).unwrap(), 0);
}

#[tokio::test]
async fn random_bytes_never_get_further_than_a_refusal() {
    let world = World::new().await;
    for length in 0..600_usize {
        let mut bytes: Vec<u8> = random::<600>()[..length].to_vec();
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        for path in [DELIVER_PATH, FETCH_PATH] {
            let status = world.post(path, BINARY, bytes.clone()).await.status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
    }
}

#[tokio::test]
async fn other_methods_and_plain_requests_for_a_stream_are_refused() {
    let world = World::new().await;
    for (method, path) in [
        ("GET", DELIVER_PATH),
        ("PUT", MAILBOXES_PATH),
        ("POST", CHALLENGE_PATH),
        ("DELETE", FETCH_PATH),
        ("POST", STREAM_PATH),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answer = world.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{method} {path}");
    }
    let request = Request::get(STREAM_PATH).body(Body::empty()).unwrap();
    assert!((400..=426).contains(&world.ask(request).await.status));
}

async fn create(world: &World, token: Token, keys: &(AddressSigningKey, AccessKey)) -> Answer {
    let request = CreateMailbox {
        token,
        address_key: keys.0.public(),
        access_key: keys.1.public(),
    };
    let body = serde_json::to_vec(&request).unwrap();
    world.post(MAILBOXES_PATH, JSON, body).await
}

fn keys() -> (AddressSigningKey, AccessKey) {
    (
        AddressSigningKey::random(&mut rand::rng()),
        AccessKey::random(&mut rand::rng()),
    )
}

#[tokio::test]
async fn a_token_makes_one_mailbox_and_the_same_request_gets_the_same() {
    let world = World::new().await;
    let (token, mine, other) = (world.token(), keys(), keys());
    let first = create(&world, token, &mine).await;
    assert_eq!(first.status, 200);
    let again = create(&world, token, &mine).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(create(&world, token, &other).await.status, 409);
    let world = world.crash_and_restart().await;
    let again = create(&world, token, &mine).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
}

#[tokio::test]
async fn tokens_of_other_days_or_nobody_make_no_mailbox() {
    let world = World::new().await;
    let today = Epoch::containing(world.now()).number();
    for (day, status) in [
        (today - 3, 401),
        (today - 2, 401),
        (today - 1, 200),
        (today + 1, 401),
    ] {
        let token = world.token_of(Epoch::from_number(day));
        assert_eq!(create(&world, token, &keys()).await.status, status, "{day}");
    }
    let good = world.token();
    for index in 0..Token::LEN {
        let mut bytes = *good.as_bytes();
        bytes[index] ^= 1;
        let status = create(&world, Token::new(bytes), &keys()).await.status;
        assert_eq!(status, 401, "byte {index}");
    }
    world.clock.jump(2 * DAY);
    assert_eq!(create(&world, good, &keys()).await.status, 401);
}

#[tokio::test]
async fn challenges_that_are_old_or_not_ours_open_and_change_nothing() {
    let world = World::new().await;
    let alex = world.person().await;
    let fresh = world.challenge().await;
    world.clock.jump(700);
    for challenge in [fresh, Challenge::new(random())] {
        let request = FetchRequest {
            version: FETCH_VERSION,
            challenge,
            wait: 0,
            mailboxes: vec![alex.attachment(&challenge, PHONE, 0)],
        };
        let answer = world.post(FETCH_PATH, BINARY, request.encode()).await;
        assert_eq!(answer.status, 401);
        let change = ChangeMailbox::sign(
            &world.host,
            alex.root,
            Change::Close,
            challenge,
            &alex.access_key,
        );
        let body = serde_json::to_vec(&change).unwrap();
        assert_eq!(world.post(CHANGE_PATH, JSON, body).await.status, 401);
    }
    // One from before a restart is still good.
    let challenge = world.challenge().await;
    let world = world.crash_and_restart().await;
    let request = FetchRequest {
        version: FETCH_VERSION,
        challenge,
        wait: 0,
        mailboxes: vec![alex.attachment(&challenge, PHONE, 0)],
    };
    let answer = world.post(FETCH_PATH, BINARY, request.encode()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn fetches_beyond_the_limits_are_refused() {
    let world = World::new().await;
    let alex = world.person().await;
    let challenge = world.challenge().await;
    let attachment = alex.attachment(&challenge, PHONE, 0);
    let good = FetchRequest {
        version: FETCH_VERSION,
        challenge,
        wait: 0,
        mailboxes: vec![attachment.clone()],
    };
    let mut cases = vec![good.clone(); 5];
    cases[0].version = 2;
    cases[1].wait = 61;
    cases[2].mailboxes.clear();
    cases[3].mailboxes = vec![attachment.clone(); 2];
    cases[4].mailboxes = (0..65)
        .map(|n| {
            let mut other = attachment.clone();
            other.root = dyad_protocol::id::RootAddress::new([n; 16]);
            other
        })
        .collect();
    for case in cases {
        let answer = world.post(FETCH_PATH, BINARY, case.encode()).await;
        assert!([400, 413].contains(&answer.status));
    }
    assert_eq!(
        world.post(FETCH_PATH, BINARY, good.encode()).await.status,
        200
    );
}

#[tokio::test]
async fn a_change_by_a_stranger_or_altered_on_the_way_changes_nothing() {
    let world = World::new().await;
    let alex = world.person().await;
    let stranger = world.person().await;
    let challenge = world.challenge().await;
    let sign = |change, key: &AccessKey| {
        ChangeMailbox::sign(&world.host, alex.root, change, challenge, key)
    };
    let addresses = vec![AddressId::new([1; 16])];
    let mut altered = sign(Change::Revoke { addresses }, &alex.access_key);
    altered.change = Change::Close;
    let forged = sign(Change::Close, &stranger.access_key);
    for change in [altered, forged] {
        let body = serde_json::to_vec(&change).unwrap();
        assert_eq!(world.post(CHANGE_PATH, JSON, body).await.status, 204);
    }
    assert_eq!(world.inbox(&alex, 0).await, [0; 0]);
    let too_many = Change::Revoke {
        addresses: vec![AddressId::new([1; 16]); 257],
    };
    assert_eq!(world.change(&alex, too_many).await, 400);
}
