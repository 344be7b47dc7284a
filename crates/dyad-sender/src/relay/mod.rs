//! Fetching from strangers' hosts on an app's behalf, so that they never see the app's network address.
//!
//! Whoever reaches us can make us call a host of their choice. So: the guarded dialler, bounded size and
//! time, a budget for all together, and one answer kept for everybody.

pub(crate) mod document;
pub(crate) mod invitation;

use std::time::Duration;

use dyad_net::{HttpClient, Request, Response};
use dyad_protocol::id::HostName;
use dyad_service::limits::{ConcurrencyLimit, Rate, RateLimiter};
use dyad_service::{Problem, other_host};

use self::document::Documents;
use crate::config::RelayConfig;

/// Room for a host name and an id, in bytes of JSON.
const MAX_REQUEST_LEN: usize = 1_024;

/// Seconds' worth of calls that may come at once.
const BURST_SECONDS: u32 = 10;

/// Calls to strangers' hosts, within a budget.
#[derive(Debug)]
pub(crate) struct Relay {
    documents: Documents,
    at_once: ConcurrencyLimit,
    calls: RateLimiter<()>,
    timeout: Duration,
}

impl Relay {
    pub(crate) fn new(config: &RelayConfig) -> Self {
        let burst = config.calls.saturating_mul(BURST_SECONDS);
        Self {
            documents: Documents::new(config.documents),
            at_once: ConcurrencyLimit::new(config.calls_at_once),
            calls: RateLimiter::new(Rate::per_second(burst, config.calls), 1),
            timeout: Duration::from_secs(config.timeout),
        }
    }

    /// `GET`s something from a stranger's host.
    async fn get(
        &self,
        http: &HttpClient,
        host: &HostName,
        path: String,
        max: usize,
    ) -> Result<Response, Problem> {
        let _place = self.at_once.enter()?;
        self.calls.take((), 1).map_err(Problem::too_many)?;
        let request = Request::get(host.clone(), path)
            .with_max_response(max)
            .with_timeout(self.timeout);
        let answer = http.send(request).await;
        let outcome = answer.as_ref().map_or_else(|e| e.code(), |_| "answered");
        metrics::counter!("sender_relayed_calls_total", "outcome" => outcome).increment(1);
        answer.map_err(|error| other_host::other_host(&error))
    }
}
