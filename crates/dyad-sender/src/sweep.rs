//! Forgets what is over: expired invitations, old fates and de-duplication ids, spent tokens of past days.

use std::time::Duration;

use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_service::Shutdown;
use dyad_store::{StoreError, invitations, queue, spent};
use tokio::time::sleep;

use crate::sender::Shared;

const EVERY: Duration = Duration::from_secs(60);

/// Invitations deleted in one transaction: nobody waits long behind it.
const AT_ONCE: usize = 256;

/// Looks every minute, until stopping.
pub(crate) async fn run(shared: &Shared, shutdown: &Shutdown) {
    let mut before = shared.clock.now();
    loop {
        tokio::select! {
            () = shutdown.stopping() => return,
            () = sleep(EVERY) => {}
        }
        let now = shared.clock.now();
        // A clock that jumped ahead must not make us forget which tokens were spent; who sets it right
        // within the minute loses nothing.
        let certain = now.min(before);
        before = now;
        if let Err(error) = sweep(shared, certain).await {
            tracing::warn!(%error, "what is over could not be forgotten; it is tried again");
        }
    }
}

async fn sweep(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    while shared
        .store
        .commit(move |tx| invitations::expire(tx, now, AT_ONCE))
        .await?
        == AT_ONCE
    {}
    // A token is accepted on its day and the next; a day more, for clocks that are set back.
    let oldest = Epoch::containing(now.minus(2 * DAY)).number();
    shared
        .store
        .commit(move |tx| {
            queue::forget(tx, now)?;
            spent::drop_before(tx, oldest)
        })
        .await?;
    Ok(())
}
