//! How a process calls itself: in memory, past name service, guard and TLS.
//!
//! A provider's sender delivers to the same provider's receiver. Its public name may lie behind a
//! reverse proxy, a router that does not reflect, or an address that the guard refuses; none of that
//! must matter to a process that only talks to itself.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use async_trait::async_trait;
use dyad_net::{BoxedIo, Dial, NetError};
use dyad_protocol::id::HostName;
use dyad_service::server::{Accept, PeerInfo};
use tokio::io::duplex;
use tokio::sync::mpsc;

/// Bytes on the way in each direction: as much as a socket's usual buffer.
const BUFFER: usize = 64 * 1024;

/// Connections that wait to be accepted.
const BACKLOG: usize = 128;

/// Makes both ends.
pub(crate) fn own_host() -> (OwnHostDialer, OwnHostListener) {
    let (connections, accepted) = mpsc::channel(BACKLOG);
    (OwnHostDialer { connections }, OwnHostListener { accepted })
}

/// Connects to this very process, whatever host is asked for.
#[derive(Debug)]
pub(crate) struct OwnHostDialer {
    connections: mpsc::Sender<BoxedIo>,
}

#[async_trait]
impl Dial for OwnHostDialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let (ours, theirs) = duplex(BUFFER);
        self.connections
            .send(BoxedIo::new(theirs))
            .await
            .map_err(|_closed| NetError::unreachable(host, "this process is shutting down"))?;
        Ok(BoxedIo::new(ours))
    }
}

/// Where those connections arrive.
#[derive(Debug)]
pub(crate) struct OwnHostListener {
    accepted: mpsc::Receiver<BoxedIo>,
}

impl Accept for OwnHostListener {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        match self.accepted.recv().await {
            Some(io) => {
                let this_machine = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                Ok((io, PeerInfo::new(this_machine)))
            }
            // Nobody can call any more: nothing will ever come.
            None => std::future::pending().await,
        }
    }
}
