//! Receiving where something in between lets no WebSocket through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use common::{Person, Provider, SOON, direct, eventually, meet};
use dyad_net::{BoxedIo, Dial, NetError};
use dyad_protocol::api::fetch::STREAM_PATH;
use dyad_protocol::id::HostName;
use dyad_protocol::time::SystemClock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Cuts every connection on which a WebSocket is asked for.
#[derive(Debug)]
struct NoWebSockets {
    inner: Arc<dyn Dial>,
    cut: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl Dial for NoWebSockets {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let io = self.inner.dial(host).await?;
        let cut = Arc::clone(&self.cut);
        Ok(BoxedIo::new(Watched { io, cut }))
    }
}

struct Watched {
    io: BoxedIo,
    cut: Arc<AtomicUsize>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if buf.starts_with(format!("GET {STREAM_PATH}").as_bytes()) {
            self.cut.fetch_add(1, Ordering::Relaxed);
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn messages_come_by_polling_where_no_websocket_gets_through() {
    let (one, two) = (Provider::begin(60).await, Provider::begin(60).await);
    let cut = Arc::new(AtomicUsize::new(0));
    let dialer = NoWebSockets {
        inner: direct(),
        cut: Arc::clone(&cut),
    };
    let alex = Person::with("Alex", Arc::new(SystemClock), Arc::new(dialer)).await;
    alex.client.provider_add(&one.url(), None).await.unwrap();
    let blair = Person::at("Blair", &[&two]).await;
    meet(&alex, &blair).await;
    let _online = alex.online();
    for text in ["first", "second"] {
        blair.client.send("Alex", text, SOON).await.unwrap();
        eventually("the message arrives", || {
            alex.texts().iter().any(|read| read == text)
        })
        .await;
    }
    assert!(
        cut.load(Ordering::Relaxed) > 0,
        "a WebSocket was tried first"
    );
}
