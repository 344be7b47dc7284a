//! One conversation: its messages page by page, and writing.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::{
    ContactStatus, ContactView, Direction, InboxQuery, MessageState, MessageView, SendRequest,
};
use http::HeaderMap;
use serde::Deserialize;

use super::contact;
use super::layout::{Face, Shell, now, status};
use crate::error::{PageError, html, refused};
use crate::lang::Texts;
use crate::session::{FETCH, Person};
use crate::state::Page;
use crate::{text, when};

/// Messages shown at once; older ones come when they are scrolled to.
const PAGE: u32 = 50;
/// How long a form without scripts waits for a service before it goes on.
const SEND_WAIT: std::time::Duration = std::time::Duration::from_millis(300);

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}", get(show))
        .route("/c/{id}/messages", get(messages))
        .route("/c/{id}/send", post(send))
        .route("/c/{id}/draft", post(draft))
        .route("/c/{id}/read", post(read))
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct Conversation {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    face: Face,
    status: String,
    can_write: bool,
    verified: bool,
    timer: bool,
    draft: String,
    entries: Vec<Entry>,
    older: Option<u64>,
    longest: usize,
    /// Shown above the field if something was not sent.
    problem: Option<String>,
}

/// A message as it stands in the page.
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) ours: bool,
    /// The line that begins a new day.
    pub(crate) day: Option<String>,
    /// Whether it goes on from the one before: same writer, within some minutes.
    pub(crate) joined: bool,
    pub(crate) unread: bool,
    /// A line between messages rather than a message.
    pub(crate) line: bool,
    /// Safe HTML.
    pub(crate) html: String,
    pub(crate) plain: String,
    pub(crate) deleted: bool,
    pub(crate) edited: bool,
    pub(crate) quote: Option<Quote>,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) vanishes: Option<String>,
    pub(crate) time: String,
    pub(crate) time_full: String,
    pub(crate) time_machine: String,
    pub(crate) state: Option<State>,
    /// For a screen reader, in a sentence.
    pub(crate) label: String,
}

pub(crate) struct Quote {
    pub(crate) id: Option<u64>,
    pub(crate) who: String,
    pub(crate) text: String,
}

pub(crate) struct Reaction {
    pub(crate) emoji: String,
    pub(crate) ours: bool,
    pub(crate) label: String,
}

/// How far a message of ours has come.
pub(crate) struct State {
    pub(crate) word: &'static str,
    pub(crate) text: String,
    pub(crate) wrong: bool,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    t: &'static Texts,
    id: String,
    entries: Vec<Entry>,
    older: Option<u64>,
}

async fn show(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    conversation(&person, &id, None, None)
}

fn conversation(
    person: &Person,
    id: &str,
    unsent: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let (entries, older) = entries(person, &contact, None, None)?;
    let shell = Shell::new(person, contact.nick.clone(), Some(id))?;
    let page = Conversation {
        t,
        shell,
        id: id.to_owned(),
        face: Face::of(&contact),
        status: status(t, contact.status),
        can_write: matches!(
            contact.status,
            ContactStatus::Active | ContactStatus::Requested
        ),
        verified: contact.verified_at.is_some(),
        timer: contact.timer.is_some(),
        draft: unsent.or_else(|| contact.draft.clone()).unwrap_or_default(),
        nick: contact.nick,
        entries,
        older,
        longest: dyad_client::view::MAX_TEXT,
        problem,
    };
    Ok(html(&page).into_response())
}

/// A page of messages, oldest first, and the number before which there are more.
fn entries(
    person: &Person,
    contact: &ContactView,
    before: Option<u64>,
    since: Option<u64>,
) -> Result<(Vec<Entry>, Option<u64>), PageError> {
    let query = InboxQuery {
        nick: Some(contact.nick.clone()),
        before,
        since,
        limit: PAGE,
    };
    let messages = person.client.inbox(&query).map_err(|e| person.error(e))?;
    let full = messages.len() >= PAGE as usize;
    let older = messages
        .first()
        .map(|first| first.id)
        .filter(|_| full && since.is_none());
    Ok((render(person.t, contact, &messages), older))
}

/// Whether two messages stand together: the same writer within five minutes of one day.
fn joined(before: &MessageView, message: &MessageView) -> bool {
    before.direction == message.direction
        && before.kind != "timer"
        && when::same_day(before.sent, message.sent)
        && message.sent.since(before.sent) < 300
}

pub(crate) fn render(
    t: &'static Texts,
    contact: &ContactView,
    messages: &[MessageView],
) -> Vec<Entry> {
    let now = now();
    let mut entries = Vec::with_capacity(messages.len());
    for (place, message) in messages.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|n| messages.get(n));
        let new_day = before.is_none_or(|before| !when::same_day(before.sent, message.sent));
        entries.push(Entry {
            day: new_day.then(|| when::day(t, message.sent, now)),
            joined: !new_day && before.is_some_and(|before| joined(before, message)),
            ..entry(t, contact, message)
        });
    }
    entries
}

/// One message, as if it stood alone.
pub(crate) fn entry(t: &'static Texts, contact: &ContactView, message: &MessageView) -> Entry {
    let now = now();
    let ours = message.direction == Direction::Out;
    let who = if ours {
        t.s("you")
    } else {
        contact.nick.clone()
    };
    let line = message.kind == "timer";
    let quote = message.reply_to.as_ref().map(|quoted| Quote {
        id: quoted.id,
        who: if quoted.direction == Direction::Out {
            t.s("you")
        } else {
            contact.nick.clone()
        },
        text: if quoted.text.is_empty() {
            t.s("quote-gone")
        } else {
            quoted.text.clone()
        },
    });
    let plain = if message.deleted {
        t.s("message-deleted")
    } else if line {
        timer_line(t, contact, ours, message.timer)
    } else {
        message.text.clone()
    };
    let state = (ours && !message.deleted && !line).then(|| state(t, message.state));
    let time = when::time(t, message.sent);
    let mut label = match &quote {
        Some(quote) => t.many(
            "label-reply",
            &[
                ("who", &who),
                ("to", &quote.who),
                ("text", &plain),
                ("time", &time),
            ],
        ),
        None => t.many(
            "label-message",
            &[("who", &who), ("text", &plain), ("time", &time)],
        ),
    };
    if let Some(state) = &state {
        label = format!("{label}, {}", state.text);
    }
    Entry {
        id: message.id,
        ours,
        day: None,
        joined: false,
        unread: !ours && message.state == MessageState::Received,
        line,
        html: text::rich(&plain),
        deleted: message.deleted,
        edited: message.edited_at.is_some() && !message.deleted,
        quote,
        reactions: message
            .reactions
            .iter()
            .map(|reaction| {
                let ours = reaction.by == Direction::Out;
                let who = if ours {
                    t.s("you")
                } else {
                    contact.nick.clone()
                };
                Reaction {
                    label: t.many(
                        "label-reaction",
                        &[("who", &who), ("emoji", &reaction.emoji)],
                    ),
                    emoji: reaction.emoji.clone(),
                    ours,
                }
            })
            .collect(),
        vanishes: message
            .expires_at
            .map(|at| t.v("vanishes-at", "when", &when::full(t, at, now))),
        time_full: when::full(t, message.sent, now),
        time_machine: when::machine(message.sent),
        time,
        state,
        plain,
        label,
    }
}

fn timer_line(t: &Texts, contact: &ContactView, ours: bool, timer: Option<u64>) -> String {
    let who = if ours {
        t.s("you")
    } else {
        contact.nick.clone()
    };
    match timer {
        Some(seconds) => t.many(
            "timer-on",
            &[("who", &who), ("time", &duration(t, seconds))],
        ),
        None => t.v("timer-off", "who", &who),
    }
}

/// A length of time in the largest unit that fits.
pub(crate) fn duration(t: &Texts, seconds: u64) -> String {
    match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => t.n("days", s / 86_400),
        s if s >= 3_600 && s % 3_600 == 0 => t.n("hours", s / 3_600),
        s if s >= 60 => t.n("minutes", s / 60),
        s => t.n("seconds", s),
    }
}

fn state(t: &Texts, state: MessageState) -> State {
    let (word, key, wrong) = match state {
        MessageState::Waiting => ("waiting", "state-waiting", false),
        MessageState::Accepted => ("accepted", "state-accepted", false),
        MessageState::Delivered => ("delivered", "state-delivered", false),
        MessageState::Confirmed | MessageState::Received => ("confirmed", "state-confirmed", false),
        MessageState::Read => ("read", "state-read", false),
        MessageState::Unconfirmed => ("unconfirmed", "state-unconfirmed", true),
        MessageState::Failed => ("failed", "state-failed", true),
    };
    State {
        word,
        text: t.s(key),
        wrong,
    }
}

#[derive(Deserialize)]
struct MessagesQuery {
    before: Option<u64>,
    since: Option<u64>,
    only: Option<u64>,
}

/// Older messages, newer ones, or one again.
async fn messages(
    person: Person,
    Path(id): Path<String>,
    Query(query): Query<MessagesQuery>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    let (entries, older) = if let Some(only) = query.only {
        let message = person.client.message(only).map_err(|e| person.error(e))?;
        let ours = message.relationship == contact.id;
        let entries = ours
            .then(|| entry(t, &contact, &message))
            .into_iter()
            .collect();
        (entries, None)
    } else {
        entries(&person, &contact, query.before, query.since)?
    };
    Ok(html(&Messages {
        t,
        id,
        entries,
        older,
    })
    .into_response())
}

#[derive(Deserialize)]
struct Written {
    text: String,
    #[serde(default)]
    reply_to: Option<u64>,
}

async fn send(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(written): Form<Written>,
) -> Result<Response, PageError> {
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    let request = SendRequest {
        text: written.text.replace("\r\n", "\n"),
        reply_to: written.reply_to,
    };
    let text = request.text.clone();
    match person.client.send(&contact.nick, request, SEND_WAIT).await {
        Ok(_) => {
            let _ = person.client.set_draft(&contact.nick, "");
            if headers.contains_key(FETCH) {
                return Ok(http::StatusCode::NO_CONTENT.into_response());
            }
            Ok(Redirect::to(&format!("/c/{id}")).into_response())
        }
        Err(e) if headers.contains_key(FETCH) => Ok(refused(&headers, person.error(e))),
        // Without scripts: the page again, with what was written still in the field.
        Err(e) => conversation(&person, &id, Some(text), Some(person.error(e).message())),
    }
}

#[derive(Deserialize)]
struct Draft {
    text: String,
}

async fn draft(
    person: Person,
    Path(id): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, PageError> {
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    person
        .client
        .set_draft(&contact.nick, &draft.text)
        .map_err(|e| person.error(e))?;
    Ok(http::StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct Seen {
    /// Local numbers with commas between them.
    ids: String,
}

/// These have been on the screen.
async fn read(
    person: Person,
    Path(_id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, PageError> {
    let ids: Vec<u64> = seen
        .ids
        .split(',')
        .take(1_000)
        .filter_map(|id| id.parse().ok())
        .collect();
    person.client.mark_read(&ids).map_err(|e| person.error(e))?;
    Ok(http::StatusCode::NO_CONTENT.into_response())
}
