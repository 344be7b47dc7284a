//! How the receiver learns the keys of sender services, and what it does while it does not know them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use common::*;
use dyad_protocol::batch::DELIVER_PATH;
use dyad_protocol::document::{
    DOCUMENT_VERSION, DocumentBody, SenderInfo, Succession, WELL_KNOWN_PATH,
};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::ServiceKey;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::time::sleep;

/// A sender service's web server.
struct Service {
    host: HostName,
    key: ServiceKey,
    document: Arc<Mutex<Bytes>>,
    asked: Arc<AtomicUsize>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string().parse().unwrap();
        let (document, asked) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let shown: Arc<Mutex<Bytes>> = Arc::clone(&document);
        let counted = Arc::clone(&asked);
        let router = Router::new().route(
            WELL_KNOWN_PATH,
            get(async move || {
                counted.fetch_add(1, Ordering::SeqCst);
                // Long enough for others to come in the meantime.
                sleep(Duration::from_millis(100)).await;
                shown.lock().clone()
            }),
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        let service = Self {
            host,
            key: ServiceKey::random(&mut rand::rng()),
            document,
            asked,
        };
        service.show(&service.key, &[], true);
        service
    }

    fn show(&self, key: &ServiceKey, succession: &[Succession], sends: bool) {
        let body = DocumentBody {
            version: DOCUMENT_VERSION,
            host: self.host.clone(),
            issued: dyad_protocol::time::Timestamp::from_secs(1_800_000_000),
            key: key.public(),
            issuer: None,
            sender: sends.then_some(SenderInfo {
                queue_lifetime: 14 * DAY,
                invitation_lifetime: 30 * DAY,
                blob_lifetime: 0,
            }),
            receiver: None,
            calls: Default::default(),
        };
        *self.document.lock() = body.sign(key, succession).into();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Delivers one item; the status, and whether it is to come back.
    async fn deliver(&self, world: &World, key: &ServiceKey) -> (u16, bool) {
        let batch = world.batch_by(&self.host, key, &[garbage(1)]);
        let answer = world.post(DELIVER_PATH, BINARY, batch).await;
        (answer.status, answer.headers.contains_key("retry-after"))
    }

    /// Delivers until it is no longer told to come back.
    async fn insist(&self, world: &World, key: &ServiceKey) -> u16 {
        for _ in 0..200 {
            match self.deliver(world, key).await {
                (503, true) => sleep(Duration::from_millis(20)).await,
                (status, _) => return status,
            }
        }
        503
    }
}

#[tokio::test]
async fn an_unknown_sender_is_told_to_come_back_and_then_taken() {
    let world = World::new().await;
    world.run();
    let service = Service::start().await;
    let alex = world.person().await;
    let item = world.item(&alex.ticket(&world), 7);
    let batch = world.batch_by(&service.host, &service.key, &[item]);
    let first = world.post(DELIVER_PATH, BINARY, batch.clone()).await;
    assert_eq!(first.status, 503);
    assert!(first.headers.contains_key("retry-after"));
    assert_eq!(service.insist(&world, &service.key).await, 202);
    assert_eq!(world.post(DELIVER_PATH, BINARY, batch).await.status, 202);
    world.resolved().await;
    assert_eq!(world.inbox(&alex, 0).await, [7]);
}

#[tokio::test]
async fn many_batches_of_an_unknown_sender_make_one_request() {
    let world = Arc::new(World::new().await);
    world.run();
    let service = Arc::new(Service::start().await);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (world, service) = (Arc::clone(&world), Arc::clone(&service));
            tokio::spawn(async move { service.insist(&world, &service.key).await })
        })
        .collect();
    for tried in tries {
        assert_eq!(tried.await.unwrap(), 202);
    }
    assert_eq!(service.asked(), 1);
}

#[tokio::test]
async fn a_known_key_is_used_for_a_day_also_across_a_restart() {
    let world = World::new().await;
    world.run();
    let service = Service::start().await;
    assert_eq!(service.insist(&world, &service.key).await, 202);
    let world = world.crash_and_restart().await;
    world.run();
    *service.document.lock() = Bytes::from_static(b"down");
    assert_eq!(service.deliver(&world, &service.key).await.0, 202);
    world.clock.jump(DAY);
    assert_eq!(service.deliver(&world, &service.key).await, (503, true));
}

#[tokio::test]
async fn a_key_that_follows_the_known_one_is_taken_and_another_is_not() {
    let world = World::new().await;
    world.run();
    let service = Service::start().await;
    assert_eq!(service.insist(&world, &service.key).await, 202);

    // Somebody took the host over.
    let thief = ServiceKey::random(&mut rand::rng());
    service.show(&thief, &[], true);
    world.clock.jump(2 * DAY);
    let taken = service.deliver(&world, &thief);
    assert_eq!(taken.await, (503, true));
    sleep(Duration::from_millis(500)).await;
    assert_eq!(service.deliver(&world, &thief).await, (503, true));
    assert_eq!(service.asked(), 2);
    // It is left alone for a minute, also if it has mended its ways meanwhile.
    let next = ServiceKey::random(&mut rand::rng());
    let follows = Succession::sign(&service.host, &service.key, next.public());
    service.show(&next, std::slice::from_ref(&follows), true);
    assert_eq!(service.deliver(&world, &next).await, (503, true));

    let world = world.crash_and_restart().await;
    world.run();
    assert_eq!(service.insist(&world, &next).await, 202);
    assert_eq!(service.deliver(&world, &service.key).await.0, 401);
}

#[tokio::test]
async fn a_signature_that_does_not_hold_makes_the_key_be_looked_up_again_but_not_often() {
    let world = World::new().await;
    world.run();
    let service = Service::start().await;
    assert_eq!(service.insist(&world, &service.key).await, 202);
    let next = ServiceKey::random(&mut rand::rng());
    let follows = Succession::sign(&service.host, &service.key, next.public());
    service.show(&next, std::slice::from_ref(&follows), true);
    // Confirmed a moment ago: nobody can make us ask at will.
    for _ in 0..5 {
        assert_eq!(service.deliver(&world, &next).await.0, 401);
    }
    sleep(Duration::from_millis(200)).await;
    assert_eq!(service.asked(), 1);
    world.clock.jump(3_600);
    assert_eq!(service.deliver(&world, &next).await.0, 401);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(service.deliver(&world, &next).await.0, 202);
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn hosts_without_a_good_document_are_left_alone_for_a_while() {
    let world = World::new().await;
    world.run();
    let no_sender = Service::start().await;
    no_sender.show(&no_sender.key, &[], false);
    let nonsense = Service::start().await;
    *nonsense.document.lock() = Bytes::from_static(b"<html>");
    let huge = Service::start().await;
    *huge.document.lock() = vec![b' '; 100_000].into();
    let of_another = Service::start().await;
    *of_another.document.lock() = no_sender.document.lock().clone();
    for service in [&no_sender, &nonsense, &huge, &of_another] {
        for _ in 0..3 {
            assert_eq!(service.deliver(&world, &service.key).await, (503, true));
            sleep(Duration::from_millis(250)).await;
        }
        assert_eq!(service.asked(), 1);
    }
}

#[tokio::test]
async fn hosts_at_private_addresses_are_never_called() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let world = World::new().await;
    world.run();
    for host in [
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
    ] {
        let Ok(host) = format!("{host}:{port}").parse() else {
            continue;
        };
        let batch = world.batch_by(&host, &world.key, &[garbage(1)]);
        assert_eq!(world.post(DELIVER_PATH, BINARY, batch).await.status, 503);
    }
    let called = tokio::time::timeout(Duration::from_millis(500), listener.accept()).await;
    assert!(called.is_err());
}
