//! Hosted invitations of other sender services. Not kept: each is fetched once or twice in its life.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dyad_protocol::api::invite::INVITATION_PATH_PREFIX;
use dyad_protocol::api::relay::RelayInvitation;
use dyad_protocol::limits::HOSTED_INVITATION_LEN;
use dyad_service::Problem;
use dyad_service::extract::JsonBody;

use super::MAX_REQUEST_LEN;
use crate::invitations::{ciphertext, no_invitation};
use crate::sender::Shared;

/// `POST /v1/relay/invitation`.
pub(crate) async fn relay(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<RelayInvitation, MAX_REQUEST_LEN>,
) -> Result<Response, Problem> {
    let path = format!("{INVITATION_PATH_PREFIX}{}", request.locator);
    let answer = shared
        .relay
        .get(&shared.http, &request.host, path, HOSTED_INVITATION_LEN)
        .await?;
    match answer.status {
        200 if answer.body.len() == HOSTED_INVITATION_LEN => Ok(ciphertext(answer.body)),
        404 => Err(no_invitation()),
        429 | 503 => Err(Problem::bad_gateway(
            "host-busy",
            "The other host is busy. Try again later.",
        )),
        _ => Err(Problem::bad_gateway(
            "host-nonsense",
            "The other host answered with nonsense.",
        )),
    }
}
