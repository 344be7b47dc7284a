//! A form that comes twice does what it says once.
//!
//! A second click, or a form that is sent again because the answer was lost on its way to the page, is the same form: it
//! bears the same number (`once`) and says the same. The second waits for the first and gets its answer. Two forms that
//! say something different are two, whatever number they bear, and what was refused may be tried again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dyad_protocol::hash::sha256;
use http::{HeaderMap, Method, StatusCode, header};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::session::{Person, Visitor};
use crate::state::{MAX_TEXT_BODY, Page};

/// Forms that are remembered.
const REMEMBERED: usize = 128;
/// How long.
const KEPT: Duration = Duration::from_secs(600);
/// Longest answer that is given again, bytes.
const MAX_ANSWER: usize = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// What the same form gets again.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// It was done, and whoever did it says so in its own way.
    pub(crate) fn done() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

/// One form, held by whoever does what it says.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<Answer>>>;

/// Which form it is.
type Key = [u8; 32];

/// The forms that came lately.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<VecDeque<(Key, Instant, Slot)>>);

impl Once {
    /// The place of the form that consists of these parts.
    pub(crate) fn slot<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Slot {
        let hashes: Vec<u8> = parts.into_iter().flat_map(sha256).collect();
        let key = sha256(&hashes);
        let now = Instant::now();
        let mut all = self.0.lock();
        all.retain(|(_, since, _)| now.duration_since(*since) < KEPT);
        if let Some((_, _, slot)) = all.iter().find(|(known, _, _)| *known == key) {
            return Arc::clone(slot);
        }
        if all.len() >= REMEMBERED {
            all.pop_front();
        }
        let slot = Slot::default();
        all.push_back((key, now, Arc::clone(&slot)));
        slot
    }
}

/// Every form with a number passes here, after it is known who asks.
pub(crate) async fn once(State(page): State<Page>, request: Request, next: Next) -> Response {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(FORM.as_bytes()));
    if request.method() != Method::POST || !is_form {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // Nothing is kept in memory for a stranger.
    if let Err(refused) = Visitor::from_request_parts(&mut parts, &page).await {
        return refused;
    }
    let Ok(bytes) = to_bytes(body, MAX_TEXT_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let is_numbered = bytes.split(|byte| *byte == b'&').any(|field| {
        field
            .strip_prefix(b"once=")
            .is_some_and(|number| !number.is_empty())
    });
    if !is_numbered {
        return next
            .run(Request::from_parts(parts, Body::from(bytes)))
            .await;
    }
    // An answer is given again only to somebody who would get one.
    if let Err(refused) = Person::from_request_parts(&mut parts, &page).await {
        return refused;
    }
    let slot = page.0.once.slot([parts.uri.path().as_bytes(), &bytes]);
    let mut answered = slot.lock().await;
    if let Some(answer) = answered.clone() {
        return again(answer);
    }
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    if !response.status().is_success() && !response.status().is_redirection() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_ANSWER).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    };
    *answered = Some(answer.clone());
    again(answer)
}

fn again(answer: Answer) -> Response {
    (answer.status, answer.headers, answer.body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_form_is_remembered_for_a_while_and_only_so_many() {
        let once = Once::default();
        *once.slot([&b"a"[..]]).lock().await = Some(Answer::done());
        assert!(once.slot([&b"a"[..]]).lock().await.is_some());
        assert!(once.slot([&b"b"[..]]).lock().await.is_none());
        tokio::time::advance(KEPT).await;
        assert!(once.slot([&b"a"[..]]).lock().await.is_none());
        for number in 0..=REMEMBERED {
            drop(once.slot([number.to_string().as_bytes()]));
        }
        assert_eq!(once.0.lock().len(), REMEMBERED);
    }
}
