//! Requests from one network address, a second.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use dyad_service::Problem;
use dyad_service::limits::{Rate, RateLimiter};
use dyad_service::server::{PeerInfo, PeerKey};

/// Addresses counted apart at the same moment.
const MAX_PEERS: usize = 100_000;

/// Seconds' worth of requests that may come at once.
const BURST_SECONDS: u32 = 10;

/// A limit on requests from each network address.
#[derive(Clone, Debug)]
pub(crate) struct PeerRates {
    limiter: Arc<RateLimiter<PeerKey>>,
}

impl PeerRates {
    pub(crate) fn new(per_second: u32) -> Self {
        let rate = Rate::per_second(per_second.saturating_mul(BURST_SECONDS), per_second);
        Self {
            limiter: Arc::new(RateLimiter::new(rate, MAX_PEERS)),
        }
    }

    /// Applies the limit to all routes of `router`, before a byte of a body is read.
    pub(crate) fn limit(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, admit))
    }
}

async fn admit(
    State(rates): State<PeerRates>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    // Without an address (loopback, or no network at all) there is nobody to count.
    let peer = request.extensions().get::<PeerInfo>();
    if let Some(key) = peer.and_then(|peer| peer.key()) {
        rates.limiter.take(key, 1).map_err(Problem::too_many)?;
    }
    Ok(next.run(request).await)
}
