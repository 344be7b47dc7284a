//! Making and opening the database.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use parking_lot::Mutex;
use rand_core::CryptoRng;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::lock::HomeLock;
use super::trouble::{damaged, no_room_for_index};
use super::unlock::{self, DatabaseKey, KdfCost, Unlock};
use super::{Store, schema};
use crate::error::{ClientError, Result};

/// Up to this size every page is checked when the store is opened, bytes; beyond, pages are checked
/// as they are read.
const CHECK_ALL_UP_TO: u64 = 4 * 1024 * 1024;
/// SQLCipher's page, bytes.
const PAGE: u64 = 4096;
/// Milliseconds to wait for a reader such as a backup program.
const BUSY_TIMEOUT: u64 = 5_000;

/// Where a profile's data lives.
#[derive(Debug, Clone, Default)]
pub enum Database {
    /// In the home directory, encrypted.
    #[default]
    File,
    /// In memory, for simulations.
    Memory(MemoryDatabase),
}

/// A database in memory. Whoever keeps a clone keeps its content, so a simulated process can die and
/// come back; committed transactions are all that is left then, as with a file.
#[derive(Debug, Clone)]
pub struct MemoryDatabase {
    connection: Arc<Mutex<Connection>>,
}

impl MemoryDatabase {
    /// An empty one.
    ///
    /// # Errors
    /// If SQLite cannot be started.
    pub fn new() -> Result<Self> {
        get_ready();
        let connection = Connection::open_in_memory()?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }
}

/// The files of a profile.
pub(super) struct Paths {
    pub(super) database: PathBuf,
    pub(super) key: PathBuf,
    /// The database while it is being made.
    pub(super) unfinished: PathBuf,
}

pub(super) fn paths(home: &Path) -> Paths {
    Paths {
        database: home.join("profile.db"),
        key: home.join("profile.key"),
        unfinished: home.join("profile.db.new"),
    }
}

pub(super) fn wal(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// A file that only its owner may read.
pub(super) fn private_file(path: &Path, new: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Store {
    /// Makes a new, empty profile.
    pub(crate) fn create(
        home: &Path,
        unlock: &Unlock,
        cost: KdfCost,
        database: &Database,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let memory = match database {
            Database::Memory(memory) => Some(memory),
            Database::File => None,
        };
        if let Some(memory) = memory {
            return Self::in_memory(memory);
        }
        make_home(home)?;
        let lock = HomeLock::take(home)?;
        let paths = paths(home);
        if paths.database.exists() {
            return Err(ClientError::config(
                "exists",
                format!(
                    "There is a profile in {} already. Nothing was changed.",
                    home.display()
                ),
            ));
        }
        discard_unfinished(&paths)?;
        // Under another name until it is whole: whatever bears the real name can be opened.
        private_file(&paths.unfinished, true).map_err(|e| unwritable(&paths.unfinished, &e))?;
        let key = unlock::create(home, unlock, cost, rng)?;
        let connection = connect(&paths.unfinished, &key)?;
        schema::create(&connection)?;
        drop(connection);
        std::fs::rename(&paths.unfinished, &paths.database)
            .and_then(|()| File::open(home)?.sync_all())
            .map_err(|e| unwritable(&paths.database, &e))?;
        Ok(Self::with(connect(&paths.database, &key)?, home, lock))
    }

    /// Opens an existing profile.
    pub(crate) fn open(home: &Path, unlock: &Unlock, database: &Database) -> Result<Self> {
        if let Database::Memory(memory) = database {
            return Self::in_memory(memory);
        }
        // Before the lock, so that looking at an empty directory leaves no file in it.
        unlock::method(home)?;
        let lock = HomeLock::take(home)?;
        let key = unlock::open(home, unlock)?;
        let paths = paths(home);
        if !paths.database.exists() {
            return Err(damaged("profile.db is missing, only its key file is there"));
        }
        check_length(&paths.database)?;
        let connection = connect(&paths.database, &key)?;
        check(&connection, &paths.database)?;
        schema::migrate(&connection)?;
        Ok(Self::with(connection, home, lock))
    }

    fn in_memory(memory: &MemoryDatabase) -> Result<Self> {
        {
            let connection = memory.connection.lock();
            connection.pragma_update(None, "foreign_keys", true)?;
            schema::create(&connection)?;
        }
        Ok(Self {
            connection: Arc::clone(&memory.connection),
            home: None,
            _lock: None,
        })
    }

    fn with(connection: Connection, home: &Path, lock: HomeLock) -> Self {
        Self {
            connection: Arc::new(Mutex::new(connection)),
            home: Some(home.to_owned()),
            _lock: Some(lock),
        }
    }
}

/// Clears away what a crash left in the middle of making a profile. A key file alone is something else:
/// its database may be in a backup.
fn discard_unfinished(paths: &Paths) -> Result<()> {
    if !paths.unfinished.exists() {
        return match paths.key.exists() {
            true => Err(damaged("profile.db is missing, only its key file is there")),
            false => Ok(()),
        };
    }
    // The key first: while the unfinished database is there, the next attempt clears away as well.
    for path in [&paths.key, &wal(&paths.unfinished), &paths.unfinished] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unwritable(path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn connect(path: &Path, key: &DatabaseKey) -> Result<Connection> {
    match connected(path, key, false) {
        // What is here can be read on a full disk too: with the log's index in memory, alone.
        Err(error) if no_room_for_index(&error) => Ok(connected(path, key, true)?),
        connected => Ok(connected?),
    }
}

/// Makes the first connection of the process alone: SQLite calls itself ready, to other threads too, before it has
/// called what readies SQLCipher, and a key that is given in between is refused.
fn get_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| drop(Connection::open_in_memory()));
}

fn connected(path: &Path, key: &DatabaseKey, alone: bool) -> rusqlite::Result<Connection> {
    get_ready();
    let connection = Connection::open(path)?;
    // What goes wrong is reported by us; the library would write to standard error.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let hex = Zeroizing::new(
        key.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    );
    // A raw key: SQLCipher derives nothing more from it.
    let statement = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", hex.as_str()));
    connection.execute_batch(&statement)?;
    connection.execute_batch("PRAGMA cipher_memory_security = ON")?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT))?;
    if alone {
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    // The first read that touches the file: fails if the key does not fit.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    let _mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// Before anything is opened: an empty file would be taken for a new database and filled.
fn check_length(path: &Path) -> Result<()> {
    match std::fs::metadata(path).map_or(0, |meta| meta.len()) {
        0 => Err(damaged("profile.db is empty")),
        size if size % PAGE != 0 => Err(damaged("profile.db ends in the middle of a page")),
        _ => Ok(()),
    }
}

fn check(connection: &Connection, path: &Path) -> Result<()> {
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if size > CHECK_ALL_UP_TO {
        return Ok(());
    }
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let first: Option<String> = statement
        .query_map([], |row| row.get(0))?
        .next()
        .transpose()?;
    match first {
        None => Ok(()),
        Some(why) => Err(damaged(&why)),
    }
}

fn make_home(home: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(home)
        .map_err(|error| unwritable(home, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> ClientError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return ClientError::later(
            super::trouble::DISK_FULL,
            "The disk is full. Nothing was made; free some space and try again.",
        );
    }
    ClientError::config(
        "home-unwritable",
        format!("{} cannot be written: {error}.", path.display()),
    )
}
