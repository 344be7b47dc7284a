//! Runs a router on a listener, real or simulated: TLS, HTTP/1.1 and HTTP/2, WebSocket upgrades,
//! limits, and an end without lost requests.
//!
//! HTTP/2 is spoken where TLS negotiated it (ALPN); without TLS only HTTP/1.1 is, which keeps the
//! plain port to what a reverse proxy or a loopback client needs.

mod accept;
mod connection;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use self::accept::{Accept, PeerInfo, PeerKey};

use self::accept::{Admission, PeerTable};
use self::connection::Protocols;
use crate::shutdown::Shutdown;
use crate::tls::TlsConfig;

/// Pause after the operating system refused to accept (mostly: out of file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Time after the drain deadline for connections to notice that they are cut.
const CUT_GRACE: Duration = Duration::from_secs(1);

/// What bounds a server.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// Connections at the same moment, WebSockets included; more wait unaccepted.
    pub max_connections: usize,
    /// Connections at the same moment from one IPv4 address or IPv6 /64; more are hung up on.
    /// Loopback is exempt, since a reverse proxy and everything on one machine come from there.
    pub max_connections_per_peer: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Silence after which a connection is closed: the time for request headers to arrive, the time
    /// that a connection is kept between requests, and the time for a peer to take what it is sent.
    pub idle: Duration,
    /// Time for requests in flight to end once draining has begun.
    pub drain: Duration,
    /// Request headers, in bytes.
    pub max_header_bytes: u32,
    /// Request headers, in number (HTTP/1.1).
    pub max_headers: usize,
    /// HTTP/2 requests at the same moment on one connection.
    pub max_streams: u32,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 50_000,
            max_connections_per_peer: 256,
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            drain: Duration::from_secs(20),
            max_header_bytes: 16 * 1024,
            max_headers: 64,
            max_streams: 64,
        }
    }
}

/// Serves until `shutdown` drains, then ends the requests in flight and returns.
///
/// Handlers find a [`PeerInfo`] in the request's extensions. A handler that upgraded to a WebSocket
/// watches `shutdown` itself and ends soon after draining has begun; whatever is left after
/// [`ServerLimits::drain`] is cut.
pub async fn serve<A: Accept>(
    mut listener: A,
    router: Router,
    tls: Option<TlsConfig>,
    shutdown: Shutdown,
    limits: ServerLimits,
) {
    let places = Arc::new(Semaphore::new(
        limits.max_connections.clamp(1, Semaphore::MAX_PERMITS),
    ));
    let peers = PeerTable::new(limits.max_connections_per_peer);
    let cut = CancellationToken::new();
    let protocols = Arc::new(Protocols::new(&limits));
    if let Some(tls) = &tls {
        shutdown.spawn(tls.clone().keep_fresh(shutdown.clone()));
    }
    loop {
        let place = tokio::select! {
            () = shutdown.draining() => break,
            place = Arc::clone(&places).acquire_owned() => match place {
                Ok(place) => place,
                Err(_closed) => break,
            },
        };
        let accepted = tokio::select! {
            () = shutdown.draining() => break,
            accepted = listener.accept() => accepted,
        };
        let (io, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) => {
                pause_after(&e).await;
                continue;
            }
        };
        let Some(seat) = peers.admit(peer) else {
            metrics::counter!("http_connections_refused_total").increment(1);
            continue;
        };
        let connection = connection::Connection {
            router: router.clone(),
            peer,
            protocols: Arc::clone(&protocols),
            shutdown: shutdown.clone(),
            cut: cut.clone(),
        };
        tokio::spawn(connection.run(io, tls.clone(), Admission::new(place, seat)));
    }
    // No more is accepted from here on, also not into the kernel's queue.
    drop(listener);
    await_all(&places, &limits, &cut).await;
}

/// Waits until every connection has given its place back; cuts the rest at the deadline.
async fn await_all(places: &Arc<Semaphore>, limits: &ServerLimits, cut: &CancellationToken) {
    let all = u32::try_from(limits.max_connections.max(1)).unwrap_or(u32::MAX);
    if timeout(limits.drain, places.acquire_many(all))
        .await
        .is_ok()
    {
        return;
    }
    tracing::warn!("requests in flight did not end in time: cutting their connections");
    cut.cancel();
    let _ = timeout(CUT_GRACE, places.acquire_many(all)).await;
}

async fn pause_after(error: &io::Error) {
    // The peer was gone before it was accepted: no reason to wait.
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    ) {
        return;
    }
    tracing::warn!(%error, "cannot accept connections for the moment");
    sleep(ACCEPT_PAUSE).await;
}
