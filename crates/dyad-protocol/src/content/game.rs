//! Games played in turns: one entry of the chain that both sides build.

use minicbor::Decoder;

use super::Said;
use super::game_again::{GameAgain, GameProof, instead_of_step};
use crate::body::map::{MapReader, MapWriter};
use crate::body::{CborEncoder, CborResult};
use crate::codec::DecodeError;
use crate::hash::hash;
use crate::id::GameId;
use crate::label;

/// Greatest number of an entry: more than any game that people finish.
pub const MAX_GAME_ENTRIES: u32 = 4096;

const WHAT: &str = "game";

/// The side that began the game, or the one that was asked to play.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum GameSide {
    /// Wrote the invitation.
    Inviter,
    /// Answers it.
    Invited,
}

/// The white pieces or the black ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GameColour {
    /// Moves first.
    White,
    /// Moves second.
    Black,
}

/// A move of chess as the UCI writes it: from, to, and what a pawn becomes, such as `e7e8q`. Whether it may be made
/// is another question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChessMove(String);

impl ChessMove {
    /// `None` if it is not written so.
    pub fn new(text: &str) -> Option<Self> {
        let is_square =
            |file: u8, rank: u8| (b'a'..=b'h').contains(&file) && (b'1'..=b'8').contains(&rank);
        let good = match *text.as_bytes() {
            [a, b, c, d] => is_square(a, b) && is_square(c, d),
            [a, b, c, d, e] => is_square(a, b) && is_square(c, d) && b"qrbn".contains(&e),
            _ => false,
        };
        good.then(|| Self(text.to_owned()))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one side does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GameStep {
    /// Asks for a game.
    Invite {
        /// The inviter's colour.
        colour: GameColour,
    },
    /// Takes part.
    Accept,
    /// Does not.
    Decline,
    /// Moves a piece.
    Move {
        /// Which and where to.
        chess: ChessMove,
        /// And offers a draw, until the other has moved.
        offer: bool,
    },
    /// Gives up; before the game is accepted: takes the invitation back.
    Resign,
    /// Takes the draw that the last move offered.
    AcceptDraw,
    /// Claims one: the position stood three times, or nothing was taken and no pawn moved for fifty moves.
    ClaimDraw,
}

/// One entry of a game's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameEntry {
    /// Which game.
    pub game: GameId,
    /// Its place; 0 is the invitation.
    pub number: u32,
    /// Hash of the entry before; none for the invitation.
    pub before: Option<[u8; 32]>,
    /// What its author does.
    pub step: GameStep,
    /// By which its author knows it again. It is no part of the hash.
    pub proof: Option<GameProof>,
}

impl Said {
    /// The kind of an entry of a game.
    pub const GAME: &'static str = "game";
}

impl GameEntry {
    /// The only game so far.
    pub const CHESS: &'static str = "chess";

    /// The hash that the next entry names. It binds everything before, and who wrote this one.
    pub fn hash(&self, by: GameSide) -> [u8; 32] {
        let side = match by {
            GameSide::Inviter => 0,
            GameSide::Invited => 1,
        };
        let before: &[u8] = self.before.as_ref().map_or(&[], |hash| hash);
        hash(
            label::GAME_ENTRY,
            &[
                self.game.as_bytes(),
                Self::CHESS.as_bytes(),
                &self.number.to_be_bytes(),
                before,
                &[side],
                &self.step.canonical(),
            ],
        )
    }

    /// A sentence for apps that do not know the kind.
    pub fn in_words(&self) -> String {
        match &self.step {
            GameStep::Invite { .. } => "Chess: shall we play?".to_owned(),
            GameStep::Accept => "Chess: let us play.".to_owned(),
            GameStep::Decline => "Chess: no, thanks.".to_owned(),
            GameStep::Move { chess, offer } => {
                let (from, to) = chess.0.split_at(2);
                let number = self.number / 2;
                let draw = if *offer { ", draw?" } else { "" };
                format!("Chess: {from}-{to} (move {number}){draw}")
            }
            GameStep::Resign => "Chess: I give up.".to_owned(),
            GameStep::AcceptDraw => "Chess: a draw, agreed.".to_owned(),
            GameStep::ClaimDraw => "Chess: I claim a draw.".to_owned(),
        }
    }

    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.bytes(self.game.as_bytes()).map(drop));
        map.put(1, |e| e.str(Self::CHESS).map(drop));
        map.put(2, |e| e.u32(self.number).map(drop));
        map.some(3, &self.before, |hash, e| e.bytes(hash).map(drop));
        map.put(4, |e| self.step.encode(e));
        map.some(5, &self.proof, |proof, e| e.bytes(&proof.0).map(drop));
    }
}

/// What stands in the place of the step.
enum Four {
    Step(GameStep),
    Again(Vec<super::GameLine>),
}

/// What a payload says of a game. The steps of one other than chess may look like anything.
pub(super) fn decode(content: &[u8]) -> Result<Said, DecodeError> {
    let (mut game, mut what, mut number, mut before) = (None, None, None, None);
    let (mut four, mut proof) = (None, None);
    let mut reader = MapReader::new(content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => game = GameId::from_slice(reader.bytes()?),
            1 => what = Some(reader.value(|d| d.str().map(str::to_owned))?),
            2 => number = Some(reader.value(|d| d.u32())?),
            3 => before = Some(fixed(reader.bytes()?)?),
            4 if what.as_deref() == Some(GameEntry::CHESS) => {
                four = Some(reader.value(|d| {
                    Ok(match instead_of_step(d)? {
                        Some(lines) => Four::Again(lines),
                        None => Four::Step(GameStep::decode(d)?),
                    })
                })?);
            }
            5 if what.as_deref() == Some(GameEntry::CHESS) => {
                proof = Some(GameProof(fixed(reader.bytes()?)?));
            }
            _ => drop(reader.raw(key)?),
        }
    }
    let malformed = Err(DecodeError::Malformed(WHAT));
    match (game, what.as_deref(), number, four) {
        (Some(game), Some(GameEntry::CHESS), Some(number), Some(Four::Step(step))) => {
            let first = matches!(step, GameStep::Invite { .. });
            if number > MAX_GAME_ENTRIES || first != (number == 0) || first != before.is_none() {
                return malformed;
            }
            Ok(Said::Game(GameEntry {
                game,
                number,
                before,
                step,
                proof,
            }))
        }
        (Some(game), Some(GameEntry::CHESS), Some(number), Some(Four::Again(lines))) => {
            let again = before.map(|before| GameAgain {
                game,
                number,
                before,
                lines,
            });
            match again.filter(GameAgain::is_good) {
                Some(again) => Ok(Said::GameAgain(again)),
                None => malformed,
            }
        }
        (Some(_), Some(other), _, _) if other != GameEntry::CHESS => Ok(Said::Unknown),
        _ => malformed,
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Malformed(WHAT))
}

impl GameStep {
    /// One byte that says which, and what belongs to it: the part of the hash.
    fn canonical(&self) -> Vec<u8> {
        let mut bytes = vec![self.number()];
        match self {
            Self::Invite { colour } => bytes.push(colour.number()),
            Self::Move { chess, offer } => {
                bytes.push(u8::from(*offer));
                bytes.extend_from_slice(chess.0.as_bytes());
            }
            _ => {}
        }
        bytes
    }

    const fn number(&self) -> u8 {
        match self {
            Self::Invite { .. } => 0,
            Self::Accept => 1,
            Self::Decline => 2,
            Self::Move { .. } => 3,
            Self::Resign => 4,
            Self::AcceptDraw => 5,
            Self::ClaimDraw => 6,
        }
    }

    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        match self {
            Self::Invite { colour } => e.array(2)?.u8(self.number())?.u8(colour.number()),
            Self::Move { chess, offer } => e
                .array(3)?
                .u8(self.number())?
                .str(&chess.0)?
                .u8(u8::from(*offer)),
            _ => e.array(1)?.u8(self.number()),
        }
        .map(drop)
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("step of a game");
        let len = d.array()?.ok_or_else(bad)?;
        Ok(match (d.u8()?, len) {
            (0, 2) => Self::Invite {
                colour: match d.u8()? {
                    0 => GameColour::White,
                    1 => GameColour::Black,
                    _ => return Err(bad()),
                },
            },
            (1, 1) => Self::Accept,
            (2, 1) => Self::Decline,
            (3, 3) => Self::Move {
                chess: ChessMove::new(d.str()?).ok_or_else(bad)?,
                offer: match d.u8()? {
                    0 => false,
                    1 => true,
                    _ => return Err(bad()),
                },
            },
            (4, 1) => Self::Resign,
            (5, 1) => Self::AcceptDraw,
            (6, 1) => Self::ClaimDraw,
            _ => return Err(bad()),
        })
    }
}

impl GameColour {
    const fn number(self) -> u8 {
        match self {
            Self::White => 0,
            Self::Black => 1,
        }
    }
}
