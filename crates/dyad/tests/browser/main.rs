//! The page in a real browser, with two people in two processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub
)]

mod apps;
mod calls;
mod camera;
mod everyday;
mod files;
mod game;
mod looks;
mod mail;
mod portraits;
mod relayed;
mod safety;
mod seldom;
#[path = "../person/small_disk.rs"]
mod small_disk;
mod stage;
mod talk;
mod turn;
mod writing;
