//! What is done to one message, and the plain page of it where all of this can be done without scripts.

use askama::Template;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use dyad_client::ClientError;
use dyad_client::view::{
    CallState, ContactView, Direction, MAX_EXCERPT, MAX_REACTION, MessageState, MessageView,
    Notifications, Whereabouts,
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::calls;
use super::contact;
use super::conversation::PALETTE;
use super::entry::{Entry, render};
use super::layout::{Shell, now};
use crate::error::{PageError, html, refused};
use crate::lang::Texts;
use crate::session::{FETCH, Person, nonce};
use crate::state::{MAX_TEXT_BODY, Page};
use crate::{assets, when};

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}/m/{n}", get(show))
        .route("/c/{id}/m/{n}/why", get(why))
        .route(
            "/c/{id}/m/{n}/edit",
            post(edit).layer(DefaultBodyLimit::max(MAX_TEXT_BODY)),
        )
        .route("/c/{id}/m/{n}/delete", post(delete))
        .route("/c/{id}/m/{n}/react", post(react))
        .route("/c/{id}/m/{n}/again", post(again))
        .route("/c/{id}/m/{n}/notice", get(notice))
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    t: &'static Texts,
    shell: Shell,
    icons: String,
    id: String,
    number: u64,
    entries: Vec<Entry>,
    older: Option<u64>,
    newer: Option<u64>,
    palette: [&'static str; 6],
    longest_reaction: usize,
    our_reaction: Option<String>,
    why: Why,
    once: String,
}

/// Why a message is where it is.
#[derive(Template)]
#[template(path = "why.html")]
struct Why {
    t: &'static Texts,
    id: String,
    number: u64,
    state: Option<String>,
    text: String,
    /// What a host said, where it is not in the text.
    detail: Option<String>,
    since: String,
    next: Option<String>,
    again: bool,
}

/// Its template escapes what it shows, and it stands in another one.
impl askama::filters::HtmlSafe for Why {}

/// The message, if it belongs to that conversation.
pub(crate) fn found(
    person: &Person,
    id: &str,
    number: u64,
) -> Result<(ContactView, MessageView), ClientError> {
    let contact = contact(&person.client, id)?;
    let message = person.client.message(number)?;
    if message.relationship == contact.id {
        return Ok((contact, message));
    }
    Err(ClientError::new(
        dyad_client::ErrorKind::Usage,
        "unknown-message",
        "There is no such message in this conversation.",
    ))
}

async fn show(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e| person.error(e);
    let (contact, message) = found(&person, &id, number).map_err(failed)?;
    let shell = Shell::new(&person, contact.nick.clone(), Some(&id))?;
    let ours = |reaction: &&dyad_client::view::ReactionView| reaction.by == Direction::Out;
    let page = MessagePage {
        t,
        shell,
        icons: assets::url("icons.svg"),
        number,
        our_reaction: message
            .reactions
            .iter()
            .find(ours)
            .map(|reaction| reaction.emoji.clone()),
        why: why_of(&person, &id, &contact, &message).map_err(failed)?,
        entries: render(t, &person.client, &contact, None, &[message]),
        older: None,
        newer: None,
        palette: PALETTE,
        longest_reaction: MAX_REACTION,
        once: nonce(),
        id,
    };
    Ok(html(&page).into_response())
}

fn why_of(
    person: &Person,
    id: &str,
    contact: &ContactView,
    message: &MessageView,
) -> Result<Why, ClientError> {
    let t = person.t;
    let why = person.client.why(message.id)?;
    let now = now();
    let entry = render(
        t,
        &person.client,
        contact,
        None,
        std::slice::from_ref(message),
    )
    .pop();
    let can = entry.as_ref().map(|entry| entry.can).unwrap_or_default();
    Ok(Why {
        t,
        id: id.to_owned(),
        number: message.id,
        state: entry.and_then(|entry| entry.state).map(|state| state.text),
        text: whereabouts(t, &contact.nick, &why.whereabouts),
        detail: why.detail,
        since: t.v("why-since", "when", &when::full(t, why.since, now)),
        next: why
            .next_attempt
            .map(|at| t.v("why-next", "when", &when::full(t, at.max(now), now))),
        again: can.again,
    })
}

/// Where a message is, in the page's words.
fn whereabouts(t: &Texts, nick: &str, place: &Whereabouts) -> String {
    let key = match place {
        Whereabouts::Held { receiver } => {
            return t.v("where-held", "receiver", &receiver.to_string());
        }
        Whereabouts::AtSender { sender, receiver } => {
            let (sender, receiver) = (sender.to_string(), receiver.to_string());
            return t.many(
                "where-at-sender",
                &[("nick", nick), ("sender", &sender), ("receiver", &receiver)],
            );
        }
        Whereabouts::FileFirst { percent, .. } => {
            return t.v("where-file-first", "percent", &percent.to_string());
        }
        Whereabouts::FileRefused => "where-file-refused",
        Whereabouts::Blocked => "where-blocked",
        Whereabouts::Unanswered => "where-unanswered",
        Whereabouts::NoAddress => "where-no-address",
        Whereabouts::Leaving => "where-leaving",
        Whereabouts::NothingSends => "where-nothing-sends",
        Whereabouts::Taken => "where-taken",
        Whereabouts::Unconfirmed => "where-unconfirmed",
        Whereabouts::AtReceiver => "where-at-receiver",
        Whereabouts::Confirmed => "where-confirmed",
        Whereabouts::Read => "where-read",
        Whereabouts::Ended => "where-ended",
        Whereabouts::Failed => "where-failed",
        Whereabouts::HereUnread => "where-here-unread",
        Whereabouts::HereRead => "where-here-read",
    };
    t.v(key, "nick", nick)
}

/// Why it is where it is: a part of a page for scripts, the message's page otherwise.
async fn why(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    if !headers.contains_key(FETCH) {
        return Redirect::to(&format!("/c/{id}/m/{number}#why")).into_response();
    }
    let why = found(&person, &id, number)
        .and_then(|(contact, message)| why_of(&person, &id, &contact, &message));
    match why {
        Ok(why) => html(&why).into_response(),
        Err(e) => refused(&headers, person.error(e)),
    }
}

/// Back to the message in its conversation; scripts hear of the change by themselves.
fn done(
    person: &Person,
    headers: &HeaderMap,
    id: &str,
    number: u64,
    result: Result<(), ClientError>,
) -> Response {
    match result {
        Err(e) => refused(headers, person.error(e)),
        Ok(()) if headers.contains_key(FETCH) => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(&format!("/c/{id}?at={number}#m-{number}")).into_response(),
    }
}

#[derive(Deserialize)]
struct Edited {
    text: String,
}

async fn edit(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
    Form(edited): Form<Edited>,
) -> Response {
    let text = edited.text.replace("\r\n", "\n");
    let result = found(&person, &id, number).and_then(|(_, message)| {
        // Nothing was changed: nobody has to hear of it.
        if message.text == text {
            return Ok(());
        }
        person.client.edit(number, &text).map(drop)
    });
    done(&person, &headers, &id, number, result)
}

#[derive(Deserialize)]
struct Deletion {
    #[serde(default)]
    both: Option<String>,
}

async fn delete(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
    Form(deletion): Form<Deletion>,
) -> Response {
    let result = found(&person, &id, number)
        .and_then(|_| person.client.delete(number, deletion.both.is_some()))
        .map(drop);
    done(&person, &headers, &id, number, result)
}

#[derive(Deserialize)]
struct ReactionForm {
    /// Empty: taken back.
    #[serde(default)]
    emoji: String,
}

async fn react(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
    Form(form): Form<ReactionForm>,
) -> Response {
    let sign = Some(form.emoji.trim()).filter(|sign| !sign.is_empty());
    let result = found(&person, &id, number)
        .and_then(|_| person.client.react(number, sign))
        .map(drop);
    done(&person, &headers, &id, number, result)
}

/// Sends a message that did not arrive once more; the one that cannot arrive any more goes away here.
async fn again(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    let result = send_again(&person, &id, number).await;
    done(&person, &headers, &id, number, result)
}

async fn send_again(person: &Person, id: &str, number: u64) -> Result<(), ClientError> {
    found(person, id, number)?;
    let wait = std::time::Duration::ZERO;
    person.client.send_again(number, wait).await.map(drop)
}

/// What a notification of the browser says.
#[derive(Serialize)]
struct Notice {
    title: String,
    body: String,
}

/// What to announce about a new message; nothing (204) if the person does not want to hear of it.
async fn notice(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e| person.error(e);
    let (contact, message) = found(&person, &id, number).map_err(failed)?;
    let wish = person.client.settings().map_err(failed)?.notifications;
    let unread = message.state == MessageState::Received && !message.deleted;
    let notice = match wish {
        _ if contact.muted || !unread => None,
        Notifications::Off => None,
        _ if message
            .call
            .as_ref()
            .is_some_and(|call| call.state == CallState::Arriving) =>
        {
            None
        }
        Notifications::WithoutContent => Some(Notice {
            title: t.s("app-name"),
            body: t.s(match &message.call {
                Some(call) if call.state == CallState::Ringing => "notify-call",
                Some(_) => "call-missed",
                None => "notify-text",
            }),
        }),
        Notifications::WithContent => Some(Notice {
            title: contact.nick,
            body: match message.text.as_str() {
                _ if message.call.is_some() => {
                    let call = message.call.as_ref();
                    call.map(|call| calls::words(t, call)).unwrap_or_default()
                }
                _ if message.kind == "game" => t.s("notify-game"),
                "" => t.s("a-file"),
                text => text.chars().take(MAX_EXCERPT).collect(),
            },
        }),
    };
    Ok(match notice {
        Some(notice) => Json(notice).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
