//! The command's end of the control socket.

use std::io;
use std::path::Path;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::frame::{self, MAX_REPLY};
use super::{Call, Reply, socket};
use dyad_app::AppError;
use dyad_app::{Request, Response};
use dyad_client::ErrorKind;

/// A connection to the running `dyad up`.
#[derive(Debug)]
pub(crate) struct Connection {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

/// Connects to whoever listens there; `None` if nobody does.
///
/// # Errors
/// Somebody may be listening, but we cannot get through.
pub(crate) fn connect(path: &Path) -> Result<Option<Connection>, AppError> {
    let failed = |e: io::Error| {
        AppError::config(
            "control-unusable",
            format!("{} cannot be used.", path.display()),
        )
        .with_detail(e)
    };
    let stream = match socket::connect(path) {
        Ok(stream) => stream,
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(e) => return Err(failed(e)),
    };
    stream.set_nonblocking(true).map_err(failed)?;
    let (read, write) = UnixStream::from_std(stream).map_err(failed)?.into_split();
    Ok(Some(Connection {
        read: BufReader::new(read),
        write,
    }))
}

impl Connection {
    /// Has a request done; what comes before the last answer goes to `item`.
    ///
    /// # Errors
    /// What the running process says, or that it went away.
    pub(crate) async fn call(
        mut self,
        request: &Request,
        mut item: impl FnMut(Response),
    ) -> Result<Response, AppError> {
        let call = Call::new(request).map_err(|e| lost(&e))?;
        frame::write(&mut self.write, &call)
            .await
            .map_err(|e| lost(&e))?;
        loop {
            match frame::read(&mut self.read, MAX_REPLY)
                .await
                .map_err(|e| lost(&e))?
            {
                Some(Reply::Item(response)) => item(response),
                Some(Reply::Done(response)) => return Ok(response),
                Some(Reply::Error(error)) => return Err(error),
                None => return Err(lost(&"it hung up")),
            }
        }
    }
}

fn lost(why: &dyn std::fmt::Display) -> AppError {
    AppError::new(
        ErrorKind::TryLater,
        "app-went-away",
        "The running `dyad up` went away before it answered. What it had begun is kept; look with `dyad status`.",
    )
    .with_detail(why)
}
