//! A conversation's place in the list, and the time after which its messages vanish.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::FlagsChange;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::contact;
use crate::error::refused;
use crate::session::{FETCH, Person};
use crate::state::Page;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}/flags", post(flags))
        .route("/c/{id}/timer", post(timer))
}

/// Each `1` or `0`; what is not named stays.
#[derive(Deserialize)]
struct Flags {
    pinned: Option<String>,
    muted: Option<String>,
    archived: Option<String>,
    unread: Option<String>,
}

async fn flags(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(flags): Form<Flags>,
) -> Response {
    let is = |flag: Option<String>| flag.map(|value| value == "1");
    let change = FlagsChange {
        pinned: is(flags.pinned),
        muted: is(flags.muted),
        archived: is(flags.archived),
        marked_unread: is(flags.unread),
    };
    // Whoever puts a conversation away, or wants to come back to it later, is done with it for now.
    let leaves = change.archived == Some(true) || change.marked_unread == Some(true);
    let to = if leaves {
        "/".to_owned()
    } else {
        format!("/c/{id}")
    };
    let result = contact(&person.client, &id)
        .and_then(|contact| person.client.set_flags(&contact.nick, change));
    done(&person, &headers, &to, result.map(drop))
}

#[derive(Deserialize)]
struct TimerForm {
    /// 0: messages stay.
    seconds: u64,
}

async fn timer(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<TimerForm>,
) -> Response {
    let seconds = Some(form.seconds).filter(|seconds| *seconds > 0);
    let result = contact(&person.client, &id)
        .and_then(|contact| person.client.set_timer(&contact.nick, seconds));
    done(&person, &headers, &format!("/c/{id}"), result.map(drop))
}

fn done(
    person: &Person,
    headers: &HeaderMap,
    to: &str,
    result: Result<(), ClientError>,
) -> Response {
    match result {
        Err(e) => refused(headers, person.error(e)),
        Ok(()) if headers.contains_key(FETCH) => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(to).into_response(),
    }
}
