//! Blobs in a bucket, against a server that speaks S3: `.ci/s3` starts one and says where it is in DYAD_S3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;

use axum::body::Body;
use common::{Network, START, TestClock, World, answer, tokens_of};
use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request as Call};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::blob::{
    BlobCreate, BlobSecret, BlobSize, PART_LEN, authorization, blob_path, part_path,
};
use dyad_protocol::token::TokenClass;
use dyad_sender::{BlobStorage, S3Config, SenderConfig};
use dyad_store::{MemoryBackend, blobs};
use http::{Method, Request};

const OCTETS: &str = "application/octet-stream";

async fn bucket() -> S3Config {
    let endpoint = std::env::var("DYAD_S3").expect("DYAD_S3 names the server, as .ci/s3 does");
    let dialer = DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    });
    let http = HttpClient::new(Arc::new(dialer), HttpLimits::default());
    let host = endpoint.trim_start_matches("http://").parse().unwrap();
    let made = http.send(Call {
        method: Method::PUT,
        ..Call::get(host, "/dyad-blobs")
    });
    assert_eq!(made.await.unwrap().status, 200);
    let secret = std::env::temp_dir().join(format!("dyad-s3-secret-{}", std::process::id()));
    std::fs::write(&secret, "any\n").unwrap();
    S3Config {
        bucket: "dyad-blobs".into(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint),
        prefix: "some/where".into(),
        access_key: Some("any".into()),
        secret_key_file: Some(secret),
    }
}

async fn call(
    world: &World,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> common::Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(world.router.clone(), request.body(body).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server that speaks S3; .ci/s3 runs it"]
async fn a_blob_in_a_bucket_is_kept_read_in_ranges_and_removed() {
    let config = bucket().await;
    let storage = BlobStorage::s3(&config).unwrap();
    storage.probe().await.unwrap();
    let world = World::with_storage(
        MemoryBackend::new(),
        Network::default(),
        TestClock::start(),
        SenderConfig::default(),
        storage.clone(),
    );
    let size = BlobSize::of_chunks(80).unwrap();
    let bytes: Vec<u8> = (0..size.bytes())
        .map(|i| ((i * 2_654_435_761) >> 13) as u8)
        .collect();
    let secret = BlobSecret::new([1; 32]);
    let create = BlobCreate {
        locator: secret.locator(),
        size,
        days: 1,
        tokens: tokens_of(TokenClass::Blob, START, 1),
    };
    assert_eq!(
        world
            .post("/v1/blobs", BINARY, create.encode())
            .await
            .status,
        201
    );
    let own = authorization(&secret);
    let headers = [("authorization", own.as_str()), ("content-type", OCTETS)];
    for (part, piece) in bytes.chunks(PART_LEN).enumerate() {
        let path = part_path(&secret.locator(), part as u32);
        for _ in 0..2 {
            let put = call(&world, Method::PUT, &path, &headers, piece.to_vec().into()).await;
            assert_eq!(put.status, 204, "{put:?}");
        }
    }
    let path = blob_path(&secret.locator());
    assert!(has_bytes(&world, &secret).await);
    assert_eq!(world.get(&path).await.body, bytes);
    let range = format!("bytes={}-{}", PART_LEN - 3, PART_LEN + 3);
    let some = call(
        &world,
        Method::GET,
        &path,
        &[("range", &range)],
        Body::empty(),
    )
    .await;
    assert_eq!(
        (some.status, &some.body[..]),
        (206, &bytes[PART_LEN - 3..=PART_LEN + 3])
    );
    // A new process that knows nothing of it sweeps it as nobody's.
    let other = World::with_storage(
        MemoryBackend::new(),
        Network::default(),
        TestClock::start(),
        SenderConfig::default(),
        storage.clone(),
    )
    .run();
    for _ in 0..200 {
        if !has_bytes(&world, &secret).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!has_bytes(&world, &secret).await);
    other.shutdown.stop();
    // Deleting what is gone already is fine, and frees the room.
    assert_eq!(
        call(&world, Method::DELETE, &path, &headers, Body::empty())
            .await
            .status,
        204
    );
    assert_eq!(blobs::totals(world.store.read()).unwrap().bytes, 0);
}

/// Whether the first byte can still be read.
async fn has_bytes(world: &World, secret: &BlobSecret) -> bool {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let request = Request::get(blob_path(&secret.locator()))
        .header("range", "bytes=0-0")
        .body(Body::empty())
        .unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    response.into_body().collect().await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server that speaks S3; .ci/s3 runs it"]
async fn a_bucket_that_is_not_there_is_noticed() {
    let config = S3Config {
        endpoint: Some("http://127.0.0.1:1".into()),
        ..bucket().await
    };
    assert!(BlobStorage::s3(&config).unwrap().probe().await.is_err());
    let half = S3Config {
        secret_key_file: None,
        ..config
    };
    assert!(BlobStorage::s3(&half).is_err());
}
