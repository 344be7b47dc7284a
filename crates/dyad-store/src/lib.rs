//! What Dyad's services keep on disk, and the rules by which they change it.
//!
//! Three layers, each a module:
//!
//! * [`backend`]: an ordered byte store with atomic, synced batches. It knows tables and keys, never
//!   what they mean. [`memory`] is one; real ones are crates of their own.
//! * [`transaction`] and [`committer`]: closures that read and write run one after another in one
//!   place; those that wait at the same moment share one batch and one sync. So a rule such as
//!   "spend once" is plain sequential code, and the same code for every back end.
//! * the ports, named for what they mean: [`spent`] and its siblings. They are functions over a
//!   [`Transaction`] and hold no state of their own.
//!
//! A group of transactions reaches the back end as one `Vec<Write>` ([`Backend::write`]). That is
//! deliberately the unit a replicated back end replicates as one log entry: it depends on nothing but
//! the state before it, and applying the same entries in the same order gives the same state.
//!
//! [`conformance`] holds the suites every back end passes.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod accounts;
pub mod backend;
pub mod blobs;
pub mod committer;
pub mod conformance;
pub mod error;
pub mod invitations;
pub mod keys;
pub mod mailbox;
pub mod memory;
pub mod peers;
pub mod queue;
pub mod spent;
pub mod spool;
pub mod transaction;
pub mod version;

pub use backend::{Backend, Table, Write};
pub use committer::{CommitterOptions, Store};
pub use error::StoreError;
pub use memory::MemoryBackend;
pub use transaction::Transaction;
pub use version::check_version;
