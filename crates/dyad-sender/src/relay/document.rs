//! Service documents, fetched once for all apps: whoever asks later learns nothing, and the host does
//! not learn how many asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dyad_protocol::api::relay::RelayDocument;
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DOCUMENT_CACHE, MAX_DOCUMENT_LEN};
use dyad_service::Problem;
use dyad_service::extract::{JSON, JsonBody};
use http::header;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{MAX_REQUEST_LEN, Relay};
use crate::sender::Shared;

/// How long a failure is told to all who ask, without trying again.
const KEEP_FAILURE: Duration = Duration::from_secs(60);

/// Least time between two fetches from one host, however urgent.
const REFRESH_EVERY: Duration = Duration::from_secs(60);

const KEEP: Duration = Duration::from_secs(DOCUMENT_CACHE);

/// `POST /v1/relay/document`.
pub(crate) async fn relay(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<RelayDocument, MAX_REQUEST_LEN>,
) -> Result<Response, Problem> {
    let slot = shared.relay.documents.slot(&request.host);
    // Who comes second waits for the first one's answer.
    let mut state = slot.state.lock().await;
    if !state.answers(request.refresh) {
        let fetched = fetch(&shared.relay, &shared, &request.host).await;
        state.remember(fetched);
    }
    let document = state.answer(request.refresh)?;
    let headers = [
        (header::CONTENT_TYPE, JSON),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, document).into_response())
}

async fn fetch(relay: &Relay, shared: &Shared, host: &HostName) -> Result<Bytes, Problem> {
    let path = WELL_KNOWN_PATH.to_owned();
    let answer = relay
        .get(&shared.http, host, path, MAX_DOCUMENT_LEN)
        .await?;
    if answer.status != 200 {
        return Err(Problem::bad_gateway(
            "no-document",
            "The other host has no service document: it is not a Dyad provider, or is being mended.",
        ));
    }
    // Nothing is handed out that was not made by the host, whatever stands in between.
    Document::verify(&answer.body, host).map_err(|_error| {
        Problem::bad_gateway(
            "bad-document",
            "What the other host gave as its service document is none, or is another host's.",
        )
    })?;
    Ok(answer.body)
}

/// The documents of many hosts.
#[derive(Debug)]
pub(super) struct Documents {
    slots: Mutex<HashMap<HostName, Arc<Slot>>>,
    max: usize,
}

#[derive(Debug)]
struct Slot {
    state: tokio::sync::Mutex<Cached>,
    used: Mutex<Instant>,
}

#[derive(Debug, Default)]
struct Cached {
    document: Option<(Bytes, Instant)>,
    failure: Option<(Problem, Instant)>,
    /// The last fetch, however it ended.
    tried: Option<Instant>,
}

impl Documents {
    pub(super) fn new(max: usize) -> Self {
        Self {
            slots: Mutex::new(HashMap::new()),
            max: max.max(1),
        }
    }

    /// The slot of a host; the one that was unused for longest makes room.
    fn slot(&self, host: &HostName) -> Arc<Slot> {
        let mut slots = self.slots.lock();
        let now = Instant::now();
        if let Some(slot) = slots.get(host) {
            *slot.used.lock() = now;
            return Arc::clone(slot);
        }
        if slots.len() >= self.max {
            let oldest = slots
                .iter()
                .filter(|(_, slot)| Arc::strong_count(slot) == 1)
                .min_by_key(|(_, slot)| *slot.used.lock())
                .map(|(host, _)| host.clone());
            if let Some(oldest) = oldest {
                slots.remove(&oldest);
            }
        }
        let slot = Arc::new(Slot {
            state: tokio::sync::Mutex::default(),
            used: Mutex::new(now),
        });
        slots.insert(host.clone(), Arc::clone(&slot));
        slot
    }
}

impl Cached {
    /// Whether what is known will do.
    fn answers(&self, refresh: bool) -> bool {
        let failed_lately = self.fresh_failure().is_some();
        let fetched_lately = self.tried.is_some_and(|at| at.elapsed() < REFRESH_EVERY);
        let has_document = self
            .document
            .as_ref()
            .is_some_and(|(_, at)| at.elapsed() < KEEP);
        failed_lately || (has_document && (!refresh || fetched_lately))
    }

    /// A document that is known stays known when a refresh fails: it is still within its day.
    fn remember(&mut self, fetched: Result<Bytes, Problem>) {
        let now = Instant::now();
        match fetched {
            Ok(document) => {
                *self = Self {
                    document: Some((document, now)),
                    failure: None,
                    tried: Some(now),
                };
            }
            // Our own budget says nothing about the host.
            Err(busy) if busy.retry_after().is_some() => self.failure = Some((busy, long_ago(now))),
            Err(problem) => {
                self.failure = Some((problem, now));
                self.tried = Some(now);
            }
        }
    }

    fn fresh_failure(&self) -> Option<&Problem> {
        let (problem, at) = self.failure.as_ref()?;
        (at.elapsed() < KEEP_FAILURE).then_some(problem)
    }

    /// The document, or why there is none. Who wanted a newer one is told when it could not be had.
    fn answer(&self, refresh: bool) -> Result<Bytes, Problem> {
        if let Some(problem) = self.fresh_failure().filter(|_| refresh) {
            return Err(problem.clone());
        }
        if let Some((document, at)) = &self.document
            && at.elapsed() < KEEP
        {
            return Ok(document.clone());
        }
        match &self.failure {
            Some((problem, _)) => Err(problem.clone()),
            None => Err(Problem::internal(
                "a document was neither fetched nor refused",
            )),
        }
    }
}

/// So long ago that it is not kept.
fn long_ago(now: Instant) -> Instant {
    now.checked_sub(KEEP_FAILURE).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(n: usize) -> HostName {
        format!("host{n}.example").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_slot_that_was_unused_for_longest_makes_room() {
        let documents = Documents::new(2);
        drop(documents.slot(&host(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        let in_use = documents.slot(&host(2));
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(documents.slot(&host(1)));
        drop(documents.slot(&host(3)));
        let slots = documents.slots.lock();
        assert!(slots.contains_key(&host(2)) && slots.contains_key(&host(3)));
        assert_eq!(slots.len(), 2, "the one in use stays");
        drop(in_use);
    }
}
