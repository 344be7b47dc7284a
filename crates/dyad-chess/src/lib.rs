//! Chess by messages: the rules, and the chain of moves that nobody can fork.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
