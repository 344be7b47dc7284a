//! From a folder to a database, whatever the last process left.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use dyad_store::StoreError;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use tracing::{info, warn};

use crate::error::{from_fjall, from_io};
use crate::keyspaces::{DROPS, Keyspaces};
use crate::options::{FjallOptions, MAX_OPEN_FILES, MIN_JOURNAL_BYTES};

/// Names that fjall gives to files in its folder.
const VERSION_FILE: &str = "version";
const FIRST_JOURNAL: &str = "0.jnl";
const LOCK_FILE: &str = "lock";
pub(crate) const KEYSPACES_FOLDER: &str = "keyspaces";

/// Fewer leave flushing to wait for merging; more help only on many cores.
const WORKER_THREADS: usize = 2;

/// An opened database with everything in it.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) keyspaces: Keyspaces,
    pub(crate) drops: Keyspace,
}

/// Opens or creates the database in `path`, finishing what a crash interrupted.
pub(crate) fn open(path: &Path, options: &FjallOptions) -> Result<Opened, StoreError> {
    fs::create_dir_all(path).map_err(|cause| from_io(&cause))?;
    clear_unfinished_creation(path)?;
    let database = open_database(path, options)?;
    finish_drops(&database, options)?;

    let mut keyspaces = Keyspaces::default();
    for name in database.list_keyspace_names() {
        if &*name == DROPS {
            continue;
        }
        let keyspace = open_keyspace(&database, &name, options)?;
        if !keyspaces.insert_named(&name, keyspace) {
            warn!("the store holds a keyspace that is none of ours; it is left alone");
        }
    }
    let drops = open_keyspace(&database, DROPS, options)?;
    sync_keyspaces_folder(path)?;
    Ok(Opened {
        database,
        keyspaces,
        drops,
    })
}

/// The keyspace of that name, created if need be.
pub(crate) fn open_keyspace(
    database: &Database,
    name: &str,
    options: &FjallOptions,
) -> Result<Keyspace, StoreError> {
    let create = || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(options.memtable_bytes)
            .with_kv_separation(None)
    };
    database
        .keyspace(name, create)
        .map_err(|cause| from_fjall(&cause))
}

/// Makes the folders of new keyspaces durable. fjall syncs what is within them, but not their names.
pub(crate) fn sync_keyspaces_folder(path: &Path) -> Result<(), StoreError> {
    fs::File::open(path.join(KEYSPACES_FOLDER))
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| from_io(&cause))
}

fn open_database(path: &Path, options: &FjallOptions) -> Result<Database, StoreError> {
    let open = || {
        Database::builder(path)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.journal_bytes.max(MIN_JOURNAL_BYTES))
            .max_cached_files(Some(MAX_OPEN_FILES))
            .worker_threads(WORKER_THREADS)
            .open()
    };
    // fjall panics on some kinds of damage; the operator needs a sentence, not a stack.
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(fjall::Error::Locked)) => Err(locked(path)),
        Ok(Err(cause)) => Err(from_fjall(&cause)),
        Err(_) => Err(StoreError::Damaged {
            what: format!("{} cannot be read", path.display()),
        }),
    }
}

fn locked(path: &Path) -> StoreError {
    StoreError::Locked {
        place: path.display().to_string(),
    }
}

/// Removes the beginnings of a database whose creation was cut short, which fjall would stumble over.
///
/// The version mark is written before any keyspace exists: a folder without a whole mark and without
/// keyspaces never held anything.
fn clear_unfinished_creation(path: &Path) -> Result<(), StoreError> {
    let io = |cause: io::Error| from_io(&cause);
    let mark = path.join(VERSION_FILE);
    if fs::metadata(&mark).is_ok_and(|mark| mark.len() > 0) || has_entries(path)? {
        return Ok(());
    }
    let lock = match fs::File::open(path.join(LOCK_FILE)) {
        Ok(lock) => lock,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(io(cause)),
    };
    lock.try_lock().map_err(|cause| match cause {
        fs::TryLockError::WouldBlock => locked(path),
        fs::TryLockError::Error(cause) => io(cause),
    })?;
    info!("an earlier creation of the store was cut short; it begins anew");
    for leftover in [mark, path.join(FIRST_JOURNAL)] {
        match fs::remove_file(leftover) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(io(cause)),
            _ => {}
        }
    }
    // Said, and not left to the closing: a child that another thread is just starting has the file open
    // too until its program begins, and would keep the lock that long.
    lock.unlock().map_err(io)
}

fn has_entries(path: &Path) -> Result<bool, StoreError> {
    match fs::read_dir(path.join(KEYSPACES_FOLDER)) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(from_io(&cause)),
    }
}

/// Deletes the keyspaces whose deletion was committed before the last process ended.
fn finish_drops(database: &Database, options: &FjallOptions) -> Result<(), StoreError> {
    if !database.keyspace_exists(DROPS) {
        return Ok(());
    }
    let fjall = |cause: fjall::Error| from_fjall(&cause);
    let drops = open_keyspace(database, DROPS, options)?;
    let mut done = database.batch().durability(Some(PersistMode::SyncAll));
    for marker in drops.iter() {
        let marker = marker.key().map_err(fjall)?;
        let name = str::from_utf8(&marker).map_err(|_| StoreError::Damaged {
            what: "the list of dropped periods".to_owned(),
        })?;
        if database.keyspace_exists(name) {
            let keyspace = open_keyspace(database, name, options)?;
            database.delete_keyspace(keyspace).map_err(fjall)?;
        }
        done.remove(&drops, marker);
    }
    done.commit().map_err(fjall)
}
