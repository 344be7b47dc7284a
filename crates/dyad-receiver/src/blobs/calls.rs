//! How many fetches run at once, in all and to one host: a slow host leaves places for others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dyad_protocol::id::HostName;
use dyad_service::Problem;
use dyad_service::limits::{ConcurrencyLimit, Entry};
use parking_lot::Mutex;

use crate::config::BlobConfig;

/// Wait asked for: a part takes seconds.
const WAIT: Duration = Duration::from_secs(2);

/// The fetches that run.
#[derive(Debug)]
pub(super) struct Calls {
    places: ConcurrencyLimit,
    per_host: usize,
    own: HostName,
    running: Arc<Mutex<HashMap<HostName, usize>>>,
}

/// The right to fetch; given back when dropped.
#[derive(Debug)]
pub(super) struct Call {
    host: HostName,
    running: Arc<Mutex<HashMap<HostName, usize>>>,
    _place: Entry,
}

impl Calls {
    pub(super) fn new(config: &BlobConfig, own: HostName) -> Self {
        Self {
            places: ConcurrencyLimit::new(config.fetches_at_once),
            per_host: config.fetches_per_host,
            own,
            running: Arc::default(),
        }
    }

    /// Begins a fetch.
    ///
    /// # Errors
    /// 429 if too many run.
    pub(super) fn enter(&self, host: &HostName) -> Result<Call, Problem> {
        let place = self.places.enter()?;
        let mut running = self.running.lock();
        let number = running.entry(host.clone()).or_insert(0);
        if *number >= self.per_host && *host != self.own {
            return Err(Problem::too_many(WAIT).because(
                "busy",
                "Much is being fetched from this host already. Try again later.",
            ));
        }
        *number += 1;
        Ok(Call {
            host: host.clone(),
            running: Arc::clone(&self.running),
            _place: place,
        })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut running = self.running.lock();
        if let Some(number) = running.get_mut(&self.host) {
            *number -= 1;
            if *number == 0 {
                running.remove(&self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_does_not_take_all_places_but_our_own_may() {
        let host = |name: &str| name.parse::<HostName>().unwrap();
        let config = BlobConfig {
            fetches_at_once: 4,
            fetches_per_host: 2,
            ..BlobConfig::default()
        };
        let calls = Calls::new(&config, host("own.example"));
        let slow = [(); 2].map(|()| calls.enter(&host("slow.example")).unwrap());
        let refused = calls.enter(&host("slow.example")).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (429, "busy"));
        let other = [(); 2].map(|()| calls.enter(&host("own.example")).unwrap());
        assert!(calls.enter(&host("third.example")).is_err());
        drop(slow);
        let own = [(); 2].map(|()| calls.enter(&host("own.example")).unwrap());
        drop((other, own));
        assert!(calls.running.lock().is_empty());
    }
}
