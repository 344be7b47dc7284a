//! Blobs come part by part, are read as a whole or in ranges, and go when their time is over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use common::{Answer, START, World, answer, tokens_of};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::blob::{
    BlobCreate, BlobParts, BlobSecret, BlobSize, PART_LEN, SEALED_CHUNK_LEN, authorization,
    blob_path, part_path, parts_path,
};
use dyad_protocol::limits::DAY;
use dyad_protocol::token::{Token, TokenClass};
use dyad_store::blobs;
use http::{Method, Request};
use tokio::time::sleep;

const OCTETS: &str = "application/octet-stream";

/// A blob of an app.
struct Blob {
    secret: BlobSecret,
    size: BlobSize,
    bytes: Bytes,
}

fn tokens(count: u32) -> Vec<Token> {
    tokens_of(TokenClass::Blob, START, count as u16)
}

impl Blob {
    fn new(n: u8, chunks: u32) -> Self {
        let size = BlobSize::of_chunks(chunks).unwrap();
        let mut state = u64::from(n) + 1;
        let bytes = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(n.into());
            state.to_be_bytes()
        });
        let bytes: Vec<u8> = bytes.flatten().take(size.bytes() as usize).collect();
        Self {
            secret: BlobSecret::new([n; 32]),
            size,
            bytes: bytes.into(),
        }
    }

    fn create(&self, days: u16) -> BlobCreate {
        BlobCreate {
            locator: self.secret.locator(),
            size: self.size,
            days,
            tokens: tokens(self.size.tokens()),
        }
    }

    fn part(&self, part: u32) -> Bytes {
        let start = part as usize * PART_LEN;
        let len = self.size.part_len(part).unwrap();
        self.bytes.slice(start..start + len)
    }

    fn path(&self) -> String {
        blob_path(&self.secret.locator())
    }
}

trait Keeping {
    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer;

    async fn create(&self, create: &BlobCreate) -> Answer;

    async fn put_as(&self, secret: &BlobSecret, blob: &Blob, part: u32, bytes: Bytes) -> Answer {
        let path = part_path(&blob.secret.locator(), part);
        let own = authorization(secret);
        let headers = [("authorization", own.as_str()), ("content-type", OCTETS)];
        self.call(Method::PUT, &path, &headers, bytes.into()).await
    }

    async fn put(&self, blob: &Blob, part: u32) -> u16 {
        self.put_as(&blob.secret, blob, part, blob.part(part))
            .await
            .status
    }

    async fn parts(&self, blob: &Blob) -> Result<BlobParts, Answer> {
        let own = authorization(&blob.secret);
        let path = parts_path(&blob.secret.locator());
        let answer = self
            .call(
                Method::GET,
                &path,
                &[("authorization", &own)],
                Body::empty(),
            )
            .await;
        if answer.status == 200 {
            Ok(serde_json::from_slice(&answer.body).unwrap())
        } else {
            Err(answer)
        }
    }

    async fn range(&self, blob: &Blob, range: &str) -> Answer {
        self.call(
            Method::GET,
            &blob.path(),
            &[("range", range)],
            Body::empty(),
        )
        .await
    }

    async fn delete(&self, blob: &Blob, secret: &BlobSecret) -> u16 {
        let own = authorization(secret);
        let headers = [("authorization", own.as_str())];
        self.call(Method::DELETE, &blob.path(), &headers, Body::empty())
            .await
            .status
    }

    async fn keep(&self, blob: &Blob) {
        assert_eq!(self.create(&blob.create(30)).await.status, 201);
        for part in 0..blob.size.parts() {
            assert_eq!(self.put(blob, part).await, 204);
        }
    }
}

impl Keeping for World {
    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(self.router.clone(), request.body(body).unwrap()).await
    }

    async fn create(&self, create: &BlobCreate) -> Answer {
        self.post("/v1/blobs", BINARY, create.encode()).await
    }
}

fn bytes_kept(world: &World) -> u64 {
    blobs::totals(world.store.read()).unwrap().bytes
}

#[tokio::test(start_paused = true)]
async fn parts_come_in_any_order_and_twice_and_the_blob_is_read_in_ranges() {
    let world = World::new();
    let blob = Blob::new(1, 160);
    assert_eq!(world.create(&blob.create(7)).await.status, 201);
    assert_eq!(world.parts(&blob).await.unwrap().missing, [(0, 2)]);
    for (part, left) in [(2, vec![(0, 1)]), (2, vec![(0, 1)]), (0, vec![(1, 1)])] {
        assert_eq!(world.put(&blob, part).await, 204);
        let parts = world.parts(&blob).await.unwrap();
        assert_eq!((parts.chunks, parts.missing), (160, left));
        assert_eq!(parts.ends, START.plus(7 * DAY));
        // Nobody reads half a file.
        assert_eq!(world.get(&blob.path()).await.code(), "no-blob");
    }
    assert_eq!(world.put(&blob, 1).await, 204);
    let whole = world.get(&blob.path()).await;
    assert_eq!((whole.status, &whole.body), (200, &blob.bytes));
    assert_eq!(whole.headers["content-type"], OCTETS);
    assert_eq!(whole.headers["cache-control"], "no-store");
    let len = blob.bytes.len();
    for (first, last) in [
        (0, 0),
        (PART_LEN - 1, PART_LEN),
        (5, len - 1),
        (len - 1, len + 9),
    ] {
        let part = world.range(&blob, &format!("bytes={first}-{last}")).await;
        let last = last.min(len - 1);
        assert_eq!(
            (part.status, &part.body[..]),
            (206, &blob.bytes[first..=last])
        );
        assert_eq!(
            part.headers["content-range"],
            format!("bytes {first}-{last}/{len}")
        );
    }
    assert_eq!(
        world.range(&blob, "bytes=-7").await.body,
        blob.bytes.slice(len - 7..)
    );
    let beyond = world.range(&blob, &format!("bytes={len}-")).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.headers["content-range"], format!("bytes */{len}"));
    assert_eq!(world.range(&blob, "bytes=0-1,4-5").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn only_the_secret_writes_and_only_what_belongs_there() {
    let world = World::new();
    let blob = Blob::new(1, 160);
    let stranger = BlobSecret::new([9; 32]);
    world.create(&blob.create(30)).await;
    let refused = world.put_as(&stranger, &blob, 0, blob.part(0)).await;
    assert_eq!((refused.status, refused.code().as_str()), (404, "no-blob"));
    assert_eq!(world.delete(&blob, &stranger).await, 204);
    let path = part_path(&blob.secret.locator(), 0);
    let bare = world
        .call(
            Method::PUT,
            &path,
            &[("content-type", OCTETS)],
            Body::empty(),
        )
        .await;
    assert_eq!(bare.code(), "no-blob");
    let bare = world.get(&parts_path(&blob.secret.locator())).await;
    assert_eq!(bare.code(), "no-blob");
    let own = authorization(&blob.secret);
    let bare = world
        .call(
            Method::PUT,
            &path,
            &[("authorization", &own)],
            Body::empty(),
        )
        .await;
    assert_eq!(bare.code(), "unsupported-type");

    let put = async |part, bytes| world.put_as(&blob.secret, &blob, part, bytes).await.code();
    let first = blob.part(0);
    assert_eq!(put(0, first.slice(1..)).await, "wrong-length");
    assert_eq!(
        put(0, [&first[..], &[0]].concat().into()).await,
        "wrong-length"
    );
    assert_eq!(put(2, first.clone()).await, "wrong-length");
    assert_eq!(put(3, first.clone()).await, "no-part");
    assert_eq!(put(0, Bytes::new()).await, "wrong-length");
    assert_eq!(world.parts(&blob).await.unwrap().missing, [(0, 2)]);
    assert_eq!(put(0, first).await, "");
    // Parts have the same length: bytes of another in this place are other bytes.
    assert_eq!(put(0, blob.part(1)).await, "part-differs");
    world.put(&blob, 1).await;
    world.put(&blob, 2).await;
    assert_eq!(world.get(&blob.path()).await.body, blob.bytes);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_cut_at_any_byte_leaves_nothing_and_goes_on() {
    let world = World::new();
    let blob = Blob::new(1, 80);
    world.create(&blob.create(30)).await;
    for cut in [0, 1, 65_552, PART_LEN / 2, PART_LEN - 1] {
        let pieces = [
            Ok(blob.part(0).slice(..cut)),
            Err(std::io::Error::other("cut")),
        ];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let own = authorization(&blob.secret);
        let headers = [("authorization", own.as_str()), ("content-type", OCTETS)];
        let path = part_path(&blob.secret.locator(), 0);
        let refused = world.call(Method::PUT, &path, &headers, body).await;
        assert_eq!(refused.code(), "body-broken", "{cut}");
        assert_eq!(world.parts(&blob).await.unwrap().missing, [(0, 1)]);
    }
    let world = world.crash();
    assert_eq!(world.put(&blob, 1).await, 204);
    let world = world.crash();
    assert_eq!(world.parts(&blob).await.unwrap().missing, [(0, 0)]);
    assert_eq!(world.put(&blob, 0).await, 204);
    assert_eq!(world.get(&blob.path()).await.body, blob.bytes);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_does_not_come_in_time_gives_its_place_back() {
    let world = World::with(|config| config.blobs.parts_at_once = 1);
    let blob = Blob::new(1, 80);
    world.create(&blob.create(30)).await;
    let endless =
        || Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let own = authorization(&blob.secret);
    let headers = [("authorization", own.as_str()), ("content-type", OCTETS)];
    let path = part_path(&blob.secret.locator(), 0);
    let slow = world.call(Method::PUT, &path, &headers, endless());
    let other = async {
        sleep(Duration::from_secs(1)).await;
        let busy = world.put_as(&blob.secret, &blob, 1, blob.part(1)).await;
        assert_eq!(
            (busy.status, busy.headers["retry-after"].to_str().unwrap()),
            (429, "1")
        );
    };
    let (slow, ()) = tokio::join!(slow, other);
    assert_eq!((slow.status, slow.code().as_str()), (408, "too-slow"));
    assert_eq!(world.put(&blob, 1).await, 204);
}

#[tokio::test(start_paused = true)]
async fn a_token_pays_once_and_the_same_request_is_answered_the_same() {
    let world = World::new();
    let (blob, other) = (Blob::new(1, 640), Blob::new(2, 320));
    let create = blob.create(30);
    assert_eq!(create.tokens.len(), 3);
    for _ in 0..2 {
        assert_eq!(world.create(&create).await.status, 201);
    }
    assert_eq!(bytes_kept(&world), blob.size.bytes());
    // One of two tokens is spent: the other is not.
    let good = tokens(2);
    let mixed = BlobCreate {
        tokens: vec![good[0], create.tokens[1]],
        ..other.create(30)
    };
    assert_eq!(world.create(&mixed).await.code(), "token-spent");
    let again = BlobCreate {
        tokens: good,
        ..other.create(30)
    };
    let world = world.crash();
    assert_eq!(world.create(&again).await.status, 201);
    assert_eq!(world.create(&create).await.status, 201);
    let longer = BlobCreate { days: 29, ..create };
    assert_eq!(world.create(&longer).await.code(), "token-spent");
}

#[tokio::test(start_paused = true)]
async fn tokens_of_another_class_or_day_and_too_long_times_are_refused() {
    let world = World::new();
    let blob = Blob::new(1, 1);
    let with = |tokens| BlobCreate {
        tokens,
        ..blob.create(30)
    };
    let message = with(tokens_of(TokenClass::Message, START, 1));
    assert_eq!(world.create(&message).await.code(), "token-foreign");
    let old = with(tokens_of(TokenClass::Blob, START.minus(2 * DAY), 1));
    assert_eq!(world.create(&old).await.code(), "token-expired");
    assert_eq!(world.create(&blob.create(31)).await.code(), "too-long");
    assert_eq!(
        world.post("/v1/blobs", BINARY, vec![1]).await.code(),
        "malformed"
    );
    let twice = BlobCreate {
        tokens: vec![tokens(1)[0]; 2],
        ..Blob::new(1, 320).create(30)
    };
    assert_eq!(world.create(&twice).await.code(), "malformed");
    assert_eq!(bytes_kept(&world), 0);
    assert_eq!(world.sender.info().blob_lifetime, 30 * DAY);
}

#[tokio::test(start_paused = true)]
async fn room_is_set_aside_at_once_and_given_back_by_deletion() {
    let chunk = SEALED_CHUNK_LEN as u64;
    let world = World::with(|config| config.blobs.capacity = 100 * chunk);
    let (blob, other) = (Blob::new(1, 80), Blob::new(2, 24));
    world.keep(&blob).await;
    let create = other.create(30);
    let full = world.create(&create).await;
    assert_eq!((full.status, full.code().as_str()), (503, "blobs-full"));
    assert!(full.headers.contains_key("retry-after"));
    assert_eq!(world.delete(&blob, &blob.secret).await, 204);
    assert_eq!(bytes_kept(&world), 0);
    // The token that was refused is still good, and the name that was deleted is free.
    assert_eq!(world.create(&create).await.status, 201);
    for path in [blob.path(), parts_path(&blob.secret.locator())] {
        assert_eq!(world.get(&path).await.code(), "no-blob");
    }
    assert_eq!(world.put(&blob, 0).await, 404);
    assert_eq!(world.delete(&blob, &blob.secret).await, 204);
    let taken = BlobCreate {
        tokens: tokens(1),
        ..other.create(30)
    };
    assert_eq!(world.create(&taken).await.code(), "locator-taken");
}

#[tokio::test(start_paused = true)]
async fn a_blob_ends_when_it_said_and_an_incomplete_one_after_two_days() {
    let world = World::new().run();
    let (whole, half) = (Blob::new(1, 80), Blob::new(2, 80));
    assert_eq!(world.create(&whole.create(3)).await.status, 201);
    assert_eq!(world.create(&half.create(3)).await.status, 201);
    for (blob, part) in [(&whole, 0), (&whole, 1), (&half, 1)] {
        assert_eq!(world.put(blob, part).await, 204);
    }
    sleep(Duration::from_secs(2 * DAY - 60)).await;
    assert_eq!(world.parts(&half).await.unwrap().missing, [(0, 0)]);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(world.put(&half, 0).await, 404);
    sleep(Duration::from_secs(180)).await;
    assert_eq!(bytes_kept(&world), whole.size.bytes());
    assert_eq!(world.get(&whole.path()).await.status, 200);
    sleep(Duration::from_secs(DAY - 180)).await;
    assert_eq!(world.get(&whole.path()).await.status, 404);
    sleep(Duration::from_secs(180)).await;
    assert_eq!(bytes_kept(&world), 0);
    assert!(blobs::garbage(world.store.read(), 9).unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_no_blobs_are_kept_there_is_no_endpoint() {
    let world = World::new();
    assert_eq!(
        world
            .call(Method::GET, "/v1/blobs/fetch", &[], Body::empty())
            .await
            .code(),
        "no-blob"
    );
    let sender = dyad_sender::Sender::new(dyad_sender::SenderDeps {
        store: world.store.clone(),
        clock: world.clock.clone(),
        host: common::host(common::SENDER),
        key: world.key.clone(),
        redeemer: common::redeemer(),
        blobs: None,
        http: dyad_net::HttpClient::new(
            std::sync::Arc::new(world.network.clone()),
            dyad_net::HttpLimits::default(),
        ),
        own_hosts: vec![],
        allow_loopback: false,
        disk: None,
        reads: dyad_sender::Reads::Inline,
        config: world.config.clone(),
    });
    assert_eq!(sender.info().blob_lifetime, 0);
    let request = Request::post("/v1/blobs").body(Body::empty()).unwrap();
    assert_eq!(answer(sender.router(), request).await.status, 404);
}
