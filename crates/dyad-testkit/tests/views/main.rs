//! What each party sees, byte by byte: for every line of `SECURITY.md` about services, the network and strangers
//! what can and what cannot be linked. Real apps and services run between two people whose services have a host
//! each; everything that goes over a host's connections and lies on its disk is what that service sees.
//!
//! Each test also shows that it would notice: the same search finds what the party does see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod issuer;
mod network;
mod overlap;
mod parties;
mod receiver;
mod sender;
mod strangers;
mod wire;
