//! Blobs in a folder: what a crash leaves, a full disk, and a folder that somebody has broken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use common::{
    Answer, Network, START, TestClock, World, answer, blob_redeemer, host, redeemer, tokens_of,
};
use dyad_net::{HttpClient, HttpLimits};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::blob::{
    BlobCreate, BlobSecret, BlobSize, SEALED_CHUNK_LEN, authorization, blob_path, part_path,
};
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::token::TokenClass;
use dyad_sender::{BlobDeps, BlobStorage, Reads, Sender, SenderConfig, SenderDeps};
use dyad_service::limits::{DiskGuard, DiskLimits};
use dyad_store::MemoryBackend;
use http::{Method, Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// The app's side of a blob of one chunk.
struct Small(BlobSecret);

impl Small {
    fn create(&self) -> Vec<u8> {
        let create = BlobCreate {
            locator: self.0.locator(),
            size: BlobSize::MIN,
            days: 1,
            tokens: tokens_of(TokenClass::Blob, START, 1),
        };
        create.encode()
    }

    async fn call(&self, router: &Router, method: Method, path: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", authorization(&self.0))
            .header("content-type", "application/octet-stream")
            .body(body.into())
            .unwrap();
        answer(router.clone(), request).await
    }

    async fn put(&self, router: &Router) -> Answer {
        let path = part_path(&self.0.locator(), 0);
        let bytes = vec![self.0.expose()[0]; SEALED_CHUNK_LEN];
        self.call(router, Method::PUT, &path, bytes).await
    }

    /// The bytes, or `None` if the answer breaks off.
    async fn read(&self, router: &Router) -> Option<Vec<u8>> {
        let request = Request::get(blob_path(&self.0.locator()))
            .body(Body::empty())
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.ok()?;
        Some(body.to_bytes().to_vec())
    }

    async fn delete(&self, router: &Router) {
        let path = blob_path(&self.0.locator());
        let deleted = self.call(router, Method::DELETE, &path, vec![]).await;
        assert_eq!(deleted.status, 204);
    }
}

fn small(n: u8) -> Small {
    Small(BlobSecret::new([n; 32]))
}

fn world(folder: &Path) -> World {
    World::with_storage(
        MemoryBackend::new(),
        Network::default(),
        TestClock::start(),
        SenderConfig::default(),
        BlobStorage::folder(folder).unwrap(),
    )
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_of_no_blob_is_swept_and_what_is_on_record_stays() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("blobs");
    let world = world(&folder);
    let blob = small(1);
    assert_eq!(
        world.post("/v1/blobs", BINARY, blob.create()).await.status,
        201
    );
    assert_eq!(blob.put(&world.router).await.status, 204);
    let orphan = folder.join("0123456789abcdef0123456789abcdef");
    std::fs::create_dir(&orphan).unwrap();
    std::fs::write(orphan.join("000"), "left").unwrap();
    std::fs::write(orphan.join("001#1"), "half").unwrap();
    let world = world.crash().run();
    for _ in 0..200 {
        if !orphan.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(entries(&folder), 1);
    assert_eq!(
        blob.read(&world.router).await.unwrap(),
        vec![1; SEALED_CHUNK_LEN]
    );
    blob.delete(&world.router).await;
    assert_eq!(entries(&folder), 0);
    world.shutdown.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_new_but_gives_and_deletes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("blobs");
    let world = world(&folder);
    let (blob, coming) = (small(1), small(2));
    for blob in [&blob, &coming] {
        assert_eq!(
            world.post("/v1/blobs", BINARY, blob.create()).await.status,
            201
        );
    }
    assert_eq!(blob.put(&world.router).await.status, 204);
    let limits = DiskLimits {
        min_free_bytes: u64::MAX,
        max_used_bytes: None,
    };
    let full = Sender::new(SenderDeps {
        store: world.store.clone(),
        clock: world.clock.clone(),
        host: host(common::SENDER),
        key: ServiceKey::new([9; 32]),
        redeemer: redeemer(),
        blobs: Some(BlobDeps {
            redeemer: blob_redeemer(),
            storage: world.storage.clone(),
        }),
        http: HttpClient::new(
            std::sync::Arc::new(world.network.clone()),
            HttpLimits::default(),
        ),
        own_hosts: vec![],
        allow_loopback: false,
        disk: Some(DiskGuard::new(dir.path(), limits).unwrap()),
        reads: Reads::OnThreads,
        config: world.config.clone(),
    });
    let router = full.router();
    let body = small(3).create();
    let request = Request::post("/v1/blobs")
        .header("content-type", BINARY)
        .body(body.clone().into());
    let refused = answer(router.clone(), request.unwrap()).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "full"));
    assert!(refused.headers.contains_key("retry-after"));
    let refused = coming.put(&router).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "full"));
    assert_eq!(blob.read(&router).await.unwrap(), vec![1; SEALED_CHUNK_LEN]);
    blob.delete(&router).await;
    assert_eq!(entries(&folder), 0);
    // With room again the same requests work: no token was spent and nothing half done.
    assert_eq!(world.post("/v1/blobs", BINARY, body).await.status, 201);
    assert_eq!(coming.put(&world.router).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_folder_is_told_and_nothing_is_recorded_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("blobs");
    let world = world(&folder);
    let blob = small(1);
    assert_eq!(
        world.post("/v1/blobs", BINARY, blob.create()).await.status,
        201
    );
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "a file").unwrap();
    let refused = blob.put(&world.router).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (503, "storage-down")
    );
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(blob.put(&world.router).await.status, 204);
    assert_eq!(
        blob.read(&world.router).await.unwrap(),
        vec![1; SEALED_CHUNK_LEN]
    );
    // Somebody cuts a file off: the answer breaks off and is never padded or ended early as if it were whole.
    let part = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("000");
    std::fs::write(&part, vec![1; 100]).unwrap();
    assert_eq!(blob.read(&world.router).await, None);
    std::fs::remove_file(&part).unwrap();
    assert_eq!(blob.read(&world.router).await, None);
}
