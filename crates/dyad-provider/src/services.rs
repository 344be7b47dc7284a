//! The services that run in this process, put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use dyad_issuer::{Issuer, IssuerConfig, IssuerDeps};
use dyad_net::HttpClient;
use dyad_protocol::id::HostName;
use dyad_protocol::time::Clock;
use dyad_protocol::token::{Redeemer, TokenClass};
use dyad_receiver::{Receiver, ReceiverConfig, ReceiverDeps};
use dyad_sender::{BlobStorage, Reads, Sender, SenderConfig, SenderDeps};
use dyad_service::Shutdown;
use dyad_service::limits::DiskGuard;
use dyad_store::Store;

use crate::{OpenStores, ProviderConfig, ProviderError, ProviderKeys};

/// What all services of a process share.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: ProviderKeys,
    pub(crate) stores: Arc<dyn OpenStores>,
    pub(crate) http: HttpClient,
    pub(crate) disk: Option<DiskGuard>,
    pub(crate) reads: Reads,
    pub(crate) shutdown: Shutdown,
}

/// The services that run here.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) sender: Option<Sender>,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) stores: Vec<Store>,
}

impl Services {
    /// Opens the stores and puts the services together. Nothing runs yet.
    pub(crate) async fn open(
        config: &ProviderConfig,
        ground: &Ground,
    ) -> Result<Self, ProviderError> {
        let mut services = Self {
            clock: Arc::clone(&ground.clock),
            issuer: None,
            sender: None,
            receiver: None,
            stores: Vec::new(),
        };
        if let Some(issuer) = &config.issuer {
            let store = services.open_store("issuer", ground).await?;
            services.issuer = Some(issuer_of(config, issuer, ground, store));
        }
        if let Some(sender) = &config.sender {
            let store = services.open_store("sender", ground).await?;
            let blobs = blobs_of(config, sender, ground)?;
            services.sender = Some(sender_of(config, sender, ground, store, blobs)?);
        }
        if let Some(receiver) = &config.receiver {
            let store = services.open_store("receiver", ground).await?;
            services.receiver = Some(receiver_of(config, receiver, ground, store).await?);
        }
        Ok(services)
    }

    async fn open_store(
        &mut self,
        service: &'static str,
        ground: &Ground,
    ) -> Result<Store, ProviderError> {
        let store = ground
            .stores
            .open(service)
            .map_err(|why| ProviderError::Store { service, why })?;
        self.stores.push(store.clone());
        Ok(store)
    }

    /// The endpoints for everybody.
    pub(crate) fn router(&self) -> Router {
        let routers = [
            self.issuer.as_ref().map(Issuer::router),
            self.sender.as_ref().map(Sender::router),
            self.receiver.as_ref().map(Receiver::router),
        ];
        routers
            .into_iter()
            .flatten()
            .fold(Router::new(), Router::merge)
    }

    /// The endpoints for the operator.
    pub(crate) fn admin_router(&self) -> Router {
        self.issuer
            .as_ref()
            .map_or_else(Router::new, Issuer::admin_router)
    }

    /// Starts the background work of all of them.
    pub(crate) fn spawn(&self, shutdown: &Shutdown) {
        if let Some(issuer) = self.issuer.clone() {
            shutdown.spawn(issuer.run(shutdown.clone()));
        }
        if let Some(sender) = self.sender.clone() {
            shutdown.spawn(sender.run(shutdown.clone()));
        }
        if let Some(receiver) = self.receiver.clone() {
            shutdown.spawn(receiver.run());
        }
    }
}

fn issuer_of(
    config: &ProviderConfig,
    issuer: &IssuerConfig,
    ground: &Ground,
    store: Store,
) -> Issuer {
    // Only what somebody redeems is issued.
    let redeemers = [
        (TokenClass::Message, config.sender_host()),
        (TokenClass::Blob, config.blob_host()),
        (TokenClass::Mailbox, config.receiver_host()),
    ];
    let redeemers = redeemers
        .into_iter()
        .filter_map(|(class, host)| Some((class, host?.clone())));
    Issuer::new(IssuerDeps {
        store,
        clock: Arc::clone(&ground.clock),
        host: config.provider.host.clone(),
        seed: ground.keys.seed.clone(),
        redeemers: BTreeMap::from_iter(redeemers),
        config: issuer.clone(),
    })
}

fn sender_of(
    config: &ProviderConfig,
    sender: &SenderConfig,
    ground: &Ground,
    store: Store,
    blobs: Option<dyad_sender::BlobDeps>,
) -> Result<Sender, ProviderError> {
    let host = &config.provider.host;
    Ok(Sender::new(SenderDeps {
        store,
        clock: Arc::clone(&ground.clock),
        host: host.clone(),
        key: ground.keys.service.clone(),
        redeemer: redeemer(config, ground, TokenClass::Message)?,
        blobs,
        http: ground.http.clone(),
        own_hosts: vec![host.clone()],
        allow_loopback: config.provider.allow_loopback,
        disk: ground.disk.clone(),
        reads: ground.reads,
        config: sender.clone(),
    }))
}

/// Where blobs are kept: in the bucket that is named, otherwise where everything is.
fn blobs_of(
    config: &ProviderConfig,
    sender: &SenderConfig,
    ground: &Ground,
) -> Result<Option<dyad_sender::BlobDeps>, ProviderError> {
    if sender.blobs.capacity == 0 {
        return Ok(None);
    }
    let storage = match &sender.blobs.s3 {
        Some(bucket) => BlobStorage::s3(bucket),
        None => ground.stores.blobs(),
    };
    let storage = storage.map_err(ProviderError::Blobs)?;
    if sender.blobs.s3.is_some() {
        ground.shutdown.spawn(probe(storage.clone()));
    }
    Ok(Some(dyad_sender::BlobDeps {
        redeemer: redeemer(config, ground, TokenClass::Blob)?,
        storage,
    }))
}

/// Says so if the bucket does not answer. Messages work all the same, and it may come back.
async fn probe(storage: BlobStorage) {
    if let Err(error) = storage.probe().await {
        tracing::error!(%error, "the storage of blobs does not answer: no files can be kept");
    }
}

async fn receiver_of(
    config: &ProviderConfig,
    receiver: &ReceiverConfig,
    ground: &Ground,
    store: Store,
) -> Result<Receiver, ProviderError> {
    let deps = ReceiverDeps {
        store,
        clock: Arc::clone(&ground.clock),
        host: config.provider.host.clone(),
        key: ground.keys.service.public(),
        redeemer: redeemer(config, ground, TokenClass::Mailbox)?,
        blobs: dyad_receiver::BlobDeps {
            redeemer: redeemer(config, ground, TokenClass::Blob)?,
            cache: ground.stores.cache(),
        },
        http: ground.http.clone(),
        disk: ground.disk.clone(),
        shutdown: ground.shutdown.clone(),
        config: receiver.clone(),
    };
    Receiver::open(deps)
        .await
        .map_err(|why| ProviderError::Store {
            service: "receiver",
            why,
        })
}

/// Verifies tokens that the provider's issuer makes for this host; for blobs, the sender's.
fn redeemer(
    config: &ProviderConfig,
    ground: &Ground,
    class: TokenClass,
) -> Result<Redeemer, ProviderError> {
    let own = &config.provider.host;
    let host: HostName = match class {
        TokenClass::Blob => config.blob_host().unwrap_or(own).clone(),
        _ => own.clone(),
    };
    let issuer = config.issuer_host().ok_or(ProviderError::Incomplete(
        "nobody issues the tokens that are redeemed here",
    ))?;
    Ok(Redeemer::new(
        &ground.keys.seed,
        issuer.clone(),
        host,
        class,
    ))
}
