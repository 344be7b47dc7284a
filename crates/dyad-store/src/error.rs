//! The one error of this crate.

use thiserror::Error;

/// Why a store did not do what it was asked. Every variant says whose move is next.
///
/// Cloneable because all transactions of a group share one outcome.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// No room is left. The operator must free or add space; clients should be told to try later.
    #[error("the store is full: free some space or move it to a larger disk")]
    Full,
    /// The operating system refused; the text is its own.
    #[error("the store could not be read or written: {0}")]
    Io(String),
    /// What was read is not what was written. Restore a backup; do not go on.
    #[error("the store is damaged ({what}): restore it from a backup")]
    Damaged {
        /// Which part, in words for the operator.
        what: String,
    },
    /// Written by a later release of this program.
    #[error(
        "the store has format version {found}, this program knows up to {known}: install the newer \
         program again, or restore a backup made by this one"
    )]
    NewerVersion {
        /// Format version found in the store.
        found: u32,
        /// The newest format version this program understands.
        known: u32,
    },
    /// Too many transactions wait already. Nothing was done; try later.
    #[error("the store is busy: try again later")]
    Busy,
    /// The store is shutting down or gone. Nothing was done.
    #[error("the store is closed")]
    Closed,
    /// Another process holds this store open.
    #[error("the store at {place} is in use by another process: stop that one first")]
    Locked {
        /// Where the store lies.
        place: String,
    },
    /// The calling code broke a rule of this crate (a bug of ours). Nothing was kept.
    #[error("the store was used wrongly: {what}")]
    Misuse {
        /// The rule that was broken.
        what: &'static str,
    },
    /// The transaction's closure panicked (a bug of ours). Nothing it wrote was kept.
    #[error("a transaction failed unexpectedly; nothing of it was kept")]
    Panicked,
}
