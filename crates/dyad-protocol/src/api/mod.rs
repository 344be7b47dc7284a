//! Requests and responses between an app and its services. Paths are constants beside them.
//!
//! Hot bodies ([`submit`], [`fetch`], [`blob`], and [`crate::batch`]) are binary with content type
//! [`BINARY`]; the rest is JSON. Errors are RFC 9457 problem details.

pub mod account;
pub mod blob;
pub mod fetch;
pub mod invite;
pub mod mailbox;
pub mod relay;
pub mod submit;

/// Content type of binary bodies.
pub const BINARY: &str = "application/dyad";
