//! The running app's end of the control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dyad_app::{App, AppError, Response};
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::frame::{self, MAX_CALL};
use super::{Call, Reply, socket};

/// Answers that may wait for a slow reader.
const PENDING_ITEMS: usize = 64;
/// Pause after the operating system refused to accept (mostly: out of file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Time for commands under way to end when the process stops.
const GRACE: Duration = Duration::from_secs(3);

/// The socket while it is open; removed from the file system when dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    listener: UnixListener,
    path: PathBuf,
}

impl Gate {
    /// Opens the socket. The caller holds the home's lock.
    ///
    /// # Errors
    /// The home cannot be written.
    pub(crate) fn open(path: &Path) -> Result<Self, AppError> {
        let failed = |e: io::Error| {
            AppError::config(
                "control-unusable",
                format!("{} cannot be opened.", path.display()),
            )
            .with_detail(e)
        };
        let listener = socket::bind(path).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            listener: UnixListener::from_std(listener).map_err(failed)?,
            path: path.to_owned(),
        })
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Does what commands ask until `stop` completes; those under way then have a moment to end.
pub(crate) async fn serve(gate: Gate, app: App, stop: impl Future<Output = ()>) {
    let owner = rustix::process::geteuid().as_raw();
    let stopping = CancellationToken::new();
    let mut calls = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = calls.join_next() => {}
            accepted = gate.listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // File modes keep others out already; this holds where they were loosened by hand.
                    if stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0) {
                        calls.spawn(converse(stream, app.clone(), stopping.clone()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept commands for the moment");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(gate);
    stopping.cancel();
    let _ = timeout(GRACE, async { while calls.join_next().await.is_some() {} }).await;
    calls.shutdown().await;
}

async fn converse(stream: UnixStream, app: App, stopping: CancellationToken) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let request = match frame::read::<Call>(&mut read, MAX_CALL).await {
        Ok(Some(call)) => call.open(),
        Ok(None) => return,
        Err(e) => {
            Err(AppError::other("control-garbage", "The command could not be read.").with_detail(e))
        }
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => return finish(&mut write, Err(error)).await,
    };
    let (items, pending) = mpsc::channel(PENDING_ITEMS);
    let work = async {
        let result = app.call(request, &items).await;
        drop(items);
        result
    };
    let (result, alive) = tokio::join!(work, forward(&mut read, &mut write, pending, &stopping));
    if alive {
        finish(&mut write, result).await;
    }
}

/// Passes on what comes before the last answer. When the command has hung up or the process stops,
/// whoever follows is ended by closing `pending`; what changes something is finished all the same.
/// Answers whether the other end is still there.
async fn forward(
    read: &mut BufReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
    mut pending: mpsc::Receiver<Response>,
    stopping: &CancellationToken,
) -> bool {
    let mut byte = [0];
    loop {
        let item = tokio::select! {
            item = pending.recv() => item,
            () = stopping.cancelled() => return true,
            // A command says nothing after its call: this is its end, or its mistake.
            _ = read.read(&mut byte) => return false,
        };
        let Some(item) = item else { return true };
        if frame::write(write, &Reply::Item(item)).await.is_err() {
            return false;
        }
    }
}

async fn finish(write: &mut OwnedWriteHalf, result: Result<Response, AppError>) {
    let reply = result.map_or_else(Reply::Error, Reply::Done);
    let _ = frame::write(write, &reply).await;
}
