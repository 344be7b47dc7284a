//! One conversation: its messages page by page, in both directions.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dyad_client::view::{ContactView, InboxQuery, MessageView};
use serde::Deserialize;

use super::calls;
use super::choices::{self, Choice};
use super::entry::{Entry, duration, render};
use super::layout::{Face, Shell, status};
use super::{can_write, contact};
use crate::assets;
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::{Person, nonce};
use crate::state::Page;

/// Messages fetched at once; more come when they are scrolled to.
const PAGE: u32 = 50;
/// Messages shown on each side of one that was jumped to.
const AROUND: u32 = PAGE / 2;
/// Messages asked for again at once.
const MAX_AGAIN: usize = 100;
/// Reactions that are offered.
pub(crate) const PALETTE: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}", get(show))
        .route("/c/{id}/before/{n}", get(before))
        .route("/c/{id}/after/{n}", get(after))
        .route("/c/{id}/messages", get(messages))
        .route("/c/{id}/head", get(head))
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct Conversation {
    t: &'static Texts,
    shell: Shell,
    icons: String,
    id: String,
    nick: String,
    head: Head,
    status: String,
    can_write: bool,
    marked: bool,
    palette: [&'static str; 6],
    draft: String,
    entries: Vec<Entry>,
    older: Option<u64>,
    newer: Option<u64>,
    /// The message that was jumped to.
    at: Option<u64>,
    /// Longest text, bytes.
    longest: u64,
    /// Largest file, bytes.
    largest: u64,
    /// Tells a text that is sent twice by mistake from one that is meant twice.
    once: String,
    /// Shown above the field if something was not sent.
    problem: Option<String>,
}

/// Who it is, and what can be done to the whole conversation.
#[derive(Template)]
#[template(path = "head.html")]
struct Head {
    t: &'static Texts,
    icons: String,
    id: String,
    nick: String,
    face: Face,
    status: String,
    can_write: bool,
    can_call: bool,
    verified: bool,
    pinned: bool,
    muted: bool,
    archived: bool,
    /// The time after which messages vanish, in words.
    timer: Option<String>,
    timers: Vec<Choice>,
}

/// Its template escapes what it shows, and it stands in another one.
impl askama::filters::HtmlSafe for Head {}

impl Head {
    fn of(t: &'static Texts, contact: &ContactView) -> Self {
        Self {
            t,
            icons: assets::url("icons.svg"),
            id: hex::encode(contact.id.as_bytes()),
            nick: contact.nick.clone(),
            face: Face::of(contact),
            status: status(t, contact.status),
            can_write: can_write(contact.status),
            can_call: calls::can_call(contact.status),
            verified: contact.verified_at.is_some(),
            pinned: contact.pinned,
            muted: contact.muted,
            archived: contact.archived,
            timer: contact.timer.map(|seconds| duration(t, seconds)),
            timers: choices::timers(t, contact.timer),
        }
    }
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    t: &'static Texts,
    icons: String,
    id: String,
    entries: Vec<Entry>,
    older: Option<u64>,
    newer: Option<u64>,
}

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Newest,
    Before(u64),
    After(u64),
    Around(u64),
}

/// Messages in a row, and where there are more.
struct Stretch {
    entries: Vec<Entry>,
    /// There are older ones than this number, which is the first shown.
    older: Option<u64>,
    /// There are newer ones than this number, which is the last shown.
    newer: Option<u64>,
}

#[derive(Deserialize)]
struct At {
    at: Option<u64>,
}

async fn show(
    person: Person,
    Path(id): Path<String>,
    Query(At { at }): Query<At>,
) -> Result<Response, PageError> {
    let which = at.map_or(Which::Newest, Which::Around);
    conversation(&person, &id, which, None)
}

async fn before(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    conversation(&person, &id, Which::Before(number), None)
}

async fn after(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    conversation(&person, &id, Which::After(number), None)
}

/// What was not sent, and why.
pub(crate) struct Unsent {
    pub(crate) text: String,
    pub(crate) why: String,
}

pub(crate) fn conversation(
    person: &Person,
    id: &str,
    which: Which,
    unsent: Option<Unsent>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let stretch = stretch(person, &contact, which)?;
    let shell = Shell::new(person, contact.nick.clone(), Some(id))?;
    let (unsent, problem) = unsent.map(|unsent| (unsent.text, unsent.why)).unzip();
    let page = Conversation {
        t,
        shell,
        icons: assets::url("icons.svg"),
        id: id.to_owned(),
        head: Head::of(t, &contact),
        status: status(t, contact.status),
        can_write: can_write(contact.status),
        marked: contact.marked_unread,
        palette: PALETTE,
        draft: unsent.or_else(|| contact.draft.clone()).unwrap_or_default(),
        nick: contact.nick,
        entries: stretch.entries,
        older: stretch.older,
        newer: stretch.newer,
        at: match which {
            Which::Around(number) => Some(number),
            _ => None,
        },
        longest: dyad_protocol::content::MAX_LONG_LEN,
        largest: dyad_protocol::attachment::MAX_FILE_LEN,
        once: nonce(),
        problem,
    };
    Ok(html(&page).into_response())
}

/// The head alone, for a page that is open.
async fn head(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    Ok(html(&Head::of(person.t, &contact)).into_response())
}

fn stretch(person: &Person, contact: &ContactView, which: Which) -> Result<Stretch, PageError> {
    let list = |before, since, limit| {
        let query = InboxQuery {
            nick: Some(contact.nick.clone()),
            before,
            since,
            limit,
        };
        person.client.inbox(&query).map_err(|e| person.error(e))
    };
    // One more than is shown on each side tells whether there is more, and what the first one follows.
    let (mut messages, up, down) = match which {
        Which::Newest => (list(None, None, PAGE + 1)?, PAGE, 0),
        Which::Before(number) => (list(Some(number), None, PAGE + 1)?, PAGE, 0),
        Which::After(number) => {
            let mut found = list(Some(number.saturating_add(1)), None, 1)?;
            found.extend(list(None, Some(number), PAGE + 1)?);
            (found, 0, PAGE)
        }
        Which::Around(number) => {
            let mut found = list(Some(number.saturating_add(1)), None, AROUND + 1)?;
            found.extend(list(None, Some(number), AROUND + 1)?);
            (found, AROUND, AROUND)
        }
    };
    let middle = match which {
        Which::Newest | Which::Before(_) => messages.len(),
        Which::After(number) | Which::Around(number) => {
            messages.partition_point(|message| message.id <= number)
        }
    };
    let more_below = messages.len() - middle > down as usize;
    messages.truncate(middle + down as usize);
    let first = middle.saturating_sub(up as usize);
    let (before, shown) = messages.split_at(first);
    let edge = |message: Option<&MessageView>| message.map(|message| message.id);
    Ok(Stretch {
        entries: render(person.t, &person.client, contact, before.last(), shown),
        older: edge(shown.first()).filter(|_| !before.is_empty()),
        newer: edge(shown.last()).filter(|_| more_below || matches!(which, Which::Before(_))),
    })
}

#[derive(Deserialize)]
struct MessagesQuery {
    before: Option<u64>,
    since: Option<u64>,
    at: Option<u64>,
    /// Local numbers with commas between them.
    only: Option<String>,
}

/// Part of a conversation, for a page that shows another part of it.
async fn messages(
    person: Person,
    Path(id): Path<String>,
    Query(query): Query<MessagesQuery>,
) -> Result<Response, PageError> {
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    let stretch = match query {
        MessagesQuery {
            only: Some(only), ..
        } => again(&person, &contact, &only)?,
        // What is shown already goes on from there.
        MessagesQuery {
            before: Some(number),
            ..
        } => Stretch {
            newer: None,
            ..stretch(&person, &contact, Which::Before(number))?
        },
        MessagesQuery {
            since: Some(number),
            ..
        } => Stretch {
            older: None,
            ..stretch(&person, &contact, Which::After(number))?
        },
        MessagesQuery {
            at: Some(number), ..
        } => stretch(&person, &contact, Which::Around(number))?,
        _ => stretch(&person, &contact, Which::Newest)?,
    };
    Ok(html(&Messages {
        t: person.t,
        icons: assets::url("icons.svg"),
        id,
        entries: stretch.entries,
        older: stretch.older,
        newer: stretch.newer,
    })
    .into_response())
}

/// Some messages as they are now; those that are gone are left out.
fn again(person: &Person, contact: &ContactView, only: &str) -> Result<Stretch, PageError> {
    let ids = only.split(',').filter_map(|id| id.parse::<u64>().ok());
    let mut entries = Vec::new();
    for id in ids.take(MAX_AGAIN) {
        let Ok(message) = person.client.message(id) else {
            continue;
        };
        if message.relationship != contact.id {
            continue;
        }
        let query = InboxQuery {
            nick: Some(contact.nick.clone()),
            before: Some(id),
            limit: 1,
            ..InboxQuery::default()
        };
        let before = person.client.inbox(&query).map_err(|e| person.error(e))?;
        entries.extend(render(
            person.t,
            &person.client,
            contact,
            before.last(),
            &[message],
        ));
    }
    Ok(Stretch {
        entries,
        older: None,
        newer: None,
    })
}
