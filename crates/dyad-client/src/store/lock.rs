//! One process per home. The kernel drops the lock when its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use crate::error::{ClientError, Result};

const FILE: &str = "lock";

/// How often a lock is tried that somebody holds, and the pause between. A process that is just being started by
/// whoever held it last holds it too until it has become the other program, and one that ends takes a moment.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

/// Held as long as the store is open.
#[derive(Debug)]
pub(super) struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Blocks for half a second if somebody else holds it.
    pub(super) fn take(home: &Path) -> Result<Self> {
        let mut file = open(home).map_err(|error| {
            ClientError::config(
                "home-unwritable",
                format!("{} cannot be written to: {error}.", home.display()),
            )
        })?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(home, read_pid(&mut file))),
            Err(TryLockError::Error(error)) => {
                return Err(ClientError::config(
                    "lock-failed",
                    format!(
                        "The file system of {} cannot lock files: {error}.",
                        home.display()
                    ),
                ));
            }
        }
        // Only for the message that another process shows; the lock itself is the kernel's.
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        if let Err(error) = noted {
            tracing::debug!(%error, "process id not noted in the lock file");
        }
        Ok(Self { _file: file })
    }
}

fn try_lock(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
    file.try_lock()
}

/// The process that has the profile in `home` open, if there is one.
pub(crate) fn holder(home: &Path) -> Option<u32> {
    let mut file = File::open(home.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read_pid(&mut file),
        _ => None,
    }
}

fn open(home: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(home.join(FILE))
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn held(home: &Path, pid: Option<u32>) -> ClientError {
    let who = pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
    ClientError::config(
        "locked",
        format!(
            "{} is in use by {who}. Nothing was changed. Use that one, stop it, or give another --home.",
            home.display()
        ),
    )
}
