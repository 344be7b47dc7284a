//! Connections of a simulated machine: they fall silent when its power goes, and can be listened to.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use dyad_net::{BoxedIo, Dial, NetError};
use dyad_protocol::id::HostName;
use dyad_service::server::{Accept, PeerInfo};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::fuse::{Fuse, Power};
use crate::net::{SimulatedDialer, SimulatedListener};

/// Everything that went over some connections. Clones are the same tape.
#[derive(Clone, Debug, Default)]
pub struct Tape(Arc<Mutex<Vec<Recorded>>>);

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Who called.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// What the caller wrote.
    pub sent: Vec<u8>,
    /// What the caller read.
    pub received: Vec<u8>,
}

impl Tape {
    /// All connections so far, in the order in which they were made.
    #[must_use]
    pub fn connections(&self) -> Vec<Recorded> {
        self.0.lock().clone()
    }

    /// A dialler of `from`, whose connections are recorded.
    #[must_use]
    pub fn dialer(&self, from: &str) -> Arc<dyn Dial> {
        Arc::new(FusedDialer {
            from: from.to_owned(),
            fuse: Fuse::default(),
            counts: false,
            tape: Some(self.clone()),
            detours: BTreeMap::new(),
        })
    }

    fn begin(&self, from: &str, to: &HostName) -> Track {
        let mut connections = self.0.lock();
        connections.push(Recorded {
            from: from.to_owned(),
            to: to.as_str().to_owned(),
            sent: Vec::new(),
            received: Vec::new(),
        });
        Track {
            tape: self.clone(),
            number: connections.len() - 1,
        }
    }
}

/// The part of a tape that belongs to one connection.
#[derive(Debug)]
struct Track {
    tape: Tape,
    number: usize,
}

impl Track {
    fn sent(&self, bytes: &[u8]) {
        if let Some(connection) = self.tape.0.lock().get_mut(self.number) {
            connection.sent.extend_from_slice(bytes);
        }
    }

    fn received(&self, bytes: &[u8]) {
        if let Some(connection) = self.tape.0.lock().get_mut(self.number) {
            connection.received.extend_from_slice(bytes);
        }
    }
}

/// A connection of a machine with a fuse.
#[derive(Debug)]
struct Line {
    io: BoxedIo,
    fuse: Fuse,
    /// Whether writing to it counts: an app's moments of interest are between its writes to the network.
    counts: bool,
    track: Option<Track>,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.fuse.is_blown() {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        if let Some(track) = &self.track {
            track.received(buf.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let off = if self.counts {
            self.fuse.spend() == Power::Off
        } else {
            self.fuse.is_blown()
        };
        if off {
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        if let (Some(track), Poll::Ready(Ok(written))) = (&self.track, &polled) {
            track.sent(buf.get(..*written).unwrap_or_default());
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fuse.is_blown() {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Connects from a machine with a fuse.
#[derive(Debug, Clone)]
pub(crate) struct FusedDialer {
    pub(crate) from: String,
    pub(crate) fuse: Fuse,
    pub(crate) counts: bool,
    pub(crate) tape: Option<Tape>,
    /// Hosts that are found on another machine from here than from elsewhere.
    pub(crate) detours: BTreeMap<HostName, HostName>,
}

#[async_trait]
impl Dial for FusedDialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let machine = self.detours.get(host).unwrap_or(host);
        let io = SimulatedDialer.dial(machine).await?;
        let track = self.tape.as_ref().map(|tape| tape.begin(&self.from, host));
        Ok(BoxedIo::new(Line {
            io,
            fuse: self.fuse.clone(),
            counts: self.counts,
            track,
        }))
    }
}

/// Listens on a machine with a fuse.
#[derive(Debug)]
pub(crate) struct FusedListener {
    pub(crate) listener: SimulatedListener,
    pub(crate) fuse: Fuse,
}

impl Accept for FusedListener {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        let (io, peer) = self.listener.accept().await?;
        let line = Line {
            io,
            fuse: self.fuse.clone(),
            counts: false,
            track: None,
        };
        Ok((BoxedIo::new(line), peer))
    }
}
