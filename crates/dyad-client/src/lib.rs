//! Runs Dyad's engine against a person's services and an encrypted local store.
//!
//! Owns the store, the exchanges with services, and when to do what. It does not know how keys,
//! tickets and ratchets work (that is the engine's business) nor how anything is shown.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The helpers of the tests from outside name the crate as they see it.
#[cfg(test)]
extern crate self as dyad_client;

mod call;
mod client;
mod driver;
mod error;
mod file;
mod options;
mod store;
pub mod view;

pub use client::{Client, Follow};
pub use error::{ClientError, ErrorKind, Result};
pub use file::{FileReader, Portrait, open_path};
pub use options::{ClientOptions, ClientRng, Timing};
pub use store::{Database, KdfCost, MemoryDatabase, Unlock, UnlockMethod};
