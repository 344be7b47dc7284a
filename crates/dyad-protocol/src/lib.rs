//! The wire protocol of Dyad: every byte that crosses a boundary, and nothing that does I/O.
//!
//! Owns identifiers, labels, limits, addresses, the envelope, invitations, tokens, the body's
//! encoding and the services' requests and responses. It does not know the ratchet, the engine's
//! state, a store, a socket or a clock other than by its trait.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[macro_use]
mod bytes;

pub mod address;
pub mod api;
pub mod attachment;
pub mod batch;
pub mod body;
pub mod bundle;
pub mod call_server;
pub mod codec;
pub mod content;
pub mod document;
pub mod envelope;
pub mod establish;
pub mod hash;
pub mod hpke;
pub mod id;
pub mod invitation;
pub mod label;
pub mod limits;
pub mod psk;
pub mod sign;
pub mod ticket;
pub mod time;
pub mod token;
