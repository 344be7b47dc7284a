//! What a person can ask of their app, and the one place that does it, whatever interface asks: the
//! command line, the control socket or the page in the browser.
//!
//! It does not know how anything is shown, nor keys, tickets or the wire.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod app;
mod calls;
mod error;
mod files;
mod request;
mod service;

pub use app::{App, Stage};
pub use error::AppError;
pub use request::{
    CallChange, Change, MessageChange, ProfileChange, Request, Response, Secret, SettingsChange,
};
pub use service::{Items, handle};
