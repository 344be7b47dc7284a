//! Where connections come from, and who may have how many.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use dyad_net::BoxedIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::OwnedSemaphorePermit;

/// A source of connections: a TCP listener, or a simulated one.
pub trait Accept: Send + 'static {
    /// Waits for the next connection. May be dropped and called again without losing one.
    fn accept(&mut self) -> impl Future<Output = io::Result<(BoxedIo, PeerInfo)>> + Send;
}

impl Accept for TcpListener {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        let (stream, address) = TcpListener::accept(self).await?;
        // Answers are complete when they are written: waiting for more only delays them.
        stream.set_nodelay(true)?;
        Ok((BoxedIo::new(stream), PeerInfo::new(address)))
    }
}

/// Who is at the other end of a connection, as far as the network tells. For limits only: it is
/// never logged and never stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    address: SocketAddr,
}

/// What limits are counted by: an IPv4 address, or an IPv6 /64, which is the least that one
/// subscriber gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerKey(u64);

impl PeerInfo {
    /// The peer at this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// What limits are counted by; `None` for loopback, which is not limited.
    #[must_use]
    pub fn key(self) -> Option<PeerKey> {
        match self.address.ip().to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V4(v4) => Some(PeerKey(u64::from(v4.to_bits()))),
            // The upper 64 bits; no address in use collides with the IPv4 range.
            IpAddr::V6(v6) => Some(PeerKey((v6.to_bits() >> 64) as u64)),
        }
    }
}

impl std::fmt::Debug for PeerInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerInfo").finish_non_exhaustive()
    }
}

/// How many connections each peer has.
#[derive(Clone, Debug)]
pub(super) struct PeerTable {
    counts: Arc<Mutex<HashMap<PeerKey, usize>>>,
    max: usize,
}

impl PeerTable {
    pub(super) fn new(max: usize) -> Self {
        Self {
            counts: Arc::default(),
            max: max.max(1),
        }
    }

    /// A seat for one more connection of this peer.
    pub(super) fn admit(&self, peer: PeerInfo) -> Option<Seat> {
        let key = peer.key();
        if let Some(key) = key {
            let mut counts = self.counts.lock();
            let count = counts.entry(key).or_insert(0);
            if *count >= self.max {
                return None;
            }
            *count += 1;
        }
        Some(Seat {
            counts: Arc::clone(&self.counts),
            key,
        })
    }
}

/// Counts one connection of one peer for as long as it lives.
#[derive(Debug)]
pub(super) struct Seat {
    counts: Arc<Mutex<HashMap<PeerKey, usize>>>,
    key: Option<PeerKey>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

/// The right to one connection. It travels inside the stream, since an upgraded connection leaves
/// the server's hands and still counts.
#[derive(Debug)]
pub(super) struct Admission {
    _place: OwnedSemaphorePermit,
    _seat: Seat,
}

impl Admission {
    pub(super) fn new(place: OwnedSemaphorePermit, seat: Seat) -> Self {
        metrics::gauge!("http_connections").increment(1.0);
        Self {
            _place: place,
            _seat: seat,
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        metrics::gauge!("http_connections").decrement(1.0);
    }
}

/// A stream with its admission.
#[derive(Debug)]
pub(super) struct Admitted<I> {
    io: I,
    _admission: Admission,
}

impl<I> Admitted<I> {
    pub(super) fn new(io: I, admission: Admission) -> Self {
        Self {
            io,
            _admission: admission,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Admitted<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Admitted<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> PeerInfo {
        PeerInfo::new(SocketAddr::new(text.parse().unwrap(), 4711))
    }

    #[test]
    fn one_peer_cannot_take_all_the_places() {
        let table = PeerTable::new(2);
        let first = table.admit(peer("198.51.100.1")).unwrap();
        let _second = table.admit(peer("198.51.100.1")).unwrap();
        assert!(table.admit(peer("198.51.100.1")).is_none());
        assert!(table.admit(peer("198.51.100.2")).is_some());
        drop(first);
        assert!(table.admit(peer("198.51.100.1")).is_some());
    }

    #[test]
    fn a_peer_is_an_ipv4_address_or_an_ipv6_subscriber() {
        assert_eq!(peer("2001:db8::1").key(), peer("2001:db8::ffff").key());
        assert_ne!(peer("2001:db8::1").key(), peer("2001:db8:0:1::1").key());
        assert_eq!(
            peer("::ffff:198.51.100.1").key(),
            peer("198.51.100.1").key()
        );
        assert_eq!((peer("127.0.0.1").key(), peer("::1").key()), (None, None));
    }

    #[test]
    fn seats_that_are_given_back_take_no_memory() {
        let table = PeerTable::new(2);
        drop(table.admit(peer("198.51.100.1")));
        assert!(table.counts.lock().is_empty());
    }
}
