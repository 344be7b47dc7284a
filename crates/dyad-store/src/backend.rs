//! The ordered byte store underneath everything.
//!
//! Owns: tables, keys, the contract of a batch. Does not know: transactions, or what a key means.

use std::fmt;
use std::ops::ControlFlow;

use crate::StoreError;

/// Longest key in bytes. Every key here is a few ids long; the bound lets back ends index with confidence.
pub const MAX_KEY_LEN: usize = 1024;

/// Longest value in bytes (16 MiB). Larger things belong in a blob store.
pub const MAX_VALUE_LEN: usize = 16 * 1024 * 1024;

/// Longest table name in bytes.
pub const MAX_TABLE_NAME_LEN: usize = 32;

/// A named set of ordered keys, or one period of such a set.
///
/// A table kept by period is dropped one period at a time, whole, without visiting its keys. The
/// period is a number that only grows, such as a token epoch or a day. Names are lower-case ASCII
/// letters, digits and `_`, and are never renamed: they are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table {
    /// The name, at most [`MAX_TABLE_NAME_LEN`] bytes.
    pub name: &'static str,
    /// The period, for tables kept by period.
    pub period: Option<u32>,
}

impl Table {
    /// A table that is kept for ever.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, period: None }
    }

    /// One period of a table kept by period.
    #[must_use]
    pub const fn in_period(name: &'static str, period: u32) -> Self {
        Self {
            name,
            period: Some(period),
        }
    }

    /// Whether the name follows the rules above.
    #[must_use]
    pub fn is_well_named(&self) -> bool {
        (1..=MAX_TABLE_NAME_LEN).contains(&self.name.len())
            && self
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            None => f.write_str(self.name),
            Some(period) => write!(f, "{} (period {period})", self.name),
        }
    }
}

/// One change within a batch. `Debug` prints lengths only: keys and values may be tokens or messages.
#[derive(Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a key, replacing what was there.
    Put {
        /// Where.
        table: Table,
        /// 1 to [`MAX_KEY_LEN`] bytes.
        key: Vec<u8>,
        /// 0 to [`MAX_VALUE_LEN`] bytes.
        value: Vec<u8>,
    },
    /// Removes a key; fine when it is not there.
    Delete {
        /// Where.
        table: Table,
        /// 1 to [`MAX_KEY_LEN`] bytes.
        key: Vec<u8>,
    },
    /// Removes a period with all its keys; fine when it is not there. The table has a period.
    DropPeriod {
        /// What.
        table: Table,
    },
}

impl Write {
    /// The table it changes.
    #[must_use]
    pub fn table(&self) -> Table {
        match self {
            Self::Put { table, .. } | Self::Delete { table, .. } | Self::DropPeriod { table } => {
                *table
            }
        }
    }

    /// Checks the limits stated on the variants.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] naming the limit that was broken.
    pub fn check(&self) -> Result<(), StoreError> {
        let misuse = |what| Err(StoreError::Misuse { what });
        if !self.table().is_well_named() {
            return misuse("a table name is 1 to 32 bytes of a-z, 0-9 and _");
        }
        match self {
            Self::Put { key, value, .. } => {
                if value.len() > MAX_VALUE_LEN {
                    return misuse("a value is longer than 16 MiB");
                }
                check_key(key)
            }
            Self::Delete { key, .. } => check_key(key),
            Self::DropPeriod { table } if table.period.is_none() => {
                misuse("only a table kept by period can be dropped")
            }
            Self::DropPeriod { .. } => Ok(()),
        }
    }
}

fn check_key(key: &[u8]) -> Result<(), StoreError> {
    match key.len() {
        0 => Err(StoreError::Misuse {
            what: "a key is empty",
        }),
        1..=MAX_KEY_LEN => Ok(()),
        _ => Err(StoreError::Misuse {
            what: "a key is longer than 1024 bytes",
        }),
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { table, key, value } => write!(
                f,
                "Put({table}, key of {} bytes, value of {} bytes)",
                key.len(),
                value.len()
            ),
            Self::Delete { table, key } => write!(f, "Delete({table}, key of {} bytes)", key.len()),
            Self::DropPeriod { table } => write!(f, "DropPeriod({table})"),
        }
    }
}

/// An ordered byte store with atomic, synced batches.
///
/// Calls may block on a disk. Reads run beside a write; each call sees all of a batch or nothing of it,
/// and never a batch that is not yet synced. Writes are issued by one committer, one at a time.
pub trait Backend: Send + Sync + fmt::Debug + 'static {
    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Io`] or [`StoreError::Damaged`] when it cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the entries with `from <= key < to` in ascending order of their bytes, until the visitor
    /// breaks. `to` of `None` is unbounded; an empty range visits nothing.
    ///
    /// # Errors
    /// As [`get`](Self::get); entries visited before the error were good.
    #[allow(clippy::type_complexity)] // a name for the visitor's type would say less than the type
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Applies a batch in order, all of it or (also after a crash) none of it. When this returns `Ok`
    /// the batch is synced to disk. A batch that drops a period has no other write to that period.
    ///
    /// # Errors
    /// Nothing of the batch can be read afterwards. [`StoreError::Full`] when there is no room;
    /// [`StoreError::Misuse`] when a [`Write::check`] fails; otherwise as [`get`](Self::get).
    fn write(&self, batch: &[Write]) -> Result<(), StoreError>;

    /// The periods of a table that may hold keys, ascending.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn periods(&self, name: &'static str) -> Result<Vec<u32>, StoreError>;

    /// Bytes taken on the device, as far as known; for figures, not for decisions.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn disk_bytes(&self) -> Result<u64, StoreError>;

    /// Bytes that can still be written before [`StoreError::Full`], if known. Services refuse new work
    /// well before this reaches zero.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn free_bytes(&self) -> Result<Option<u64>, StoreError>;
}
