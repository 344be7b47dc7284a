//! How much waits, looked at every few seconds: for operators, and for refusing early.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dyad_service::Shutdown;
use dyad_store::queue;
use tokio::time::sleep;

use crate::sender::Shared;

const EVERY: Duration = Duration::from_secs(5);

/// Looks until stopping.
pub(crate) async fn run(shared: &Arc<Shared>, shutdown: &Shutdown) {
    loop {
        look(shared).await;
        tokio::select! {
            () = shutdown.stopping() => return,
            () = sleep(EVERY) => {}
        }
    }
}

async fn look(shared: &Arc<Shared>) {
    let totals = shared
        .read(|shared| queue::totals(shared.store.read()))
        .await;
    if let Ok(Ok(totals)) = totals {
        shared.queued.store(totals.messages, Ordering::Relaxed);
        metrics::gauge!("sender_queue_messages").set(totals.messages as f64);
        metrics::gauge!("sender_queue_hosts").set(totals.hosts as f64);
    }
}
