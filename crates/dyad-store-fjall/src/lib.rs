//! The embedded store of Dyad's services: a folder on a local disk, kept by `fjall`.
//!
//! One keyspace per table and period, created at the first write to it. Values are never separated from
//! keys: with separation fjall keeps nearly all its disk space after everything is deleted. A batch is
//! one entry of fjall's journal, synced before it becomes visible; a period is dropped by deleting its
//! keyspace, which costs the same however many keys it holds.
//!
//! What a crash leaves is found by replaying the journal. Checksums cover journal entries and blocks; a
//! mismatch is [`StoreError::Damaged`](dyad_store::StoreError::Damaged). When a sync fails, nothing more is
//! written until the store is opened anew, since nobody can say what the disk holds then.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backend;
mod error;
mod keyspaces;
mod open;
pub mod options;

pub use backend::FjallBackend;
pub use options::FjallOptions;
