//! Writing: sending, drafts, and what has been read.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::{FlagsChange, SendRequest};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::contact;
use super::conversation::{Unsent, Which, conversation};
use crate::error::{PageError, refused};
use crate::session::{FETCH, Person};
use crate::state::{MAX_TEXT_BODY, Page};

/// How long a form without scripts waits for a service before it goes on.
const SEND_WAIT: std::time::Duration = std::time::Duration::from_millis(300);
/// Messages that are marked as read at once.
const MAX_SEEN: usize = 1_000;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route(
            "/c/{id}/send",
            post(send).layer(DefaultBodyLimit::max(MAX_TEXT_BODY)),
        )
        .route("/c/{id}/draft", get(draft).post(set_draft))
        .route("/c/{id}/read", post(read))
}

#[derive(Deserialize)]
struct Written {
    text: String,
    #[serde(default)]
    reply_to: Option<u64>,
}

async fn send(
    State(page): State<Page>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(mut written): Form<Written>,
) -> Result<Response, PageError> {
    let by_script = headers.contains_key(FETCH);
    written.text = written.text.replace("\r\n", "\n");
    let text = written.text.clone();
    match send_once(&page, &person, &id, written, by_script).await {
        Ok(()) if by_script => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) if by_script => Ok(refused(&headers, e)),
        // The page again, with what was written still in the field.
        Err(e) => {
            let why = e.message();
            conversation(&person, &id, Which::Newest, Some(Unsent { text, why }))
        }
    }
}

async fn send_once(
    page: &Page,
    person: &Person,
    id: &str,
    written: Written,
    by_script: bool,
) -> Result<(), PageError> {
    // Held until it is sent: texts keep their order.
    let _turn = page.0.sending.lock().await;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let request = SendRequest {
        text: written.text,
        reply_to: written.reply_to,
    };
    // A script hears of it when a service has it.
    let wait = if by_script {
        std::time::Duration::ZERO
    } else {
        SEND_WAIT
    };
    let result = person.client.send(&contact.nick, request, wait).await;
    result.map_err(|e| person.error(e))?;
    // It is sent: that the draft is still there is no reason to say that it is not.
    let _ = person.client.set_draft(&contact.nick, "");
    Ok(())
}

/// The draft as it is now, for another page that shows the same conversation.
async fn draft(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let contact = contact(&person.client, &id).map_err(|e| person.error(e))?;
    Ok(contact.draft.unwrap_or_default().into_response())
}

#[derive(Deserialize)]
struct Draft {
    text: String,
}

async fn set_draft(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(draft): Form<Draft>,
) -> Response {
    let text = draft.text.replace("\r\n", "\n");
    let kept = contact(&person.client, &id)
        .and_then(|contact| person.client.set_draft(&contact.nick, &text));
    match kept {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(e) => refused(&headers, person.error(e)),
    }
}

#[derive(Deserialize)]
struct Seen {
    /// Local numbers with commas between them.
    #[serde(default)]
    ids: String,
}

/// These have been on the screen, and so the conversation is not new any more.
async fn read(
    person: Person,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    let contact = contact(&person.client, &id).map_err(failed)?;
    let ids: Vec<u64> = seen
        .ids
        .split(',')
        .take(MAX_SEEN)
        .filter_map(|id| id.parse().ok())
        .collect();
    if !ids.is_empty() {
        person.client.mark_read(&ids).map_err(failed)?;
    }
    if contact.marked_unread {
        let change = FlagsChange {
            marked_unread: Some(false),
            ..FlagsChange::default()
        };
        person
            .client
            .set_flags(&contact.nick, change)
            .map_err(failed)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
