//! Sockets of the simulated network, in the shape that services and apps take them.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use async_trait::async_trait;
use dyad_net::{BoxedIo, Dial, NetError};
use dyad_protocol::id::HostName;
use dyad_service::server::{Accept, PeerInfo};
use turmoil::net::{TcpListener, TcpStream};

/// The one port that simulated hosts listen on.
pub const PORT: u16 = 443;

/// Connects by the simulation's name service. There is no TLS: nobody listens in who is not simulated.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimulatedDialer;

#[async_trait]
impl Dial for SimulatedDialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let target = (host.host().to_owned(), host.port().unwrap_or(PORT));
        match TcpStream::connect(target).await {
            Ok(stream) => Ok(BoxedIo::new(stream)),
            Err(error) => Err(NetError::unreachable(host, error)),
        }
    }
}

/// Listens on [`PORT`] of the simulated host that it is made on.
pub struct SimulatedListener(TcpListener);

impl std::fmt::Debug for SimulatedListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedListener").finish_non_exhaustive()
    }
}

impl SimulatedListener {
    /// Binds.
    ///
    /// # Errors
    /// If the host already listens.
    pub async fn bind() -> io::Result<Self> {
        TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT))
            .await
            .map(Self)
    }
}

impl Accept for SimulatedListener {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        let (stream, address) = self.0.accept().await?;
        Ok((BoxedIo::new(stream), PeerInfo::new(address)))
    }
}
