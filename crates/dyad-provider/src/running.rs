//! A provider that runs, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::id::HostName;
use dyad_service::Shutdown;
use dyad_store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Time for background work to end once nothing comes in any more.
const GRACE: Duration = Duration::from_secs(15);

/// A provider that runs. Dropping it ends nothing: its [`Shutdown`] does.
#[derive(Debug)]
pub struct RunningProvider {
    host: HostName,
    address: Option<SocketAddr>,
    admin_address: Option<SocketAddr>,
    document: watch::Receiver<Bytes>,
    stores: Vec<Store>,
    servers: Vec<JoinHandle<()>>,
    shutdown: Shutdown,
}

impl RunningProvider {
    pub(crate) fn new(
        host: HostName,
        document: watch::Receiver<Bytes>,
        stores: Vec<Store>,
        servers: Vec<JoinHandle<()>>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            host,
            address: None,
            admin_address: None,
            document,
            stores,
            servers,
            shutdown,
        }
    }

    pub(crate) fn at(mut self, public: Option<SocketAddr>, admin: Option<SocketAddr>) -> Self {
        self.address = public;
        self.admin_address = admin;
        self
    }

    /// The name under which it is reached.
    #[must_use]
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// The address that it listens on, on a real machine.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The address for the operator, if there is one.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The host's document as served, with every change.
    #[must_use]
    pub fn document(&self) -> watch::Receiver<Bytes> {
        self.document.clone()
    }

    /// Returns when the provider has ended, which begins with draining of its [`Shutdown`]: requests in
    /// flight are answered, then background work ends, then the stores are closed.
    pub async fn finished(self) {
        for server in self.servers {
            // A server that panicked is as ended as one that returned.
            let _ = server.await;
        }
        self.shutdown.finish(GRACE).await;
        for store in self.stores {
            store.close().await;
        }
        tracing::info!(host = %self.host, "stopped");
    }
}
