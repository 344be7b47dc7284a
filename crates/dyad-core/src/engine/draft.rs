//! A body in the making: things are added, the most needed first, as long as there is room.

use dyad_protocol::body::{Body, StreamAck};

use crate::stream::{Incoming, Piece};

/// A body that grows as long as there is room.
pub(super) struct Draft {
    pub(super) body: Body,
    pub(super) room: usize,
    pub(super) opening: bool,
    pub(super) carried: Vec<Piece>,
}

impl Draft {
    pub(super) fn try_add(&mut self, change: impl FnOnce(&mut Body)) -> bool {
        let mut next = self.body.clone();
        change(&mut next);
        let fits = next.encode().len() <= self.room;
        if fits {
            self.body = next;
        }
        fits
    }

    pub(super) fn try_piece(&mut self, piece: Piece, change: impl FnOnce(&mut Body)) {
        if self.try_add(change) {
            self.carried.push(piece);
        }
    }

    pub(super) fn free(&self) -> usize {
        self.room.saturating_sub(self.body.encode().len())
    }
}

/// Adds acknowledgements, the fewer the less room there is. True if there is nothing left to say.
pub(super) fn fit_acks(
    draft: &mut Draft,
    incoming: &Incoming,
    of: impl Fn(&Incoming, usize, usize) -> Vec<StreamAck>,
    set: impl Fn(&mut Body, Vec<StreamAck>),
) -> bool {
    const SIZES: [(usize, usize); 4] = [(16, 8), (4, 16), (1, 8), (1, 1)];
    SIZES.into_iter().any(|(streams, ranges)| {
        let acks = of(incoming, streams, ranges);
        acks.is_empty() || draft.try_add(|body| set(body, acks))
    })
}
