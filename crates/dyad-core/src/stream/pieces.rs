//! State updates that are to reach the contact: each rides on messages until one of them is confirmed.

use serde::{Deserialize, Serialize};

use super::OutStream;

/// A state update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// All tickets that we made before are void.
    Void,
    /// Our identity that follows the invitation's.
    Follows,
    /// The long-term tickets that the contact should have.
    LongTerm,
    /// Renewal of the pre-shared key.
    Kem,
    /// Our newest bundle.
    Bundle,
    /// How we want to be called.
    Presentation,
}

impl Piece {
    /// Whether it fits in an `establish`, too.
    const fn fits_opening(self) -> bool {
        !matches!(self, Self::Kem | Self::Bundle)
    }
}

/// The updates that are not confirmed yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pieces(Vec<Piece>);

impl Pieces {
    /// There is something new to say: what is on its way already says the old.
    pub(crate) fn change(&mut self, piece: Piece, out: &mut OutStream) {
        if !self.0.contains(&piece) {
            self.0.push(piece);
        }
        out.no_longer_carries(piece);
    }

    /// It is to be said again, though it was confirmed; what is on its way says it, too.
    pub(crate) fn remind(&mut self, piece: Piece) {
        if !self.0.contains(&piece) {
            self.0.push(piece);
        }
    }

    pub(crate) fn contains(&self, piece: Piece) -> bool {
        self.0.contains(&piece)
    }

    /// It has arrived, or is not to be said any more.
    pub(crate) fn done(&mut self, piece: Piece) {
        self.0.retain(|other| *other != piece);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Updates that no message carries which may still be confirmed. In an `establish` not all have room.
    pub(crate) fn due(&self, out: &OutStream, opening: bool) -> Vec<Piece> {
        let due = self.0.iter().filter(|piece| !out.carries(**piece));
        due.filter(|piece| !opening || piece.fits_opening())
            .copied()
            .collect()
    }
}
