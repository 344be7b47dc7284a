//! The chain: which entries count. Two apps that have the same entries come to the same game, in whatever order they
//! came.
//!
//! An entry names its place and the hash of the entry before it. Only the side to move extends the chain, with one
//! exception: either side may give up at any time, so that a resignation can cross what the other does at the same
//! place. Then the entry of the side to move counts if it ends the game, otherwise the resignation does.

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Hash, Proof, Side, Step};
use crate::play::{Misfit, Played, Status};
use crate::position::Position;

/// Most entries of a game; with the last it is drawn.
pub const MAX_ENTRIES: u32 = 4096;
/// Entries that wait for the one before. A side can be three ahead of what the other has seen (it accepts, moves and
/// gives up), never more.
const MAX_WAITING: usize = 8;
/// Refused entries that are remembered, so that each is told of once.
const MAX_REFUSED: usize = 32;

/// A game as its entries make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Game {
    /// What counts, from the invitation on.
    pub(crate) chain: Vec<Entry>,
    waiting: Vec<Entry>,
    refused: Vec<Hash>,
}

/// What became of an entry that was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It counts, with those that waited for it and fit.
    Counts,
    /// It was here already.
    Known,
    /// It waits for the one before.
    Waits,
    /// It crossed something that counts instead. Nobody is to blame.
    Crossed,
    /// It does not count, now or later.
    Refused(Why),
}

/// Why an entry does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The other side is to move.
    #[error("it is not their turn")]
    Turn,
    /// The rules do not allow the move.
    #[error("the move is not legal")]
    Illegal,
    /// The step makes no sense there.
    #[error("nothing of the kind can be done now")]
    Step,
    /// The game is over.
    #[error("the game is over")]
    Over,
    /// Another entry stands in its place, or before it.
    #[error("another move was made in its place")]
    Fork,
    /// Said to be ours, and nothing shows it.
    #[error("nothing shows that it is ours")]
    Unproven,
    /// Further ahead than anybody can be.
    #[error("too much before it is missing")]
    Ahead,
}

/// Where an entry stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It counts.
    Counts,
    /// It waits for the one before.
    Waits,
    /// It does not count.
    Void,
}

impl Game {
    /// Begins with an invitation; `None` if the entry is none.
    pub fn new(invitation: Entry) -> Option<Self> {
        let first = matches!(invitation.step, Step::Invite { .. });
        let good = first
            && invitation.number == 0
            && invitation.before.is_none()
            && invitation.side == Side::Inviter;
        good.then(|| Self {
            chain: vec![invitation],
            waiting: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// What counts, from the invitation on.
    pub fn chain(&self) -> &[Entry] {
        &self.chain
    }

    /// What it comes to.
    pub fn played(&self) -> Played {
        self.until(self.chain.len())
    }

    /// Where an entry of this hash stands.
    pub fn standing(&self, hash: &Hash) -> Standing {
        if self.chain.iter().any(|entry| entry.hash == *hash) {
            Standing::Counts
        } else if self.waiting.iter().any(|entry| entry.hash == *hash) {
            Standing::Waits
        } else {
            Standing::Void
        }
    }

    /// One side does something now. `hash` makes the entry's hash and its proof from its number, the hash before and the step.
    ///
    /// # Errors
    /// [`Why`] it cannot be done; nothing is changed.
    pub fn make(
        &mut self,
        side: Side,
        step: Step,
        hash: impl FnOnce(u32, Hash, &Step) -> (Hash, Option<Proof>),
    ) -> Result<Entry, Why> {
        let number = u32::try_from(self.chain.len()).map_err(|_| Why::Over)?;
        let before = self.tip().ok_or(Why::Step)?;
        let (hash, proof) = hash(number, before, &step);
        let entry = Entry {
            number,
            before: Some(before),
            hash,
            side,
            proof,
            step,
        };
        self.played().take(&entry).map_err(Why::from)?;
        self.chain.push(entry.clone());
        // After a restore from a backup, answers can be here before what they answer.
        self.catch_up();
        Ok(entry)
    }

    /// The other side did something, now or long ago.
    pub fn hear(&mut self, entry: Entry) -> Heard {
        if self.standing(&entry.hash) != Standing::Void || self.refused.contains(&entry.hash) {
            return Heard::Known;
        }
        let hash = entry.hash;
        let heard = self.place(entry);
        match heard {
            Heard::Counts => self.catch_up(),
            Heard::Refused(_) | Heard::Crossed => self.remember(hash),
            Heard::Known | Heard::Waits => {}
        }
        heard
    }

    fn place(&mut self, entry: Entry) -> Heard {
        let at = entry.number as usize;
        if at == 0 {
            // Another invitation under the same name.
            return Heard::Refused(Why::Fork);
        }
        if at > self.chain.len() {
            return self.wait(entry);
        }
        if self.chain.get(at - 1).map(|before| before.hash) != entry.before {
            return self.elsewhere(&entry);
        }
        let Some(occupant) = self.chain.get(at) else {
            return self.put(entry);
        };
        if occupant.side == entry.side {
            return Heard::Refused(Why::Fork);
        }
        self.cross(entry)
    }

    /// Its place is taken by an entry of the other side.
    fn cross(&mut self, entry: Entry) -> Heard {
        let at = entry.number as usize;
        let before = self.until(at);
        let mut with_it = before.clone();
        if let Err(misfit) = with_it.take(&entry) {
            return Heard::Refused(misfit.into());
        }
        if before.turn() == Some(entry.side) {
            // Ours can only be a resignation out of turn.
            return if with_it.status.is_final() {
                self.put(entry)
            } else {
                Heard::Crossed
            };
        }
        if self.until(at + 1).status.is_final() {
            return Heard::Crossed;
        }
        let went_on = self.chain.iter().skip(at).any(|e| e.side == entry.side);
        if went_on {
            return Heard::Refused(Why::Fork);
        }
        self.put(entry)
    }

    /// At the end of the chain, or in the place of what crossed it.
    fn put(&mut self, entry: Entry) -> Heard {
        let at = entry.number as usize;
        match self.until(at).take(&entry) {
            Ok(()) => {
                self.chain.truncate(at);
                self.chain.push(entry);
                Heard::Counts
            }
            Err(misfit) => Heard::Refused(misfit.into()),
        }
    }

    /// It goes on from something that does not count here: no wonder if that crossed a resignation.
    fn elsewhere(&self, entry: &Entry) -> Heard {
        let resigned = self
            .chain
            .last()
            .is_some_and(|last| last.step == Step::Resign && last.side != entry.side);
        if resigned {
            Heard::Crossed
        } else {
            Heard::Refused(Why::Fork)
        }
    }

    fn wait(&mut self, entry: Entry) -> Heard {
        if self.played().status.is_final() {
            return self.elsewhere(&entry);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(entry);
            Heard::Waits
        } else {
            Heard::Refused(Why::Ahead)
        }
    }

    /// What waited and now has its place. What does not fit is void without a word: it came from the same hand as what
    /// it waited for.
    pub(crate) fn catch_up(&mut self) {
        let ready = |waiting: &Vec<Entry>, len: usize| {
            waiting
                .iter()
                .position(|entry| entry.number as usize <= len)
        };
        while let Some(at) = ready(&self.waiting, self.chain.len()) {
            let entry = self.waiting.remove(at);
            let hash = entry.hash;
            if self.place(entry) != Heard::Counts {
                self.remember(hash);
            }
        }
        if self.played().status.is_final() {
            self.waiting.clear();
        }
    }

    fn remember(&mut self, hash: Hash) {
        if self.refused.len() >= MAX_REFUSED {
            self.refused.remove(0);
        }
        self.refused.push(hash);
    }

    fn tip(&self) -> Option<Hash> {
        self.chain.last().map(|entry| entry.hash)
    }

    /// What the first so many entries come to.
    pub(crate) fn until(&self, len: usize) -> Played {
        let white = match self.chain.first().map(|entry| &entry.step) {
            Some(Step::Invite { colour }) => match colour {
                crate::Colour::White => Side::Inviter,
                crate::Colour::Black => Side::Invited,
            },
            _ => Side::Inviter,
        };
        let mut played = Played::new(white, Position::default());
        for entry in self.chain.iter().take(len).skip(1) {
            if played.take(entry).is_err() {
                break;
            }
        }
        played
    }
}

impl Played {
    /// Whether nobody has answered yet.
    pub fn is_open(&self) -> bool {
        self.status == Status::Invited
    }
}

impl From<Misfit> for Why {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Over => Self::Over,
            Misfit::Turn => Self::Turn,
            Misfit::Illegal => Self::Illegal,
            Misfit::Step => Self::Step,
        }
    }
}
