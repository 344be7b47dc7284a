//! What is done to messages after they were written, as the person would do it.

use axum::Json as Answer;
use dyad_app::{Request, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::body::{Asked, Id, Json};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::types::{Edit, Message, NewReaction};

/// Change the text of a message of the person's, on both sides
///
/// Needs the scope `messages`.
#[utoipa::path(
    patch,
    path = "/api/v1/messages/{id}",
    tag = "Messages",
    params(("id" = String, Path, description = "The message.")),
    request_body = Edit,
    responses(
        (status = 200, description = "As it stands now.", body = Message),
        (status = 409, description = "It is not the person's own (not-yours), or no text (not-a-text).", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "It was deleted (deleted).", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn edit(
    caller: Caller,
    Id(id): Id,
    Json(Edit { text }): Json<Edit>,
) -> Result<Answer<Message>, Problem> {
    let id = caller.message(&id)?.id;
    changed(&caller, Request::Edit { id, text }).await
}

/// On which side a message is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Here only; nobody is told.
    Here,
    /// For both; only a message of the person's.
    Both,
}

/// On which side.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Deletion {
    /// `here` or `both`.
    #[param(inline)]
    r#for: Side,
}

/// Delete a message, with its file
///
/// Needs the scope `messages`. One that has not gone to any service yet is gone for good.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{id}",
    tag = "Messages",
    params(("id" = String, Path, description = "The message."), Deletion),
    responses(
        (status = 200, description = "As it stood last, deleted.", body = Message),
        (status = 409, description = "It is not the person's own (not-yours), or a step of a game (is-a-move).", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete(
    caller: Caller,
    Id(id): Id,
    Asked(deletion): Asked<Deletion>,
) -> Result<Answer<Message>, Problem> {
    let id = caller.message(&id)?.id;
    let for_both = deletion.r#for == Side::Both;
    changed(&caller, Request::Delete { id, for_both }).await
}

/// React to a message, in place of the person's last reaction to it
///
/// Needs the scope `messages`.
#[utoipa::path(
    put,
    path = "/api/v1/messages/{id}/reaction",
    tag = "Messages",
    params(("id" = String, Path, description = "The message.")),
    request_body = NewReaction,
    responses(
        (status = 200, description = "As it stands now.", body = Message),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn react(
    caller: Caller,
    Id(id): Id,
    Json(NewReaction { emoji }): Json<NewReaction>,
) -> Result<Answer<Message>, Problem> {
    let id = caller.message(&id)?.id;
    let emoji = Some(emoji);
    changed(&caller, Request::React { id, emoji }).await
}

/// Take the person's reaction to a message back
///
/// Needs the scope `messages`.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{id}/reaction",
    tag = "Messages",
    params(("id" = String, Path, description = "The message.")),
    responses(
        (status = 200, description = "As it stands now, also if there was none.", body = Message),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn take_back(caller: Caller, Id(id): Id) -> Result<Answer<Message>, Problem> {
    let id = caller.message(&id)?.id;
    changed(&caller, Request::React { id, emoji: None }).await
}

/// The message as it is afterwards.
async fn changed(caller: &Caller, request: Request) -> Result<Answer<Message>, Problem> {
    match caller.ask(request).await? {
        Response::MessageChanged { message, .. } => Ok(Answer(Message::of(&caller.app, message))),
        _ => Err(Problem::defect("another answer than a changed message")),
    }
}
