//! An answer whose body is taken piece by piece, for what is too large to be held.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::id::HostName;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::error::NetError;
use crate::http_client::body_error;
use crate::pool::{Pool, Sender};

/// The head of an answer, and its body as it comes. The caller bounds how much it takes; dropping it closes
/// the connection.
pub struct Streamed {
    /// The status; never 1xx or 3xx.
    pub status: u16,
    /// The headers, at most 16 KiB of them.
    pub headers: HeaderMap,
    pub(crate) host: HostName,
    pub(crate) body: Incoming,
    pub(crate) patience: Duration,
    /// For the next request, once the answer was read completely.
    pub(crate) back: Option<(Arc<Pool>, Sender)>,
    pub(crate) _permit: OwnedSemaphorePermit,
}

impl Streamed {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The host hung up before the end, or let us wait for too long.
    pub async fn next(&mut self) -> Result<Option<Bytes>, NetError> {
        loop {
            let frame = timeout(self.patience, self.body.frame())
                .await
                .map_err(|_elapsed| NetError::timeout(&self.host, "sending"))?;
            let Some(frame) = frame else {
                self.give_back();
                return Ok(None);
            };
            let frame = frame.map_err(|e| body_error(&self.host, &e))?;
            if let Ok(data) = frame.into_data() {
                if self.body.is_end_stream() {
                    self.give_back();
                }
                return Ok(Some(data));
            }
        }
    }

    fn give_back(&mut self) {
        if let Some((pool, sender)) = self.back.take() {
            pool.give(&self.host, sender);
        }
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            headers: _,
            host,
            body: _,
            patience: _,
            back: _,
            _permit: _,
        } = self;
        f.debug_struct("Streamed")
            .field("host", host)
            .field("status", status)
            .finish_non_exhaustive()
    }
}
