//! A sender service in a world of its own: simulated network, virtual time, tokens of a test provider.
//!
//! Connections are in-memory pipes, so that paused time never runs ahead of a socket.
#![allow(dead_code, unreachable_pub)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dyad_net::{BoxedIo, Dial, HttpClient, HttpLimits, NetError};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::submit::{
    STATUS_PATH, SUBMIT_PATH, StatusResponse, Submission, SubmissionStatus, TrafficClass,
};
use dyad_protocol::batch::{DELIVER_PATH, Item, UnverifiedBatch};
use dyad_protocol::id::{BatchId, DedupId, HostName, SubmissionTicket};
use dyad_protocol::limits::{DAY, ITEM_LEN};
use dyad_protocol::sign::{ServiceKey, ServicePublic};
use dyad_protocol::time::{Clock, Epoch, Timestamp};
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Redeemer, Token, TokenClass, TokenScope,
};
use dyad_sender::{BlobDeps, BlobStorage, Reads, Sender, SenderConfig, SenderDeps};
use dyad_service::Shutdown;
use dyad_service::server::{Accept, PeerInfo, ServerLimits, serve};
use dyad_store::{CommitterOptions, MemoryBackend, Store};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tower::ServiceExt;

pub const SENDER: &str = "sender.example";
/// Noon of some day.
pub const START: Timestamp = Timestamp::from_secs(20_780 * DAY + DAY / 2);

pub fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

/// Follows tokio's clock, so that it stands still and jumps as tests tell it to.
#[derive(Debug)]
pub struct TestClock(Instant);

impl TestClock {
    pub fn start() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        START.plus(self.0.elapsed().as_secs())
    }
}

// ---- tokens ------------------------------------------------------------------------------------

pub fn provider() -> ProviderSeed {
    ProviderSeed::new([7; 32])
}

pub fn redeemer() -> Redeemer {
    Redeemer::new(&provider(), host(SENDER), host(SENDER), TokenClass::Message)
}

pub fn blob_redeemer() -> Redeemer {
    Redeemer::new(&provider(), host(SENDER), host(SENDER), TokenClass::Blob)
}

/// Different in every call within a test process.
pub fn tokens_of(class: TokenClass, day: Timestamp, count: u16) -> Vec<Token> {
    static SEED: AtomicU8 = AtomicU8::new(1);
    let seed = SEED.fetch_add(1, Ordering::Relaxed);
    let scope = TokenScope {
        issuer: host(SENDER),
        redeemer: host(SENDER),
        class,
        epoch: Epoch::containing(day),
    };
    let key = IssuerKey::derive(&provider(), class, scope.epoch);
    let batch =
        PendingBatch::new(&BatchSeed::new([seed; 32]), &key.public(), &scope, count).unwrap();
    batch
        .finish(&key.issue(batch.request(), count).unwrap())
        .unwrap()
}

pub fn tokens(count: u16) -> Vec<Token> {
    tokens_of(TokenClass::Message, START, count)
}

pub fn token() -> Token {
    tokens(1).remove(0)
}

// ---- messages ----------------------------------------------------------------------------------

/// A message that can be told from others by its number.
pub fn item(number: u32) -> Item {
    let mut bytes = vec![0x5a; ITEM_LEN];
    bytes[ITEM_LEN - 4..].copy_from_slice(&number.to_be_bytes());
    Item::from_slice(&bytes).unwrap()
}

pub fn number_of(item: &[u8]) -> u32 {
    u32::from_be_bytes(item[ITEM_LEN - 4..].try_into().unwrap())
}

pub fn submission(token: Token, receiver: &str, number: u32) -> Submission {
    Submission {
        token,
        class: TrafficClass::Prompt,
        receiver: host(receiver),
        dedup: None,
        item: item(number),
    }
}

pub fn with_dedup(mut submission: Submission, id: u8) -> Submission {
    submission.dedup = Some(DedupId::new([id; 16]));
    submission
}

// ---- network -----------------------------------------------------------------------------------

type Raw = Arc<dyn Fn(DuplexStream) -> tokio::task::JoinHandle<()> + Send + Sync>;

#[derive(Clone)]
enum Peer {
    Http(mpsc::UnboundedSender<DuplexStream>),
    Raw(Raw),
    Forbidden,
}

/// Hosts by name. One that is not there cannot be reached.
#[derive(Clone, Default)]
pub struct Network {
    peers: Arc<Mutex<HashMap<HostName, Peer>>>,
    pub dials: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

struct PipeListener(mpsc::UnboundedReceiver<DuplexStream>);

impl Accept for PipeListener {
    async fn accept(&mut self) -> std::io::Result<(BoxedIo, PeerInfo)> {
        match self.0.recv().await {
            Some(pipe) => {
                let peer = PeerInfo::new("127.0.0.1:9".parse().unwrap());
                Ok((BoxedIo::new(pipe), peer))
            }
            None => std::future::pending().await,
        }
    }
}

impl Network {
    /// A real HTTP server under a name.
    pub fn serve(&self, name: &str, router: Router) {
        let (connect, connections) = mpsc::unbounded_channel();
        let listener = PipeListener(connections);
        tokio::spawn(serve(
            listener,
            router,
            None,
            Shutdown::new(),
            ServerLimits::default(),
        ));
        self.peers.lock().insert(host(name), Peer::Http(connect));
    }

    /// Something that need not be HTTP.
    pub fn raw<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: &str,
        peer: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
    ) {
        let raw: Raw = Arc::new(move |pipe| tokio::spawn(peer(pipe)));
        self.peers.lock().insert(host(name), Peer::Raw(raw));
    }

    /// A host whose name leads to an address that must not be called.
    pub fn forbid(&self, name: &str) {
        self.peers.lock().insert(host(name), Peer::Forbidden);
    }

    pub fn remove(&self, name: &str) {
        self.peers.lock().remove(&host(name));
    }

    pub fn dials(&self) -> usize {
        self.dials.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Dial for Network {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        self.dials.fetch_add(1, Ordering::SeqCst);
        let peer = self.peers.lock().get(host).cloned();
        let (ours, theirs) = duplex(64 * 1024);
        match peer {
            None => return Err(NetError::unreachable(host, "no such host")),
            Some(Peer::Forbidden) => {
                return Err(NetError::ForbiddenAddress {
                    host: host.clone(),
                    address: "10.0.0.1".parse().unwrap(),
                    block: "private use (RFC 1918)",
                });
            }
            Some(Peer::Http(connect)) => connect.send(theirs).unwrap(),
            Some(Peer::Raw(raw)) => drop(raw(theirs)),
        }
        Ok(BoxedIo::new(ours))
    }
}

// ---- receivers ---------------------------------------------------------------------------------

/// What a test receiver does with a batch.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Take,
    /// Takes the batch and answers with another status all the same.
    TakeAnd(u16),
    Say(u16),
    RetryAfter(u64),
    Slow(Duration),
    Hang,
    Redirect,
}

type Script = Box<dyn FnMut(&[u32]) -> Reply + Send>;

/// A receiver that checks signatures, remembers everything, and behaves as its script says.
#[derive(Clone)]
pub struct Receiver {
    name: HostName,
    key: ServicePublic,
    clock: Arc<TestClock>,
    seen: Arc<Mutex<Seen>>,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
pub struct Seen {
    /// Messages taken, in order, with repetitions.
    pub taken: Vec<u32>,
    /// When each batch came and how many messages were in it.
    pub batches: Vec<(Timestamp, usize)>,
    pub ids: Vec<BatchId>,
}

impl Receiver {
    /// Puts one on the network.
    pub fn start(
        world: &World,
        name: &str,
        script: impl FnMut(&[u32]) -> Reply + Send + 'static,
    ) -> Self {
        let receiver = Self {
            name: host(name),
            key: world.key.public(),
            clock: world.clock.clone(),
            seen: Arc::default(),
            script: Arc::new(Mutex::new(Box::new(script))),
        };
        world.network.serve(name, receiver.router());
        receiver
    }

    pub fn good(world: &World, name: &str) -> Self {
        Self::start(world, name, |_| Reply::Take)
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route(DELIVER_PATH, post(deliver))
            .with_state(self.clone())
    }

    pub fn behave(&self, script: impl FnMut(&[u32]) -> Reply + Send + 'static) {
        *self.script.lock() = Box::new(script);
    }

    pub fn taken(&self) -> Vec<u32> {
        let mut taken = self.seen.lock().taken.clone();
        taken.sort_unstable();
        taken
    }

    pub fn seen<R>(&self, look: impl FnOnce(&Seen) -> R) -> R {
        look(&self.seen.lock())
    }
}

async fn deliver(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], BINARY);
    let batch = UnverifiedBatch::parse(&body).unwrap();
    assert_eq!(batch.sender().as_str(), SENDER);
    let now = receiver.clock.now();
    let batch = batch.verify(&receiver.key, &receiver.name, now).unwrap();
    let numbers: Vec<u32> = batch.items().map(number_of).collect();
    {
        let mut seen = receiver.seen.lock();
        seen.batches.push((now, numbers.len()));
        assert!(!seen.ids.contains(&batch.id()), "a batch id came twice");
        seen.ids.push(batch.id());
    }
    let reply = (receiver.script.lock())(&numbers);
    let take = || receiver.seen.lock().taken.extend(&numbers);
    match reply {
        Reply::Take => take(),
        Reply::TakeAnd(status) => {
            take();
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Reply::Say(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Reply::RetryAfter(seconds) => {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                [("retry-after", seconds.to_string())],
            )
                .into_response();
        }
        Reply::Slow(pause) => {
            tokio::time::sleep(pause).await;
            take();
        }
        Reply::Hang => std::future::pending().await,
        Reply::Redirect => {
            return (
                StatusCode::FOUND,
                [("location", "https://elsewhere.example/")],
            )
                .into_response();
        }
    }
    StatusCode::ACCEPTED.into_response()
}

// ---- the service -------------------------------------------------------------------------------

pub struct World {
    pub sender: Sender,
    pub router: Router,
    pub store: Store,
    pub backend: MemoryBackend,
    pub network: Network,
    pub clock: Arc<TestClock>,
    pub key: ServiceKey,
    pub shutdown: Shutdown,
    pub config: SenderConfig,
    pub storage: BlobStorage,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut SenderConfig)) -> Self {
        let mut config = SenderConfig::default();
        change(&mut config);
        Self::build(
            MemoryBackend::new(),
            Network::default(),
            TestClock::start(),
            config,
        )
    }

    pub fn build(
        backend: MemoryBackend,
        network: Network,
        clock: Arc<TestClock>,
        config: SenderConfig,
    ) -> Self {
        Self::with_storage(backend, network, clock, config, BlobStorage::memory())
    }

    pub fn with_storage(
        backend: MemoryBackend,
        network: Network,
        clock: Arc<TestClock>,
        config: SenderConfig,
        storage: BlobStorage,
    ) -> Self {
        let store = Store::open_task(Arc::new(backend.clone()), CommitterOptions::default());
        let http = HttpClient::new(Arc::new(network.clone()), HttpLimits::default());
        let key = ServiceKey::new([9; 32]);
        let sender = Sender::new(SenderDeps {
            store: store.clone(),
            clock: clock.clone(),
            host: host(SENDER),
            key: key.clone(),
            redeemer: redeemer(),
            blobs: Some(BlobDeps {
                redeemer: blob_redeemer(),
                storage: storage.clone(),
            }),
            http,
            own_hosts: vec![host("127.0.0.1:7411")],
            allow_loopback: false,
            disk: None,
            reads: Reads::Inline,
            config: config.clone(),
        });
        Self {
            router: sender.router(),
            sender,
            store,
            backend,
            network,
            clock,
            key,
            shutdown: Shutdown::new(),
            config,
            storage,
        }
    }

    /// Begins delivering.
    pub fn run(self) -> Self {
        self.shutdown
            .spawn(self.sender.clone().run(self.shutdown.clone()));
        self
    }

    /// The process dies at once; another finds what it left on disk.
    pub fn crash(self) -> Self {
        let found = self.backend.crash_copy();
        self.shutdown.stop();
        Self::with_storage(found, self.network, self.clock, self.config, self.storage)
    }

    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header("content-type", kind)
            .body(body.into())
            .unwrap();
        answer(self.router.clone(), request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        answer(self.router.clone(), request).await
    }

    pub async fn submit(&self, submission: &Submission) -> Answer {
        self.post(SUBMIT_PATH, BINARY, submission.encode()).await
    }

    /// Submits and expects it to be accepted.
    pub async fn accepted(&self, submission: &Submission) -> SubmissionTicket {
        let answer = self.submit(submission).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        SubmissionTicket::from_slice(&answer.body).unwrap()
    }

    /// Submits messages of these numbers for one receiver.
    pub async fn accept_all(
        &self,
        receiver: &str,
        numbers: impl ExactSizeIterator<Item = u32>,
    ) -> Vec<SubmissionTicket> {
        let tokens = tokens(u16::try_from(numbers.len()).unwrap());
        let mut tickets = Vec::new();
        for (token, number) in tokens.into_iter().zip(numbers) {
            tickets.push(self.accepted(&submission(token, receiver, number)).await);
        }
        tickets
    }

    pub async fn status(&self, ticket: &SubmissionTicket) -> SubmissionStatus {
        let body = serde_json::json!({ "tickets": [ticket] }).to_string();
        let answer = self.post(STATUS_PATH, "application/json", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer: StatusResponse = serde_json::from_slice(&answer.body).unwrap();
        answer.submissions.into_iter().next().unwrap()
    }

    /// Waits until the submission is settled, at most `limit`.
    pub async fn settled(&self, ticket: &SubmissionTicket, limit: Duration) -> SubmissionStatus {
        let end = Instant::now() + limit;
        loop {
            let status = self.status(ticket).await;
            if !matches!(status, SubmissionStatus::Queued { .. }) || Instant::now() >= end {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// An answer with its body.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The word of a problem; empty if it is none.
    pub fn code(&self) -> String {
        let Ok(problem) = serde_json::from_slice::<serde_json::Value>(&self.body) else {
            return String::new();
        };
        let kind = problem["type"].as_str().unwrap_or_default();
        kind.trim_start_matches("urn:dyad:problem:").to_owned()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:.300}", self.status, text)
    }
}

pub async fn answer(router: Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
