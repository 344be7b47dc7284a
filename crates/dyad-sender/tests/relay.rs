//! What is fetched for an app comes from the host it names, once for all, and never from inside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use common::{Answer, START, World, host};
use dyad_protocol::api::relay::{RELAY_DOCUMENT_PATH, RELAY_INVITATION_PATH};
use dyad_protocol::document::{DOCUMENT_VERSION, Document, DocumentBody, WELL_KNOWN_PATH};
use dyad_protocol::id::InvitationLocator;
use dyad_protocol::limits::{DAY, HOSTED_INVITATION_LEN};
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::time::Timestamp;
use parking_lot::Mutex;
use tokio::time::{advance, sleep};

fn document(name: &str, issued: Timestamp) -> Vec<u8> {
    let key = ServiceKey::new([3; 32]);
    let body = DocumentBody {
        version: DOCUMENT_VERSION,
        host: host(name),
        issued,
        key: key.public(),
        issuer: None,
        sender: None,
        receiver: None,
        calls: Default::default(),
    };
    body.sign(&key, &[])
}

/// A host that serves a document which can be exchanged, and counts how often it was asked.
struct Site {
    asked: Arc<AtomicUsize>,
    body: Arc<Mutex<Result<Vec<u8>, u16>>>,
}

impl Site {
    fn start(world: &World, name: &str, body: Result<Vec<u8>, u16>) -> Self {
        let (asked, body) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(body)));
        let site = Self {
            asked: asked.clone(),
            body: body.clone(),
        };
        let show = get(move || async move {
            asked.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(200)).await;
            let body = body.lock().clone();
            body.map_err(|status| StatusCode::from_u16(status).unwrap())
        });
        world
            .network
            .serve(name, Router::new().route(WELL_KNOWN_PATH, show));
        site
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn ask(world: &World, name: &str, refresh: bool) -> Answer {
    let body = serde_json::json!({ "host": name, "refresh": refresh }).to_string();
    world
        .post(RELAY_DOCUMENT_PATH, "application/json", body)
        .await
}

#[tokio::test(start_paused = true)]
async fn a_document_is_fetched_once_for_all_and_kept_for_a_day() {
    let world = World::new();
    let site = Site::start(
        &world,
        "other.example",
        Ok(document("other.example", START)),
    );
    let asking = (0..50).map(|_| ask(&world, "other.example", false));
    let answers = futures_join(asking).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body, document("other.example", START));
        Document::verify(&answer.body, &host("other.example")).unwrap();
    }
    assert_eq!(site.asked(), 1);
    advance(Duration::from_secs(DAY - 10)).await;
    assert_eq!(ask(&world, "other.example", false).await.status, 200);
    assert_eq!(site.asked(), 1);
    advance(Duration::from_secs(10)).await;
    assert_eq!(ask(&world, "other.example", false).await.status, 200);
    assert_eq!(site.asked(), 2);
}

/// All at once, on one task.
async fn futures_join(asking: impl Iterator<Item = impl Future<Output = Answer>>) -> Vec<Answer> {
    let mut waiting: Vec<_> = asking.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, done) in &mut waiting {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(answer) => *done = Some(answer),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    waiting
        .into_iter()
        .map(|(_, answer)| answer.unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_newer_document_is_had_at_most_once_a_minute() {
    let world = World::new();
    let site = Site::start(
        &world,
        "other.example",
        Ok(document("other.example", START)),
    );
    ask(&world, "other.example", false).await;
    *site.body.lock() = Ok(document("other.example", START.plus(1)));
    let old = ask(&world, "other.example", true).await;
    assert_eq!(
        (old.body, site.asked()),
        (document("other.example", START).into(), 1)
    );
    advance(Duration::from_secs(60)).await;
    for refresh in [true, true, false] {
        let new = ask(&world, "other.example", refresh).await;
        assert_eq!(new.body, document("other.example", START.plus(1)));
    }
    assert_eq!(site.asked(), 2);
    // A refresh that fails is told, and the document stays for those who are content with it.
    advance(Duration::from_secs(61)).await;
    *site.body.lock() = Err(500);
    assert_eq!(
        ask(&world, "other.example", true).await.code(),
        "no-document"
    );
    assert_eq!(ask(&world, "other.example", false).await.status, 200);
    assert_eq!(site.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_hosts_own_document_is_not_handed_on() {
    let world = World::new();
    let mut changed = document("changed.example", START);
    let at = changed.len() / 2;
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    for (name, body, code) in [
        (
            "swapped.example",
            Ok(document("other.example", START)),
            "bad-document",
        ),
        ("changed.example", Ok(changed), "bad-document"),
        (
            "html.example",
            Ok(b"<html></html>".to_vec()),
            "bad-document",
        ),
        ("huge.example", Ok(vec![b' '; 33 * 1024]), "host-nonsense"),
        ("none.example", Err(404), "no-document"),
        ("moved.example", Err(302), "host-nonsense"),
    ] {
        Site::start(&world, name, body);
        let answer = ask(&world, name, false).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, code),
            "{name}"
        );
    }
    let nowhere = ask(&world, "nowhere.example", false).await;
    assert_eq!(
        (nowhere.status, nowhere.code().as_str()),
        (502, "host-unreachable")
    );
    world.network.forbid("private.example");
    let private = ask(&world, "private.example", false).await;
    assert_eq!(
        (private.status, private.code().as_str()),
        (400, "forbidden-host")
    );
    world.network.raw("silent.example", |pipe| async move {
        let _open = pipe;
        std::future::pending().await
    });
    let silent = ask(&world, "silent.example", false).await;
    assert_eq!(
        (silent.status, silent.code().as_str()),
        (502, "host-timeout")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_remembered_for_a_minute_and_then_tried_again() {
    let world = World::new();
    let site = Site::start(&world, "other.example", Err(503));
    for _ in 0..20 {
        assert_eq!(ask(&world, "other.example", true).await.status, 502);
    }
    assert_eq!(site.asked(), 1);
    *site.body.lock() = Ok(document("other.example", START));
    advance(Duration::from_secs(60)).await;
    assert_eq!(ask(&world, "other.example", false).await.status, 200);
    assert_eq!(site.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn calls_for_all_apps_together_have_a_budget() {
    let world = World::with(|config| {
        config.relay.calls = 1;
        config.relay.calls_at_once = 4;
    });
    let mut refused = 0;
    for n in 0..15 {
        let answer = ask(&world, &format!("host{n}.example"), false).await;
        if answer.status == 429 {
            refused += 1;
            assert!(answer.headers.contains_key("retry-after"));
        }
    }
    assert_eq!((refused, world.network.dials()), (5, 10));
    // Our being busy is nothing that the host did: it is not remembered against it.
    advance(Duration::from_secs(2)).await;
    assert_eq!(ask(&world, "host14.example", false).await.status, 502);
}

#[tokio::test(start_paused = true)]
async fn an_invitation_is_fetched_from_where_it_is_hosted() {
    let world = World::new();
    let router = Router::new()
        .route(
            &format!("/v1/invitations/{}", "01".repeat(16)),
            get(|| async { vec![7_u8; HOSTED_INVITATION_LEN] }),
        )
        .route(
            &format!("/v1/invitations/{}", "02".repeat(16)),
            get(|| async { vec![7_u8; HOSTED_INVITATION_LEN - 1] }),
        )
        .route(
            &format!("/v1/invitations/{}", "03".repeat(16)),
            get(|| async { vec![7_u8; HOSTED_INVITATION_LEN + 1] }),
        )
        .route(
            &format!("/v1/invitations/{}", "04".repeat(16)),
            get(|| async { StatusCode::TOO_MANY_REQUESTS }),
        );
    world.network.serve("other.example", router);
    let fetch = async |name: &str, n: u8| {
        let locator = InvitationLocator::new([n; 16]);
        let body = serde_json::json!({ "host": name, "locator": locator }).to_string();
        world
            .post(RELAY_INVITATION_PATH, "application/json", body)
            .await
    };
    let good = fetch("other.example", 1).await;
    assert_eq!((good.status, good.body.len()), (200, HOSTED_INVITATION_LEN));
    assert_eq!(good.headers["cache-control"], "no-store");
    for (name, n, status, code) in [
        ("other.example", 2, 502, "host-nonsense"),
        ("other.example", 3, 502, "host-nonsense"),
        ("other.example", 4, 502, "host-busy"),
        ("other.example", 5, 404, "no-invitation"),
        ("nowhere.example", 1, 502, "host-unreachable"),
    ] {
        let answer = fetch(name, n).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{name} {n}"
        );
    }
}
