//! Runs transactions one after another and lets those that wait share one batch and one sync.
//!
//! Owns: the queue, the group, the order. Does not know: what a transaction is for.
//!
//! While a group is being synced the next transactions queue up; they become the next group. So under
//! load one sync serves many requests, and a lone request does not wait for company. A group reaches
//! [`Backend::write`] as one `&[Write]`: the log entry that a replicated back end replicates.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracing::error;

use crate::transaction::Overlay;
use crate::{Backend, StoreError, Transaction};

/// Transactions that may wait before [`StoreError::Busy`]: a few syncs' worth, so that a waiting
/// request is answered within seconds or refused at once.
pub const DEFAULT_QUEUE_LEN: usize = 4096;

/// Transactions in one group at most, so that the first of a group does not wait long for the last.
pub const DEFAULT_GROUP_TRANSACTIONS: usize = 1024;

/// Key and value bytes in one group at most (8 MiB); a group exceeds it by less than one transaction.
pub const DEFAULT_GROUP_BYTES: usize = 8 * 1024 * 1024;

/// Bounds of the committer. Zeros are taken as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitterOptions {
    /// Transactions that may wait; one more gets [`StoreError::Busy`] at once.
    pub queue_len: usize,
    /// Transactions in one group at most.
    pub group_transactions: usize,
    /// Key and value bytes after which a group is closed.
    pub group_bytes: usize,
}

impl Default for CommitterOptions {
    fn default() -> Self {
        Self {
            queue_len: DEFAULT_QUEUE_LEN,
            group_transactions: DEFAULT_GROUP_TRANSACTIONS,
            group_bytes: DEFAULT_GROUP_BYTES,
        }
    }
}

/// A back end with its committer. Clones share both. When the last clone is gone the committer finishes
/// what waits and ends; [`Store::close`] also waits for that.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    queue: mpsc::Sender<Command>,
}

impl Store {
    /// Starts a committer on an operating-system thread of its own: for back ends whose sync blocks.
    ///
    /// If no thread can be had, the reason is logged and every commit gives [`StoreError::Closed`].
    #[must_use]
    pub fn open_threaded(backend: Arc<dyn Backend>, options: CommitterOptions) -> Self {
        let (store, committer) = Self::with_committer(backend, options);
        let started = std::thread::Builder::new()
            .name("store-committer".to_owned())
            .spawn(move || committer.run_blocking());
        if let Err(cause) = started {
            error!(%cause, "no thread for the store's committer");
        }
        store
    }

    /// Starts a committer as a task of the current tokio runtime: for back ends that never block, and
    /// for simulations, where it is deterministic.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn open_task(backend: Arc<dyn Backend>, options: CommitterOptions) -> Self {
        let (store, committer) = Self::with_committer(backend, options);
        tokio::spawn(committer.run());
        store
    }

    fn with_committer(backend: Arc<dyn Backend>, options: CommitterOptions) -> (Self, Committer) {
        let (queue, commands) = mpsc::channel(options.queue_len.max(1));
        let committer = Committer {
            backend: Arc::clone(&backend),
            options,
            commands,
            closing: Vec::new(),
        };
        (Self { backend, queue }, committer)
    }

    /// Runs `f` once, in the committer, and resolves after the sync that made its writes durable. When
    /// `f` returns an error none of its writes are kept. Every answer, also an error of `f` or the
    /// result of a closure that wrote nothing, waits for the sync of the group: it may rest on what a
    /// neighbour wrote.
    ///
    /// `f` must be quick and must not block: everything else waits for it. Dropping the future does
    /// not take the transaction back.
    ///
    /// # Errors
    /// Those of `f`; [`StoreError::Busy`] when the queue is full and [`StoreError::Closed`] after
    /// [`close`](Self::close), both before `f` was run; the back end's when the group could not be
    /// written: then nothing of the group was kept.
    pub async fn commit<R, E>(
        &self,
        f: impl FnOnce(&mut Transaction<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = run_guarded(f, transaction);
            let keep = result.is_ok();
            let settle: Settle = Box::new(move |synced| {
                // The asker may have gone away; the transaction stands all the same.
                let _ = answer.send(synced.map_err(E::from).and(result));
            });
            (keep, settle)
        });
        self.queue
            .try_send(Command::Run(job))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            })?;
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// What is committed, for look-ups that change nothing. May block on a disk.
    #[must_use]
    pub fn read(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Takes no more transactions, from any clone, and returns when those that wait are settled.
    pub async fn close(self) {
        let (done, finished) = oneshot::channel();
        if self.queue.send(Command::Close(done)).await.is_ok() {
            // An error means that the committer is gone already, which is what was asked for.
            let _ = finished.await;
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.backend)
            .field("room_in_queue", &self.queue.capacity())
            .finish()
    }
}

/// Runs the closure; turns a panic and a broken rule into errors.
fn run_guarded<R, E: From<StoreError>>(
    f: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    transaction: &mut Transaction<'_>,
) -> Result<R, E> {
    // Unwind safe: after a panic the transaction's changes are discarded unread.
    let result = catch_unwind(AssertUnwindSafe(|| f(transaction)))
        .unwrap_or_else(|_| Err(StoreError::Panicked.into()))?;
    match transaction.misuse() {
        Some(misuse) => Err(misuse.clone().into()),
        None => Ok(result),
    }
}

/// Runs a closure; says whether to keep its changes, and how to answer once the group is settled.
type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> (bool, Settle) + Send>;
type Settle = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

enum Command {
    Run(Job),
    Close(oneshot::Sender<()>),
}

struct Committer {
    backend: Arc<dyn Backend>,
    options: CommitterOptions,
    commands: mpsc::Receiver<Command>,
    closing: Vec<oneshot::Sender<()>>,
}

impl Committer {
    fn run_blocking(mut self) {
        while let Some(first) = self.commands.blocking_recv() {
            self.settle_group(first);
        }
        self.finish();
    }

    async fn run(mut self) {
        while let Some(first) = self.commands.recv().await {
            self.settle_group(first);
        }
        self.finish();
    }

    /// Runs the first command and those that wait behind it, writes once, answers all.
    fn settle_group(&mut self, first: Command) {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Run(job) => group.run(job, &*self.backend),
                Command::Close(done) => {
                    // Refuses new commands; those queued still come out.
                    self.commands.close();
                    self.closing.push(done);
                }
            }
            if group.is_full(&self.options) {
                break;
            }
            next = self.commands.try_recv().ok();
        }
        group.settle(&*self.backend);
    }

    /// The back end is let go before the answer, so that it can be opened again afterwards.
    fn finish(self) {
        let Self {
            backend, closing, ..
        } = self;
        drop(backend);
        for done in closing {
            let _ = done.send(());
        }
    }
}

#[derive(Default)]
struct Group {
    changes: Overlay,
    waiting: Vec<Settle>,
}

impl Group {
    fn run(&mut self, job: Job, backend: &dyn Backend) {
        let mut transaction = Transaction::new(backend, &self.changes);
        let (keep, settle) = job(&mut transaction);
        let changes = transaction.into_changes();
        if keep {
            self.changes.absorb(changes);
        }
        self.waiting.push(settle);
    }

    fn is_full(&self, options: &CommitterOptions) -> bool {
        self.waiting.len() >= options.group_transactions.max(1)
            || self.changes.bytes() >= options.group_bytes.max(1)
            || self.changes.has_drop()
    }

    fn settle(self, backend: &dyn Backend) {
        let batch = self.changes.into_writes();
        let written = if batch.is_empty() {
            Ok(())
        } else {
            // A back end that panics must not take the committer, and with it the service, along.
            catch_unwind(AssertUnwindSafe(|| backend.write(&batch)))
                .unwrap_or(Err(StoreError::Panicked))
        };
        if let Err(cause) = &written {
            error!(%cause, transactions = self.waiting.len(), "a group of transactions was not kept");
        }
        for settle in self.waiting {
            settle(written.clone());
        }
    }
}
