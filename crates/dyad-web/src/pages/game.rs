//! Chess with a contact: the games there are, and the board of one.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::{
    ContactView, Direction, GameAction, GameColour, GameStatus, GameView, InboxQuery, MessageState,
};
use dyad_client::{ClientError, ErrorKind};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::layout::{Shell, now};
use super::{can_write, contact};
use crate::error::{PageError, html, refused};
use crate::lang::Texts;
use crate::session::{FETCH, Person};
use crate::state::Page;
use crate::{assets, when};

mod board;
mod card;
pub(super) mod words;

use board::Square;
pub(super) use card::GameCard;

/// Messages looked through for those of a game that is being looked at.
const SEEN: u32 = 50;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}/games", get(games).post(new))
        .route("/c/{id}/g/{n}", get(show))
        .route("/c/{id}/g/{n}/part", get(part))
        .route("/c/{id}/g/{n}/do", post(act))
        .route("/c/{id}/g/{n}/again", post(ask_again))
        .route("/c/{id}/g/{n}/game.pgn", get(pgn))
}

#[derive(Template)]
#[template(path = "games.html")]
struct Games {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    can_write: bool,
    games: Vec<Line>,
}

/// A game in the list.
struct Line {
    id: u64,
    status: String,
    when: String,
    ours: bool,
}

async fn games(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let failed = |e: ClientError| person.error(e);
    let t = person.t;
    let contact = contact(&person.client, &id).map_err(failed)?;
    let games = person.client.games(Some(&contact.nick)).map_err(failed)?;
    let now = now();
    let page = Games {
        t,
        shell: Shell::new(&person, t.v("games-with", "nick", &contact.nick), Some(&id))?
            .back_to(&format!("/c/{id}")),
        can_write: can_write(contact.status),
        games: games
            .iter()
            .map(|game| Line {
                id: game.id,
                status: words::status(t, game),
                when: when::short(t, game.changed, now),
                ours: game.our_turn,
            })
            .collect(),
        nick: contact.nick,
        id,
    };
    Ok(html(&page).into_response())
}

#[derive(Deserialize)]
struct NewForm {
    #[serde(default)]
    colour: String,
}

async fn new(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<NewForm>,
) -> Response {
    let colour = match form.colour.as_str() {
        "white" => Some(GameColour::White),
        "black" => Some(GameColour::Black),
        _ => None,
    };
    let begun = async {
        let contact = contact(&person.client, &id)?;
        person
            .client
            .game_new(&contact.nick, colour, Duration::ZERO)
            .await
    };
    match begun.await {
        Ok(done) => Redirect::to(&format!("/c/{id}/g/{}", done.game.id)).into_response(),
        Err(e) => refused(&headers, person.error(e)),
    }
}

#[derive(Template)]
#[template(path = "game.html")]
struct GamePage {
    t: &'static Texts,
    shell: Shell,
    part: Part,
    /// Said after the contact's app was asked for what may be missing.
    asked: Option<String>,
}

/// What changes while the game goes on.
#[derive(Template)]
#[template(path = "game-part.html")]
struct Part {
    t: &'static Texts,
    chess: String,
    id: String,
    number: u64,
    status: String,
    /// For the eye: whose pieces are below.
    white_below: bool,
    rows: Vec<Vec<Square>>,
    moves: Vec<(usize, String, String)>,
    can_answer: bool,
    can_take_back: bool,
    can_move: bool,
    can_resign: bool,
    /// Something may be missing.
    can_ask: bool,
    nick: String,
    draw_offered: bool,
    can_claim: bool,
}

/// Its template escapes what it shows, and it stands in another one.
impl askama::filters::HtmlSafe for Part {}

impl Part {
    fn of(t: &'static Texts, contact: &ContactView, game: &GameView) -> Self {
        let write = can_write(contact.status);
        let over = game.status.is_over();
        let invited = game.status == GameStatus::Invited;
        let mine = write && game.our_turn;
        Self {
            t,
            chess: assets::url("chess.svg"),
            id: hex::encode(contact.id.as_bytes()),
            number: game.id,
            status: words::status(t, game),
            white_below: game.colour == GameColour::White,
            rows: board::rows(t, game, mine),
            moves: game
                .moves
                .chunks(2)
                .zip(1..)
                .map(|(pair, number)| {
                    let san = |at: usize| pair.get(at).cloned().unwrap_or_default();
                    (number, san(0), san(1))
                })
                .collect(),
            can_answer: mine && invited,
            can_take_back: write && invited && game.ours,
            can_move: mine && !invited && !over,
            can_resign: write && !invited && !over,
            can_ask: write && !over,
            nick: contact.nick.clone(),
            draw_offered: mine && game.draw_offered,
            can_claim: mine && game.can_claim && !game.draw_offered,
        }
    }
}

/// The game, if it is one with that contact.
fn found(person: &Person, id: &str, number: u64) -> Result<(ContactView, GameView), ClientError> {
    let contact = contact(&person.client, id)?;
    let game = person.client.game(number)?;
    if game.relationship == contact.id {
        return Ok((contact, game));
    }
    Err(ClientError::new(
        ErrorKind::Usage,
        "unknown-game",
        "There is no such game with this contact.",
    ))
}

#[derive(Deserialize)]
struct Asked {
    /// The contact's app was asked for what may be missing.
    asked: Option<u8>,
}

async fn show(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    Query(Asked { asked }): Query<Asked>,
) -> Result<Response, PageError> {
    let (contact, game) = found(&person, &id, number).map_err(|e| person.error(e))?;
    seen(&person, &contact, number).map_err(|e| person.error(e))?;
    let t = person.t;
    let page = GamePage {
        t,
        shell: Shell::new(&person, t.v("game-with", "nick", &contact.nick), Some(&id))?
            .back_to(&format!("/c/{id}")),
        part: Part::of(t, &contact, &game),
        asked: asked.map(|_| t.v("game-asked", "nick", &contact.nick)),
    };
    Ok(html(&page).into_response())
}

#[derive(Deserialize)]
struct PartQuery {
    /// Somebody looks at it.
    seen: Option<u8>,
}

/// The game as it is now, for a page that is open.
async fn part(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    Query(query): Query<PartQuery>,
) -> Result<Response, PageError> {
    let (contact, game) = found(&person, &id, number).map_err(|e| person.error(e))?;
    if query.seen.is_some() {
        seen(&person, &contact, number).map_err(|e| person.error(e))?;
    }
    Ok(html(&Part::of(person.t, &contact, &game)).into_response())
}

/// Whoever sees the board has read what led to it.
fn seen(person: &Person, contact: &ContactView, game: u64) -> Result<(), ClientError> {
    let query = InboxQuery {
        nick: Some(contact.nick.clone()),
        limit: SEEN,
        ..InboxQuery::default()
    };
    let unread: Vec<u64> = person
        .client
        .inbox(&query)?
        .into_iter()
        .filter(|m| m.direction == Direction::In && m.state == MessageState::Received)
        .filter(|m| m.game.as_ref().is_some_and(|step| step.game == Some(game)))
        .map(|m| m.id)
        .collect();
    if unread.is_empty() {
        return Ok(());
    }
    person.client.mark_read(&unread)
}

#[derive(Deserialize)]
struct ActForm {
    what: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    offer: Option<String>,
}

async fn act(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
    Form(form): Form<ActForm>,
) -> Response {
    let action = match form.what.as_str() {
        "accept" => GameAction::Accept,
        "decline" => GameAction::Decline,
        "resign" => GameAction::Resign,
        "draw" => GameAction::Draw,
        _ => GameAction::Move {
            text: form.text,
            offer_draw: form.offer.is_some(),
        },
    };
    let done = async {
        found(&person, &id, number)?;
        person.client.game_do(number, &action, Duration::ZERO).await
    };
    match done.await {
        Err(e) => refused(&headers, person.error(e)),
        Ok(_) if headers.contains_key(FETCH) => StatusCode::NO_CONTENT.into_response(),
        Ok(_) => Redirect::to(&format!("/c/{id}/g/{number}")).into_response(),
    }
}

/// Asks for what may be missing here.
async fn ask_again(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    let asked = found(&person, &id, number).and_then(|_| person.client.game_again(number));
    match asked {
        Err(e) => refused(&headers, person.error(e)),
        Ok(_) => Redirect::to(&format!("/c/{id}/g/{number}?asked=1")).into_response(),
    }
}

/// For other chess programs.
async fn pgn(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    found(&person, &id, number).map_err(|e| person.error(e))?;
    let text = person
        .client
        .game_pgn(number)
        .map_err(|e| person.error(e))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            "application/x-chess-pgn; charset=utf-8",
        ),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"game.pgn\"",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}
