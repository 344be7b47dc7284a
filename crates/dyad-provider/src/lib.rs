//! One provider in one process: issuer, sender and receiver, or any of them, put together from one
//! configuration under one host name.
//!
//! Owns: the configuration file ([`ProviderConfig`]) and its [`check`](mod@check), the keys that come from the
//! provider's seed, the signed document, the way by which the process calls itself, and the order of
//! starting and stopping. What it is put on (listeners, stores, dialler, clock) is given
//! ([`Environment`]), so that the same composition runs on a machine and in a simulation.
//!
//! What this crate does not know: the app, and what the services do.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod admin;
pub mod check;
mod config;
mod document;
mod error;
mod example;
mod headers;
mod keys;
mod own_host;
mod running;
mod services;
mod start;
mod stores;

pub use check::check;
pub use config::{Elsewhere, HostConfig, ProviderConfig};
pub use error::ProviderError;
pub use example::EXAMPLE;
pub use keys::ProviderKeys;
pub use running::RunningProvider;
pub use start::{Environment, Listeners, start, start_provider, start_provider_on};
pub use stores::{FjallStores, OpenStores};
