//! The local store: one encrypted SQLite file per profile, one transaction per step.
//!
//! Owns what is on disk and in which transaction it changes. It does not know what engine states
//! mean: they are bytes here.

pub(crate) mod acts;
pub(crate) mod apps;
pub(crate) mod calls;
pub(crate) mod cards;
pub(crate) mod changes;
mod columns;
pub(crate) mod edits;
pub(crate) mod errands;
pub(crate) mod feed;
pub(crate) mod files;
pub(crate) mod games;
pub(crate) mod history;
pub(crate) mod inbox;
pub(crate) mod index;
pub(crate) mod invitations;
mod lock;
pub(crate) mod mailboxes;
pub(crate) mod marks;
pub(crate) mod notices;
mod open;
pub(crate) mod outbox;
pub(crate) mod pairings;
pub(crate) mod portraits;
pub(crate) mod profiles;
pub(crate) mod providers;
pub(crate) mod relationships;
mod row;
mod schema;
pub(crate) mod settings;
pub(crate) mod tokens;
mod trouble;
mod unlock;

pub(crate) use trouble::{DISK_FULL, is_store_trouble};

pub(crate) use lock::holder;
pub use open::{Database, MemoryDatabase};
pub use unlock::{KdfCost, Unlock, UnlockMethod};
pub(crate) use unlock::{check_unlock, method};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Result;

/// Whether there is a profile in `home`.
pub(crate) fn exists(home: &Path) -> bool {
    let paths = open::paths(home);
    // A key file alone is half a profile, unless one was only being made.
    paths.database.exists() || (paths.key.exists() && !paths.unfinished.exists())
}

/// An open store. One connection: the driver's transactions are short and follow one another.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    home: Option<PathBuf>,
    _lock: Option<lock::HomeLock>,
}

impl Store {
    /// Reads; sees one consistent state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = self.connection.lock();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&tx)
    }

    /// Does `work` and syncs it to disk, or changes nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = self.connection.lock();
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        tx.commit()?;
        Ok(value)
    }

    /// Moves everything into the database file and empties the log, so that what was deleted is nowhere any more.
    /// Somebody who reads at this moment, such as a backup, puts it off until the next time.
    pub(crate) fn settle(&self) -> Result<()> {
        let connection = self.connection.lock();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Where it is; `None` in memory.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// When its file was made, nanoseconds since 1970: a copy is another file, made later. `None` in memory, and where
    /// the file system does not say.
    pub(crate) fn born(&self) -> Option<u64> {
        let paths = open::paths(self.home.as_deref()?);
        let made = std::fs::metadata(paths.database).ok()?.created().ok()?;
        let since = made.duration_since(std::time::UNIX_EPOCH).ok()?;
        since.as_nanos().try_into().ok()
    }

    /// Bytes on disk.
    pub(crate) fn size(&self) -> u64 {
        let Some(home) = &self.home else { return 0 };
        let paths = open::paths(home);
        [paths.database.clone(), open::wal(&paths.database)]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|meta| meta.len())
            .sum()
    }
}

#[cfg(test)]
mod tests;
