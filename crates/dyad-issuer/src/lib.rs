//! The issuer: knows accounts, hands out unlinkable tokens under a daily quota, sees no message.
//!
//! An account is a key that a device made. Each day it may fetch one batch of tokens per class, always
//! the whole day's quota, so that the amount fetched says nothing. The issuer signs blinded elements
//! (RFC 9497, RFC 9578) and cannot recognise a token when it is spent.
//!
//! What this crate does not know: what tokens are spent for, or that messages exist.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod admin;
mod code;
mod config;
mod enrol;
mod enrolment_limit;
mod issuer;
mod keys;
mod sweep;
mod tokens;

pub use code::EnrolmentCode;
pub use config::{ConfigError, EnrolmentLimits, IssuerConfig, Quotas};
pub use issuer::{Issuer, IssuerDeps};
