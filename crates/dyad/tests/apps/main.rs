//! Programs that use the local API, with real people who have a running `dyad up` each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod files;
mod messages;
mod program;
mod stage;
mod todo;
