//! What Dyad's services share.
//!
//! A service is a `router(deps) -> Router`. Everything around it lives here: the server that runs it
//! ([`server`], [`tls`], [`websocket`]), how it stops ([`shutdown`]), how it says no ([`error`]) and
//! how bodies come in ([`extract`]).
//!
//! What this crate does not know: any service's endpoints.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod error;
pub mod extract;
pub mod server;
pub mod shutdown;
pub mod tls;
pub mod websocket;

pub use error::Problem;
pub use shutdown::Shutdown;
