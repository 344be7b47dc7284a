//! Serving on the Unix socket in the home.

use std::io;

use axum::Router;
use axum::serve::Listener;
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Duration, sleep, timeout};

/// Pause after the operating system refused to accept (mostly: out of file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Time for answers under way when the program stops.
const GRACE: Duration = Duration::from_secs(2);

/// Only programs that run as the person, or as the machine's administrator, are heard. File modes keep others out already;
/// this holds where they were loosened by hand.
struct OwnersOnly(UnixListener);

impl Listener for OwnersOnly {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (UnixStream, SocketAddr) {
        let owner = rustix::process::geteuid().as_raw();
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    if stream
                        .peer_cred()
                        .is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0)
                    {
                        return (stream, address);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept programs for the moment");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until `stop` is done; answers under way then have a moment to end.
pub async fn serve(
    listener: UnixListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let stopping = async move {
        stop.await;
        let _ = tell.send(());
    };
    let server = axum::serve(OwnersOnly(listener), router).with_graceful_shutdown(stopping);
    let patience = async {
        let _ = told.await;
        let _ = timeout(GRACE, std::future::pending::<()>()).await;
    };
    tokio::select! {
        served = async { server.await } => if let Err(error) = served {
            tracing::warn!(%error, "programs are not answered any more");
        },
        () = patience => {}
    }
}
