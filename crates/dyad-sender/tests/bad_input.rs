//! Garbage and oversized bodies at every endpoint: a problem document, and nothing changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{World, submission, token};
use dyad_protocol::api::invite::{INVITATIONS_PATH, WITHDRAW_PATH};
use dyad_protocol::api::relay::{RELAY_DOCUMENT_PATH, RELAY_INVITATION_PATH};
use dyad_protocol::api::submit::{STATUS_PATH, SUBMIT_PATH};
use dyad_service::server::PeerInfo;
use dyad_store::{invitations, queue};

const BINARY: &str = "application/dyad";
const JSON: &str = "application/json";

const ENDPOINTS: [(&str, &str); 6] = [
    (SUBMIT_PATH, BINARY),
    (STATUS_PATH, JSON),
    (INVITATIONS_PATH, JSON),
    (WITHDRAW_PATH, JSON),
    (RELAY_DOCUMENT_PATH, JSON),
    (RELAY_INVITATION_PATH, JSON),
];

#[tokio::test(start_paused = true)]
async fn no_endpoint_takes_garbage_or_too_much_or_the_wrong_kind() {
    let world = World::new();
    for (path, kind) in ENDPOINTS {
        let other = if kind == JSON { BINARY } else { JSON };
        for (kind, body, status) in [
            (kind, vec![], 400),
            (kind, vec![0], 400),
            (kind, vec![0xff; 200], 400),
            (kind, b"{}".to_vec(), 400),
            (kind, b"[[[[[[[[[[[[[[[[".to_vec(), 400),
            (kind, "{\"host\":\"\u{0}\"}".as_bytes().to_vec(), 400),
            (kind, vec![b' '; 1024 * 1024], 413),
            (other, b"{}".to_vec(), 415),
            ("", b"{}".to_vec(), 415),
        ] {
            let answer = world.post(path, kind, body.clone()).await;
            let shown = &body[..body.len().min(20)];
            assert_eq!(answer.status, status, "{path} {shown:?}: {answer:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(!answer.code().is_empty());
        }
    }
    assert_eq!(world.network.dials(), 0);
    assert_eq!(queue::totals(world.store.read()).unwrap().messages, 0);
    assert_eq!(invitations::number(world.store.read()).unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_submission_cut_or_changed_anywhere_is_refused_or_another_submission() {
    let world = World::new();
    let whole = submission(token(), "receiver.example", 1).encode();
    for cut in (0..whole.len()).step_by(37).chain([whole.len() - 1]) {
        let answer = world.post(SUBMIT_PATH, BINARY, whole[..cut].to_vec()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "malformed"),
            "{cut}"
        );
    }
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(world.post(SUBMIT_PATH, BINARY, longer).await.status, 400);
    // Version, class, token, host length, host, flag: each byte matters before the token is spent.
    for at in (0..164).chain([164, 165, 180]) {
        let mut changed = whole.clone();
        changed[at] ^= 0x80;
        let answer = world.post(SUBMIT_PATH, BINARY, changed).await;
        assert!([400, 401].contains(&answer.status), "{at}: {answer:?}");
    }
    assert_eq!(queue::totals(world.store.read()).unwrap().messages, 0);
    assert_eq!(world.post(SUBMIT_PATH, BINARY, whole).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn hosts_that_are_none_and_too_many_tickets_are_refused() {
    let world = World::new();
    for name in [
        "",
        "a b",
        "user@host",
        "http://x",
        "127.1",
        "x:0",
        "é.example",
    ] {
        let body = serde_json::json!({ "host": name }).to_string();
        let answer = world.post(RELAY_DOCUMENT_PATH, JSON, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "bad-json"),
            "{name}"
        );
    }
    let tickets = |count: usize| {
        let ticket = dyad_protocol::id::SubmissionTicket::new([0xff; 32]);
        serde_json::json!({ "tickets": vec![ticket; count] }).to_string()
    };
    assert_eq!(
        world.post(STATUS_PATH, JSON, tickets(256)).await.status,
        200
    );
    let answer = world.post(STATUS_PATH, JSON, tickets(257)).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "too-many-tickets")
    );
    assert_eq!(world.post(STATUS_PATH, JSON, tickets(0)).await.status, 200);
    assert_eq!(world.network.dials(), 0);
}

#[tokio::test(start_paused = true)]
async fn invitations_are_asked_for_by_a_whole_name_only() {
    let world = World::new();
    for name in [
        "x",
        &"0".repeat(31),
        &"0".repeat(33),
        &"G".repeat(32),
        "..%2f..",
        "%00",
    ] {
        let answer = world.get(&format!("/v1/invitations/{name}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "no-invitation"),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_address_cannot_ask_without_end_and_others_are_not_affected() {
    let world = World::with(|config| config.rates.others = 1);
    let ask = async |address: &str| {
        let mut request = http::Request::get("/v1/capacity")
            .body(axum::body::Body::empty())
            .unwrap();
        let peer = PeerInfo::new(format!("{address}:4711").parse().unwrap());
        request.extensions_mut().insert(peer);
        common::answer(world.router.clone(), request).await
    };
    for _ in 0..10 {
        assert_eq!(ask("198.51.100.1").await.status, 200);
    }
    let refused = ask("198.51.100.1").await;
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(ask("198.51.100.2").await.status, 200);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(ask("198.51.100.1").await.status, 200);
}
