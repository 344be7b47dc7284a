//! The keys of sender services: looked up in their documents off the request path, under a budget.
//!
//! Anybody can claim to be any host, so a claim alone makes this service contact that host. Hence: one
//! fetch at a time for a host, a budget for all hosts not known yet and for each network peer, and a memory
//! of hosts that gave no good document.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use dyad_net::{NetError, Request};
use dyad_protocol::codec::DecodeError;
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DOCUMENT_CACHE, MAX_DOCUMENT_LEN};
use dyad_protocol::sign::ServicePublic;
use dyad_protocol::time::Timestamp;
use dyad_service::limits::{Rate, RateLimiter};
use dyad_service::server::PeerKey;
use dyad_store::StoreError;
use dyad_store::peers::{self, Peer};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::receiver::Shared;

/// Hosts kept in memory. Others are read from the store.
const MAX_CACHED: usize = 16_384;
/// Hosts without a good document that are remembered.
const MAX_REFUSED: usize = 16_384;
/// Hosts that wait to be asked.
const MAX_QUEUED: usize = 256;
/// Hosts asked at the same moment.
const MAX_FETCHES: usize = 16;
/// Time for a host to show its document.
const FETCH_TIME: Duration = Duration::from_secs(15);
/// From this age a document is asked for again while it is still good, in seconds.
const REFRESH_AFTER: u64 = DOCUMENT_CACHE / 2;
/// Least age at which a key is doubted because a signature does not hold, in seconds.
const DOUBT_AFTER: u64 = 600;
/// Wait asked for while a host is being asked.
const ASKING_WAIT: Duration = Duration::from_secs(5);
/// A host without a good document is left alone for so long, then twice as long, and so on.
const FIRST_REFUSAL: Duration = Duration::from_secs(60);
/// At most so long.
const LONGEST_REFUSAL: Duration = Duration::from_secs(3_600);
/// New hosts that one network peer may have looked up: so many at once, and one more each half minute.
const PER_PEER: Rate = Rate::new(16, Duration::from_secs(30));
/// Known hosts whose documents are asked for again, in all.
const REFRESHES: Rate = Rate::per_second(256, 4);

/// What can be said of a sender service now.
pub(crate) enum Standing {
    /// Its key is known.
    Known(Peer),
    /// It is not, or not any more.
    Unknown {
        /// When it may be.
        retry_after: Duration,
    },
}

/// What is known of sender services, in memory.
#[derive(Debug)]
pub(crate) struct Senders {
    own: (HostName, ServicePublic),
    state: Mutex<State>,
    new: RateLimiter<()>,
    new_by_peer: RateLimiter<PeerKey>,
    refreshes: RateLimiter<()>,
    queue: mpsc::Sender<HostName>,
    queued: tokio::sync::Mutex<mpsc::Receiver<HostName>>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<HostName, Peer>,
    asking: HashSet<HostName>,
    refused: HashMap<HostName, Refusal>,
}

#[derive(Debug, Clone, Copy)]
struct Refusal {
    until: Instant,
    times: u32,
}

impl Senders {
    /// Knows only this host itself.
    pub(crate) fn new(host: HostName, key: ServicePublic, documents_per_minute: u32) -> Self {
        let (queue, queued) = mpsc::channel(MAX_QUEUED);
        let per_minute = documents_per_minute.max(1);
        let new = Rate::new(per_minute, Duration::from_secs(60) / per_minute);
        Self {
            own: (host, key),
            state: Mutex::default(),
            new: RateLimiter::new(new, 1),
            new_by_peer: RateLimiter::new(PER_PEER, MAX_CACHED),
            refreshes: RateLimiter::new(REFRESHES, 1),
            queue,
            queued: tokio::sync::Mutex::new(queued),
        }
    }

    /// A signature of `host` did not hold: unless its key was confirmed just now, it is asked for again.
    pub(crate) fn doubt(&self, host: &HostName, now: Timestamp) {
        let known = self.state.lock().known.get(host).copied();
        if known.is_some_and(|peer| now.distance(peer.confirmed) > DOUBT_AFTER) {
            self.refresh(host);
        }
    }

    fn refresh(&self, host: &HostName) {
        if self.may_ask(host).is_ok() && self.refreshes.take((), 1).is_ok() {
            self.ask(host);
        }
    }

    /// Asks a host that is not known. Returns when to come back.
    fn look_up(&self, host: &HostName, peer: Option<PeerKey>) -> Duration {
        if let Err(wait) = self.may_ask(host) {
            return wait;
        }
        let budget = match peer {
            Some(peer) => self.new_by_peer.take(peer, 1),
            None => Ok(()),
        };
        match budget.and_then(|()| self.new.take((), 1)) {
            Ok(()) => {
                self.ask(host);
                ASKING_WAIT
            }
            Err(wait) => wait.max(ASKING_WAIT),
        }
    }

    fn may_ask(&self, host: &HostName) -> Result<(), Duration> {
        let state = self.state.lock();
        if state.asking.contains(host) {
            return Err(ASKING_WAIT);
        }
        match state.refused.get(host) {
            Some(refusal) if refusal.until > Instant::now() => {
                Err(refusal.until.duration_since(Instant::now()))
            }
            _ => Ok(()),
        }
    }

    fn ask(&self, host: &HostName) {
        if self.state.lock().asking.insert(host.clone())
            && self.queue.try_send(host.clone()).is_err()
        {
            self.state.lock().asking.remove(host);
        }
    }

    fn cached(&self, host: &HostName) -> Option<Peer> {
        self.state.lock().known.get(host).copied()
    }

    fn keep(&self, host: HostName, peer: Peer) {
        let mut state = self.state.lock();
        if state.known.len() >= MAX_CACHED && !state.known.contains_key(&host) {
            state.known.clear();
        }
        state.known.insert(host, peer);
    }

    fn answered(&self, host: &HostName, good: bool) {
        let mut state = self.state.lock();
        state.asking.remove(host);
        if good {
            state.refused.remove(host);
            return;
        }
        let now = Instant::now();
        if state.refused.len() >= MAX_REFUSED {
            state.refused.retain(|_, refusal| refusal.until > now);
        }
        if state.refused.len() >= MAX_REFUSED && !state.refused.contains_key(host) {
            // The budget still holds.
            return;
        }
        let times = state.refused.get(host).map_or(0, |refusal| refusal.times);
        let wait = FIRST_REFUSAL
            .saturating_mul(1 << times.min(16))
            .min(LONGEST_REFUSAL);
        let refusal = Refusal {
            until: now + wait,
            times: times.saturating_add(1),
        };
        state.refused.insert(host.clone(), refusal);
    }
}

impl Shared {
    /// What is known of the sender service at `host`; has it looked up if that is not enough.
    pub(crate) async fn standing(
        self: &Arc<Self>,
        host: &HostName,
        peer: Option<PeerKey>,
    ) -> Result<Standing, StoreError> {
        let now = self.clock.now();
        let (own, key) = &self.senders.own;
        if host == own {
            return Ok(Standing::Known(Peer {
                key: *key,
                first_seen: now,
                confirmed: now,
            }));
        }
        let known = match self.senders.cached(host) {
            Some(known) => Some(known),
            None => {
                let name = host.clone();
                let stored = self
                    .aside(move |shared| peers::find(shared.store.read(), &name))
                    .await?;
                if let Some(stored) = stored {
                    self.senders.keep(host.clone(), stored);
                }
                stored
            }
        };
        // A moment ahead is from a clock that was wrong, and no younger for it.
        let age = known.map(|known| now.distance(known.confirmed));
        Ok(match (known, age) {
            (Some(known), Some(age)) if age < DOCUMENT_CACHE => {
                if age >= REFRESH_AFTER {
                    self.senders.refresh(host);
                }
                Standing::Known(known)
            }
            _ => Standing::Unknown {
                retry_after: self.senders.look_up(host, peer),
            },
        })
    }
}

/// Asks hosts for their documents until stopping.
pub(crate) async fn run(shared: &Arc<Shared>) {
    let mut queued = shared.senders.queued.lock().await;
    let mut fetches = JoinSet::new();
    loop {
        tokio::select! {
            () = shared.shutdown.stopping() => return,
            host = queued.recv(), if fetches.len() < MAX_FETCHES => {
                let Some(host) = host else { return };
                fetches.spawn(look_up(Arc::clone(shared), host));
            }
            Some(_) = fetches.join_next(), if !fetches.is_empty() => {}
        }
    }
}

async fn look_up(shared: Arc<Shared>, host: HostName) {
    let looked = fetch(&shared, &host).await;
    let outcome = match &looked {
        Ok(_) => "good",
        Err(failure) => failure.code(),
    };
    metrics::counter!("receiver_sender_documents_total", "outcome" => outcome).increment(1);
    match looked {
        Ok(known) => {
            shared.senders.keep(host.clone(), known);
            shared.senders.answered(&host, true);
        }
        Err(failure) => {
            if matches!(failure, Failure::OtherKey) {
                tracing::warn!(%host, "a sender service shows a key that does not follow the one it had");
            } else {
                tracing::debug!(%host, reason = %failure, "no document of a sender service");
            }
            shared.senders.answered(&host, false);
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error(transparent)]
    Document(DecodeError),
    #[error("it is not a sender service")]
    NoSender,
    #[error("its key does not follow the one it had")]
    OtherKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    const fn code(&self) -> &'static str {
        match self {
            Self::Net(_) => "unreachable",
            Self::Status(_) | Self::Document(_) | Self::NoSender => "bad",
            Self::OtherKey => "other-key",
            Self::Store(_) => "store",
        }
    }
}

async fn fetch(shared: &Arc<Shared>, host: &HostName) -> Result<Peer, Failure> {
    let request = Request::get(host.clone(), WELL_KNOWN_PATH)
        .with_max_response(MAX_DOCUMENT_LEN)
        .with_timeout(FETCH_TIME);
    let response = shared.http.send(request).await?;
    if response.status != 200 {
        return Err(Failure::Status(response.status));
    }
    let document = Document::verify(&response.body, host).map_err(Failure::Document)?;
    if document.body().sender.is_none() {
        return Err(Failure::NoSender);
    }
    let name = host.clone();
    let known = shared
        .aside(move |shared| peers::find(shared.store.read(), &name))
        .await?;
    if let Some(known) = known {
        let follows = document.follows(&known.key.key_hash());
        follows.map_err(|_| Failure::OtherKey)?;
    }
    let (name, key, now) = (host.clone(), document.body().key, shared.clock.now());
    let peer = shared
        .store
        .commit(move |tx| peers::confirm(tx, &name, &key, now))
        .await?;
    Ok(peer)
}
