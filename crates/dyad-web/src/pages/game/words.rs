//! A game in words.

use dyad_client::view::{
    Direction, GameEnding, GameStatus, GameStepKind, GameStepView, GameView, StepStanding,
};

use crate::lang::Texts;

/// How far it is.
pub(crate) fn status(t: &Texts, game: &GameView) -> String {
    let nick = game.contact.as_str();
    let said = match (game.status, game.our_turn) {
        (GameStatus::Invited, true) => t.v("game-asks-you", "nick", nick),
        (GameStatus::Invited, false) => t.v("game-not-answered", "nick", nick),
        (GameStatus::Declined, _) => t.s("game-declined"),
        (GameStatus::Withdrawn, _) => t.s("game-withdrawn"),
        (GameStatus::Playing, true) => t.s("game-your-move"),
        (GameStatus::Playing, false) => t.v("game-their-move", "nick", nick),
        (GameStatus::Won, _) => t.s("game-won"),
        (GameStatus::Lost, _) => t.v("game-lost", "nick", nick),
        (GameStatus::Drawn, _) => t.s("game-drawn"),
    };
    let more = match (game.status, game.ending) {
        (GameStatus::Playing, _) if game.draw_offered => {
            Some(t.v("game-offers-draw", "nick", nick))
        }
        (GameStatus::Playing, _) if game.check => Some(t.s("game-check-said")),
        (_, Some(ending)) => Some(t.s(how(ending))),
        _ => None,
    };
    match more {
        Some(more) => format!("{said} {more}"),
        None => said,
    }
}

const fn how(ending: GameEnding) -> &'static str {
    match ending {
        GameEnding::Checkmate => "game-by-checkmate",
        GameEnding::Resigned => "game-by-resignation",
        GameEnding::Stalemate => "game-by-stalemate",
        GameEnding::Material => "game-by-material",
        GameEnding::Agreed => "game-by-agreement",
        GameEnding::Repetition => "game-by-repetition",
        GameEnding::Quiet => "game-by-quiet",
        GameEnding::TooLong => "game-by-length",
    }
}

/// What a message of a game says.
pub(crate) fn step(t: &Texts, step: &GameStepView, direction: Direction) -> String {
    let number = step.number / 2;
    let dots = if step.number.is_multiple_of(2) {
        "."
    } else {
        "…"
    };
    let text = step.text.as_deref().unwrap_or_default();
    let written = format!("{number}{dots} {text}");
    let said = match step.step {
        GameStepKind::Invite => t.s("game-step-invite"),
        GameStepKind::Accept => t.s("game-step-accept"),
        GameStepKind::Decline => t.s("game-step-decline"),
        GameStepKind::Move => written,
        GameStepKind::MoveAndOffer => t.v("game-step-offer", "move", &written),
        GameStepKind::Resign if step.number == 1 => t.s("game-step-take-back"),
        GameStepKind::Resign => t.s("game-step-resign"),
        GameStepKind::AcceptDraw => t.s("game-step-draw"),
        GameStepKind::ClaimDraw => t.s("game-step-claim"),
        GameStepKind::TakenUp => t.n(
            "game-step-again",
            step.text
                .as_deref()
                .and_then(|n| n.parse::<u64>().ok())
                .unwrap_or_default(),
        ),
        GameStepKind::NotTaken => t.s("game-step-doubt"),
    };
    let said = t.v("game-step", "step", &said);
    match (step.standing, direction) {
        (StepStanding::Counts, _) => said,
        _ if step.step == GameStepKind::NotTaken => said,
        (StepStanding::Waits, _) => format!("{said} {}", t.s("game-step-waits")),
        (StepStanding::Void, Direction::In) => format!("{said} {}", t.s("game-step-void")),
        (StepStanding::Void, Direction::Out) => format!("{said} {}", t.s("game-step-crossed")),
    }
}
