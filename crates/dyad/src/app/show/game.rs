//! Games.

use dyad_chess::{Colour, Pieces, draw};
use dyad_client::view::{
    Direction, GameColour, GameEnding, GameSent, GameStatus, GameStepKind, GameStepView, GameView,
    MessageState, MessageView, StepStanding,
};

use super::moment::moment;
use super::screen::{Paint, Screen};
use super::{Wishes, message, safe, sentence};

pub(super) fn list(screen: &Screen, games: &[GameView]) -> Vec<String> {
    if games.is_empty() {
        return vec![
            "No games.".to_owned(),
            "`dyad game new NICK` asks a contact for one.".to_owned(),
        ];
    }
    games
        .iter()
        .flat_map(|game| {
            let text = format!(
                "{}  {} with {}, {}: {}",
                game.id,
                game.what,
                safe::line(&game.contact),
                moment(screen, game.changed),
                status(game)
            );
            let paint = if game.our_turn {
                Paint::Strong
            } else {
                Paint::Plain
            };
            super::painted(screen, &text, paint)
        })
        .collect()
}

/// The board from our side, the moves, and what there is to do.
pub(super) fn show(screen: &Screen, game: &GameView, wishes: Wishes) -> Vec<String> {
    let mut lines = vec![format!(
        "Game {}: {} with {}; you have {}.",
        game.id,
        game.what,
        safe::line(&game.contact),
        colour(game.colour)
    )];
    lines.push(String::new());
    let (from, pieces) = (
        match game.colour {
            GameColour::White => Colour::White,
            GameColour::Black => Colour::Black,
        },
        if wishes.letters {
            Pieces::Letters
        } else {
            Pieces::Signs
        },
    );
    lines.extend(draw(&game.squares, from, pieces));
    lines.push(String::new());
    if !game.moves.is_empty() {
        lines.extend(sentence(screen, &moves(&game.moves)));
    }
    lines.extend(super::painted(screen, &status(game), Paint::Strong));
    lines.extend(next(game).iter().flat_map(|text| sentence(screen, text)));
    lines
}

/// After something that we did.
pub(super) fn done(screen: &Screen, done: &GameSent, wishes: Wishes) -> Vec<String> {
    let mut lines = show(screen, &done.game, wishes);
    if done.already {
        let text = format!(
            "You have already asked {}; nothing more was sent. `dyad game resign {}` takes it back.",
            safe::line(&done.game.contact),
            done.game.id
        );
        lines.extend(sentence(screen, &text));
        return lines;
    }
    if done.sent.message.state == MessageState::Waiting {
        lines.extend(message::sent(screen, &done.sent, false));
    }
    lines
}

/// After the contact's app was asked for what may be missing.
pub(super) fn asked(screen: &Screen, game: &GameView) -> Vec<String> {
    let text = format!(
        "{}'s app is asked for what may be missing of game {} here. What it answers shows in the conversation; nothing comes if \
         nothing is missing.",
        safe::line(&game.contact),
        game.id
    );
    sentence(screen, &text)
}

/// A message that is a step of a game.
pub(super) fn step(message: &MessageView, step: &GameStepView) -> Vec<String> {
    let game = match step.game {
        Some(id) => format!("chess, game {id}"),
        None => "chess".to_owned(),
    };
    let text = step.text.as_deref().unwrap_or_default();
    let number = step.number / 2;
    let dots = if step.number.is_multiple_of(2) {
        "."
    } else {
        "..."
    };
    let what = match step.step {
        GameStepKind::Invite => "shall we play?".to_owned(),
        GameStepKind::Accept => "yes, let us play".to_owned(),
        GameStepKind::Decline => "no, thanks".to_owned(),
        GameStepKind::Move => format!("{number}{dots} {text}"),
        GameStepKind::MoveAndOffer => format!("{number}{dots} {text}, and offers a draw"),
        GameStepKind::Resign if step.number == 1 => "takes the invitation back".to_owned(),
        GameStepKind::Resign => "gives up".to_owned(),
        GameStepKind::AcceptDraw => "takes the draw".to_owned(),
        GameStepKind::ClaimDraw => "claims a draw".to_owned(),
        GameStepKind::TakenUp => format!(
            "taken up again: {} that were missing here came from {}'s app",
            super::count(text.parse().unwrap_or_default(), "entry", "entries"),
            safe::line(&message.contact)
        ),
        GameStepKind::NotTaken => format!(
            "{}'s app says that more was played, but nothing shows that the moves it calls yours are yours; nothing was changed",
            safe::line(&message.contact)
        ),
    };
    let standing = match (step.standing, message.direction) {
        (StepStanding::Counts, _) => "",
        _ if step.step == GameStepKind::NotTaken => "",
        (StepStanding::Waits, _) => " (waits for what comes before it)",
        (StepStanding::Void, Direction::In) => " (does not fit the game, and does not count)",
        (StepStanding::Void, Direction::Out) => " (does not count: it crossed something else)",
    };
    let mut lines = vec![format!("[{game}: {what}{standing}]")];
    lines.extend(
        step.board
            .as_ref()
            .map(|game| format!("[{}]", status(game))),
    );
    lines
}

/// How far a game is, in a sentence.
fn status(game: &GameView) -> String {
    let nick = safe::line(&game.contact);
    let check = if game.check { " (check)" } else { "" };
    match game.status {
        GameStatus::Invited if game.our_turn => format!("{nick} asks you to play."),
        GameStatus::Invited => format!("{nick} has not answered."),
        GameStatus::Declined => "The invitation was declined.".to_owned(),
        GameStatus::Withdrawn => "The invitation was taken back.".to_owned(),
        GameStatus::Playing if game.our_turn => format!("Your move{check}."),
        GameStatus::Playing => format!("{nick}'s move{check}."),
        GameStatus::Won => format!("You won{}.", how(game.ending, &nick)),
        GameStatus::Lost => format!("{nick} won{}.", how(game.ending, "you")),
        GameStatus::Drawn => format!("A draw{}.", how(game.ending, "")),
    }
}

fn how(ending: Option<GameEnding>, loser: &str) -> String {
    match ending {
        Some(GameEnding::Checkmate) => ": checkmate".to_owned(),
        Some(GameEnding::Resigned) => format!(": {loser} gave up"),
        Some(GameEnding::Stalemate) => ": stalemate".to_owned(),
        Some(GameEnding::Material) => ": nobody can give mate any more".to_owned(),
        Some(GameEnding::Agreed) => ": agreed".to_owned(),
        Some(GameEnding::Repetition) => ": the same position again and again".to_owned(),
        Some(GameEnding::Quiet) => ": too long without capture or pawn move".to_owned(),
        Some(GameEnding::TooLong) => ": no game can be longer".to_owned(),
        None => String::new(),
    }
}

/// What there is to do.
fn next(game: &GameView) -> Option<String> {
    let id = game.id;
    let nick = safe::line(&game.contact);
    match game.status {
        GameStatus::Invited if game.our_turn => Some(format!(
            "`dyad game accept {id}` begins it; `dyad game decline {id}` says no."
        )),
        GameStatus::Playing if game.draw_offered => Some(format!(
            "{nick} offers a draw: `dyad game draw {id}` takes it, and a move passes it over."
        )),
        GameStatus::Playing if game.can_claim => {
            Some(format!("You can claim a draw: `dyad game draw {id}`."))
        }
        GameStatus::Playing if game.our_turn && game.moves.is_empty() => {
            Some(format!("Such as `dyad game move {id} e4`."))
        }
        _ => None,
    }
}

/// `1. e4 e5 2. Nf3`
fn moves(moves: &[String]) -> String {
    moves
        .chunks(2)
        .zip(1..)
        .map(|(pair, number)| format!("{number}. {}", pair.join(" ")))
        .collect::<Vec<_>>()
        .join(" ")
}

const fn colour(colour: GameColour) -> &'static str {
    match colour {
        GameColour::White => "white",
        GameColour::Black => "black",
    }
}
