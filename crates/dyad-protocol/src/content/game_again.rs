//! Taking a game up again: what one side asks for that has lost entries, and what the other answers.

use minicbor::Decoder;

use super::game::{GameEntry, GameSide, GameStep, MAX_GAME_ENTRIES};
use crate::body::map::MapWriter;
use crate::body::{CborEncoder, CborResult};
use crate::hash::derive;
use crate::id::GameId;
use crate::label;

/// Most entries in one answer: so many fit into a message beside their proofs.
pub const MAX_GAME_LINES: usize = 32;

/// Shows its author later, when it has forgotten the entry, that the entry is its own. It says nothing to anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GameProof(pub [u8; 16]);

impl GameProof {
    /// The proof of the entry with this hash, by the author's secret.
    pub fn of(secret: &[u8; 32], hash: &[u8; 32]) -> Self {
        Self(derive(secret, label::GAME_PROOF, &[hash]))
    }
}

/// An entry as it is said again: its place and what it goes on from follow from the ones before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameLine {
    /// Whose it was.
    pub side: GameSide,
    /// What it came with, if it did.
    pub proof: Option<GameProof>,
    /// What it did.
    pub step: GameStep,
}

/// Something about a game that is no entry of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameAgain {
    /// Which game.
    pub game: GameId,
    /// The place from which on it is about; never the invitation.
    pub number: u32,
    /// Hash of the entry before that place.
    pub before: [u8; 32],
    /// What counts from there on; empty: that is what is asked.
    pub lines: Vec<GameLine>,
}

impl GameAgain {
    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.bytes(self.game.as_bytes()).map(drop));
        map.put(1, |e| e.str(GameEntry::CHESS).map(drop));
        map.put(2, |e| e.u32(self.number).map(drop));
        map.put(3, |e| e.bytes(&self.before).map(drop));
        map.put(4, |e| lines(&self.lines, e));
    }

    /// Whether it can be about a game.
    pub(super) const fn is_good(&self) -> bool {
        self.number > 0
            && self.lines.len() <= MAX_GAME_LINES
            && self.number as usize + self.lines.len() <= MAX_GAME_ENTRIES as usize + 1
    }
}

fn lines(lines: &[GameLine], e: &mut CborEncoder<'_>) -> CborResult {
    if lines.is_empty() {
        return e.array(1)?.u8(ASK).map(drop);
    }
    e.array(2)?.u8(TELL)?.array(lines.len() as u64)?;
    for line in lines {
        e.array(3)?.u8(match line.side {
            GameSide::Inviter => 0,
            GameSide::Invited => 1,
        })?;
        e.bytes(line.proof.as_ref().map_or(&[], |proof| &proof.0[..]))?;
        line.step.encode(e)?;
    }
    Ok(())
}

const ASK: u8 = 7;
const TELL: u8 = 8;

/// What stands in the place of a step, if it is none; `None` if it is one.
pub(super) fn instead_of_step(
    d: &mut Decoder<'_>,
) -> Result<Option<Vec<GameLine>>, minicbor::decode::Error> {
    let bad = || minicbor::decode::Error::message("entries of a game");
    let mut ahead = d.clone();
    match (ahead.array()?, ahead.u8()?) {
        (Some(1), ASK) => {
            *d = ahead;
            Ok(Some(Vec::new()))
        }
        (Some(2), TELL) => {
            let count = ahead.array()?.ok_or_else(bad)?;
            if count == 0 || count > MAX_GAME_LINES as u64 {
                return Err(bad());
            }
            let lines = (0..count)
                .map(|_| line(&mut ahead))
                .collect::<Result<_, _>>()?;
            *d = ahead;
            Ok(Some(lines))
        }
        _ => Ok(None),
    }
}

fn line(d: &mut Decoder<'_>) -> Result<GameLine, minicbor::decode::Error> {
    let bad = || minicbor::decode::Error::message("entry of a game");
    if d.array()? != Some(3) {
        return Err(bad());
    }
    let side = match d.u8()? {
        0 => GameSide::Inviter,
        1 => GameSide::Invited,
        _ => return Err(bad()),
    };
    let proof = match d.bytes()? {
        [] => None,
        bytes => Some(GameProof(bytes.try_into().map_err(|_| bad())?)),
    };
    let step = match GameStep::decode(d)? {
        // There is one, and it is never said again.
        GameStep::Invite { .. } => return Err(bad()),
        step => step,
    };
    Ok(GameLine { side, proof, step })
}
