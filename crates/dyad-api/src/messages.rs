//! Everything that the person sees, for alternative interfaces that the person trusted with it.

use std::time::Duration;

use axum::Json as Answer;
use dyad_app::Request;
use dyad_client::view::{InboxQuery, SendRequest};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, Id, Json, limit};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::types::{Message, Messages, NewMessage, ReadMessages};
use crate::veil::{self, Of};

/// Messages marked as read at once.
const MAX_READ: usize = 1_000;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// After this message, the oldest of them.
    after: Option<String>,
    /// Before this message, the newest of them. Not together with `after`; without either, the newest of all.
    before: Option<String>,
    /// At most so many, 1 to 100. 100 if nothing is said.
    limit: Option<u32>,
}

/// Messages with one contact, as the person sees them, oldest first
///
/// Needs the scope `messages`. Nothing is marked as read.
#[utoipa::path(
    get,
    path = "/api/v1/relationships/{id}/messages",
    tag = "Messages",
    params(("id" = String, Path, description = "The relationship."), Which),
    responses(
        (status = 200, description = "As they stand now.", body = Messages),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    Id(id): Id,
    Asked(which): Asked<Which>,
) -> Result<Answer<Messages>, Problem> {
    caller.for_messages()?;
    let Caller { client, app } = &caller;
    let number = |id: Option<String>| id.map(|id| caller.number(&id)).transpose();
    let query = InboxQuery {
        nick: Some(caller.relationship(&id)?.nick),
        since: number(which.after)?,
        before: number(which.before)?,
        limit: limit(which.limit)?,
    };
    let count = client.feed_count()?;
    let messages = client.inbox(&query)?;
    Ok(Answer(Messages {
        messages: messages
            .into_iter()
            .map(|view| Message::of(app, view))
            .collect(),
        event: veil::id(app, Of::Event, count),
    }))
}

/// One message, with how far it has come
///
/// Needs the scope `messages`.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{id}",
    tag = "Messages",
    params(("id" = String, Path, description = "The message.")),
    responses(
        (status = 200, description = "As it stands now.", body = Message),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn one(caller: Caller, Id(id): Id) -> Result<Answer<Message>, Problem> {
    let view = caller.message(&id)?;
    Ok(Answer(Message::of(&caller.app, view)))
}

/// Write as the person
///
/// Needs the scope `messages`. It is kept when this answers, and goes by itself.
#[utoipa::path(
    post,
    path = "/api/v1/relationships/{id}/messages",
    tag = "Messages",
    params(("id" = String, Path, description = "The relationship.")),
    request_body = NewMessage,
    responses(
        (status = 201, description = "It is kept, and will be sent.", body = Message),
        (status = "default", description = "It was not done; nothing was sent.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send(
    caller: Caller,
    Id(id): Id,
    Json(new): Json<NewMessage>,
) -> Result<(StatusCode, Answer<Message>), Problem> {
    caller.for_messages()?;
    let nick = caller.relationship(&id)?.nick;
    let reply_to = new.reply_to.map(|id| caller.number(&id)).transpose()?;
    let request = SendRequest {
        text: new.text,
        reply_to,
    };
    let sent = caller.client.send(&nick, request, Duration::ZERO).await?;
    let answer = Message::of(&caller.app, sent.message);
    Ok((StatusCode::CREATED, Answer(answer)))
}

/// Mark messages as read
///
/// Needs the scope `messages`. The contact learns of it only if the person's profile says so.
#[utoipa::path(
    post,
    path = "/api/v1/relationships/{id}/read",
    tag = "Messages",
    params(("id" = String, Path, description = "The relationship.")),
    request_body = ReadMessages,
    responses(
        (status = 204, description = "They are. Own and read ones are passed over."),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn read(
    caller: Caller,
    Id(id): Id,
    Json(read): Json<ReadMessages>,
) -> Result<StatusCode, Problem> {
    caller.for_messages()?;
    let with = caller.relationship(&id)?.id;
    if read.messages.len() > MAX_READ {
        let why = format!("At most {MAX_READ} messages are marked at once. None was.");
        return Err(Problem::bad("too-many-messages", why));
    }
    let mut ids = Vec::new();
    for id in &read.messages {
        let view = caller.message(id)?;
        if view.relationship != with {
            let why = "One of the messages is of another relationship. None was marked.";
            return Err(Problem::new(StatusCode::NOT_FOUND, "unknown-message", why));
        }
        ids.push(view.id);
    }
    caller.ask(Request::MarkRead { ids }).await?;
    Ok(StatusCode::NO_CONTENT)
}
