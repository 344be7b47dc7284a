//! A world to test the whole of Dyad in: virtual time, a simulated network, machines that crash, and people.
//!
//! Owns what stands in for the machine (time, sockets, disks, chance) and the [`simulation`] of whole
//! lives in it, with what must hold there. Apps and services in it are the real ones. Nothing of it is part of a
//! binary that anybody uses.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
mod entropy;
mod fuse;
mod ledger;
mod line;
mod net;
mod person;
mod provider;
mod rng;
pub mod simulation;
mod world;

pub use clock::{MachineClock, ManualClock, SimulatedClock};
pub use fuse::Fuse;
pub use ledger::{Entry, Ledger, Written};
pub use line::{Recorded, Tape};
pub use net::{PORT, SimulatedDialer, SimulatedListener};
pub use person::Person;
pub use provider::SimulatedProvider;
pub use rng::Chance;
pub use world::{BEGIN, World, WorldError};
