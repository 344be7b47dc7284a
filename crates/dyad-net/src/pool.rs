//! Connections kept open between requests.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::id::HostName;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};

/// How long a connection whose answer was read may take to become usable again.
const SETTLE: Duration = Duration::from_secs(1);

/// The end of a connection through which requests are sent.
pub(crate) type Sender = SendRequest<Full<Bytes>>;

struct Idle {
    sender: Sender,
    since: Instant,
}

#[derive(Default)]
struct Shelves {
    by_host: HashMap<HostName, Vec<Idle>>,
    sweeping: bool,
}

/// Idle connections by host, newest used first, each kept for a limited time.
pub(crate) struct Pool {
    shelves: Mutex<Shelves>,
    max_per_host: usize,
    max_total: usize,
    keep: Duration,
}

impl Pool {
    pub(crate) fn new(max_per_host: usize, max_total: usize, keep: Duration) -> Arc<Self> {
        Arc::new(Self {
            shelves: Mutex::new(Shelves::default()),
            max_per_host,
            max_total,
            keep,
        })
    }

    /// A connection to `host` that was open a moment ago.
    pub(crate) fn take(&self, host: &HostName) -> Option<Sender> {
        let mut shelves = self.shelves.lock();
        let shelf = shelves.by_host.get_mut(host)?;
        let now = Instant::now();
        let found = std::iter::from_fn(|| shelf.pop())
            .find(|idle| now.duration_since(idle.since) < self.keep && idle.sender.is_ready());
        if shelf.is_empty() {
            shelves.by_host.remove(host);
        }
        found.map(|idle| idle.sender)
    }

    /// Keeps a connection whose answer has been read completely.
    pub(crate) fn give(self: &Arc<Self>, host: &HostName, mut sender: Sender) {
        if sender.is_closed() || self.max_per_host == 0 {
            return;
        }
        if sender.is_ready() {
            self.keep(host.clone(), sender);
            return;
        }
        // The connection's task has yet to notice that the exchange is over.
        let pool = Arc::clone(self);
        let host = host.clone();
        tokio::spawn(async move {
            if let Ok(Ok(())) = timeout(SETTLE, sender.ready()).await {
                pool.keep(host, sender);
            }
        });
    }

    fn keep(self: &Arc<Self>, host: HostName, sender: Sender) {
        let mut shelves = self.shelves.lock();
        let total: usize = shelves.by_host.values().map(Vec::len).sum();
        if total >= self.max_total {
            return;
        }
        let shelf = shelves.by_host.entry(host).or_default();
        if shelf.len() >= self.max_per_host {
            return;
        }
        shelf.push(Idle {
            sender,
            since: Instant::now(),
        });
        if !std::mem::replace(&mut shelves.sweeping, true) {
            tokio::spawn(sweep(Arc::downgrade(self), self.keep));
        }
    }

    /// Closes what has been idle for too long; `false` once nothing is left to watch.
    fn expire(&self) -> bool {
        let mut shelves = self.shelves.lock();
        let now = Instant::now();
        shelves.by_host.retain(|_, shelf| {
            shelf.retain(|idle| {
                now.duration_since(idle.since) < self.keep && !idle.sender.is_closed()
            });
            !shelf.is_empty()
        });
        shelves.sweeping = !shelves.by_host.is_empty();
        shelves.sweeping
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("max_per_host", &self.max_per_host)
            .field("max_total", &self.max_total)
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}

async fn sweep(pool: Weak<Pool>, every: Duration) {
    loop {
        sleep(every).await;
        match pool.upgrade() {
            Some(pool) if pool.expire() => {}
            _ => return,
        }
    }
}
