//! Steps as the wire, the fold and the columns have them.

use dyad_chess::{Colour, Entry, Hash, Proof, Side, Standing, Step};
use dyad_protocol::content::{
    ChessMove, GameAgain, GameColour, GameEntry, GameLine, GameProof, GameSide, GameStep,
};

use crate::view::GameStepKind;

/// The entry as the fold knows it.
pub(crate) fn to_chess(entry: &GameEntry, side: Side) -> Entry {
    Entry {
        number: entry.number,
        before: entry.before.map(Hash),
        hash: Hash(entry.hash(wire_side(side))),
        side,
        proof: entry.proof.map(|proof| Proof(proof.0)),
        step: match &entry.step {
            GameStep::Invite { colour } => Step::Invite {
                colour: match colour {
                    GameColour::White => Colour::White,
                    GameColour::Black => Colour::Black,
                },
            },
            GameStep::Accept => Step::Accept,
            GameStep::Decline => Step::Decline,
            GameStep::Move { chess, offer } => Step::Move {
                uci: chess.as_str().to_owned(),
                offer: *offer,
            },
            GameStep::Resign => Step::Resign,
            GameStep::AcceptDraw => Step::AcceptDraw,
            GameStep::ClaimDraw => Step::ClaimDraw,
        },
    }
}

/// The side as the wire names it.
pub(crate) const fn wire_side(side: Side) -> GameSide {
    match side {
        Side::Inviter => GameSide::Inviter,
        Side::Invited => GameSide::Invited,
    }
}

/// An entry as it is said again.
pub(crate) fn line_of(entry: &Entry) -> Option<GameLine> {
    Some(GameLine {
        side: wire_side(entry.side),
        proof: entry.proof.map(|proof| GameProof(proof.0)),
        step: to_wire(&entry.step)?,
    })
}

/// Entries that were said again, each at its place and with its hash.
pub(crate) fn entries_of(again: &GameAgain) -> Vec<Entry> {
    let mut before = again.before;
    (again.number..)
        .zip(&again.lines)
        .map(|(number, line)| {
            let entry = GameEntry {
                game: again.game,
                number,
                before: Some(before),
                step: line.step.clone(),
                proof: line.proof,
            };
            before = entry.hash(line.side);
            let side = match line.side {
                GameSide::Inviter => Side::Inviter,
                GameSide::Invited => Side::Invited,
            };
            to_chess(&entry, side)
        })
        .collect()
}

pub(super) fn to_wire(step: &Step) -> Option<GameStep> {
    Some(match step {
        Step::Invite { colour } => GameStep::Invite {
            colour: match colour {
                Colour::White => GameColour::White,
                Colour::Black => GameColour::Black,
            },
        },
        Step::Accept => GameStep::Accept,
        Step::Decline => GameStep::Decline,
        Step::Move { uci, offer } => GameStep::Move {
            chess: ChessMove::new(uci)?,
            offer: *offer,
        },
        Step::Resign => GameStep::Resign,
        Step::AcceptDraw => GameStep::AcceptDraw,
        Step::ClaimDraw => GameStep::ClaimDraw,
    })
}

pub(super) fn kind_of(step: &GameStep) -> (GameStepKind, Option<&str>) {
    match step {
        GameStep::Invite { .. } => (GameStepKind::Invite, None),
        GameStep::Accept => (GameStepKind::Accept, None),
        GameStep::Decline => (GameStepKind::Decline, None),
        GameStep::Move {
            chess,
            offer: false,
        } => (GameStepKind::Move, Some(chess.as_str())),
        GameStep::Move { chess, offer: true } => (GameStepKind::MoveAndOffer, Some(chess.as_str())),
        GameStep::Resign => (GameStepKind::Resign, None),
        GameStep::AcceptDraw => (GameStepKind::AcceptDraw, None),
        GameStep::ClaimDraw => (GameStepKind::ClaimDraw, None),
    }
}

/// Numbers are stored: never change one.
pub(super) const fn kind_number(kind: GameStepKind) -> u8 {
    match kind {
        GameStepKind::Invite => 0,
        GameStepKind::Accept => 1,
        GameStepKind::Decline => 2,
        GameStepKind::Move => 3,
        GameStepKind::Resign => 4,
        GameStepKind::AcceptDraw => 5,
        GameStepKind::ClaimDraw => 6,
        GameStepKind::MoveAndOffer => 7,
        GameStepKind::TakenUp => 8,
        GameStepKind::NotTaken => 9,
    }
}

pub(super) const fn kind_from(number: u8) -> GameStepKind {
    match number {
        0 => GameStepKind::Invite,
        1 => GameStepKind::Accept,
        2 => GameStepKind::Decline,
        4 => GameStepKind::Resign,
        5 => GameStepKind::AcceptDraw,
        6 => GameStepKind::ClaimDraw,
        7 => GameStepKind::MoveAndOffer,
        8 => GameStepKind::TakenUp,
        9 => GameStepKind::NotTaken,
        _ => GameStepKind::Move,
    }
}

/// Numbers are stored: never change one.
pub(super) const fn standing_number(standing: Standing) -> u8 {
    match standing {
        Standing::Counts => 0,
        Standing::Waits => 1,
        Standing::Void => 2,
    }
}

pub(super) const fn standing_from(number: u8) -> Standing {
    match number {
        0 => Standing::Counts,
        1 => Standing::Waits,
        _ => Standing::Void,
    }
}
