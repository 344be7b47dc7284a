//! A provider in memory and virtual time, as simulations run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyad_net::{BoxedIo, Dial, NetError};
use dyad_protocol::document::Document;
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DAY, TRANSIT_KEY_PERIOD};
use dyad_protocol::time::{Clock, Timestamp};
use dyad_protocol::token::ProviderSeed;
use dyad_provider::{
    Environment, Listeners, OpenStores, ProviderConfig, ProviderKeys, RunningProvider, start,
};
use dyad_sender::{BlobStorage, Reads, StorageError};
use dyad_service::Shutdown;
use dyad_service::server::{Accept, PeerInfo};
use dyad_store::{CommitterOptions, MemoryBackend, Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Noon of day 20,000, when the test begins, and then as tokio's time goes by.
#[derive(Debug)]
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(20_000 * DAY + DAY / 2 + self.0.elapsed().as_secs())
    }
}

/// Nobody ever comes.
struct Nobody;

impl Accept for Nobody {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        std::future::pending().await
    }
}

/// Nobody can be reached.
#[derive(Debug)]
struct Nowhere;

#[async_trait::async_trait]
impl Dial for Nowhere {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        Err(NetError::NameUnknown { host: host.clone() })
    }
}

#[derive(Debug, Default)]
struct InMemory {
    issuer: MemoryBackend,
    sender: MemoryBackend,
    receiver: MemoryBackend,
}

impl OpenStores for InMemory {
    fn open(&self, service: &'static str) -> Result<Store, StoreError> {
        let backend = match service {
            "issuer" => &self.issuer,
            "sender" => &self.sender,
            _ => &self.receiver,
        };
        let backend = Arc::new(backend.clone());
        Ok(Store::open_task(backend, CommitterOptions::default()))
    }

    fn blobs(&self) -> Result<BlobStorage, StorageError> {
        Ok(BlobStorage::memory())
    }

    fn cache(&self) -> Option<PathBuf> {
        None
    }
}

fn host() -> HostName {
    "dyad.example".parse().unwrap()
}

async fn provider(shutdown: &Shutdown) -> RunningProvider {
    let listen = "127.0.0.1:443".parse().unwrap();
    let folder = std::path::Path::new("/nowhere");
    let mut config = ProviderConfig::embedded(host(), listen, folder);
    config.issuer.as_mut().unwrap().threads = 0;
    config.receiver.as_mut().unwrap().threads = 0;
    let environment = Environment {
        listeners: Listeners {
            public: Nobody,
            admin: None,
        },
        tls: None,
        clock: Arc::new(VirtualClock(Instant::now())),
        stores: Arc::new(InMemory::default()),
        reads: Reads::Inline,
        disk: None,
        strangers: Arc::new(Nowhere),
        keys: ProviderKeys::derive(&host(), ProviderSeed::new([1; 32]), &[]),
        shutdown: shutdown.clone(),
    };
    start(&config, environment).await.unwrap()
}

fn read(document: &watch::Receiver<Bytes>) -> Document {
    Document::verify(&document.borrow(), &host()).unwrap()
}

fn epochs(document: &Document) -> Vec<u32> {
    let issuer = document.body().issuer.as_ref().unwrap();
    let keys = issuer.classes[0].keys.iter();
    keys.map(|key| key.epoch.number()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_document_follows_the_day_and_the_keys() {
    let shutdown = Shutdown::new();
    let running = provider(&shutdown).await;
    let document = running.document();
    let begun = Instant::now();
    let until = |seconds: u64| tokio::time::sleep_until(begun + Duration::from_secs(seconds));

    // Noon, ten at night, midnight.
    assert_eq!(epochs(&read(&document)), [20_000]);
    until(10 * 3_600 + 60).await;
    assert_eq!(epochs(&read(&document)), [20_000, 20_001]);
    until(12 * 3_600 + 60).await;
    assert_eq!(epochs(&read(&document)), [20_001]);

    let generations = |document: &Document| {
        let receiver = document.body().receiver.clone().unwrap();
        let transit = receiver.transit.iter();
        transit.map(|key| key.generation).collect::<Vec<_>>()
    };
    let first = generations(&read(&document));
    assert_eq!(first.len(), 1);
    until(TRANSIT_KEY_PERIOD + DAY).await;
    let later = read(&document);
    let both = generations(&later);
    assert_eq!((both.len(), both[1]), (2, first[0]));
    assert!(later.body().issued.as_secs() > 20_020 * DAY);

    shutdown.drain();
    running.finished().await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_told_to_stop_stops() {
    let shutdown = Shutdown::new();
    let running = provider(&shutdown).await;
    sleep(Duration::from_secs(3_600)).await;
    let begun = Instant::now();
    shutdown.drain();
    running.finished().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
