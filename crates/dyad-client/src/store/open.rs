//! Making and opening the database.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rand_core::CryptoRng;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::lock::HomeLock;
use super::trouble::damaged;
use super::unlock::{self, DatabaseKey, KdfCost, Unlock};
use super::{Store, schema};
use crate::error::{ClientError, Result};

/// Up to this size every page is checked when the store is opened, bytes; beyond, pages are checked
/// as they are read.
const CHECK_ALL_UP_TO: u64 = 4 * 1024 * 1024;
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
}

pub(super) fn paths(home: &Path) -> Paths {
    Paths {
        database: home.join("profile.db"),
        key: home.join("profile.key"),
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
        // A header without a database is what a crash between the two leaves; it protects nothing.
        if paths.key.exists() {
            std::fs::remove_file(&paths.key).map_err(|e| unwritable(&paths.key, &e))?;
        }
        let key = unlock::create(home, unlock, cost, rng)?;
        private_file(&paths.database, true).map_err(|e| unwritable(&paths.database, &e))?;
        let connection = connect(&paths.database, &key)?;
        schema::create(&connection)?;
        Ok(Self::with(connection, home, lock))
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

fn connect(path: &Path, key: &DatabaseKey) -> Result<Connection> {
    let connection = Connection::open(path)?;
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
    // The first read that touches the file: fails if the key does not fit.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    let _mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

fn check(connection: &Connection, path: &Path) -> Result<()> {
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if size == 0 {
        return Err(damaged("profile.db is empty"));
    }
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
