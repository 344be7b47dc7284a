//! What there was with everybody, in one place: calls, and games.

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dyad_client::ClientError;
use dyad_client::view::{CallState, Direction};
use dyad_protocol::id::RelationshipId;

use super::layout::{Shell, now};
use super::{calls, game};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::{assets, when};

/// Calls shown, the newest.
const CALLS: u32 = 100;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/calls", get(all_calls))
        .route("/games", get(all_games))
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    t: &'static Texts,
    shell: Shell,
    icons: String,
    here: &'static str,
    none: String,
    lines: Vec<Line>,
}

struct Line {
    address: String,
    nick: String,
    icon: Option<&'static str>,
    text: String,
    when: String,
    machine: String,
    /// The person was called and did not answer, or it is their turn.
    calls_for: bool,
}

fn id(relationship: &RelationshipId) -> String {
    hex::encode(relationship.as_bytes())
}

async fn all_calls(person: Person) -> Result<Response, PageError> {
    let t = person.t;
    let calls = person
        .client
        .calls(CALLS)
        .map_err(|e: ClientError| person.error(e))?;
    let now = now();
    let lines = calls.iter().map(|call| Line {
        address: format!("/c/{}", id(&call.relationship)),
        nick: call.contact.clone(),
        icon: Some(calls::icon(call)),
        text: format!("{} {}", direction(t, call.direction), calls::words(t, call)),
        when: when::full(t, call.began, now),
        machine: when::machine(call.began),
        calls_for: call.state == CallState::Missed,
    });
    page(&person, "calls", lines.collect())
}

async fn all_games(person: Person) -> Result<Response, PageError> {
    let t = person.t;
    let games = person
        .client
        .games(None)
        .map_err(|e: ClientError| person.error(e))?;
    let now = now();
    let lines = games.iter().map(|one| Line {
        address: format!("/c/{}/g/{}", id(&one.relationship), one.id),
        nick: one.contact.clone(),
        icon: None,
        text: game::words::status(t, one),
        when: when::full(t, one.changed, now),
        machine: when::machine(one.changed),
        calls_for: one.our_turn,
    });
    page(&person, "games", lines.collect())
}

fn direction(t: &Texts, direction: Direction) -> String {
    t.s(match direction {
        Direction::In => "call-theirs",
        Direction::Out => "call-ours",
    })
}

fn page(person: &Person, here: &'static str, lines: Vec<Line>) -> Result<Response, PageError> {
    let t = person.t;
    let page = Overview {
        t,
        shell: Shell::new(person, t.s(here), None)?,
        icons: assets::url("icons.svg"),
        here,
        none: t.s(if here == "calls" {
            "calls-none"
        } else {
            "games-none-anywhere"
        }),
        lines,
    };
    Ok(html(&page).into_response())
}
