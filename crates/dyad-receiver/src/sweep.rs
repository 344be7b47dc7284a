//! What happens by the calendar: keys are replaced, what is past its date ends, figures are given out.

use std::sync::Arc;
use std::time::Duration;

use dyad_protocol::id::RootAddress;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_store::mailbox::sweep::{Due, drop_expired_uses, due, tidy};
use dyad_store::{StoreError, peers, spent, spool};
use tokio::time::{Instant, sleep};

use crate::receiver::Shared;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(600);

/// Least time between two passes over all mailboxes; each reads all their records.
const MAILBOXES_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// How often figures are given out.
const FIGURES_EVERY: Duration = Duration::from_secs(3_600);

/// Mailboxes looked at in one step.
const STEP: usize = 1_024;

/// Mailboxes ended in one transaction; each may hold thousands of messages.
const TIDIED_AT_ONCE: usize = 16;

/// How long an item stays in quarantine, in seconds: time for an operator to ask what it is.
const QUARANTINE: u64 = 30 * DAY;

/// Days of which spent tokens are kept although they are refused, for a clock that goes back.
const SPENT_MARGIN: u64 = DAY;

/// Looks until stopping.
pub(crate) async fn run(shared: &Arc<Shared>) {
    let mut before = shared.clock.now();
    let mut mailboxes: Option<Instant> = None;
    let mut figures = Instant::now();
    loop {
        tokio::select! {
            () = shared.shutdown.stopping() => return,
            () = sleep(EVERY) => {}
        }
        let now = shared.clock.now();
        // A clock that jumped ahead and is set right soon must not end anything.
        let certain = now.min(before);
        before = now;
        if let Err(error) = tick(shared, certain).await {
            tracing::warn!(%error, "what is past its date could not be ended; it is tried again");
        }
        if mailboxes.is_none_or(|last| last.elapsed() >= MAILBOXES_EVERY) {
            mailboxes = Some(Instant::now());
            if let Err(error) = pass(shared, certain).await {
                tracing::warn!(%error, "mailboxes could not be swept; it is tried again");
            }
        }
        if figures.elapsed() >= FIGURES_EVERY {
            figures = Instant::now();
            shared.figures.publish();
        }
    }
}

/// What is cheap.
async fn tick(shared: &Arc<Shared>, now: Timestamp) -> Result<(), StoreError> {
    shared.rotate(now).await?;
    let oldest_epoch = now.minus(DAY + SPENT_MARGIN).day();
    shared
        .store
        .commit(move |tx| {
            spool::forget_batches(tx, now)?;
            spool::sweep_quarantine(tx, QUARANTINE, STEP, now)?;
            drop_expired_uses(tx, now)?;
            spent::drop_before(tx, oldest_epoch)
        })
        .await?;
    let waiting = shared
        .aside(|shared| spool::waiting(shared.store.read()))
        .await?;
    metrics::gauge!("receiver_spool_items").set(waiting as f64);
    Ok(())
}

/// Visits every mailbox and every known sender service.
async fn pass(shared: &Arc<Shared>, now: Timestamp) -> Result<(), StoreError> {
    let retention = shared.config.retention;
    let mut after: Option<RootAddress> = None;
    loop {
        let from = after;
        let Due { roots, next } = shared
            .aside(move |shared| due(shared.store.read(), from.as_ref(), STEP, retention, now))
            .await?;
        for some in roots.chunks(TIDIED_AT_ONCE) {
            end(shared, some.to_vec(), retention, now).await?;
        }
        after = next;
        if after.is_none() || shared.shutdown.is_draining() {
            break;
        }
    }
    let mut after = Some(Vec::new());
    while let Some(from) = after.take() {
        after = shared
            .store
            .commit(move |tx| peers::forget(tx, &from, STEP, now))
            .await?;
    }
    Ok(())
}

async fn end(
    shared: &Shared,
    roots: Vec<RootAddress>,
    retention: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended = shared
        .store
        .commit(move |tx| {
            let mut ended = Vec::new();
            for root in roots {
                if tidy(tx, &root, retention, now)?.ended {
                    ended.push(root);
                }
            }
            Ok::<_, StoreError>(ended)
        })
        .await?;
    for root in ended {
        shared.wakes.wake(&root);
    }
    Ok(())
}
