//! Works the spool off: resolves items in groups, and moves each group in one transaction.
//!
//! A group's mailbox entries, use records, replay records and the deletion of its items from the spool are
//! one batch on disk. A crash before it leaves the items in the spool, a crash after it leaves none: so
//! nothing is lost and nothing is there twice.

use std::sync::Arc;
use std::time::Duration;

use dyad_protocol::id::RootAddress;
use dyad_protocol::limits::SENDER_ADDRESS_LEN;
use dyad_protocol::time::Timestamp;
use dyad_store::mailbox::deliver::{Delivery, Outcome, deliver};
use dyad_store::spool::{self, SpoolKey, Spooled};
use dyad_store::{StoreError, Transaction};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::receiver::Shared;
use crate::resolve::{Resolution, Resolver};

/// Items in a group: enough that a sync is shared, few enough that the first does not wait for the last.
const GROUP: usize = 128;

/// First and longest pause while the store cannot be used.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// Somebody else had it.
    Elsewhere,
    /// It lies in this mailbox.
    Delivered(RootAddress),
    /// It is gone, for this reason.
    Dropped(&'static str),
    /// It stays in the spool.
    Again,
    /// It failed too often and was put aside.
    Quarantined,
}

/// Resolves until stopping. What was taken by then is finished.
pub(crate) async fn run(shared: &Arc<Shared>) {
    let mut workers = JoinSet::new();
    // One more than threads: while one waits for the disk, the others use the processors.
    for _ in 0..=shared.config.threads {
        workers.spawn(work(Arc::clone(shared)));
    }
    while workers.join_next().await.is_some() {}
}

async fn work(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let taken = shared
            .aside(|shared| shared.turns.take(shared.store.read(), GROUP))
            .await;
        match taken {
            Ok(group) if group.is_empty() => tokio::select! {
                () = shared.shutdown.stopping() => return,
                () = shared.turns.work() => {}
            },
            Ok(group) => {
                pause = FIRST_PAUSE;
                if !settle(&shared, group).await {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the spool cannot be read");
                if !rest(&shared, &mut pause).await {
                    return;
                }
            }
        }
    }
}

/// Waits before another try. `false` when there is to be none.
async fn rest(shared: &Shared, pause: &mut Duration) -> bool {
    tokio::select! {
        () = shared.shutdown.stopping() => return false,
        () = sleep(*pause) => {}
    }
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    true
}

/// Resolves a group and moves it. `false` when the service is stopping before that was possible.
async fn settle(shared: &Arc<Shared>, group: Vec<Spooled>) -> bool {
    let group = Arc::new(group);
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(shared, &group).await {
            Ok(()) => return true,
            Err(StoreError::Closed) => return false,
            Err(
                error @ (StoreError::Panicked
                | StoreError::Misuse { .. }
                | StoreError::Damaged { .. }),
            ) => {
                tracing::error!(%error, "a group of items failed; they are tried one by one");
                return one_by_one(shared, group).await;
            }
            Err(error) => {
                tracing::warn!(%error, "resolving has to wait");
                if !rest(shared, &mut pause).await {
                    return false;
                }
            }
        }
    }
}

/// Finds the items of a failed group that fail by themselves, and notes it.
async fn one_by_one(shared: &Arc<Shared>, group: Arc<Vec<Spooled>>) -> bool {
    for spooled in group.iter() {
        let alone = Arc::new(vec![spooled.clone()]);
        let Err(error) = attempt(shared, &alone).await else {
            continue;
        };
        let (key, now) = (spooled.key, shared.clock.now());
        let failed = match error {
            StoreError::Panicked | StoreError::Misuse { .. } | StoreError::Damaged { .. } => {
                shared
                    .store
                    .commit(move |tx| spool::fail(tx, key, now))
                    .await
            }
            other => Err(other),
        };
        match failed {
            Ok(true) => quarantined(),
            // Also when it could not even be noted: then it is as if it had not been tried.
            Ok(false) | Err(_) => shared.turns.again(key),
        }
        if failed.is_err() && !rest(shared, &mut FIRST_PAUSE.clone()).await {
            return false;
        }
    }
    true
}

async fn attempt(shared: &Arc<Shared>, group: &Arc<Vec<Spooled>>) -> Result<(), StoreError> {
    let items = Arc::clone(group);
    let resolved = shared
        .aside(move |shared| resolve_all(shared, &items))
        .await?;
    let now = shared.clock.now();
    let items = Arc::clone(group);
    let settled = shared
        .store
        .commit(move |tx| move_all(tx, &items, &resolved, now))
        .await?;
    for (key, settled) in settled {
        report(shared, key, settled);
    }
    Ok(())
}

/// What each item of a group turns out to be.
fn resolve_all(shared: &Shared, group: &[Spooled]) -> Result<Vec<Resolution>, StoreError> {
    let keys = shared.keys.live();
    let resolver = Resolver {
        host: &shared.host,
        keys: &keys,
        backend: shared.store.read(),
        now: shared.clock.now(),
    };
    resolver.resolve(group)
}

/// The one transaction of a group.
fn move_all(
    tx: &mut Transaction<'_>,
    group: &[Spooled],
    resolved: &[Resolution],
    now: Timestamp,
) -> Result<Vec<(SpoolKey, Settled)>, StoreError> {
    let works = || group.iter().zip(resolved);
    let done: Vec<SpoolKey> = works()
        .filter(|(_, resolution)| !matches!(resolution, Resolution::Failed))
        .map(|(spooled, _)| spooled.key)
        .collect();
    let mut there = spool::take(tx, &done)?.into_iter();
    works()
        .map(|(spooled, resolution)| {
            let settled = match resolution {
                Resolution::Failed if spool::fail(tx, spooled.key, now)? => Settled::Quarantined,
                Resolution::Failed => Settled::Again,
                _ if there.next() != Some(true) => Settled::Elsewhere,
                Resolution::Drop(reason) => Settled::Dropped(reason.name()),
                Resolution::Message(message) => {
                    let delivery = Delivery {
                        address: &message.address,
                        transit: message.transit,
                        hash: &message.hash,
                        sealed: &spooled.item[SENDER_ADDRESS_LEN..],
                    };
                    named(deliver(tx, &delivery, now)?, message.address.root)
                }
            };
            Ok((spooled.key, settled))
        })
        .collect()
}

fn named(outcome: Outcome, root: RootAddress) -> Settled {
    match outcome {
        Outcome::Stored(_) => Settled::Delivered(root),
        Outcome::Duplicate => Settled::Dropped("duplicate"),
        Outcome::UsedUp => Settled::Dropped("used_up"),
        Outcome::Revoked => Settled::Dropped("revoked"),
        Outcome::Expired => Settled::Dropped("expired"),
        Outcome::TooManyRecords => Settled::Dropped("too_many_records"),
        Outcome::Full => Settled::Dropped("mailbox_full"),
        Outcome::Gone => Settled::Dropped("no_mailbox"),
    }
}

fn report(shared: &Shared, key: SpoolKey, settled: Settled) {
    match settled {
        Settled::Elsewhere => {}
        Settled::Delivered(root) => {
            shared.figures.resolved(key.sender, "delivered");
            shared.wakes.wake(&root);
        }
        Settled::Dropped(reason) => shared.figures.resolved(key.sender, reason),
        Settled::Again => shared.turns.again(key),
        Settled::Quarantined => quarantined(),
    }
}

/// For the operator at once: it is a mistake of ours or a damaged disk, and no sender can cause it at will.
fn quarantined() {
    metrics::counter!("receiver_quarantined_items_total").increment(1);
    tracing::error!("an item failed three times and was put aside");
}
