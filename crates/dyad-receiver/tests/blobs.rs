//! Blobs are fetched from hosts that strangers name: whole, in ranges, again after a cut, and never from where
//! one must not call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use common::{BINARY, World};
use dyad_protocol::api::blob::{
    BLOB_FETCH_PATH, BLOB_LENGTH_HEADER, BlobFetch, BlobSize, PART_LEN,
};
use dyad_protocol::id::{BlobLocator, HostName};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Epoch;
use dyad_protocol::token::TokenClass;
use dyad_receiver::ReceiverConfig;
use dyad_service::range::{ByteRange, Span, unsatisfiable};
use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tower::ServiceExt;

const LOCATOR: BlobLocator = BlobLocator::new([0x5b; 16]);

/// Keeps one blob.
#[derive(Clone)]
struct Origin {
    bytes: Bytes,
    size: BlobSize,
    asked: Arc<AtomicUsize>,
    gone: Arc<AtomicBool>,
}

async fn show(
    State(origin): State<Origin>,
    Path(locator): Path<String>,
    headers: HeaderMap,
) -> Response {
    origin.asked.fetch_add(1, Ordering::SeqCst);
    if locator != LOCATOR.to_string() || origin.gone.load(Ordering::SeqCst) {
        return http::StatusCode::NOT_FOUND.into_response();
    }
    let len = origin.size.bytes();
    let Ok(Span { first, last }) = ByteRange::of(&headers).unwrap().within(len) else {
        return unsatisfiable(len).into_response();
    };
    let content_range = (
        header::CONTENT_RANGE,
        Span { first, last }.content_range(len),
    );
    let bytes = origin.bytes.slice(first as usize..=last as usize);
    (http::StatusCode::PARTIAL_CONTENT, [content_range], bytes).into_response()
}

impl Origin {
    async fn start(chunks: u32) -> (Self, HostName) {
        let size = BlobSize::of_chunks(chunks).unwrap();
        let len = size.bytes() as usize;
        let bytes: Vec<u8> = (0..len)
            .map(|i| ((i * 2_654_435_761) >> 13) as u8)
            .collect();
        let origin = Self {
            bytes: bytes.into(),
            size,
            asked: Arc::default(),
            gone: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/blobs/{locator}", get(show))
            .with_state(origin.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string().parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (origin, host)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A host that answers everything with these bytes.
async fn liar(answer: String) -> HostName {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    host
}

fn request(world: &World, host: &HostName, first: u32) -> BlobFetch {
    BlobFetch {
        token: world.token_for(TokenClass::Blob, Epoch::containing(world.now())),
        host: host.clone(),
        locator: LOCATOR,
        first,
    }
}

async fn open(world: &World, fetch: &BlobFetch, range: Option<&str>) -> http::Response<Body> {
    let mut request = Request::post(BLOB_FETCH_PATH).header("content-type", BINARY);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let request = request.body(Body::from(fetch.encode())).unwrap();
    world.router.clone().oneshot(request).await.unwrap()
}

async fn read(response: http::Response<Body>) -> Result<Bytes, axum::Error> {
    Ok(response.into_body().collect().await?.to_bytes())
}

async fn code(world: &World, fetch: &BlobFetch) -> (u16, String) {
    let response = open(world, fetch, None).await;
    let status = response.status().as_u16();
    let problem: serde_json::Value =
        serde_json::from_slice(&read(response).await.unwrap()).unwrap();
    let kind = problem["type"].as_str().unwrap();
    (
        status,
        kind.trim_start_matches("urn:dyad:problem:").to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_parts_at_a_time_make_the_blob_and_are_kept_for_the_next_reader() {
    let world = World::new().await;
    let (origin, host) = Origin::start(320).await;
    let mut whole = Vec::new();
    for first in [0, 4] {
        let response = open(&world, &request(&world, &host, first), None).await;
        assert_eq!(response.status(), 200);
        let len = origin.size.bytes().to_string();
        assert_eq!(response.headers()[BLOB_LENGTH_HEADER], len);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let group = origin.size.fetch_len(first).unwrap();
        assert_eq!(response.headers()["content-length"], group.to_string());
        whole.extend(read(response).await.unwrap());
    }
    assert_eq!(whole, origin.bytes);
    assert_eq!(origin.asked(), 5);
    // Another reader, with another token: nothing is fetched again, not even from a host that is gone.
    origin.gone.store(true, Ordering::SeqCst);
    let again = open(&world, &request(&world, &host, 0), None).await;
    assert_eq!(
        read(again).await.unwrap(),
        origin.bytes.slice(..4 * PART_LEN)
    );
    assert_eq!(origin.asked(), 5);
    let beyond = request(&world, &host, 8);
    assert_eq!(code(&world, &beyond).await, (404, "no-blob".into()));
    origin.gone.store(false, Ordering::SeqCst);
    assert_eq!(code(&world, &beyond).await, (404, "no-part".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_that_was_cut_goes_on_with_the_same_token() {
    let config = ReceiverConfig {
        blobs: dyad_receiver::BlobConfig {
            cache_bytes: 0,
            ..dyad_receiver::BlobConfig::default()
        },
        ..ReceiverConfig::default()
    };
    // With and without keeping what was fetched.
    for world in [World::new().await, World::with(config).await] {
        let (origin, host) = Origin::start(160).await;
        let fetch = request(&world, &host, 0);
        for cut in [
            0,
            1,
            PART_LEN - 1,
            PART_LEN,
            PART_LEN + 1,
            origin.bytes.len() - 1,
        ] {
            let mut got = Vec::new();
            let mut body = open(&world, &fetch, None).await.into_body();
            while got.len() < cut {
                let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
                got.extend_from_slice(&piece);
            }
            drop(body);
            got.truncate(cut);
            let rest = open(&world, &fetch, Some(&format!("bytes={cut}-"))).await;
            assert_eq!(rest.status(), 206);
            let len = origin.bytes.len();
            let told = format!("bytes {cut}-{}/{len}", len - 1);
            assert_eq!(rest.headers()["content-range"], told);
            got.extend(read(rest).await.unwrap());
            assert_eq!(got, origin.bytes, "{cut}");
        }
        let some = open(
            &world,
            &fetch,
            Some(&format!("bytes={}-{PART_LEN}", PART_LEN - 2)),
        )
        .await;
        assert_eq!(
            read(some).await.unwrap(),
            origin.bytes.slice(PART_LEN - 2..=PART_LEN)
        );
        let beyond = open(&world, &fetch, Some("bytes=99999999-")).await;
        assert_eq!(beyond.status(), 416);
        assert_eq!(
            beyond.headers()["content-range"],
            format!("bytes */{}", origin.bytes.len())
        );
        // From the end is not offered: the whole comes.
        let whole = open(&world, &fetch, Some("bytes=-5")).await;
        assert_eq!(
            (whole.status().as_u16(), read(whole).await.unwrap()),
            (200, origin.bytes)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_for_one_request_and_its_days() {
    let world = World::new().await;
    let (origin, host) = Origin::start(320).await;
    let fetch = request(&world, &host, 0);
    for _ in 0..2 {
        assert_eq!(open(&world, &fetch, None).await.status(), 200);
    }
    let other = BlobFetch {
        first: 4,
        ..fetch.clone()
    };
    assert_eq!(code(&world, &other).await, (409, "token-used".into()));
    let mailbox = BlobFetch {
        token: world.token(),
        ..fetch.clone()
    };
    assert_eq!(
        code(&world, &mailbox).await,
        (401, "token-wrong-key".into())
    );
    let today = Epoch::containing(world.now());
    let old = Epoch::from_number(today.number() - 2);
    let old = BlobFetch {
        token: world.token_for(TokenClass::Blob, old),
        ..fetch.clone()
    };
    assert_eq!(code(&world, &old).await, (401, "token-expired".into()));
    let asked = origin.asked();
    let world = world.crash_and_restart().await;
    assert_eq!(code(&world, &other).await, (409, "token-used".into()));
    world.clock.jump(2 * DAY);
    assert_eq!(code(&world, &fetch).await, (401, "token-expired".into()));
    assert_eq!(origin.asked(), asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_not_be_called_is_not() {
    let world = World::at(
        "guarded.example".parse().unwrap(),
        ReceiverConfig::default(),
    )
    .await;
    let (origin, host) = Origin::start(1).await;
    for name in [
        host.as_str(),
        "10.0.0.1",
        "192.168.1.1:8443",
        "169.254.169.254",
        "[::1]:8443",
        "[fd00::1]",
        "100.64.0.1",
        "0.0.0.0",
        "8.8.8.8:22",
    ] {
        let fetch = request(&world, &name.parse().unwrap(), 0);
        assert_eq!(
            code(&world, &fetch).await,
            (400, "forbidden-host".into()),
            "{name}"
        );
    }
    assert_eq!(origin.asked(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_lies_about_what_it_has_is_not_believed() {
    let world = World::new().await;
    let chunk = 65_552;
    let partial = |range: &str, len: usize| {
        format!("HTTP/1.1 206 x\r\ncontent-range: {range}\r\ncontent-length: {len}\r\n\r\n")
    };
    let nonsense = (502, "host-nonsense");
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 65552\r\n\r\n".into(),
            nonsense,
        ),
        (partial("bytes 0-65551/65552", chunk + 1), nonsense),
        (partial("bytes 0-65550/65552", chunk - 1), nonsense),
        (partial("bytes 0-65551/65553", chunk), nonsense),
        (partial("bytes 1-65551/65552", chunk - 1), nonsense),
        (
            "HTTP/1.1 416 x\r\ncontent-range: bytes */65552\r\ncontent-length: 0\r\n\r\n".into(),
            nonsense,
        ),
        (
            "HTTP/1.1 302 x\r\nlocation: http://127.0.0.1/\r\n\r\n".into(),
            nonsense,
        ),
        (
            "HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n".into(),
            nonsense,
        ),
        (
            "HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n".into(),
            (502, "host-busy"),
        ),
        (
            "HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n".into(),
            (404, "no-blob"),
        ),
        ("SSH-2.0-x\r\n".into(), nonsense),
    ] {
        let host = liar(answer).await;
        let (status, code) = code(&world, &request(&world, &host, 0)).await;
        assert_eq!((status, code.as_str()), expected);
    }
    let nobody = "127.0.0.1:1".parse().unwrap();
    let refused = code(&world, &request(&world, &nobody, 0)).await;
    assert_eq!(refused, (502, "host-unreachable".into()));
    // Hanging up in the middle shows: the answer is shorter than it said.
    let host = liar(format!(
        "{}only this",
        partial("bytes 0-65551/65552", chunk)
    ))
    .await;
    let response = open(&world, &request(&world, &host, 0), None).await;
    assert_eq!(response.headers()["content-length"], "65552");
    assert!(read(response).await.is_err());
    assert_eq!(std::fs::read_dir(world.cache.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_at_once_are_told_to_come_back() {
    let config = ReceiverConfig {
        blobs: dyad_receiver::BlobConfig {
            fetches_per_host: 1,
            ..dyad_receiver::BlobConfig::default()
        },
        ..ReceiverConfig::default()
    };
    let world = World::with(config).await;
    let (_origin, host) = Origin::start(160).await;
    let first = open(&world, &request(&world, &host, 0), None).await;
    let second = request(&world, &host, 0);
    let refused = open(&world, &second, None).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"2".parse().unwrap())
    );
    read(first).await.unwrap();
    for _ in 0..50 {
        sleep(Duration::from_millis(20)).await;
        if open(&world, &second, None).await.status() == 200 {
            return;
        }
    }
    panic!("the place was not given back");
}
