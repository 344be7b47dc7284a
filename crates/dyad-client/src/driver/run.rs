//! The background work: one loop for each kind, each with its own pace, all woken by the person.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dyad_protocol::id::{HostName, RootAddress};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::Driver;
use super::health::pause;
use crate::error::{ClientError, Result};

/// A loop without a reason to act looks around so often.
pub(super) const IDLE: Duration = Duration::from_secs(300);

impl Driver {
    /// Works until `shutdown` is done. What was under way is on disk and goes on next time.
    pub(crate) async fn run(self: &Arc<Self>, shutdown: impl Future<Output = ()>) -> Result<()> {
        if self.running.swap(true, Ordering::AcqRel) {
            return Err(ClientError::usage(
                "already-running",
                "The background work of this profile runs already.",
            ));
        }
        let _running = Running(Arc::clone(self));
        let mut loops = JoinSet::new();
        loops.spawn(paced(
            Arc::clone(self),
            "submit",
            |d| &d.wake.submit,
            submit_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "status",
            |d| &d.wake.status,
            status_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "inbox",
            |d| &d.wake.inbox,
            inbox_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "upkeep",
            |d| &d.wake.upkeep,
            upkeep_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "errands",
            |d| &d.wake.errands,
            errands_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "deadlines",
            |d| &d.wake.deadlines,
            deadlines_turn,
        ));
        loops.spawn(paced(
            Arc::clone(self),
            "files",
            |d| &d.wake.transfers,
            transfers_turn,
        ));
        loops.spawn(receive_loop(Arc::clone(self)));
        let outcome = tokio::select! {
            () = shutdown => Ok(()),
            // A loop never ends by itself: this one panicked.
            Some(_) = loops.join_next() => Err(ClientError::other(
                "defect",
                "The background work ended by a defect. Nothing that was reported as done is lost; start it again.",
            )),
        };
        loops.shutdown().await;
        outcome
    }

    /// Only the sending part, files and all, for a command that waits until its message is with a service.
    pub(crate) async fn keep_submitting(self: &Arc<Self>) -> Infallible {
        tokio::select! {
            never = paced(Arc::clone(self), "submit", |d| &d.wake.submit, submit_turn) => never,
            never = paced(Arc::clone(self), "files", |d| &d.wake.transfers, transfers_turn) => never,
        }
    }
}

/// Clears the mark however `run` ends.
struct Running(Arc<Driver>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Release);
    }
}

/// Takes turns for ever: after each, waits until the moment that it names or until woken. A fault of the
/// store is waited out.
async fn paced<F, T>(driver: Arc<Driver>, work: &'static str, wake: F, turn: T) -> Infallible
where
    F: Fn(&Driver) -> &Notify,
    T: AsyncFn(&Driver) -> Result<Instant>,
{
    let mut failures = 0;
    loop {
        let until = match turn(&driver).await {
            Ok(until) => {
                failures = 0;
                driver.hindrances.went_well(work);
                until
            }
            Err(error) => {
                failures += 1;
                driver.hindrances.failed(work, &error, driver.now());
                tracing::warn!(code = %error.code, "{error}");
                Instant::now() + driver.with_rng(|rng| pause(failures, &driver.timing, rng))
            }
        };
        tokio::select! {
            () = sleep_until(until) => {}
            () = wake(&driver).notified() => {}
        }
    }
}

async fn submit_turn(driver: &Driver) -> Result<Instant> {
    let round = driver.submit_round().await?;
    Ok(match round.next {
        _ if round.submitted > 0 => Instant::now(),
        Some(next) => next.max(Instant::now() + Duration::from_millis(100)),
        None => Instant::now() + IDLE,
    })
}

async fn status_turn(driver: &Driver) -> Result<Instant> {
    driver.ask_fates().await
}

async fn inbox_turn(driver: &Driver) -> Result<Instant> {
    driver.open_inbox().await?;
    Ok(Instant::now() + IDLE)
}

async fn upkeep_turn(driver: &Driver) -> Result<Instant> {
    driver.upkeep().await
}

async fn errands_turn(driver: &Driver) -> Result<Instant> {
    Ok(driver
        .run_errands(false)
        .await?
        .unwrap_or_else(|| Instant::now() + IDLE))
}

async fn transfers_turn(driver: &Driver) -> Result<Instant> {
    driver.move_files().await
}

async fn deadlines_turn(driver: &Driver) -> Result<Instant> {
    driver.tick()
}

/// One task per receiver, begun anew when its mailboxes change.
async fn receive_loop(driver: Arc<Driver>) -> Infallible {
    let mut tasks = JoinSet::new();
    let mut known: BTreeMap<HostName, (Vec<RootAddress>, AbortHandle)> = BTreeMap::new();
    loop {
        match wanted(&driver) {
            Ok(wanted) => {
                known.retain(|host, (roots, task)| {
                    let same = wanted.get(host) == Some(roots) && !task.is_finished();
                    if !same {
                        task.abort();
                    }
                    same
                });
                for (host, roots) in wanted {
                    known.entry(host.clone()).or_insert_with(|| {
                        let driver = Arc::clone(&driver);
                        let task = tasks.spawn(async move { driver.receive_from(&host).await });
                        (roots, task)
                    });
                }
            }
            Err(error) => tracing::warn!(code = %error.code, "{error}"),
        }
        tokio::select! {
            () = driver.wake.receive.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
            // A task ends only by a fault of the store: begun anew after a pause.
            Some(ended) = tasks.join_next() => {
                if let Ok(Err(error)) = ended {
                    tracing::warn!(code = %error.code, "{error}");
                }
                tokio::time::sleep(driver.timing.retry_first).await;
            }
        }
    }
}

fn wanted(driver: &Driver) -> Result<BTreeMap<HostName, Vec<RootAddress>>> {
    let mut wanted = BTreeMap::new();
    for host in driver.receivers()? {
        let roots = driver
            .mailboxes_at(&host)?
            .iter()
            .filter_map(|mailbox| mailbox.root)
            .collect();
        wanted.insert(host, roots);
    }
    Ok(wanted)
}
