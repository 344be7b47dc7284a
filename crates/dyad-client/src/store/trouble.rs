//! What SQLite's errors mean to a person.

use rusqlite::{Error, ErrorCode, ffi};

use crate::error::ClientError;

/// Code of the error for a full disk: whoever sees it waits and goes on.
pub(crate) const DISK_FULL: &str = "disk-full";

impl From<Error> for ClientError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            _ if no_room_for_index(&error) => full(),
            Some(ErrorCode::DiskFull) => full(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                damaged(&error.to_string())
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::later(
                "store-busy",
                "Another program has the local store open. Nothing was changed; close it and try again.",
            ),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::config(
                    "store-unwritable",
                    format!(
                        "The local store cannot be opened for writing ({error}). Check who owns the home directory."
                    ),
                )
            }
            Some(ErrorCode::SystemIoFailure) => Self::other(
                "store-io",
                format!(
                    "The disk failed under the local store ({error}). What was reported as done is kept; check the disk."
                ),
            ),
            _ => match error {
                Error::FromSqlConversionFailure(..)
                | Error::InvalidColumnType(..)
                | Error::IntegralValueOutOfRange(..) => damaged(&error.to_string()),
                other => Self::other("store", format!("The local store failed: {other}.")),
            },
        }
    }
}

/// The log's index (`profile.db-shm`) cannot be enlarged. SQLite does not say why; there is one usual reason.
pub(super) fn no_room_for_index(error: &Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE)
}

fn full() -> ClientError {
    ClientError::later(
        DISK_FULL,
        "The disk is full. Nothing was lost and nothing was half done; free some space, and it goes on by itself.",
    )
}

/// Something in the store cannot be read.
pub(crate) fn damaged(why: &str) -> ClientError {
    ClientError::config(
        "damaged",
        format!(
            "The local store is damaged ({why}). Nothing was changed: the files are kept as they are. \
             Copy the home directory to a safe place, then restore profile.db and profile.key from a backup, \
             or set up a new home."
        ),
    )
}

/// Whether the trouble is the store's as a whole, and not that of one contact or service.
pub(crate) fn is_store_trouble(error: &ClientError) -> bool {
    matches!(
        error.code.as_str(),
        DISK_FULL | "damaged" | "store" | "store-busy" | "store-io" | "store-unwritable"
    )
}
