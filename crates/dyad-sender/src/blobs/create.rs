//! Making room for a blob: all its tokens are spent and it is on record, or nothing has happened.

use std::time::Duration;

use axum::extract::State;
use dyad_protocol::api::blob::{BlobCreate, MAX_BLOB_CREATE_LEN};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{TokenClass, TokenError};
use dyad_service::Problem;
use dyad_service::extract::BinaryBody;
use dyad_store::Transaction;
use dyad_store::blobs::{self, Blob, Creating, StorageId};
use dyad_store::spent::{Spend, spend};
use http::StatusCode;
use http::header::{self, HeaderName};

use super::Keeper;
use crate::refusal;

/// How long an app has to bring all parts, in seconds.
const TO_COMPLETE: u64 = 2 * DAY;

/// Wait asked for while there is no room: until some blobs expire.
const FULL_WAIT: Duration = Duration::from_secs(3_600);

/// `POST /v1/blobs`.
pub(super) async fn create(
    State(keeper): State<Keeper>,
    BinaryBody(body): BinaryBody<MAX_BLOB_CREATE_LEN>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1]), Problem> {
    let created = accept(&keeper, &body).await;
    let outcome = created.as_ref().map_or_else(Problem::code, |()| "created");
    metrics::counter!("sender_blobs_total", "outcome" => outcome).increment(1);
    created?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")]))
}

async fn accept(keeper: &Keeper, body: &[u8]) -> Result<(), Problem> {
    let shared = &keeper.shared;
    shared.check_disk()?;
    let request = BlobCreate::decode(body).map_err(|error| refusal::malformed(&error))?;
    let config = &shared.config.blobs;
    if request.days > config.days {
        return Err(Problem::bad_request(
            "too-long",
            format!("Blobs are kept for at most {} days.", config.days),
        ));
    }
    let (now, capacity) = (shared.clock.now(), config.capacity);
    let blobs = std::sync::Arc::clone(&keeper.blobs);
    // A hundred tokens take tens of milliseconds: aside.
    let (request, epochs) = shared
        .read(move |_| {
            let verify = |token| blobs.redeemer.verify(token, now);
            let epochs: Result<Vec<_>, TokenError> = request.tokens.iter().map(verify).collect();
            (request, epochs)
        })
        .await?;
    let epochs = epochs.map_err(|error| refusal::token(&error))?;
    let id = StorageId(rand::random());
    shared
        .store
        .commit(move |tx| create_once(tx, &request, &epochs, id, capacity, now))
        .await
}

fn create_once(
    tx: &mut Transaction<'_>,
    request: &BlobCreate,
    epochs: &[Epoch],
    id: StorageId,
    capacity: u64,
    now: Timestamp,
) -> Result<(), Problem> {
    let class = TokenClass::Blob.number();
    let hash = request.request_hash();
    let (mut fresh, mut same) = (false, false);
    for (token, epoch) in request.tokens.iter().zip(epochs) {
        let nonce = token.nonce();
        match spend(tx, class, epoch.number(), nonce.as_bytes(), &hash, &[])? {
            Spend::Fresh => fresh = true,
            Spend::Same(_) => same = true,
            Spend::Conflict => return Err(refusal::token_spent()),
        }
    }
    match (fresh, same) {
        (true, false) => {}
        (false, _) => return Ok(()),
        (true, true) => return Err(refusal::token_spent()),
    }
    let blob = Blob {
        id,
        size: request.size,
        missing: request.size.parts(),
        ends: now.plus(u64::from(request.days) * DAY),
        incomplete_until: now.plus(TO_COMPLETE),
    };
    match blobs::create(tx, &request.locator, &blob, capacity)? {
        Creating::Created => Ok(()),
        Creating::Taken => Err(Problem::conflict(
            "locator-taken",
            "There is another blob of this name. Make a new secret.",
        )),
        Creating::Full => Err(Problem::unavailable(
            "blobs-full",
            "There is no room for this blob for the time being. The tokens were not spent. Use another sender service.",
            FULL_WAIT,
        )),
    }
}
