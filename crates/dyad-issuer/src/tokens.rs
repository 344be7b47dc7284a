//! `POST` [`TOKENS_PATH`](dyad_protocol::api::account::TOKENS_PATH): a day's tokens of one class.
//!
//! The answer is stored before it is given: the same request gets the same bytes, another gets 409.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dyad_protocol::api::account::TokensRequest;
use dyad_protocol::codec::DecodeError;
use dyad_protocol::limits::MAX_TOKENS_PER_BATCH;
use dyad_protocol::token::TokenError;
use dyad_service::Problem;
use dyad_service::extract::{BINARY, BinaryBody};
use dyad_store::accounts::{self, issued};
use http::header;

use crate::issuer::Shared;

/// Largest request: the blinded elements of the largest batch, and 256 bytes around them.
pub(crate) const MAX_TOKENS_REQUEST_LEN: usize = 32 * MAX_TOKENS_PER_BATCH as usize + 256;

pub(crate) async fn issue(
    State(issuer): State<Arc<Shared>>,
    BinaryBody(body): BinaryBody<MAX_TOKENS_REQUEST_LEN>,
) -> Result<Response, Problem> {
    let request = TokensRequest::verify(&body, &issuer.host).map_err(unreadable)?;
    let claim = claim_of(&request);
    let class = request.class();
    let answer = match evaluate(&issuer, request, claim).await? {
        Evaluated::Before(answer) => answer,
        Evaluated::Now(answer) => {
            let answer = keep(&issuer, claim, answer).await?;
            metrics::counter!("issuer_batches_total", "class" => class.name()).increment(1);
            answer
        }
    };
    let headers = [
        (header::CONTENT_TYPE, BINARY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, answer).into_response())
}

/// An answer, and whether it was given before.
enum Evaluated {
    Before(Vec<u8>),
    Now(Vec<u8>),
}

/// Waits for a thread and evaluates there; refuses at once when too many wait.
async fn evaluate(
    issuer: &Arc<Shared>,
    request: TokensRequest,
    claim: issued::Claim,
) -> Result<Evaluated, Problem> {
    let _place = issuer.places.enter()?;
    let _thread = issuer.threads.acquire().await.map_err(Problem::internal)?;
    issuer
        .aside(move |issuer| evaluate_here(issuer, &request, &claim))
        .await
}

fn evaluate_here(
    issuer: &Shared,
    request: &TokensRequest,
    claim: &issued::Claim,
) -> Result<Evaluated, Problem> {
    let account = accounts::find(issuer.store.read(), &claim.account)?.ok_or_else(|| {
        Problem::unauthorized(
            "unknown-account",
            "This provider does not know the account. Enrol first.",
        )
    })?;
    // Before anything else that may have changed since: a repeated request gets its answer also when
    // its day is over, which is why answers are kept a day longer.
    match issued::find(issuer.store.read(), claim)? {
        Some(issued::Issue::Same(answer)) => return Ok(Evaluated::Before(answer)),
        Some(_) => return Err(already_issued()),
        None => {}
    }
    let (class, epoch) = (request.class(), request.epoch());
    let count = issuer.quota(&account.tier, class).ok_or_else(|| {
        Problem::forbidden(
            "class-not-granted",
            "The account has no tokens of this class here.",
        )
    })?;
    let key = issuer
        .keys
        .get(class, epoch, issuer.clock.now())
        .ok_or_else(|| {
            Problem::bad_request(
                "wrong-epoch",
                "Tokens of this day are not issued now. Check the clock and fetch the keys again.",
            )
        })?;
    key.issue(request.request(), count)
        .map(Evaluated::Now)
        .map_err(not_issued)
}

/// Keeps the answer, or gives the one that a request in the same moment got.
async fn keep(issuer: &Shared, claim: issued::Claim, answer: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let kept = issuer
        .store
        .commit(move |tx| Ok::<_, Problem>((issued::keep(tx, &claim, &answer)?, answer)))
        .await?;
    match kept {
        (issued::Issue::Fresh, answer) | (issued::Issue::Same(answer), _) => Ok(answer),
        (issued::Issue::Conflict, _) => Err(already_issued()),
    }
}

fn claim_of(request: &TokensRequest) -> issued::Claim {
    issued::Claim {
        account: *request.account().as_bytes(),
        class: request.class().number(),
        epoch: request.epoch().number(),
        request_hash: request.request_hash(),
    }
}

fn unreadable(error: DecodeError) -> Problem {
    match error {
        DecodeError::NotAuthentic(_) => Problem::unauthorized(
            "bad-signature",
            "The request is not signed by the account's key for this host.",
        ),
        DecodeError::Version { .. } => Problem::bad_request(
            "unknown-version",
            "This version of the request is not known here.",
        ),
        _ => Problem::bad_request(
            "malformed",
            "The request is not of the form it should have.",
        ),
    }
}

fn not_issued(error: TokenError) -> Problem {
    match error {
        TokenError::WrongCount { expected, .. } => Problem::bad_request(
            "wrong-count",
            format!("A batch here is exactly the day's {expected} tokens."),
        ),
        TokenError::WrongKey => Problem::bad_request(
            "wrong-key",
            "The request was made with another key. Fetch the keys again.",
        ),
        TokenError::Randomness => Problem::internal(error),
        _ => Problem::bad_request(
            "malformed",
            "The request is not of the form it should have.",
        ),
    }
}

fn already_issued() -> Problem {
    Problem::conflict(
        "already-issued",
        "This day's tokens of the class were issued already, for another request.",
    )
}
