//! Streams: what we sent and what is confirmed of it; what has arrived and is to be acknowledged; state
//! updates that travel with messages until they are confirmed.

mod incoming;
mod message;
mod outgoing;
mod pieces;
mod turns;

pub(crate) use incoming::{Arrival, Incoming};
pub(crate) use message::OutMessage;
pub(crate) use outgoing::OutStream;
pub(crate) use pieces::{Piece, Pieces};
pub(crate) use turns::{Arrived, Turns};
