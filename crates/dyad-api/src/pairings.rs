//! How a program becomes an app. Only here nobody has a token yet.

use axum::Json as Answer;
use axum::extract::State;
use dyad_client::view;
use http::StatusCode;

use crate::body::{Id, Json};
use crate::problem::Problem;
use crate::state::Api;
use crate::types::{NewPairing, PairingAnswer, PairingBegun, PairingPoll, PairingState};

/// Ask to become an app
///
/// The person is told. Show them the code: they type it into their Dyad app and say what this app may see. Four programs can wait
/// at once, ten minutes each.
#[utoipa::path(
    post,
    path = "/api/v1/pairings",
    tag = "Pairing",
    request_body = NewPairing,
    responses(
        (status = 201, description = "It waits for the person.", body = PairingBegun),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
pub(crate) async fn ask(
    State(api): State<Api>,
    Json(wanted): Json<NewPairing>,
) -> Result<(StatusCode, Answer<PairingBegun>), Problem> {
    api.0.limits.stranger()?;
    let request = view::PairingRequest {
        name: wanted.name,
        types: wanted.types,
        messages: wanted.messages,
    };
    let begun = api.0.app.client()?.pairing_begin(&request)?;
    let answer = PairingBegun {
        id: begun.number.to_string(),
        secret: begun.secret,
        code: begun.code,
        expires: begun.ends.as_secs(),
    };
    Ok((StatusCode::CREATED, Answer(answer)))
}

/// Ask whether the person has answered
///
/// Every second or two. Once allowed, the answer holds the token, and the request is gone.
#[utoipa::path(
    post,
    path = "/api/v1/pairings/{id}",
    tag = "Pairing",
    params(("id" = String, Path, description = "The request.")),
    request_body = PairingPoll,
    responses(
        (status = 200, description = "What became of it.", body = PairingAnswer),
        (status = "default", description = "There is no such request any more, or it is another's.", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
pub(crate) async fn poll(
    State(api): State<Api>,
    Id(id): Id,
    Json(asked): Json<PairingPoll>,
) -> Result<Answer<PairingAnswer>, Problem> {
    api.0.limits.stranger()?;
    let number = id.parse().unwrap_or(0);
    let state = api.0.app.client()?.pairing_poll(number, &asked.secret)?;
    let (state, token) = match state {
        view::PairingState::Pending => (PairingState::Pending, None),
        view::PairingState::Denied => (PairingState::Denied, None),
        view::PairingState::Allowed(token) => (PairingState::Allowed, Some(token)),
    };
    Ok(Answer(PairingAnswer { state, token }))
}
