//! Bringing a blob part by part, in any order and as often as the network wants, and taking it away.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Request, State};
use bytes::Bytes;
use dyad_protocol::api::blob::BlobParts;
use dyad_protocol::hash::sha256;
use dyad_protocol::id::BlobLocator;
use dyad_service::Problem;
use dyad_service::extract::{OCTETS, read_body, require_type};
use dyad_store::StoreError;
use dyad_store::blobs::{self, Blob, Recording};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName};
use hyper::body::Body as _;

use super::sweep::SweepError;
use super::uploads::Upload;
use super::{Keeper, authorized, no_blob};

/// Time for a part to arrive: at about 14 kB/s.
const PART_TIME: Duration = Duration::from_secs(300);

const UNCACHED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// `PUT /v1/blobs/LOCATOR/parts/N`.
pub(super) async fn put(
    State(keeper): State<Keeper>,
    Path((locator, part)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let put = take(&keeper, &locator, &part, request).await;
    let outcome = put.as_ref().map_or_else(Problem::code, |()| "kept");
    metrics::counter!("sender_blob_parts_total", "outcome" => outcome).increment(1);
    put.map(|()| StatusCode::NO_CONTENT)
}

async fn take(keeper: &Keeper, locator: &str, part: &str, request: Request) -> Result<(), Problem> {
    let locator = authorized(request.headers(), locator)?;
    require_type(request.headers(), OCTETS)?;
    keeper.shared.check_disk()?;
    let blob = keeper.find(locator).await?;
    let part: u32 = part.parse().map_err(|_| no_part())?;
    let len = blob.size.part_len(part).ok_or_else(no_part)?;
    let body = request.into_body();
    if body
        .size_hint()
        .exact()
        .is_some_and(|told| told != len as u64)
    {
        return Err(wrong_length(len));
    }
    // From here on the part takes memory.
    let upload = keeper.blobs.uploads.begin(blob.id, part)?;
    let bytes = read_body(body, len, PART_TIME).await?;
    if bytes.len() != len {
        return Err(wrong_length(len));
    }
    let keeper = keeper.clone();
    // A task of its own: when the app hangs up now, what has come is kept all the same.
    tokio::spawn(async move { keeper.keep(locator, &blob, part, bytes, upload).await })
        .await
        .map_err(Problem::internal)?
}

impl Keeper {
    async fn keep(
        &self,
        locator: BlobLocator,
        blob: &Blob,
        part: u32,
        bytes: Bytes,
        _upload: Upload,
    ) -> Result<(), Problem> {
        let id = blob.id;
        let (hash, before) = self
            .shared
            .read({
                let bytes = bytes.clone();
                move |shared| (sha256(&bytes), blobs::part(shared.store.read(), id, part))
            })
            .await?;
        match before? {
            Some(known) if known == hash => return Ok(()),
            Some(_other) => return Err(part_differs()),
            None => {}
        }
        let kept = bytes.len() as u64;
        self.blobs.storage.put(id, part, bytes).await?;
        let now = self.shared.clock.now();
        let recorded = self
            .shared
            .store
            .commit(move |tx| blobs::record(tx, &locator, id, part, &hash, now))
            .await
            .map_err(Problem::from)?;
        match recorded {
            Recording::New => {
                metrics::counter!("sender_blob_bytes_kept_total").increment(kept);
                Ok(())
            }
            Recording::Same => Ok(()),
            Recording::Other => Err(part_differs()),
            Recording::Gone => {
                // It was deleted meanwhile; so is this.
                if let Err(error) = self.blobs.storage.remove_part(id, part).await {
                    tracing::warn!(%error, "a part of a deleted blob is left until the next sweep");
                }
                Err(no_blob())
            }
        }
    }
}

/// `GET /v1/blobs/LOCATOR/parts`.
pub(super) async fn missing(
    State(keeper): State<Keeper>,
    Path(locator): Path<String>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], Json<BlobParts>), Problem> {
    let locator = authorized(&headers, &locator)?;
    let blob = keeper.find(locator).await?;
    let missing = keeper
        .shared
        .read(move |shared| blobs::missing(shared.store.read(), &blob))
        .await??;
    let parts = BlobParts {
        chunks: blob.size.chunks(),
        ends: blob.ends,
        missing,
    };
    Ok((UNCACHED, Json(parts)))
}

/// `DELETE /v1/blobs/LOCATOR`. The answer does not say whether it was there.
pub(super) async fn delete(
    State(keeper): State<Keeper>,
    Path(locator): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let Ok(locator) = authorized(&headers, &locator) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let removed = keeper
        .shared
        .store
        .commit(move |tx| blobs::remove(tx, &locator).map_err(Problem::from))
        .await?;
    if let Some(id) = removed {
        metrics::counter!("sender_blobs_deleted_total").increment(1);
        // At once, if it can be: an app that deletes expects room. Otherwise it is swept.
        if let Err(error) = keeper.clear(id).await {
            tracing::warn!(%error, "a deleted blob is left until the next sweep");
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Keeper {
    async fn clear(&self, id: blobs::StorageId) -> Result<(), SweepError> {
        self.blobs.storage.remove(id).await?;
        self.shared
            .store
            .commit(move |tx| blobs::forget(tx, id))
            .await
            .map_err(|error: StoreError| error.into())
    }
}

fn no_part() -> Problem {
    Problem::not_found("no-part", "The blob has no part of this number.")
}

fn wrong_length(len: usize) -> Problem {
    Problem::bad_request(
        "wrong-length",
        format!("This part has exactly {len} bytes."),
    )
}

fn part_differs() -> Problem {
    Problem::conflict(
        "part-differs",
        "This part has come with other bytes. Make a new blob.",
    )
}
