//! Search over everything that was written, and over names.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dyad_client::view::{Direction, MessageView};
use serde::Deserialize;

use super::layout::{Face, Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::text::{Piece, marked};
use crate::when;

/// Results shown at first.
const FIRST: u32 = 50;
/// Most results shown.
const MOST: u32 = 1_000;
/// Longest query, characters.
const MAX_QUERY: usize = 200;

pub(crate) fn routes() -> Router<Page> {
    Router::new().route("/search", get(search))
}

#[derive(Deserialize)]
struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    limit: Option<u32>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    t: &'static Texts,
    shell: Shell,
    query: String,
    people: Vec<Found>,
    hits: Vec<Hit>,
    /// With how many more it is asked again; none if these are all.
    more: Option<u32>,
}

/// Somebody whose name fits.
struct Found {
    id: String,
    nick: String,
    face: Face,
}

/// A message that fits.
struct Hit {
    contact: String,
    id: u64,
    nick: String,
    ours: bool,
    pieces: Vec<Piece>,
    time: String,
    time_machine: String,
}

async fn search(person: Person, Query(asked): Query<SearchQuery>) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e| person.error(e);
    let query: String = asked.q.chars().take(MAX_QUERY).collect();
    let query = query.trim().to_owned();
    let limit = asked.limit.unwrap_or(FIRST).clamp(1, MOST);
    let mut found = match query.as_str() {
        "" => Vec::new(),
        query => person.client.search(query, limit + 1).map_err(failed)?,
    };
    let more = (found.len() > limit as usize && limit < MOST).then(|| (limit * 4).min(MOST));
    found.truncate(limit as usize);
    let title = if query.is_empty() {
        t.s("search")
    } else {
        t.v("search-title", "query", &query)
    };
    let page = Search {
        t,
        shell: Shell::new(&person, title, None)?,
        people: people(&person, &query)?,
        hits: found
            .iter()
            .map(|message| hit(t, &query, message))
            .collect(),
        query,
        more,
    };
    Ok(html(&page).into_response())
}

fn people(person: &Person, query: &str) -> Result<Vec<Found>, PageError> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let query = query.to_lowercase();
    let contacts = person.client.contacts().map_err(|e| person.error(e))?;
    Ok(contacts
        .into_iter()
        .filter(|contact| {
            let name = contact.name.as_deref().unwrap_or_default();
            [contact.nick.as_str(), name]
                .iter()
                .any(|name| name.to_lowercase().contains(&query))
        })
        .map(|contact| Found {
            id: hex::encode(contact.id.as_bytes()),
            face: Face::of(&contact),
            nick: contact.nick,
        })
        .collect())
}

fn hit(t: &'static Texts, query: &str, message: &MessageView) -> Hit {
    Hit {
        contact: hex::encode(message.relationship.as_bytes()),
        id: message.id,
        nick: message.contact.clone(),
        ours: message.direction == Direction::Out,
        pieces: marked(&message.text, query),
        time: when::full(t, message.written(), now()),
        time_machine: when::machine(message.written()),
    }
}
