//! One connection, from the TLS handshake to its end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use dyad_net::{BoxedIo, Io};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use super::ServerLimits;
use super::accept::{Admission, Admitted, PeerInfo};
use crate::shutdown::Shutdown;
use crate::tls::TlsConfig;

/// Largest buffer of an HTTP/1.1 connection, in bytes. An idle connection holds 8 KiB of it.
const MAX_BUFFER: usize = 64 * 1024;

/// HTTP/2 flow control windows, per request and per connection, in bytes: room for a body of
/// ordinary size without a round trip, and the most that a peer can make us hold.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;

/// HTTP/2 requests opened and reset again at once (CVE-2023-44487) before the connection is closed.
const MAX_PENDING_RESETS: usize = 20;

/// HTTP/2 errors of the peer's making (CVE-2025-8671) before the connection is closed.
const MAX_ERROR_RESETS: usize = 64;

/// Time between asking a silent connection to end and cutting it.
const GOODBYE: Duration = Duration::from_secs(5);

/// The two HTTP versions, set up once for all connections.
#[derive(Debug)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    handshake: Duration,
    idle: Duration,
}

impl Protocols {
    pub(super) fn new(limits: &ServerLimits) -> Self {
        let header_bytes = usize::try_from(limits.max_header_bytes).unwrap_or(usize::MAX);
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_headers(limits.max_headers)
            .max_header_size(header_bytes)
            .max_buf_size(MAX_BUFFER.max(header_bytes));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.max_streams)
            .max_header_list_size(limits.max_header_bytes)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .max_local_error_reset_streams(MAX_ERROR_RESETS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(MAX_BUFFER);
        Self {
            http1,
            http2,
            handshake: limits.handshake,
            idle: limits.idle,
        }
    }
}

/// What a connection needs to run.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) peer: PeerInfo,
    pub(super) protocols: Arc<Protocols>,
    pub(super) shutdown: Shutdown,
    pub(super) cut: CancellationToken,
}

impl Connection {
    pub(super) async fn run(self, io: BoxedIo, tls: Option<TlsConfig>, admission: Admission) {
        let Some(tls) = tls else {
            return self.http1(Admitted::new(io, admission)).await;
        };
        let handshake = timeout(self.protocols.handshake, tls.acceptor().accept(io));
        let stream = tokio::select! {
            () = self.shutdown.draining() => return,
            shaken = handshake => match shaken {
                Ok(Ok(stream)) => stream,
                // Port scans and old clients: counted, not logged one by one.
                Ok(Err(_)) | Err(_) => {
                    metrics::counter!("tls_handshakes_failed_total").increment(1);
                    return;
                }
            },
        };
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = Admitted::new(stream, admission);
        if h2 {
            self.http2(io).await
        } else {
            self.http1(io).await
        }
    }

    async fn http1(self, io: impl Io + 'static) {
        let pulse = Pulse::new();
        let service = self.service(&pulse);
        let connection = self
            .protocols
            .http1
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades();
        self.drive(
            connection,
            http1::UpgradeableConnection::graceful_shutdown,
            &pulse,
        )
        .await;
    }

    async fn http2(self, io: impl Io + 'static) {
        let pulse = Pulse::new();
        let service = self.service(&pulse);
        let connection = self
            .protocols
            .http2
            .serve_connection(TokioIo::new(io), service);
        self.drive(connection, http2::Connection::graceful_shutdown, &pulse)
            .await;
    }

    /// The router as hyper wants it, with the pulse of the connection taken at each step.
    fn service(
        &self,
        pulse: &Arc<Pulse>,
    ) -> impl hyper::service::Service<
        http::Request<Incoming>,
        Response = http::Response<Body>,
        Error = Infallible,
        Future: Send,
    > + use<> {
        let (router, peer, pulse) = (self.router.clone(), self.peer, Arc::clone(pulse));
        service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let mut router = router.clone();
            let busy = Busy::new(&pulse);
            async move {
                let response = router.call(request.map(Body::new)).await?;
                let pulse = Arc::clone(&busy.0);
                Ok(response.map(|body| {
                    Body::new(body.map_frame(move |frame| {
                        pulse.beat();
                        frame
                    }))
                }))
            }
        })
    }

    /// Runs a connection until it ends by itself, falls silent, drains, or is cut.
    async fn drive<C>(&self, connection: C, goodbye: fn(Pin<&mut C>), pulse: &Pulse)
    where
        C: Future<Output = hyper::Result<()>>,
    {
        let mut connection = pin!(connection);
        let mut draining = pin!(self.shutdown.draining());
        loop {
            let deadline = pulse.silent_since() + self.protocols.idle;
            tokio::select! {
                // How it ended is the peer's affair.
                _ended = connection.as_mut() => return,
                () = self.cut.cancelled() => return,
                () = draining.as_mut() => {
                    goodbye(connection.as_mut());
                    break;
                }
                () = sleep_until(deadline) => {
                    if pulse.is_silent_for(self.protocols.idle) {
                        goodbye(connection.as_mut());
                        let _ = timeout(GOODBYE, connection.as_mut()).await;
                        return;
                    }
                }
            }
        }
        tokio::select! {
            _ended = connection => {}
            () = self.cut.cancelled() => {}
        }
    }
}

/// When a connection last did something, and how many requests it is busy with.
#[derive(Debug)]
struct Pulse {
    start: Instant,
    /// Milliseconds after `start`.
    last: AtomicU64,
    busy: AtomicUsize,
}

impl Pulse {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            last: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
        })
    }

    fn beat(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// The moment since which nothing has happened: now, while a request is being worked on.
    fn silent_since(&self) -> Instant {
        if self.busy.load(Ordering::Relaxed) > 0 {
            return Instant::now();
        }
        self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    fn is_silent_for(&self, time: Duration) -> bool {
        self.silent_since().elapsed() >= time
    }
}

/// Marks a connection as busy with one request.
struct Busy(Arc<Pulse>);

impl Busy {
    fn new(pulse: &Arc<Pulse>) -> Self {
        pulse.busy.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(pulse))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.beat();
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
