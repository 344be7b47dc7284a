//! From a configuration to services that answer.

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use dyad_net::{Dial, GuardSettings, GuardedDialer, HttpClient, HttpLimits, OwnHosts};
use dyad_protocol::time::Clock;
use dyad_sender::Reads;
use dyad_service::Shutdown;
use dyad_service::document::well_known;
use dyad_service::health::{Figures, Readiness, admin_router};
use dyad_service::limits::DiskGuard;
use dyad_service::server::{Accept, ServerLimits, serve};
use dyad_service::telemetry::observe;
use dyad_service::tls::TlsConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::admin::by_address_only;
use crate::document::Publisher;
use crate::headers::with_headers;
use crate::own_host::own_host;
use crate::running::RunningProvider;
use crate::services::{Ground, Services};
use crate::stores::{FjallStores, OpenStores};
use crate::{ProviderConfig, ProviderError, ProviderKeys};

/// How often readiness follows the disk.
const LOOK_AT_DISK: Duration = Duration::from_secs(5);

/// Where connections come in.
#[derive(Debug)]
pub struct Listeners<A> {
    /// From everybody.
    pub public: A,
    /// From the operator.
    pub admin: Option<A>,
}

/// What a provider is put on: a machine, or a simulation of one.
#[derive(Debug)]
pub struct Environment<A> {
    /// Where connections come in.
    pub listeners: Listeners<A>,
    /// TLS for the public listener.
    pub tls: Option<TlsConfig>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Where everything is kept.
    pub stores: Arc<dyn OpenStores>,
    /// How the stores are read.
    pub reads: Reads,
    /// Says when the disk is full.
    pub disk: Option<DiskGuard>,
    /// The way to hosts that strangers name: a guard.
    pub strangers: Arc<dyn Dial>,
    /// The provider's secrets.
    pub keys: ProviderKeys,
    /// Ends it all.
    pub shutdown: Shutdown,
}

impl Listeners<TcpListener> {
    /// Binds the addresses of a configuration.
    ///
    /// # Errors
    /// [`ProviderError::Listen`] naming the one that cannot be had.
    pub async fn bind(config: &ProviderConfig) -> Result<Self, ProviderError> {
        let admin = match config.provider.admin_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self {
            public: bind(config.provider.listen).await?,
            admin,
        })
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ProviderError> {
    TcpListener::bind(address)
        .await
        .map_err(|why| ProviderError::Listen { address, why })
}

/// Starts a provider on this machine.
///
/// # Errors
/// [`ProviderError`] saying what to mend; nothing is left running.
pub async fn start_provider(
    config: &ProviderConfig,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
) -> Result<RunningProvider, ProviderError> {
    let listeners = Listeners::bind(config).await?;
    start_provider_on(config, listeners, clock, shutdown).await
}

/// The same on sockets that are bound already, when their port had to be known first.
///
/// # Errors
/// As [`start_provider`].
pub async fn start_provider_on(
    config: &ProviderConfig,
    listeners: Listeners<TcpListener>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
) -> Result<RunningProvider, ProviderError> {
    let host = &config.provider;
    make_folder(&host.data_dir)?;
    let folder = |why| ProviderError::Folder {
        path: host.data_dir.clone(),
        why,
    };
    let strangers = GuardedDialer::new(GuardSettings {
        allow_loopback: host.allow_loopback,
        ..GuardSettings::default()
    })?;
    let disk = DiskGuard::new(&host.data_dir, host.disk_limits()).map_err(folder)?;
    disk.keep_looking(&shutdown);
    let addresses = (
        listeners.public.local_addr().ok(),
        listeners.admin.as_ref().and_then(|l| l.local_addr().ok()),
    );
    let environment = Environment {
        tls: host.listen_config().load_tls()?,
        listeners,
        clock,
        stores: Arc::new(FjallStores::new(&host.data_dir)),
        reads: Reads::OnThreads,
        disk: Some(disk),
        strangers: Arc::new(strangers),
        keys: ProviderKeys::load(config)?,
        shutdown,
    };
    let running = start(config, environment).await?;
    Ok(running.at(addresses.0, addresses.1))
}

/// Starts a provider on whatever it is given.
///
/// # Errors
/// As [`start_provider`].
pub async fn start<A: Accept>(
    config: &ProviderConfig,
    environment: Environment<A>,
) -> Result<RunningProvider, ProviderError> {
    let host = config.provider.host.clone();
    let shutdown = environment.shutdown.clone();
    let (dialer, own_listener) = own_host();
    let dialer: Arc<dyn Dial> = Arc::new(dialer);
    let dialer = OwnHosts::new([host.clone()], &dialer, environment.strangers);
    let ground = Ground {
        clock: environment.clock,
        keys: environment.keys,
        stores: environment.stores,
        http: HttpClient::new(Arc::new(dialer), HttpLimits::default()),
        disk: environment.disk,
        reads: environment.reads,
        shutdown: shutdown.clone(),
    };
    let figures = Figures::install().map_err(|e| ProviderError::Figures(e.to_string()))?;
    let services = Services::open(config, &ground).await?;

    let publisher = Publisher::new(
        host.clone(),
        ground.keys.clone(),
        services.clone(),
        config.calls.clone(),
    );
    let document = publisher.document();
    let router = public_router(config, &services, document.clone());
    let limits = ServerLimits::default();
    let mut servers = vec![
        tokio::spawn(serve(
            environment.listeners.public,
            router.clone(),
            environment.tls,
            shutdown.clone(),
            limits.clone(),
        )),
        tokio::spawn(serve(
            own_listener,
            router,
            None,
            shutdown.clone(),
            limits.clone(),
        )),
    ];
    if let Some(listener) = environment.listeners.admin {
        let readiness = Readiness::new();
        follow_disk(&readiness, ground.disk.clone(), &shutdown);
        figures.keep_tidy(&shutdown);
        let router = operator_router(&services, readiness, figures, shutdown.clone());
        let server = serve(listener, router, None, shutdown.clone(), limits);
        servers.push(tokio::spawn(server));
    }
    services.spawn(&shutdown);
    shutdown.spawn(publisher.run(shutdown.clone()));
    tracing::info!(%host, "ready");
    Ok(RunningProvider::new(
        host,
        document,
        services.stores,
        servers,
        shutdown,
    ))
}

fn public_router(
    config: &ProviderConfig,
    services: &Services,
    document: watch::Receiver<Bytes>,
) -> Router {
    let plain = config.provider.allow_loopback && config.provider.host.is_loopback_ip();
    let router = services.router().merge(well_known(document));
    with_headers(observe(router), !plain)
}

fn operator_router(
    services: &Services,
    readiness: Readiness,
    figures: Figures,
    shutdown: Shutdown,
) -> Router {
    let router = services
        .admin_router()
        .merge(admin_router(readiness, figures, shutdown));
    with_headers(by_address_only(observe(router)), false)
}

/// Not ready while the disk is full: new work would be refused.
fn follow_disk(readiness: &Readiness, disk: Option<DiskGuard>, shutdown: &Shutdown) {
    let Some(disk) = disk else { return };
    let (readiness, ending) = (readiness.clone(), shutdown.clone());
    shutdown.spawn(async move {
        let mut full = None;
        loop {
            match (disk.is_full(), &full) {
                (true, None) => full = Some(readiness.not_ready("no room on the disk")),
                (false, Some(_)) => full = None,
                _ => {}
            }
            tokio::select! {
                () = ending.stopping() => return,
                () = sleep(LOOK_AT_DISK) => {}
            }
        }
    });
}

/// Only the operator's account looks into it.
fn make_folder(path: &Path) -> Result<(), ProviderError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|why: io::Error| ProviderError::Folder {
            path: path.to_owned(),
            why,
        })
}
