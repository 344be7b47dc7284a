//! The relationships, for other programs of the person: a local JSON API with scopes.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
