//! With the real store, real sockets and the real guard.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use common::{SENDER, TestClock, answer, host, redeemer, submission, tokens};
use dyad_net::{
    Dial, DirectDialer, DirectSettings, GuardSettings, GuardedDialer, HttpClient, HttpLimits,
    OwnHosts,
};
use dyad_protocol::api::submit::SubmissionStatus;
use dyad_protocol::batch::{DELIVER_PATH, Item};
use dyad_protocol::id::SubmissionTicket;
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::token::Token;
use dyad_sender::{Reads, Sender, SenderConfig, SenderDeps};
use dyad_service::Shutdown;
use dyad_service::limits::{DiskGuard, DiskLimits};
use dyad_store::{CommitterOptions, Store, queue};
use dyad_store_fjall::{FjallBackend, FjallOptions};
use http::StatusCode;
use tokio::net::TcpListener;

fn dialer(allow_loopback: bool, own: &[&str]) -> Arc<dyn Dial> {
    let guard = GuardedDialer::new(GuardSettings {
        allow_loopback,
        ..GuardSettings::default()
    })
    .unwrap();
    let direct: Arc<dyn Dial> = Arc::new(DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    }));
    Arc::new(OwnHosts::new(
        own.iter().map(|name| host(name)),
        &direct,
        Arc::new(guard),
    ))
}

fn open(folder: &Path, dialer: Arc<dyn Dial>, own: &[&str], loopback: bool) -> (Sender, Store) {
    let backend = FjallBackend::open(folder, FjallOptions::default()).unwrap();
    let store = Store::open_threaded(Arc::new(backend), CommitterOptions::default());
    let limits = DiskLimits {
        min_free_bytes: 1,
        max_used_bytes: None,
    };
    let sender = Sender::new(SenderDeps {
        store: store.clone(),
        clock: TestClock::start(),
        host: host(SENDER),
        key: ServiceKey::new([9; 32]),
        redeemer: redeemer(),
        blobs: None,
        http: HttpClient::new(dialer, HttpLimits::default()),
        own_hosts: own.iter().map(|name| host(name)).collect(),
        allow_loopback: loopback,
        disk: Some(DiskGuard::new(folder, limits).unwrap()),
        reads: Reads::OnThreads,
        config: SenderConfig::default(),
    });
    (sender, store)
}

async fn submit(router: &Router, token: Token, receiver: &str, number: u32) -> (u16, Vec<u8>) {
    let request = http::Request::post("/v1/submit")
        .header("content-type", "application/dyad")
        .body(submission(token, receiver, number).encode().into())
        .unwrap();
    let answer = answer(router.clone(), request).await;
    (answer.status, answer.body.to_vec())
}

async fn close(sender: Sender, store: Store) {
    drop(sender);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_spend_once_and_tickets_stay_through_restarts_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(8);
    let mut first: Vec<Vec<u8>> = Vec::new();
    for life in 0..3 {
        let (sender, store) = open(folder.path(), dialer(false, &[]), &[], false);
        let router = sender.router();
        // Each token for its own message, 25 times at once, beside 25 others' tries at it.
        let tries: Vec<_> = (0..400_u32)
            .map(|n| {
                let (router, which) = (router.clone(), n as usize % 8);
                let (token, number) = (tokens[which], if n < 200 { which as u32 } else { n });
                // The rightful come first in the first life only.
                tokio::spawn(async move {
                    if number >= 200 && life == 0 {
                        tokio::time::sleep(Duration::from_millis(300)).await;
                    }
                    (
                        which,
                        number,
                        submit(&router, token, "receiver.example", number).await,
                    )
                })
            })
            .collect();
        let mut tickets = vec![Vec::new(); 8];
        for one in tries {
            let (which, number, (status, body)) = one.await.unwrap();
            if number < 8 {
                assert_eq!(status, 202);
                tickets[which].push(body);
            } else {
                assert_eq!(status, 409);
            }
        }
        for same in &mut tickets {
            same.dedup();
            assert_eq!(same.len(), 1);
        }
        let tickets: Vec<_> = tickets.into_iter().flatten().collect();
        if life == 0 {
            first = tickets;
        } else {
            assert_eq!(tickets, first, "life {life}");
        }
        assert_eq!(queue::totals(store.read()).unwrap().messages, 8);
        drop(router);
        close(sender, store).await;
    }
}

/// Takes everything; gives its host and what it got.
async fn receiver() -> (String, Arc<parking_lot::Mutex<Vec<u8>>>) {
    let got = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let name = listener.local_addr().unwrap().to_string();
    let into = got.clone();
    let take = post(move |body: axum::body::Bytes| async move {
        into.lock().extend_from_slice(&body);
        StatusCode::ACCEPTED
    });
    let router = Router::new().route(DELIVER_PATH, take);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (name, got)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_in_the_same_process_is_reached_over_loopback() {
    let (name, got) = receiver().await;
    for (own, loopback) in [(true, false), (false, true)] {
        let own: &[&str] = if own { &[&name] } else { &[] };
        let folder = tempfile::tempdir().unwrap();
        let (sender, store) = open(folder.path(), dialer(loopback, own), own, loopback);
        let shutdown = Shutdown::new();
        shutdown.spawn(sender.clone().run(shutdown.clone()));
        got.lock().clear();
        let (status, ticket) = submit(&sender.router(), tokens(1)[0], &name, 5).await;
        assert_eq!(status, 202);
        let ticket = SubmissionTicket::from_slice(&ticket).unwrap();
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let fate = queue::status(store.read(), &ticket).unwrap();
            if matches!(fate, SubmissionStatus::Delivered { .. }) {
                break;
            }
        }
        let mut item = Vec::new();
        Item::write(&common::item(5), &mut item);
        assert!(got.lock().ends_with(&item));
        assert!(shutdown.finish(Duration::from_secs(5)).await);
        close(sender, store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_being_told_so_nobody_is_called_on_loopback() {
    let (name, got) = receiver().await;
    let folder = tempfile::tempdir().unwrap();
    let (sender, store) = open(folder.path(), dialer(false, &[]), &[], false);
    let (status, _) = submit(&sender.router(), tokens(1)[0], &name, 5).await;
    assert_eq!(status, 400);
    // Relaying does not help either.
    let body = serde_json::json!({ "host": name }).to_string();
    let request = http::Request::post("/v1/relay/document")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap();
    assert_eq!(
        answer(sender.router(), request).await.code(),
        "forbidden-host"
    );
    assert!(got.lock().is_empty());
    close(sender, store).await;
}
