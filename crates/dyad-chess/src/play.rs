//! What a chain of entries comes to.

use serde::{Deserialize, Serialize};

use crate::entry::{Colour, Entry, Side, Step};
use crate::game::MAX_ENTRIES;
use crate::position::{End, Position};

/// How a game ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By mate.
    Checkmate,
    /// One side gave up.
    Resigned,
    /// A draw: no legal move, and not in check.
    Stalemate,
    /// A draw: neither side can give mate.
    Material,
    /// A draw that both wanted.
    Agreed,
    /// A draw: the same position, three times and claimed, or five times.
    Repetition,
    /// A draw: no capture and no pawn move, for fifty moves and claimed, or for 75.
    Quiet,
    /// A draw: more entries than a game may have.
    TooLong,
}

/// How far a game is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Status {
    /// The invitation is not answered.
    Invited,
    /// It was declined.
    Declined,
    /// It was taken back.
    Withdrawn,
    /// It goes on.
    Playing,
    /// It is over.
    Over {
        /// How.
        ending: Ending,
        /// Who won; nobody: a draw.
        winner: Option<Side>,
    },
}

impl Status {
    /// Whether nothing more can be done.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Invited | Self::Playing)
    }
}

/// A game as far as it was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// The position now.
    pub position: Position,
    /// All moves in algebraic notation.
    pub san: Vec<String>,
    /// The last one as the UCI writes it.
    pub last: Option<String>,
    /// How far it is.
    pub status: Status,
    /// Who has white.
    pub white: Side,
    /// Whether the last move offered a draw.
    pub offered: bool,
    /// How many entries there are: the number of the next.
    pub(crate) next: u32,
}

impl Played {
    /// The game that an invitation begins.
    pub(crate) const fn new(white: Side, position: Position) -> Self {
        Self {
            position,
            san: Vec::new(),
            last: None,
            status: Status::Invited,
            white,
            offered: false,
            next: 1,
        }
    }

    /// Whose colour.
    pub fn side(&self, colour: Colour) -> Side {
        match colour {
            Colour::White => self.white,
            Colour::Black => self.white.other(),
        }
    }

    /// Who is to do something; nobody if it is over.
    pub fn turn(&self) -> Option<Side> {
        match self.status {
            Status::Invited => Some(Side::Invited),
            Status::Playing => Some(self.side(self.position.turn())),
            _ => None,
        }
    }

    /// Whether whoever is to move may claim a draw.
    pub fn can_claim(&self) -> bool {
        self.status == Status::Playing && (self.position.is_repeated() || self.position.is_quiet())
    }

    /// Takes one entry further that fits. `false` and unchanged if it does not.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), Misfit> {
        let turn = self.turn().ok_or(Misfit::Over)?;
        let own_turn = entry.side == turn;
        let status = match (&entry.step, self.status) {
            (Step::Accept, Status::Invited) if own_turn => Status::Playing,
            (Step::Decline, Status::Invited) if own_turn => Status::Declined,
            (Step::Resign, Status::Invited) if !own_turn => Status::Withdrawn,
            (Step::Resign, Status::Playing) => Status::Over {
                ending: Ending::Resigned,
                winner: Some(entry.side.other()),
            },
            (_, Status::Playing) if !own_turn => return Err(Misfit::Turn),
            (Step::Move { uci, offer }, Status::Playing) => {
                let san = self.position.play(uci).ok_or(Misfit::Illegal)?;
                self.san.push(san);
                self.last = Some(uci.clone());
                self.offered = *offer;
                self.after_move(entry.side)
            }
            (Step::AcceptDraw, Status::Playing) if self.offered => draw(Ending::Agreed),
            (Step::ClaimDraw, Status::Playing) if self.can_claim() => {
                draw(if self.position.is_repeated() {
                    Ending::Repetition
                } else {
                    Ending::Quiet
                })
            }
            _ => return Err(Misfit::Step),
        };
        self.next += 1;
        self.status = match status {
            Status::Playing if self.next >= MAX_ENTRIES => draw(Ending::TooLong),
            other => other,
        };
        Ok(())
    }

    fn after_move(&self, by: Side) -> Status {
        match self.position.end() {
            None => Status::Playing,
            Some(End::Checkmate) => Status::Over {
                ending: Ending::Checkmate,
                winner: Some(by),
            },
            Some(End::Stalemate) => draw(Ending::Stalemate),
            Some(End::Material) => draw(Ending::Material),
            Some(End::Fivefold) => draw(Ending::Repetition),
            Some(End::SeventyFive) => draw(Ending::Quiet),
        }
    }
}

/// Why an entry does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    Over,
    Turn,
    Illegal,
    Step,
}

const fn draw(ending: Ending) -> Status {
    Status::Over {
        ending,
        winner: None,
    }
}
