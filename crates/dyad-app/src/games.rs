//! Games with contacts.

use dyad_client::Client;
use dyad_client::view::GameSent;

use crate::error::AppError;
use crate::request::Request;
use crate::response::Response;
use crate::service::SEND_WAIT;

pub(crate) async fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    let done = |done: GameSent| Response::GameDone {
        done: Box::new(done),
    };
    Ok(match request {
        Request::GameNew { nick, colour } => done(client.game_new(&nick, colour, SEND_WAIT).await?),
        Request::GameDo { id, action } => done(client.game_do(id, &action, SEND_WAIT).await?),
        Request::Game { id } => Response::Game {
            game: Box::new(client.game(id)?),
        },
        Request::GameAgain { id } => Response::GameAsked {
            game: Box::new(client.game_again(id)?),
        },
        Request::GamePgn { id } => Response::GamePgn {
            id,
            pgn: client.game_pgn(id)?,
        },
        Request::Games { nick } => Response::Games {
            games: client.games(nick.as_deref())?,
        },
        _ => Response::Done,
    })
}
