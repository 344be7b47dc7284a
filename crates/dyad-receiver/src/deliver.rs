//! Taking a batch: checked as a whole, on disk, then one constant answer. No item is looked at here.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use bytes::Bytes;
use dyad_protocol::batch::UnverifiedBatch;
use dyad_protocol::codec::DecodeError;
use dyad_protocol::id::{BatchId, HostName};
use dyad_protocol::limits::{ITEM_LEN, MAX_BATCH_LEN};
use dyad_protocol::sign::ServicePublic;
use dyad_service::Problem;
use dyad_service::extract::BinaryBody;
use dyad_service::server::PeerInfo;
use dyad_store::StoreError;
use dyad_store::spool::{self, Append, SenderId};
use http::StatusCode;

use crate::admission::Place;
use crate::receiver::Shared;
use crate::senders::Standing;

/// A batch whose signature holds: its id and where its items begin.
struct Checked {
    id: BatchId,
    items_at: usize,
    count: usize,
}

/// `POST` of a batch.
pub(crate) async fn deliver(
    State(shared): State<Arc<Shared>>,
    place: Place,
    peer: Option<Extension<PeerInfo>>,
    BinaryBody(body): BinaryBody<MAX_BATCH_LEN>,
) -> Result<StatusCode, Problem> {
    let sender = UnverifiedBatch::parse(&body)
        .map_err(|error| malformed(&error))?
        .sender()
        .clone();
    let peer = peer.and_then(|Extension(peer)| peer.key());
    let known = match shared.standing(&sender, peer).await? {
        Standing::Known(known) => known,
        Standing::Unknown { retry_after } => {
            return Err(Problem::unavailable(
                "sender-unknown",
                "The key of this sender service is being looked up. Nothing was done.",
                retry_after,
            ));
        }
    };
    let checked = check(&shared, body.clone(), known.key).await?;
    let checked = checked.map_err(|error| refused(&shared, &sender, &error))?;
    let now = shared.clock.now();
    let class = shared.admission.class(&sender, &known, now);
    shared.admission.debit(&sender, class, checked.count)?;

    let id = SenderId::of(&sender);
    let (count, max) = (checked.count, shared.config.max_waiting);
    let appended = shared
        .store
        .commit(move |tx| {
            let items = body[checked.items_at..].chunks_exact(ITEM_LEN);
            spool::append(tx, id, &checked.id, items, now, max)
        })
        .await?;
    drop(place);
    match appended {
        Append::Stored => {
            shared.figures.arrived(id, class, count);
            shared.turns.announce(id);
        }
        // The first of its kind was answered the same, or its answer was lost.
        Append::Duplicate => {}
        Append::Full => return Err(StoreError::Full.into()),
    }
    Ok(StatusCode::ACCEPTED)
}

/// Hashing up to 0.8 MB takes half a millisecond, so it is done aside.
async fn check(
    shared: &Arc<Shared>,
    body: Bytes,
    key: ServicePublic,
) -> Result<Result<Checked, DecodeError>, StoreError> {
    shared
        .aside(move |shared| {
            let verified = UnverifiedBatch::parse(&body)
                .and_then(|batch| batch.verify(&key, &shared.host, shared.clock.now()));
            Ok(verified.map(|batch| {
                let count = batch.items().len();
                Checked {
                    id: batch.id(),
                    items_at: body.len() - count * ITEM_LEN,
                    count,
                }
            }))
        })
        .await
}

fn malformed(error: &DecodeError) -> Problem {
    Problem::bad_request("bad-batch", format!("{error}."))
}

fn refused(shared: &Shared, sender: &HostName, error: &DecodeError) -> Problem {
    match error {
        DecodeError::Expired(_) => Problem::unauthorized(
            "clock-skew",
            "The batch was signed more than an hour from now by this service's clock.",
        ),
        DecodeError::NotAuthentic(_) => {
            // Its key may have changed since it was looked up.
            shared.senders.doubt(sender, shared.clock.now());
            Problem::unauthorized(
                "bad-signature",
                "The batch is not signed for this receiver with the sender service's published key.",
            )
        }
        other => malformed(other),
    }
}
