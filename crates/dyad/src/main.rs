//! The one binary of Dyad: a person's app and an operator's provider, by command line.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod app;
mod cli;
mod exit;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Two TLS providers may be linked in; the process uses this one. Fails only if it was chosen before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    cli::main()
}
