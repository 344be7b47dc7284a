//! The service: what it is made of, its endpoints, what it publishes.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use dyad_net::HttpClient;
use dyad_protocol::api::blob::BLOB_FETCH_PATH;
use dyad_protocol::api::fetch::{FETCH_PATH, STREAM_PATH};
use dyad_protocol::api::mailbox::{CHALLENGE_PATH, CHANGE_PATH, MAILBOXES_PATH};
use dyad_protocol::batch::DELIVER_PATH;
use dyad_protocol::document::ReceiverInfo;
use dyad_protocol::id::HostName;
use dyad_protocol::sign::{AccessKey, AccessPublic, ServicePublic};
use dyad_protocol::time::{Clock, Timestamp};
use dyad_protocol::token::Redeemer;
use dyad_service::Shutdown;
use dyad_service::limits::{ConcurrencyLimit, DiskGuard};
use dyad_store::{Store, StoreError};
use tokio::sync::watch;

use crate::admission::Admission;
use crate::blobs::{self, BlobDeps, Blobs};
use crate::challenge::Challenges;
use crate::config::ReceiverConfig;
use crate::figures::Figures;
use crate::keyring::KeyRing;
use crate::senders::Senders;
use crate::turns::Turns;
use crate::wake::Wakes;
use crate::{deliver, fetch, keyring, mailboxes, resolver, senders, stream, sweep};

/// What a receiver needs.
#[derive(Debug)]
pub struct ReceiverDeps {
    /// Where everything is kept.
    pub store: Store,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// The receiver's own host name: addresses, batches and signatures are made for it.
    pub host: HostName,
    /// The service key of this host, whose batches need no look-up.
    pub key: ServicePublic,
    /// For tokens of class `mailbox`.
    pub redeemer: Redeemer,
    /// For fetching blobs.
    pub blobs: BlobDeps,
    /// Over a guarded dialler: it is sent to hosts that strangers name.
    pub http: HttpClient,
    /// Refuses deliveries and new mailboxes when the disk is nearly full.
    pub disk: Option<DiskGuard>,
    /// Ends polls, WebSockets and background work.
    pub shutdown: Shutdown,
    /// What the operator decided; [`ReceiverConfig::validate`] was asked.
    pub config: ReceiverConfig,
}

/// A receiver. Clones share everything.
#[derive(Clone, Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
}

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: HostName,
    pub(crate) redeemer: Redeemer,
    pub(crate) blobs: Blobs,
    pub(crate) http: HttpClient,
    pub(crate) disk: Option<DiskGuard>,
    pub(crate) shutdown: Shutdown,
    pub(crate) config: ReceiverConfig,
    pub(crate) keys: KeyRing,
    pub(crate) challenges: Challenges,
    pub(crate) senders: Senders,
    pub(crate) admission: Admission,
    pub(crate) turns: Turns,
    pub(crate) wakes: Arc<Wakes>,
    pub(crate) figures: Figures,
    pub(crate) polls: ConcurrencyLimit,
    pub(crate) streams: ConcurrencyLimit,
    /// A key that nobody has: signatures for mailboxes that do not exist are checked against it, so that
    /// their check takes as long.
    pub(crate) nobody: AccessPublic,
}

impl Receiver {
    /// Puts a receiver together; makes its keys at the first start. Nothing runs in the background yet.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn open(deps: ReceiverDeps) -> Result<Self, StoreError> {
        let now = deps.clock.now();
        let keys = KeyRing::open(&deps.store, deps.config.retention, now).await?;
        let challenges = Challenges::open(&deps.store).await?;
        let turns = Turns::open(deps.store.read())?;
        let config = deps.config;
        let blobs = Blobs::open(deps.blobs, &deps.http, deps.host.clone(), &config.blobs)?;
        Ok(Self {
            shared: Arc::new(Shared {
                senders: Senders::new(deps.host.clone(), deps.key, config.documents_per_minute),
                admission: Admission::new(&config, deps.host.clone()),
                polls: ConcurrencyLimit::new(config.max_polls),
                streams: ConcurrencyLimit::new(config.max_streams),
                nobody: AccessKey::random(&mut rand::rng()).public(),
                wakes: Arc::default(),
                figures: Figures::default(),
                store: deps.store,
                clock: deps.clock,
                host: deps.host,
                redeemer: deps.redeemer,
                blobs,
                http: deps.http,
                disk: deps.disk,
                shutdown: deps.shutdown,
                config,
                keys,
                challenges,
                turns,
            }),
        })
    }

    /// The public endpoints.
    pub fn router(&self) -> Router {
        Router::new()
            .route(DELIVER_PATH, post(deliver::deliver))
            .route(MAILBOXES_PATH, post(mailboxes::create))
            .route(CHANGE_PATH, post(mailboxes::change))
            .route(CHALLENGE_PATH, get(mailboxes::challenge))
            .route(FETCH_PATH, post(fetch::fetch))
            .route(STREAM_PATH, get(stream::stream))
            .route(BLOB_FETCH_PATH, post(blobs::fetch))
            .with_state(Arc::clone(&self.shared))
    }

    /// Resolves, replaces keys, ends what is past its date and looks sender services up, until stopping.
    pub async fn run(self) {
        let shared = &self.shared;
        tokio::join!(
            resolver::run(shared),
            senders::run(shared),
            sweep::run(shared),
            blobs::run(shared),
        );
    }

    /// What the service document says of the receiver now.
    #[must_use]
    pub fn info(&self) -> ReceiverInfo {
        self.shared.keys.changes().borrow().clone()
    }

    /// The same, with every change: the host then signs its document anew.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<ReceiverInfo> {
        self.shared.keys.changes()
    }
}

impl Shared {
    /// Runs what may block on a disk, or takes long, where it disturbs nobody.
    pub(crate) async fn aside<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        if self.config.threads == 0 {
            return work(self);
        }
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .unwrap_or(Err(StoreError::Panicked))
    }

    /// Replaces diversification keys that are due.
    pub(crate) async fn rotate(&self, now: Timestamp) -> Result<(), StoreError> {
        if keyring::rotate(&self.store, now).await? {
            self.keys.reload(&self.store, self.config.retention)?;
            tracing::info!("a diversification key was replaced");
        }
        Ok(())
    }
}
