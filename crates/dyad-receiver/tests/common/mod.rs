//! A receiver to deliver to, people with mailboxes, and what sender services do.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use dyad_net::{
    DirectDialer, DirectSettings, GuardSettings, GuardedDialer, HttpClient, HttpLimits,
};
use dyad_protocol::address::{
    self, AddressKind, AddressPlaintext, RecipientAddress, SenderAddress, mint,
};
use dyad_protocol::api::fetch::{
    Attachment, Consumer, Entry, FETCH_PATH, FETCH_VERSION, FetchRequest, FetchResponse, Position,
};
use dyad_protocol::api::mailbox::{
    CHALLENGE_PATH, CHANGE_PATH, ChallengeResponse, Change, ChangeMailbox, CreateMailbox,
    MAILBOXES_PATH, MailboxInfo,
};
use dyad_protocol::batch::{self, DELIVER_PATH, Item};
use dyad_protocol::document::ReceiverInfo;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{BatchId, Challenge, HostName, RootAddress};
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::{AccessKey, AddressSigningKey, ServiceKey};
use dyad_protocol::time::{Clock, Epoch, ExpiryPeriod, Timestamp};
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Redeemer, Token, TokenClass, TokenScope,
};
use dyad_receiver::{BlobDeps, Receiver, ReceiverConfig, ReceiverDeps};
use dyad_service::Shutdown;
use dyad_store::{CommitterOptions, MemoryBackend, Store, spool};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use rand::Rng as _;
use tower::ServiceExt;

pub const BINARY: &str = "application/dyad";
pub const JSON: &str = "application/json";
pub const PHONE: Consumer = Consumer(0);
pub const LAPTOP: Consumer = Consumer(1);

/// Goes with tokio's time, and jumps when told to.
#[derive(Debug)]
pub struct TestClock {
    start: tokio::time::Instant,
    base: AtomicU64,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            start: tokio::time::Instant::now(),
            base: AtomicU64::new(1_800_000_000),
        })
    }

    pub fn jump(&self, seconds: u64) {
        self.base.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn jump_back(&self, seconds: u64) {
        self.base.fetch_sub(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let passed = self.start.elapsed().as_secs();
        Timestamp::from_secs(self.base.load(Ordering::SeqCst) + passed)
    }
}

/// A receiver and the provider around it.
pub struct World {
    pub host: HostName,
    pub key: ServiceKey,
    pub clock: Arc<TestClock>,
    pub backend: MemoryBackend,
    pub store: Store,
    pub receiver: Receiver,
    pub router: Router,
    pub shutdown: Shutdown,
    pub config: ReceiverConfig,
    seed: ProviderSeed,
    pub cache: Arc<tempfile::TempDir>,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl World {
    pub async fn new() -> Self {
        Self::with(ReceiverConfig::default()).await
    }

    pub async fn with(config: ReceiverConfig) -> Self {
        Self::at("receiver.example".parse().unwrap(), config).await
    }

    pub async fn at(host: HostName, config: ReceiverConfig) -> Self {
        let seed = ProviderSeed::random(&mut rand::rng());
        let key = ServiceKey::random(&mut rand::rng());
        let clock = TestClock::new();
        let backend = MemoryBackend::new();
        let store = Store::open_threaded(Arc::new(backend.clone()), CommitterOptions::default());
        Self::on(backend, store, host, key, seed, clock, config).await
    }

    /// Without threads, for paused time.
    pub async fn simulated(config: ReceiverConfig) -> Self {
        let config = ReceiverConfig {
            threads: 0,
            ..config
        };
        let seed = ProviderSeed::random(&mut rand::rng());
        let key = ServiceKey::random(&mut rand::rng());
        let backend = MemoryBackend::new();
        let store = Store::open_task(Arc::new(backend.clone()), CommitterOptions::default());
        let host = "receiver.example".parse().unwrap();
        Self::on(backend, store, host, key, seed, TestClock::new(), config).await
    }

    async fn on(
        backend: MemoryBackend,
        store: Store,
        host: HostName,
        key: ServiceKey,
        seed: ProviderSeed,
        clock: Arc<TestClock>,
        config: ReceiverConfig,
    ) -> Self {
        let shutdown = Shutdown::new();
        let cache = tempfile::tempdir().unwrap();
        // Tests of the guard itself name the host so.
        let guarded = GuardedDialer::new(GuardSettings {
            allow_loopback: host.as_str() != "guarded.example",
            ..GuardSettings::default()
        });
        let receiver = Receiver::open(ReceiverDeps {
            store: store.clone(),
            clock: clock.clone(),
            host: host.clone(),
            key: key.public(),
            redeemer: Redeemer::new(&seed, issuer(), host.clone(), TokenClass::Mailbox),
            blobs: BlobDeps {
                redeemer: Redeemer::new(&seed, issuer(), host.clone(), TokenClass::Blob),
                cache: (config.threads > 0).then(|| cache.path().to_owned()),
            },
            http: HttpClient::new(Arc::new(guarded.unwrap()), HttpLimits::default()),
            disk: None,
            shutdown: shutdown.clone(),
            config: config.clone(),
        })
        .await
        .unwrap();
        Self {
            router: receiver.router(),
            host,
            key,
            clock,
            backend,
            store,
            receiver,
            shutdown,
            config,
            seed,
            cache: Arc::new(cache),
        }
    }

    /// Begins the background work.
    pub fn run(&self) {
        self.shutdown.spawn(self.receiver.clone().run());
    }

    /// Ends as a crash would and starts again on what is on disk.
    pub async fn crash_and_restart(self) -> Self {
        let found = self.backend.crash_copy();
        self.shutdown.stop();
        let store = Store::open_threaded(Arc::new(found.clone()), CommitterOptions::default());
        let Self {
            host,
            key,
            seed,
            clock,
            config,
            ..
        } = self;
        Self::on(found, store, host, key, seed, clock, config).await
    }

    pub fn info(&self) -> ReceiverInfo {
        self.receiver.info()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header("content-type", kind)
            .body(body.into())
            .unwrap();
        self.ask(request).await
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub fn token(&self) -> Token {
        self.token_of(Epoch::containing(self.now()))
    }

    pub fn token_of(&self, epoch: Epoch) -> Token {
        self.token_for(TokenClass::Mailbox, epoch)
    }

    pub fn token_for(&self, class: TokenClass, epoch: Epoch) -> Token {
        let key = IssuerKey::derive(&self.seed, class, epoch);
        let scope = TokenScope {
            issuer: issuer(),
            redeemer: self.host.clone(),
            class,
            epoch,
        };
        let seed = BatchSeed::random(&mut rand::rng());
        let pending = PendingBatch::new(&seed, &key.public(), &scope, 1).unwrap();
        let response = key.issue(pending.request(), 1).unwrap();
        pending.finish(&response).unwrap()[0]
    }

    /// Makes a mailbox over the API.
    pub async fn person(&self) -> Person {
        let (address_key, access_key) = (
            AddressSigningKey::random(&mut rand::rng()),
            AccessKey::random(&mut rand::rng()),
        );
        let request = CreateMailbox {
            token: self.token(),
            address_key: address_key.public(),
            access_key: access_key.public(),
        };
        let body = serde_json::to_vec(&request).unwrap();
        let answer = self.post(MAILBOXES_PATH, JSON, body).await;
        assert_eq!(answer.status, 200);
        let info: MailboxInfo = serde_json::from_slice(&answer.body).unwrap();
        Person {
            host: self.host.clone(),
            root: info.root,
            ends: info.ends,
            address_key,
            access_key,
        }
    }

    pub async fn challenge(&self) -> Challenge {
        let request = Request::get(CHALLENGE_PATH).body(Body::empty()).unwrap();
        let answer = self.ask(request).await;
        let response: ChallengeResponse = serde_json::from_slice(&answer.body).unwrap();
        response.challenge
    }

    /// An item that carries `message` to `address`, sealed to the newest transit key.
    pub fn item(&self, address: &RecipientAddress, message: u16) -> Item {
        self.item_under(&self.info(), address, message)
    }

    pub fn item_under(&self, info: &ReceiverInfo, address: &RecipientAddress, n: u16) -> Item {
        let sealed = message(n);
        let transit = info.transit[0];
        let sender = address::seal(
            &self.host,
            transit.generation,
            &transit.public,
            address,
            &sealed.hash(),
            &mut rand::rng(),
        );
        Item {
            address: sender.unwrap(),
            sealed,
        }
    }

    /// A batch of this host itself, which needs no look-up.
    pub fn batch(&self, items: &[Item]) -> Vec<u8> {
        self.batch_by(&self.host, &self.key, items)
    }

    pub fn batch_by(&self, sender: &HostName, key: &ServiceKey, items: &[Item]) -> Vec<u8> {
        let id = BatchId::new(random());
        batch::sign(key, sender, &self.host, self.now(), id, &encoded(items))
    }

    pub async fn deliver(&self, items: &[Item]) {
        let answer = self.post(DELIVER_PATH, BINARY, self.batch(items)).await;
        assert_eq!(answer.status, 202);
    }

    /// Delivers, and returns when all is resolved.
    pub async fn deliver_and_resolve(&self, items: &[Item]) {
        self.deliver(items).await;
        self.resolved().await;
    }

    pub async fn resolved(&self) {
        while spool::waiting(self.store.read()).unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub async fn poll(
        &self,
        attachments: Vec<(&Person, Consumer, u64)>,
        wait: u8,
    ) -> FetchResponse {
        let challenge = self.challenge().await;
        let mailboxes = attachments
            .into_iter()
            .map(|(person, consumer, done)| person.attachment(&challenge, consumer, done));
        let request = FetchRequest {
            version: FETCH_VERSION,
            challenge,
            wait,
            mailboxes: mailboxes.collect(),
        };
        let answer = self.post(FETCH_PATH, BINARY, request.encode()).await;
        assert_eq!(answer.status, 200);
        FetchResponse::decode(&answer.body).unwrap()
    }

    /// The numbers of the messages that wait for a person's phone, after acknowledging up to `done`.
    pub async fn inbox(&self, person: &Person, done: u64) -> Vec<u16> {
        let response = self.poll(vec![(person, PHONE, done)], 0).await;
        assert!(response.refused.is_empty());
        numbers(&response.entries)
    }

    pub async fn change(&self, person: &Person, change: Change) -> u16 {
        let challenge = self.challenge().await;
        let request = ChangeMailbox::sign(
            &self.host,
            person.root,
            change,
            challenge,
            &person.access_key,
        );
        let body = serde_json::to_vec(&request).unwrap();
        self.post(CHANGE_PATH, JSON, body).await.status
    }

    pub fn direct() -> DirectDialer {
        DirectDialer::new(DirectSettings {
            allow_loopback: true,
            ..DirectSettings::default()
        })
    }
}

/// Somebody with a mailbox.
pub struct Person {
    pub host: HostName,
    pub root: RootAddress,
    pub ends: Timestamp,
    pub address_key: AddressSigningKey,
    pub access_key: AccessKey,
}

impl Person {
    pub fn ticket(&self, world: &World) -> RecipientAddress {
        self.address(world, AddressKind::Ticket)
    }

    pub fn long_term(&self, world: &World) -> RecipientAddress {
        self.address(world, AddressKind::LongTerm)
    }

    pub fn address(&self, world: &World, kind: AddressKind) -> RecipientAddress {
        self.address_until(world, kind, kind.expiry(world.now()))
    }

    pub fn address_until(
        &self,
        world: &World,
        kind: AddressKind,
        expiry: ExpiryPeriod,
    ) -> RecipientAddress {
        let plaintext = AddressPlaintext {
            root: self.root,
            expiry,
            kind,
        };
        let key = world.info().address[0].minting();
        mint(
            &self.host,
            &key,
            &plaintext,
            &self.address_key,
            &mut rand::rng(),
        )
        .unwrap()
    }

    pub fn attachment(&self, challenge: &Challenge, consumer: Consumer, done: u64) -> Attachment {
        Attachment::sign(
            &self.host,
            challenge,
            self.root,
            consumer,
            Position(done),
            &self.access_key,
        )
    }
}

pub fn issuer() -> HostName {
    "issuer.example".parse().unwrap()
}

/// Opaque to every service; the number is for the test.
pub fn message(n: u16) -> SealedMessage {
    let mut bytes = [0x5a; SEALED_LEN];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    SealedMessage::from_slice(&bytes).unwrap()
}

pub fn number(sealed: &SealedMessage) -> u16 {
    u16::from_be_bytes([sealed.as_bytes()[0], sealed.as_bytes()[1]])
}

pub fn numbers(entries: &[Entry]) -> Vec<u16> {
    entries.iter().map(|entry| number(&entry.sealed)).collect()
}

/// An item that leads nowhere.
pub fn garbage(n: u16) -> Item {
    Item {
        address: SenderAddress::new(random()),
        sealed: message(n),
    }
}

pub fn encoded(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        item.write(&mut bytes);
    }
    bytes
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A sender service somewhere else.
pub struct Sender {
    pub host: HostName,
    pub key: ServiceKey,
}

impl World {
    /// A sender service whose key is known already.
    pub async fn known_sender(&self, host: &str) -> Sender {
        let sender = Sender {
            host: host.parse().unwrap(),
            key: ServiceKey::random(&mut rand::rng()),
        };
        let (host, key, now) = (sender.host.clone(), sender.key.public(), self.now());
        self.store
            .commit(move |tx| dyad_store::peers::confirm(tx, &host, &key, now))
            .await
            .unwrap();
        sender
    }
}
