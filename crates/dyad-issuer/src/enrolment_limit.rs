//! How fast strangers may try to enrol.

use std::time::Duration;

use dyad_service::limits::{Rate, RateLimiter};
use dyad_service::server::PeerKey;

use crate::config::EnrolmentLimits;

const HOUR: Duration = Duration::from_secs(3_600);

/// Peers that are told apart at the same moment.
const MAX_PEERS: usize = 100_000;

/// Counts tries, per peer and in all.
#[derive(Debug)]
pub(crate) struct EnrolmentLimit {
    by_peer: RateLimiter<PeerKey>,
    in_all: RateLimiter<()>,
}

impl EnrolmentLimit {
    pub(crate) fn new(limits: EnrolmentLimits) -> Self {
        let hourly = |count: u32| Rate::new(count, HOUR / count.max(1));
        Self {
            by_peer: RateLimiter::new(hourly(limits.per_peer), MAX_PEERS),
            in_all: RateLimiter::new(hourly(limits.in_all), 1),
        }
    }

    /// Counts one try, or says how long to wait. A peer without a key, such as a reverse proxy on this
    /// machine, counts in all only.
    pub(crate) fn admit(&self, peer: Option<PeerKey>) -> Result<(), Duration> {
        peer.map_or(Ok(()), |peer| self.by_peer.take(peer, 1))?;
        self.in_all.take((), 1)
    }
}

#[cfg(test)]
mod tests {
    use dyad_service::server::PeerInfo;

    use super::*;

    fn peer(last: u8) -> Option<PeerKey> {
        PeerInfo::new(([198, 51, 100, last], 4711).into()).key()
    }

    #[tokio::test(start_paused = true)]
    async fn one_peer_and_all_together_have_so_many_tries_an_hour() {
        let limit = EnrolmentLimit::new(EnrolmentLimits {
            per_peer: 2,
            in_all: 5,
        });
        assert!(limit.admit(peer(1)).is_ok());
        assert!(limit.admit(peer(1)).is_ok());
        assert_eq!(limit.admit(peer(1)), Err(HOUR / 2));
        assert!(limit.admit(peer(2)).is_ok());
        assert!(limit.admit(None).is_ok());
        assert!(limit.admit(None).is_ok());
        assert!(limit.admit(peer(3)).is_err());
        tokio::time::advance(HOUR).await;
        assert!(limit.admit(peer(1)).is_ok());
    }
}
