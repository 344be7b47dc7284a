//! How much memory and disk the store may take.

const MIB: u64 = 1024 * 1024;

/// Memory for blocks read from disk (64 MiB).
pub const DEFAULT_CACHE_BYTES: u64 = 64 * MIB;

/// Bytes a table gathers in memory before they are written out sorted (16 MiB).
pub const DEFAULT_MEMTABLE_BYTES: u64 = 16 * MIB;

/// Bytes of journal beyond which the tables that hold it up are written out (256 MiB). It also bounds
/// how much is read at the start.
pub const DEFAULT_JOURNAL_BYTES: u64 = 256 * MIB;

/// The smallest journal fjall accepts: one of its files.
pub const MIN_JOURNAL_BYTES: u64 = 64 * MIB;

/// Room on the disk that puts may not use (256 MiB): for deletes, the journal, and merging.
pub const DEFAULT_RESERVE_BYTES: u64 = 256 * MIB;

/// Files held open at once; services need most of a process's usual 1,024 for connections.
pub(crate) const MAX_OPEN_FILES: usize = 256;

/// How much memory and disk the store may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FjallOptions {
    /// Memory for blocks read from disk, in bytes.
    pub cache_bytes: u64,
    /// Memory per table in use before it is written out, in bytes. Applies to tables created from now on.
    pub memtable_bytes: u64,
    /// Journal on disk, in bytes; values below [`MIN_JOURNAL_BYTES`] count as that.
    pub journal_bytes: u64,
    /// Room on the disk, in bytes, below which batches that put anything get
    /// [`StoreError::Full`](dyad_store::StoreError::Full). Deletes alone may use it down to a quarter,
    /// since they are how room is made. A disk that really fills up stops the store until it is opened anew.
    pub reserve_bytes: u64,
}

impl Default for FjallOptions {
    fn default() -> Self {
        Self {
            cache_bytes: DEFAULT_CACHE_BYTES,
            memtable_bytes: DEFAULT_MEMTABLE_BYTES,
            journal_bytes: DEFAULT_JOURNAL_BYTES,
            reserve_bytes: DEFAULT_RESERVE_BYTES,
        }
    }
}
