//! Files in and out for the interfaces that speak HTTP: as they come and as they are asked for, never whole in memory.

mod incoming;
mod kind;
mod outgoing;

pub use incoming::send_as_it_comes;
pub use kind::{Kind, look, of as kind_of};
pub use outgoing::{Pieces, answer, disposition};
