//! What Dyad's services share.
//!
//! A service is a `router(deps) -> Router`. Everything around it lives here: the server that runs it
//! ([`server`], [`tls`], [`websocket`]), how it stops ([`shutdown`]), how it says no ([`error`]), how
//! bodies come in ([`extract`]) and long ones go out ([`pump`], [`range`]), how load is refused ([`limits`]), how it is watched ([`health`],
//! [`telemetry`]), its secret ([`secrets`]), and what its configuration has in common with the others'
//! ([`config`]).
//!
//! What this crate does not know: any service's endpoints, except for the document that every host
//! publishes ([`document`]).

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod config;
pub mod document;
pub mod error;
pub mod extract;
pub mod health;
pub mod limits;
pub mod other_host;
pub mod pump;
pub mod range;
pub mod secrets;
pub mod server;
pub mod shutdown;
pub mod telemetry;
pub mod tls;
pub mod websocket;

pub use error::Problem;
pub use shutdown::Shutdown;
