//! Payloads of the types that an app registered.

use axum::Json as Answer;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, Id, Json, limit};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::types::{NewPayload, Payload, Payloads};
use crate::veil::{self, Of};

/// Under which a program says the same thing twice.
const KEY: &str = "idempotency-key";

/// Send a payload
///
/// It is kept when this answers, and goes by itself; its state follows. What does not fit into one message is brought to a service
/// first. With an Idempotency-Key (1 to 128 bytes, remembered for a week) it is sent once however often it is said.
#[utoipa::path(
    post,
    path = "/api/v1/relationships/{id}/payloads",
    tag = "Payloads",
    params(
        ("id" = String, Path, description = "The relationship."),
        ("Idempotency-Key" = Option<String>, Header, description = "Of the program's own choice."),
    ),
    request_body = NewPayload,
    responses(
        (status = 201, description = "It is kept, and will be sent.", body = Payload),
        (status = 200, description = "It was sent under this key before; as it stands now.", body = Payload),
        (status = "default", description = "It was not done; nothing was sent.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send(
    caller: Caller,
    Id(id): Id,
    headers: HeaderMap,
    Json(new): Json<NewPayload>,
) -> Result<(StatusCode, Answer<Payload>), Problem> {
    let key = match headers.get(KEY).map(|value| value.to_str()) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => {
            let why = "An Idempotency-Key is visible ASCII. Nothing was sent.";
            return Err(Problem::bad("bad-key", why));
        }
    };
    let to = caller.relationship(&id)?.id;
    let request = new.request(&caller.app, key)?;
    let app = caller.app.clone();
    // Sealing a large one takes a moment: not on a thread that answers.
    let sent =
        tokio::task::spawn_blocking(move || caller.client.payload_send(&caller.app, &to, &request));
    let (payload, new) = sent.await.map_err(Problem::defect)??;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Answer(Payload::of(&app, payload))))
}

/// Which payloads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Of this relationship only.
    relationship: Option<String>,
    /// Behind this place: `next` of an answer before.
    after: Option<String>,
    /// At most so many, 1 to 100, and no more than about 1 MiB of content. 100 if nothing is said.
    limit: Option<u32>,
}

/// Payloads of the app's types, sent and received, in the order in which they appeared here
///
/// Also those that came before the app registered the type.
#[utoipa::path(
    get,
    path = "/api/v1/payloads",
    tag = "Payloads",
    params(Which),
    responses(
        (status = 200, description = "As they stand now.", body = Payloads),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Answer<Payloads>, Problem> {
    let Caller { client, app } = &caller;
    let of = which
        .relationship
        .map(|id| caller.relationship(&id))
        .transpose()?
        .map(|contact| contact.id);
    // Before the look, so that what changes meanwhile is told as an event.
    let count = client.feed_count()?;
    let after = match which.after {
        None => 0,
        // A place cannot lie behind all changes.
        Some(id) => veil::number(app, Of::Place, &id)
            .filter(|place| *place <= count)
            .ok_or_else(|| {
                Problem::bad("bad-place", "after is no place that this app was told.")
            })?,
    };
    let limit = limit(which.limit)?;
    let (payloads, more) = client.payloads(app, of.as_ref(), after, limit)?;
    Ok(Answer(Payloads {
        next: payloads
            .last()
            .map(|payload| veil::id(app, Of::Place, payload.place)),
        payloads: payloads
            .into_iter()
            .map(|payload| Payload::of(app, payload))
            .collect(),
        more,
        event: veil::id(app, Of::Event, count),
    }))
}

/// One payload, with how far it has come
#[utoipa::path(
    get,
    path = "/api/v1/payloads/{id}",
    tag = "Payloads",
    params(("id" = String, Path, description = "The payload.")),
    responses(
        (status = 200, description = "As it stands now.", body = Payload),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn one(caller: Caller, Id(id): Id) -> Result<Answer<Payload>, Problem> {
    let Caller { client, app } = &caller;
    // An id that was made up stands for a number that nothing has.
    let number = veil::number(app, Of::Payload, &id).unwrap_or(u64::MAX);
    let payload = client.payload(app, number)?;
    if payload.deleted {
        return Err(Problem::new(
            StatusCode::GONE,
            "deleted",
            "This payload was deleted.",
        ));
    }
    Ok(Answer(Payload::of(app, payload)))
}
