//! A world to test the whole of Dyad in: a virtual clock, a simulated network, and people.
//!
//! Owns what stands in for the machine: time, sockets, chance. It does not know what is tested, and
//! nothing of it is part of a binary.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
mod net;

pub use clock::{ManualClock, SimulatedClock};
pub use net::{PORT, SimulatedDialer, SimulatedListener};
