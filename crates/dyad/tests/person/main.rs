//! The person's commands, tried with the real program: what they print, how they end, and what they say
//! to bad input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub
)]

mod apps;
mod bad_invitation;
mod bad_provider;
mod calls;
mod conversation;
mod full_disk;
mod game;
mod home;
mod mail;
mod pictures;
mod portraits;
mod restore;
mod small_disk;
mod stage;
mod talk;
mod up;
mod usage;
