//! Mail between Dyad and RFC 5322: what a mail is made of, and how it is read, written and converted.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
