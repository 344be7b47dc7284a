//! What a person can ask of their app, and the one place that does it, whatever interface asks: the
//! command line, the control socket or the page in the browser.
//!
//! It does not know how anything is shown, nor keys, tickets or the wire.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod app;
mod apps;
mod calls;
mod error;
mod files;
mod games;
pub mod http;
mod mails;
mod portraits;
mod request;
mod response;
mod service;

pub use app::{ApiPlace, App, Launched, Place, Stage};
pub use error::AppError;
pub use request::{MailSource, PictureChange, ProfileChange, Request, Secret, SettingsChange};
pub use response::{CallChange, Change, MessageChange, Response};
pub use service::{Items, handle};
