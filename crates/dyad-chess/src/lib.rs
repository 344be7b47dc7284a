//! Chess by messages.
//!
//! Owns the rules of the game, and what counts of the entries that two sides send one another: a game is a fold over
//! them that comes to the same on both sides in whatever order they arrive, and that nobody can fork. It does not know
//! how entries travel, nor how their hashes are made: whoever brings one says its hash.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod draw;
mod entry;
mod game;
mod pgn;
mod play;
mod position;
mod restore;

pub use draw::{Pieces, draw};
pub use entry::{Colour, Entry, Hash, Proof, Side, Step};
pub use game::{Game, Heard, MAX_ENTRIES, Standing, Why};
pub use pgn::{PgnTags, pgn};
pub use play::{Ending, Played, Status};
pub use position::{End, MoveError, Position};

#[cfg(test)]
mod tests;
