//! Requests about games.

use dyad_app::Request;
use dyad_client::view::{GameAction, GameColour};

use crate::app::args::{GameCommand, NewGameArgs};

pub(super) fn game(command: &GameCommand) -> Request {
    let act = |id: u64, action| Request::GameDo { id, action };
    match command {
        GameCommand::New(args) => new(args),
        GameCommand::List { nick } => Request::Games { nick: nick.clone() },
        GameCommand::Show { id, .. } => Request::Game { id: *id },
        GameCommand::Accept { id } => act(*id, GameAction::Accept),
        GameCommand::Decline { id } => act(*id, GameAction::Decline),
        GameCommand::Move { id, text, draw, .. } => act(
            *id,
            GameAction::Move {
                text: text.clone(),
                offer_draw: *draw,
            },
        ),
        GameCommand::Resign { id } => act(*id, GameAction::Resign),
        GameCommand::Draw { id } => act(*id, GameAction::Draw),
        GameCommand::Again { id } => Request::GameAgain { id: *id },
        GameCommand::Pgn { id } => Request::GamePgn { id: *id },
    }
}

fn new(args: &NewGameArgs) -> Request {
    let colour = match (args.white, args.black) {
        (true, _) => Some(GameColour::White),
        (_, true) => Some(GameColour::Black),
        _ => None,
    };
    Request::GameNew {
        nick: args.nick.clone(),
        colour,
    }
}
