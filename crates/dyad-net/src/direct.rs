//! The dialler for hosts that the person or the operator chose.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use dyad_protocol::id::HostName;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::connect::{self, HTTP_PORT, HTTPS_PORT};
use crate::error::NetError;
use crate::io::{BoxedIo, Dial};
use crate::tls::{RootCertificates, TlsClient};

/// How a [`DirectDialer`] connects.
#[derive(Clone, Debug)]
pub struct DirectSettings {
    /// Root certificates trusted.
    pub roots: RootCertificates,
    /// Plain http to loopback addresses, for development and for everything on one machine.
    pub allow_loopback: bool,
    /// Time for name look-up, TCP and TLS, each.
    pub connect: Duration,
}

impl Default for DirectSettings {
    fn default() -> Self {
        Self {
            roots: RootCertificates::system(),
            allow_loopback: false,
            connect: Duration::from_secs(10),
        }
    }
}

/// Connects to hosts that the person or the operator chose: the machine's own name service, any
/// address, TLS always (plain http only to a loopback address, and only where switched on).
#[derive(Debug)]
pub struct DirectDialer {
    tls: TlsClient,
    allow_loopback: bool,
    connect: Duration,
}

impl DirectDialer {
    /// A dialler with these settings.
    #[must_use]
    pub fn new(settings: DirectSettings) -> Self {
        Self {
            tls: TlsClient::new(settings.roots),
            allow_loopback: settings.allow_loopback,
            connect: settings.connect,
        }
    }
}

#[async_trait]
impl Dial for DirectDialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let plain = self.allow_loopback && host.is_loopback_ip();
        let port = host
            .port()
            .unwrap_or(if plain { HTTP_PORT } else { HTTPS_PORT });
        let addresses: Vec<SocketAddr> = timeout(self.connect, lookup_host((host.host(), port)))
            .await
            .map_err(|_elapsed| NetError::timeout(host, "looking up its name"))?
            .map_err(|_unknown| NetError::NameUnknown { host: host.clone() })?
            .collect();
        let tcp = connect::tcp(host, &addresses, self.connect).await?;
        if plain {
            return Ok(BoxedIo::new(tcp));
        }
        timeout(self.connect, self.tls.wrap(host, tcp))
            .await
            .map_err(|_elapsed| NetError::timeout(host, "TLS"))?
    }
}
