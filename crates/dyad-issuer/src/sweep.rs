//! Forgets what is over: answers of past epochs, codes that expired.

use std::time::Duration;

use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_service::Shutdown;
use dyad_store::StoreError;
use dyad_store::accounts::{codes, issued};
use tokio::time::sleep;

use crate::issuer::Shared;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3_600);

/// An expired code is listed so much longer, in seconds, so that its operator can see that it expired.
const CODE_REMEMBERED: u64 = 30 * DAY;

/// Looks every hour, until stopping.
pub(crate) async fn run(issuer: &Shared, shutdown: &Shutdown) {
    let mut before = issuer.clock.now();
    loop {
        tokio::select! {
            () = shutdown.stopping() => return,
            () = sleep(EVERY) => {}
        }
        let now = issuer.clock.now();
        // A clock that jumped ahead must not make us forget whom we served today; who sets it right
        // within the hour loses nothing.
        let certain = now.min(before);
        before = now;
        if let Err(error) = sweep(issuer, certain).await {
            tracing::warn!(%error, "what is over could not be forgotten; it is tried again");
        }
    }
}

async fn sweep(issuer: &Shared, now: Timestamp) -> Result<(), StoreError> {
    // Yesterday's answers stay: who lost one at midnight may ask again.
    let oldest = Epoch::containing(now.minus(DAY)).number();
    issuer
        .store
        .commit(move |tx| issued::drop_before(tx, oldest))
        .await?;
    let moment = now.minus(CODE_REMEMBERED).as_secs();
    let mut after = None;
    loop {
        after = issuer
            .store
            .commit(move |tx| codes::forget_expired(tx, after, moment))
            .await?;
        if after.is_none() {
            return Ok(());
        }
    }
}
