//! Removes what has expired, what did not come in time, and objects that belong to nothing.

use std::sync::Arc;
use std::time::Duration;

use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_service::Shutdown;
use dyad_store::StoreError;
use dyad_store::blobs::{self, StorageId};
use tokio::time::{Instant, sleep};

use super::{Blobs, StorageError};
use crate::sender::Shared;

const EVERY: Duration = Duration::from_secs(60);

/// How often it is looked for objects that belong to nothing; crashes leave them.
const ORPHANS_EVERY: Duration = Duration::from_secs(DAY);

/// Blobs removed in one transaction, and objects of so many between two looks whether to stop.
const AT_ONCE: usize = 64;

/// Why something is left.
#[derive(Debug, thiserror::Error)]
pub(super) enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Looks at once for what the last process left, and every minute, until stopping.
pub(crate) async fn run(shared: &Arc<Shared>, shutdown: &Shutdown) {
    let Some(blobs) = &shared.blobs else { return };
    let mut before = shared.clock.now();
    let mut orphans: Option<Instant> = None;
    loop {
        let now = shared.clock.now();
        // A clock that jumped ahead and is set right within the minute must not remove anything.
        let certain = now.min(before);
        before = now;
        if let Err(error) = expire(shared, blobs, certain, shutdown).await {
            tracing::warn!(%error, "blobs that are over could not be removed; it is tried again");
        }
        if orphans.is_none_or(|last| last.elapsed() >= ORPHANS_EVERY) {
            match remove_orphans(shared, blobs).await {
                Ok(()) => orphans = Some(Instant::now()),
                Err(error) => {
                    tracing::warn!(%error, "what belongs to no blob could not be removed; it is tried again");
                }
            }
        }
        figures(shared).await;
        tokio::select! {
            () = shutdown.stopping() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn expire(
    shared: &Arc<Shared>,
    blobs: &Blobs,
    now: Timestamp,
    shutdown: &Shutdown,
) -> Result<(), SweepError> {
    while shared
        .store
        .commit(move |tx| blobs::expire(tx, now, AT_ONCE))
        .await?
        == AT_ONCE
    {}
    while !shutdown.is_draining() {
        let some = garbage(shared).await?;
        for id in &some {
            let id = *id;
            blobs.storage.remove(id).await?;
            shared.store.commit(move |tx| blobs::forget(tx, id)).await?;
        }
        if some.len() < AT_ONCE {
            break;
        }
    }
    Ok(())
}

async fn garbage(shared: &Arc<Shared>) -> Result<Vec<StorageId>, StoreError> {
    let found = shared
        .read(|shared| blobs::garbage(shared.store.read(), AT_ONCE))
        .await;
    found.unwrap_or(Err(StoreError::Panicked))
}

/// A blob is on record before its first object is written, and until after its last is removed: what has no
/// record is nobody's.
async fn remove_orphans(shared: &Arc<Shared>, blobs: &Blobs) -> Result<(), SweepError> {
    for id in blobs.storage.ids().await? {
        let known = shared
            .read(move |shared| blobs::knows(shared.store.read(), id))
            .await;
        if !known.unwrap_or(Err(StoreError::Panicked))? {
            tracing::info!("removing what a crash has left of a blob");
            blobs.storage.remove(id).await?;
        }
    }
    Ok(())
}

async fn figures(shared: &Arc<Shared>) {
    let totals = shared
        .read(|shared| blobs::totals(shared.store.read()))
        .await;
    if let Ok(Ok(totals)) = totals {
        metrics::gauge!("sender_blobs").set(totals.blobs as f64);
        metrics::gauge!("sender_blob_bytes").set(totals.bytes as f64);
    }
}
