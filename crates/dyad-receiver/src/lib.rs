//! The receiver: gives out mailboxes, takes messages for them, and keeps those until their owner has
//! fetched them.
//!
//! A sender service delivers batches of opaque items. They are on disk before the one constant answer is
//! given ([`batch`](dyad_protocol::batch)); only afterwards, off the request path, is an item's address
//! opened, checked and counted, and the message moved to its mailbox or dropped. So neither an answer
//! nor its timing says whether an address exists.
//!
//! Files that people here are sent are fetched for them from the hosts that keep them (`blobs`).
//!
//! What is kept in memory grows with connections and hosts that deliver, not with mailboxes.
//!
//! What this crate does not know: who sent a message, what is in it, whose mailbox is whose.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod admission;
mod attach;
mod blobs;
mod challenge;
mod config;
mod deliver;
mod fetch;
mod figures;
mod keyring;
mod mailboxes;
mod receiver;
mod resolve;
mod resolver;
mod senders;
mod stream;
mod sweep;
mod turns;
mod wake;

pub use blobs::BlobDeps;
pub use config::{BlobConfig, ConfigError, ReceiverConfig, SenderRate};
pub use receiver::{Receiver, ReceiverDeps};
