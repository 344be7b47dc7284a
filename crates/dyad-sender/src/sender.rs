//! The service: what it is made of, its endpoints, what it publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::{get, post};
use dyad_net::HttpClient;
use dyad_protocol::api::invite::{
    INVITATION_PATH_PREFIX, INVITATIONS_PATH, LINK_PATH, WITHDRAW_PATH,
};
use dyad_protocol::api::relay::{RELAY_DOCUMENT_PATH, RELAY_INVITATION_PATH};
use dyad_protocol::api::submit::{CAPACITY_PATH, STATUS_PATH, SUBMIT_PATH};
use dyad_protocol::document::SenderInfo;
use dyad_protocol::id::HostName;
use dyad_protocol::limits::QUEUE_LIFETIME;
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::time::Clock;
use dyad_protocol::token::Redeemer;
use dyad_service::limits::{ConcurrencyLimit, DiskGuard, limit_concurrency};
use dyad_service::{Problem, Shutdown};
use dyad_store::Store;

use crate::blobs::{self, BlobDeps, Blobs};
use crate::config::SenderConfig;
use crate::delivery::{self, Wakes};
use crate::rates::PeerRates;
use crate::relay::Relay;
use crate::{capacity, figures, invitations, page, relay, status, submit, sweep};

/// What a sender service needs.
#[derive(Debug)]
pub struct SenderDeps {
    /// Where queue, spent tokens and invitations are kept.
    pub store: Store,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// The service's own host name: batches are signed under it.
    pub host: HostName,
    /// Signs batches; published in the host's document.
    pub key: ServiceKey,
    /// Verifies tokens of class `message`.
    pub redeemer: Redeemer,
    /// For keeping blobs; `None` to keep none.
    pub blobs: Option<BlobDeps>,
    /// Calls receivers and strangers' hosts. Its dialler is the guard; see [`dyad_net::OwnHosts`] for
    /// hosts that this process serves itself.
    pub http: HttpClient,
    /// Hosts that this process serves itself: never refused for the address they are.
    pub own_hosts: Vec<HostName>,
    /// For development: receivers at loopback addresses are accepted.
    pub allow_loopback: bool,
    /// Says when the disk is full; `None` where nothing is on disk.
    pub disk: Option<DiskGuard>,
    /// How the store is read.
    pub reads: Reads,
    /// What the operator decided.
    pub config: SenderConfig,
}

/// How the store is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// On threads of their own: for stores on disk.
    OnThreads,
    /// On the asking task: deterministic, for stores in memory.
    Inline,
}

/// A sender service. Clones share everything.
#[derive(Clone, Debug)]
pub struct Sender {
    shared: Arc<Shared>,
}

/// What handlers and delivery work with.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: HostName,
    pub(crate) key: ServiceKey,
    pub(crate) redeemer: Redeemer,
    pub(crate) blobs: Option<Arc<Blobs>>,
    pub(crate) http: HttpClient,
    pub(crate) own_hosts: Vec<HostName>,
    pub(crate) allow_loopback: bool,
    pub(crate) disk: Option<DiskGuard>,
    pub(crate) reads: Reads,
    pub(crate) config: SenderConfig,
    pub(crate) relay: Relay,
    pub(crate) wakes: Wakes,
    /// Messages in the queue as of the last look; for refusing early, never for deciding.
    pub(crate) queued: AtomicU64,
}

impl Sender {
    /// Puts a sender service together. Nothing runs yet.
    #[must_use]
    pub fn new(deps: SenderDeps) -> Self {
        let SenderDeps {
            store,
            clock,
            host,
            key,
            redeemer,
            blobs,
            http,
            own_hosts,
            allow_loopback,
            disk,
            reads,
            config,
        } = deps;
        let blobs = blobs.map(|deps| Arc::new(Blobs::new(deps, &config.blobs)));
        Self {
            shared: Arc::new(Shared {
                relay: Relay::new(&config.relay),
                wakes: Wakes::default(),
                queued: AtomicU64::new(0),
                store,
                clock,
                host,
                key,
                redeemer,
                blobs,
                http,
                own_hosts,
                allow_loopback,
                disk,
                reads,
                config,
            }),
        }
    }

    /// The public endpoints.
    pub fn router(&self) -> Router {
        let rates = &self.shared.config.rates;
        let at_once = ConcurrencyLimit::new(self.shared.config.queue.submissions_at_once);
        let submissions = Router::new().route(SUBMIT_PATH, post(submit::submit));
        let submissions = limit_concurrency(submissions.with_state(self.state()), at_once);
        let others = Router::new()
            .route(STATUS_PATH, post(status::status))
            .route(CAPACITY_PATH, get(capacity::capacity))
            .route(INVITATIONS_PATH, post(invitations::host))
            .route(WITHDRAW_PATH, post(invitations::withdraw))
            .route(
                &format!("{INVITATION_PATH_PREFIX}{{locator}}"),
                get(invitations::show),
            )
            .route(LINK_PATH, get(page::show))
            .with_state(self.state());
        let relayed = Router::new()
            .route(RELAY_DOCUMENT_PATH, post(relay::document::relay))
            .route(RELAY_INVITATION_PATH, post(relay::invitation::relay))
            .with_state(self.state());
        Router::new()
            .merge(PeerRates::new(rates.submissions).limit(submissions))
            .merge(PeerRates::new(rates.others).limit(others))
            .merge(PeerRates::new(rates.relayed).limit(relayed))
            .merge(PeerRates::new(rates.blobs).limit(blobs::router(&self.shared)))
    }

    /// Delivers, and forgets what is over, until stopping.
    pub async fn run(self, shutdown: Shutdown) {
        tokio::join!(
            delivery::run(&self.shared, &shutdown),
            sweep::run(&self.shared, &shutdown),
            blobs::run(&self.shared, &shutdown),
            figures::run(&self.shared, &shutdown),
        );
    }

    /// What the service document says of the sender.
    #[must_use]
    pub fn info(&self) -> SenderInfo {
        SenderInfo {
            queue_lifetime: QUEUE_LIFETIME,
            invitation_lifetime: self.shared.config.invitations.lifetime,
            blob_lifetime: blobs::lifetime(&self.shared),
        }
    }

    fn state(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

impl Shared {
    /// Runs what may block on a disk where it disturbs nobody.
    pub(crate) async fn read<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> R + Send + 'static,
    ) -> Result<R, Problem> {
        match self.reads {
            Reads::Inline => Ok(work(self)),
            Reads::OnThreads => {
                let shared = Arc::clone(self);
                tokio::task::spawn_blocking(move || work(&shared))
                    .await
                    .map_err(Problem::internal)
            }
        }
    }

    /// Whether there is room on the disk.
    pub(crate) fn check_disk(&self) -> Result<(), Problem> {
        self.disk.as_ref().map_or(Ok(()), DiskGuard::check)
    }

    /// Messages in the queue as of the last look.
    pub(crate) fn queued(&self) -> u64 {
        self.queued.load(Ordering::Relaxed)
    }
}
