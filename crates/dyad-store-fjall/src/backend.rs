//! The contract of [`Backend`], kept with fjall.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Bound, ControlFlow};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dyad_store::{Backend, StoreError, Table, Write, check_version};
use fjall::{Database, Keyspace, OwnedWriteBatch, PersistMode, Readable, Snapshot};
use parking_lot::{Mutex, RwLock};
use tracing::error;

use crate::error::{from_fjall, from_io};
use crate::keyspaces::{Keyspaces, name_of};
use crate::open::{Opened, open, open_keyspace, sync_keyspaces_folder};
use crate::options::FjallOptions;

/// Deletes may use the reserve down to this part of it.
const RESERVE_PART_FOR_DELETES: u64 = 4;

/// A store in a folder of its own. Dropping it closes it; no other process can open it before.
pub struct FjallBackend {
    path: PathBuf,
    options: FjallOptions,
    database: Database,
    keyspaces: RwLock<Keyspaces>,
    /// What readers see: the state after the last batch.
    ///
    /// A snapshot that a reader takes by itself would not do: when fjall writes out or merges a table, it
    /// moves the mark of what is visible past a batch that is just being applied. This one is taken while
    /// no batch is.
    visible: RwLock<Arc<Snapshot>>,
    /// Also makes writers take turns.
    drops: Mutex<Drops>,
    /// Set when a committed drop could not be carried out: what is read is wrong until the next start.
    broken: AtomicBool,
}

/// Dropping a period is a mark in the batch that says so, then the deletion of its keyspace. A crash in
/// between is mended at the next start. The mark goes with the next batch, which may begin the period
/// anew: so a mark never outlives the moment from which its keyspace is wanted again.
struct Drops {
    marks: Keyspace,
    carried_out: BTreeSet<String>,
}

impl FjallBackend {
    /// Opens the store in `path`, creating folder and store if need be.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it open; [`StoreError::NewerVersion`] and
    /// [`StoreError::Damaged`] when it cannot be understood; [`StoreError::Io`] and [`StoreError::Full`]
    /// when the disk refuses.
    pub fn open(path: &Path, options: FjallOptions) -> Result<Self, StoreError> {
        let Opened {
            database,
            keyspaces,
            drops,
        } = open(path, &options)?;
        let backend = Self {
            path: path.to_owned(),
            options,
            visible: RwLock::new(Arc::new(database.snapshot())),
            database,
            keyspaces: RwLock::new(keyspaces),
            drops: Mutex::new(Drops {
                marks: drops,
                carried_out: BTreeSet::new(),
            }),
            broken: AtomicBool::new(false),
        };
        check_version(&backend)?;
        Ok(backend)
    }

    fn check_usable(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::Acquire) {
            return Err(StoreError::Io(
                "a dropped period could not be removed; restart the program".to_owned(),
            ));
        }
        Ok(())
    }

    fn visible(&self) -> Arc<Snapshot> {
        Arc::clone(&self.visible.read())
    }

    fn keyspace(&self, table: Table) -> Option<Keyspace> {
        self.keyspaces.read().get(table).cloned()
    }

    fn available_bytes(&self) -> Result<u64, StoreError> {
        fs4::available_space(&self.path).map_err(|cause| from_io(&cause))
    }

    /// A disk that runs full within a write stops the store, so it is refused before.
    fn check_room(&self, batch: &[Write]) -> Result<(), StoreError> {
        let puts = batch.iter().any(|w| matches!(w, Write::Put { .. }));
        let untouchable = if puts {
            self.options.reserve_bytes
        } else {
            self.options.reserve_bytes / RESERVE_PART_FOR_DELETES
        };
        if self.available_bytes()? < untouchable {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    /// The keyspaces for the tables that the batch puts to, created where missing.
    fn create_missing<'b>(
        &self,
        tables: impl Iterator<Item = &'b Table>,
    ) -> Result<(), StoreError> {
        let mut created = Vec::new();
        for table in tables {
            if self.keyspaces.read().get(*table).is_none() {
                let name = name_of(*table);
                created.push((*table, open_keyspace(&self.database, &name, &self.options)?));
            }
        }
        if created.is_empty() {
            return Ok(());
        }
        // The journal refers to keyspaces by number: without the folder an entry would be lost.
        sync_keyspaces_folder(&self.path)?;
        let mut keyspaces = self.keyspaces.write();
        for (table, keyspace) in created {
            keyspaces.insert(table, keyspace);
        }
        Ok(())
    }

    fn carry_out_drops(&self, drops: &mut Drops, tables: &[Table]) -> Result<(), StoreError> {
        for table in tables {
            let Some(keyspace) = self.keyspaces.write().remove(*table) else {
                continue;
            };
            if let Err(cause) = self.database.delete_keyspace(keyspace) {
                self.broken.store(true, Ordering::Release);
                error!(%cause, %table, "a dropped period could not be removed");
                return Err(from_fjall(&cause));
            }
            drops.carried_out.insert(name_of(*table));
        }
        Ok(())
    }
}

/// A batch sorted out: the last write to each key, and the periods that go.
struct Sorted<'b> {
    keys: BTreeMap<Table, BTreeMap<&'b [u8], Option<&'b [u8]>>>,
    dropped: Vec<Table>,
}

impl<'b> Sorted<'b> {
    /// fjall gives all entries of a batch one sequence number, so two for one key would be undefined.
    fn new(batch: &'b [Write]) -> Result<Self, StoreError> {
        let mut sorted = Self {
            keys: BTreeMap::new(),
            dropped: Vec::new(),
        };
        for write in batch {
            write.check()?;
            let (table, key, new) = match write {
                Write::Put { table, key, value } => (table, key, Some(value.as_slice())),
                Write::Delete { table, key } => (table, key, None),
                Write::DropPeriod { table } => {
                    sorted.dropped.push(*table);
                    continue;
                }
            };
            sorted.keys.entry(*table).or_default().insert(key, new);
        }
        if sorted.dropped.iter().any(|t| sorted.keys.contains_key(t)) {
            return Err(StoreError::Misuse {
                what: "a batch writes to a period that it drops",
            });
        }
        Ok(sorted)
    }

    fn tables_with_puts(&self) -> impl Iterator<Item = &Table> {
        let tables = self.keys.iter();
        tables
            .filter(|(_, keys)| keys.values().any(Option::is_some))
            .map(|(table, _)| table)
    }

    fn add_to(&self, batch: &mut OwnedWriteBatch, keyspaces: &Keyspaces) {
        for (table, keys) in &self.keys {
            // None: nothing was ever put there, so there is nothing to delete.
            let Some(keyspace) = keyspaces.get(*table) else {
                continue;
            };
            for (key, new) in keys {
                match new {
                    Some(value) => batch.insert(keyspace, *key, *value),
                    None => batch.remove(keyspace, *key),
                }
            }
        }
    }
}

impl Backend for FjallBackend {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_usable()?;
        let Some(keyspace) = self.keyspace(table) else {
            return Ok(None);
        };
        let value = self.visible().get(&keyspace, key);
        let value = value.map_err(|cause| from_fjall(&cause))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.check_usable()?;
        let Some(keyspace) = self.keyspace(table) else {
            return Ok(());
        };
        if to.is_some_and(|to| to <= from) {
            return Ok(());
        }
        let bounds = (
            Bound::Included(from),
            to.map_or(Bound::Unbounded, Bound::Excluded),
        );
        for entry in self.visible().range::<&[u8], _>(&keyspace, bounds) {
            let (key, value) = entry.into_inner().map_err(|cause| from_fjall(&cause))?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: &[Write]) -> Result<(), StoreError> {
        let sorted = Sorted::new(batch)?;
        let mut drops = self.drops.lock();
        self.check_usable()?;
        self.check_room(batch)?;
        self.create_missing(sorted.tables_with_puts())?;

        let mut entry = self.database.batch().durability(Some(PersistMode::SyncAll));
        {
            let keyspaces = self.keyspaces.read();
            sorted.add_to(&mut entry, &keyspaces);
            for name in std::mem::take(&mut drops.carried_out) {
                entry.remove(&drops.marks, name);
            }
            for table in &sorted.dropped {
                if keyspaces.get(*table).is_some() {
                    entry.insert(&drops.marks, name_of(*table), []);
                }
            }
        }
        entry.commit().map_err(|cause| from_fjall(&cause))?;
        *self.visible.write() = Arc::new(self.database.snapshot());
        self.carry_out_drops(&mut drops, &sorted.dropped)
    }

    fn periods(&self, name: &'static str) -> Result<Vec<u32>, StoreError> {
        self.check_usable()?;
        Ok(self.keyspaces.read().periods(name))
    }

    fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.database
            .disk_space()
            .map_err(|cause| from_fjall(&cause))
    }

    fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let available = self.available_bytes()?;
        Ok(Some(available.saturating_sub(self.options.reserve_bytes)))
    }
}

impl fmt::Debug for FjallBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallBackend")
            .field("path", &self.path)
            .field("options", &self.options)
            .field("keyspaces", &*self.keyspaces.read())
            .finish_non_exhaustive()
    }
}
