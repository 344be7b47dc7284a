//! The dialler for hosts that somebody else chose.
//!
//! A contact, or a stranger, names the host that our sender service then calls. Without a guard
//! that host could be our own database, the cloud's metadata service, or a neighbour in the
//! operator's network. So: the name is resolved here, every answer is checked against the registries
//! of special-purpose addresses, and the connection goes to an address that was checked. The name is
//! not resolved a second time, so an answer that changes in between ("rebinding") gains nothing.

mod address;
mod resolve;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use dyad_protocol::id::HostName;
use tokio::time::timeout;

pub use address::{PublicAddress, forbidden_block};

use self::resolve::Names;
use crate::connect::{self, HTTP_PORT, HTTPS_PORT};
use crate::error::NetError;
use crate::io::{BoxedIo, Dial};
use crate::tls::{RootCertificates, TlsClient};

/// Ports below this belong to other protocols (mail, remote shells), at which nobody may aim us;
/// 443 excepted.
const FIRST_FREE_PORT: u16 = 1024;

/// How a [`GuardedDialer`] connects.
#[derive(Clone, Debug)]
pub struct GuardSettings {
    /// Root certificates trusted.
    pub roots: RootCertificates,
    /// Name servers asked; empty for those of the machine.
    pub name_servers: Vec<SocketAddr>,
    /// For development: loopback IP literals pass and are spoken to in plain http. Names that
    /// resolve to loopback are refused all the same.
    pub allow_loopback: bool,
    /// Time for name look-up, TCP and TLS, each.
    pub connect: Duration,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            roots: RootCertificates::system(),
            name_servers: Vec::new(),
            allow_loopback: false,
            connect: Duration::from_secs(10),
        }
    }
}

/// Connects to hosts chosen by others: public addresses only, TLS always.
#[derive(Debug)]
pub struct GuardedDialer {
    names: Names,
    tls: TlsClient,
    allow_loopback: bool,
    connect: Duration,
}

impl GuardedDialer {
    /// A dialler with these settings.
    ///
    /// # Errors
    /// The machine's name service configuration cannot be read.
    pub fn new(settings: GuardSettings) -> Result<Self, NetError> {
        Ok(Self {
            names: Names::new(&settings.name_servers, settings.connect)?,
            tls: TlsClient::new(settings.roots),
            allow_loopback: settings.allow_loopback,
            connect: settings.connect,
        })
    }

    /// Where `host` lies: only addresses that passed the check.
    ///
    /// # Errors
    /// The name has no address, or none that may be called.
    async fn locate(&self, host: &HostName) -> Result<Vec<PublicAddress>, NetError> {
        let found: Vec<IpAddr> = match host.ip() {
            Some(literal) => vec![literal],
            None => timeout(self.connect, self.names.look_up(host))
                .await
                .map_err(|_elapsed| NetError::timeout(host, "looking up its name"))??,
        };
        let mut refused = None;
        let mut public = Vec::new();
        for address in found {
            match PublicAddress::check(address) {
                Ok(good) => public.push(good),
                Err(block) => refused = Some((address, block)),
            }
        }
        if public.is_empty() {
            return Err(match refused {
                Some((address, block)) => NetError::ForbiddenAddress {
                    host: host.clone(),
                    address,
                    block,
                },
                None => NetError::NameUnknown { host: host.clone() },
            });
        }
        Ok(public)
    }

    async fn dial_loopback(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let ip: IpAddr = host
            .ip()
            .ok_or_else(|| NetError::NameUnknown { host: host.clone() })?;
        let address = SocketAddr::new(ip, host.port().unwrap_or(HTTP_PORT));
        Ok(BoxedIo::new(
            connect::tcp(host, &[address], self.connect).await?,
        ))
    }
}

/// What can be said of a host before its name is looked up: whether its port, or the address that it
/// is, would be refused. For telling whoever named it at once.
///
/// # Errors
/// [`NetError::ForbiddenPort`] or [`NetError::ForbiddenAddress`].
pub fn check_name(host: &HostName, allow_loopback: bool) -> Result<(), NetError> {
    if allow_loopback && host.is_loopback_ip() {
        return Ok(());
    }
    let port = host.port().unwrap_or(HTTPS_PORT);
    if port != HTTPS_PORT && port < FIRST_FREE_PORT {
        return Err(NetError::ForbiddenPort {
            host: host.clone(),
            port,
        });
    }
    match host.ip().map(|address| (address, forbidden_block(address))) {
        Some((address, Some(block))) => Err(NetError::ForbiddenAddress {
            host: host.clone(),
            address,
            block,
        }),
        _ => Ok(()),
    }
}

#[async_trait]
impl Dial for GuardedDialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        if self.allow_loopback && host.is_loopback_ip() {
            return self.dial_loopback(host).await;
        }
        check_name(host, self.allow_loopback)?;
        let port = host.port().unwrap_or(HTTPS_PORT);
        let addresses: Vec<SocketAddr> = self
            .locate(host)
            .await?
            .into_iter()
            .map(|public| public.with_port(port))
            .collect();
        let tcp = connect::tcp(host, &addresses, self.connect).await?;
        timeout(self.connect, self.tls.wrap(host, tcp))
            .await
            .map_err(|_elapsed| NetError::timeout(host, "TLS"))?
    }
}

#[cfg(test)]
mod tests;
