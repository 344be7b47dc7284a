//! A connection, whatever it is made of, and the trait that makes one.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use dyad_protocol::id::HostName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::error::NetError;

/// What a connection must be able to do.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A byte stream of any make: TCP, TLS over TCP, a simulated socket.
pub struct BoxedIo {
    inner: Box<dyn Io>,
}

impl BoxedIo {
    /// Boxes a stream.
    #[must_use]
    pub fn new(io: impl Io + 'static) -> Self {
        Self {
            inner: Box::new(io),
        }
    }
}

impl fmt::Debug for BoxedIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxedIo").finish_non_exhaustive()
    }
}

impl AsyncRead for BoxedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for BoxedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// Makes connections to hosts, TLS included where it is due.
///
/// The stream it returns is ready for HTTP/1.1. Implementations bound their own time; callers add
/// a bound of their own around the whole exchange.
#[async_trait]
pub trait Dial: Send + Sync + fmt::Debug {
    /// Connects to `host`.
    ///
    /// # Errors
    /// The connection cannot be made or must not be made.
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError>;
}
