//! How fast strangers may try to enrol.

use std::collections::HashMap;
use std::time::Duration;

use dyad_service::server::PeerKey;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::config::EnrolmentLimits;

/// Tries are counted for so long, then forgotten all at once; so the table stays small.
const WINDOW: Duration = Duration::from_secs(3_600);

/// Counts tries, per peer and in all.
#[derive(Debug)]
pub(crate) struct EnrolmentLimit {
    limits: EnrolmentLimits,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    in_all: u32,
    by_peer: HashMap<PeerKey, u32>,
}

impl Window {
    fn begin() -> Self {
        Self {
            began: Instant::now(),
            in_all: 0,
            by_peer: HashMap::new(),
        }
    }
}

impl EnrolmentLimit {
    pub(crate) fn new(limits: EnrolmentLimits) -> Self {
        Self {
            limits,
            window: Mutex::new(Window::begin()),
        }
    }

    /// Counts one try, or says how long to wait.
    pub(crate) fn admit(&self, peer: Option<PeerKey>) -> Result<(), Duration> {
        let mut window = self.window.lock();
        if window.began.elapsed() >= WINDOW {
            *window = Window::begin();
        }
        let wait = WINDOW.saturating_sub(window.began.elapsed());
        if window.in_all >= self.limits.in_all {
            return Err(wait);
        }
        if let Some(peer) = peer {
            // At most one entry per try counted below, so `in_all` bounds the table.
            let tries = window.by_peer.entry(peer).or_insert(0);
            if *tries >= self.limits.per_peer {
                return Err(wait);
            }
            *tries += 1;
        }
        window.in_all += 1;
        Ok(())
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
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(limit.admit(peer(1)), Err(Duration::from_secs(3_000)));
        assert!(limit.admit(peer(2)).is_ok());
        // Loopback, as behind a reverse proxy, counts in all only.
        assert!(limit.admit(None).is_ok());
        assert!(limit.admit(None).is_ok());
        assert!(limit.admit(peer(3)).is_err());
        tokio::time::advance(Duration::from_secs(3_000)).await;
        assert!(limit.admit(peer(1)).is_ok());
    }
}
