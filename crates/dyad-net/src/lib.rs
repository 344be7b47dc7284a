//! HTTP and WebSocket client of Dyad over a pluggable dialler.
//!
//! What this crate owns: how a connection to a host comes about ([`Dial`]), which addresses a
//! process may be sent to by somebody else ([`GuardedDialer`], [`guard`]), one bounded HTTP exchange
//! ([`HttpClient`]) and one bounded WebSocket ([`WebSocket`]).
//!
//! What it does not know: what is said over them. It never follows a redirect, never decompresses,
//! never keeps cookies, sends no header that tells which program is talking, and repeats a request
//! by itself only if not one byte of it had been sent.
//!
//! Only HTTP/1.1 is spoken as a client. The traffic is batches and single requests over kept
//! connections, which gains nothing from multiplexing, and a host chosen by a stranger gets a much
//! smaller protocol to attack.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod connect;
mod direct;
mod error;
pub mod guard;
mod http_client;
mod io;
mod own;
mod pool;
mod problem;
mod request;
mod streamed;
mod tls;
mod ws;

pub use direct::{DirectDialer, DirectSettings};
pub use error::NetError;
pub use guard::{GuardSettings, GuardedDialer};
pub use http_client::{HttpClient, HttpLimits};
pub use io::{BoxedIo, Dial, Io};
pub use own::OwnHosts;
pub use problem::RemoteProblem;
pub use request::{Request, Response};
pub use streamed::Streamed;
pub use tls::RootCertificates;
pub use ws::{WebSocket, WebSocketLimits, websocket};
