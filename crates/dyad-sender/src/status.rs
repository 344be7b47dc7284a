//! What became of submissions, for whoever holds their tickets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use dyad_protocol::api::submit::{MAX_STATUS_TICKETS, StatusRequest, StatusResponse};
use dyad_service::Problem;
use dyad_service::extract::JsonBody;
use dyad_store::queue;
use http::header;

use crate::sender::Shared;

/// A ticket takes 43 characters, two quotes and a comma; white space besides.
const MAX_LEN: usize = 64 + MAX_STATUS_TICKETS * 64;

/// `POST /v1/status`.
pub(crate) async fn status(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<StatusRequest, MAX_LEN>,
) -> Result<impl IntoResponse, Problem> {
    if request.tickets.len() > MAX_STATUS_TICKETS {
        return Err(Problem::bad_request(
            "too-many-tickets",
            format!("Ask for at most {MAX_STATUS_TICKETS} submissions at once."),
        ));
    }
    let submissions = shared
        .read(move |shared| {
            let backend = shared.store.read();
            let fates = request.tickets.iter();
            fates
                .map(|ticket| queue::status(backend, ticket))
                .collect::<Result<Vec<_>, _>>()
        })
        .await??;
    let answer = StatusResponse { submissions };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
