//! How much a sender service may deliver, whatever becomes of it.
//!
//! A bucket is debited when a batch arrives and refilled by time, never by what resolving finds: so
//! back-pressure says nothing about whether addresses exist. It is debited after the signature was
//! checked, or anybody could use up another's.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::FromRequestParts;
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_service::Problem;
use dyad_service::limits::{ConcurrencyLimit, Entry, Rate, RateLimiter};
use dyad_service::server::{PeerInfo, PeerKey};
use dyad_store::peers::Peer;
use http::request::Parts;
use parking_lot::Mutex;
use std::sync::Arc;

use crate::config::{ReceiverConfig, SenderRate};
use crate::figures::Class;
use crate::receiver::Shared;

/// Buckets that are not full, kept at the same time, for each class.
const MAX_BUCKETS: usize = 65_536;

/// Part of all places for deliveries that one network peer may have.
const PEER_SHARE: usize = 8;

/// Wait asked of a peer that has its share already.
const SHARE_WAIT: Duration = Duration::from_secs(1);

/// Limits on deliveries.
#[derive(Debug)]
pub(crate) struct Admission {
    new: RateLimiter<HostName>,
    known: RateLimiter<HostName>,
    known_after: u64,
    trusted: Vec<HostName>,
    places: ConcurrencyLimit,
    share: usize,
    peers: Arc<Mutex<HashMap<PeerKey, usize>>>,
}

impl Admission {
    /// With all buckets full. `own` is the receiver's own host.
    pub(crate) fn new(config: &ReceiverConfig, own: HostName) -> Self {
        let limiter = |rate: SenderRate| {
            RateLimiter::new(Rate::per_second(rate.burst, rate.per_second), MAX_BUCKETS)
        };
        let mut trusted = config.trusted_senders.clone();
        trusted.push(own);
        Self {
            new: limiter(config.new_senders),
            known: limiter(config.known_senders),
            known_after: config.known_after,
            trusted,
            places: ConcurrencyLimit::new(config.deliveries_at_once),
            share: (config.deliveries_at_once / PEER_SHARE).max(1),
            peers: Arc::default(),
        }
    }

    /// How well `host` is known.
    pub(crate) fn class(&self, host: &HostName, peer: &Peer, now: Timestamp) -> Class {
        if self.trusted.contains(host) {
            Class::Trusted
        } else if now.since(peer.first_seen) >= self.known_after {
            Class::Known
        } else {
            Class::New
        }
    }

    /// Debits the bucket of `host`.
    ///
    /// # Errors
    /// There is not enough in it: 429.
    pub(crate) fn debit(&self, host: &HostName, class: Class, items: usize) -> Result<(), Problem> {
        let amount = u32::try_from(items).unwrap_or(u32::MAX);
        let taken = match class {
            Class::Trusted => Ok(()),
            Class::Known => self.known.take(host.clone(), amount),
            Class::New => self.new.take(host.clone(), amount),
        };
        taken.map_err(|wait| {
            metrics::counter!("receiver_refused_batches_total", "senders" => class.name())
                .increment(1);
            Problem::too_many(wait)
        })
    }

    fn enter(&self, peer: Option<PeerKey>) -> Result<Place, Problem> {
        // Its own share first: a peer that floods must not take a place only to give it back.
        let share = match peer {
            None => None,
            Some(key) => {
                let mut peers = self.peers.lock();
                let count = peers.entry(key).or_insert(0);
                if *count >= self.share {
                    return Err(Problem::too_many(SHARE_WAIT));
                }
                *count += 1;
                Some(Share {
                    peers: Arc::clone(&self.peers),
                    key,
                })
            }
        };
        Ok(Place {
            _share: share,
            _entry: self.places.enter()?,
        })
    }
}

/// The right to have one delivery's body in memory. Extracted before the body is read.
#[derive(Debug)]
pub(crate) struct Place {
    _share: Option<Share>,
    _entry: Entry,
}

#[derive(Debug)]
struct Share {
    peers: Arc<Mutex<HashMap<PeerKey, usize>>>,
    key: PeerKey,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut peers = self.peers.lock();
        if let Some(count) = peers.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&self.key);
            }
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        if let Some(disk) = &shared.disk {
            disk.check()?;
        }
        let peer = parts
            .extensions
            .get::<PeerInfo>()
            .and_then(|peer| peer.key());
        shared.admission.enter(peer)
    }
}
