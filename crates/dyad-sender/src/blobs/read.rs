//! Reading a complete blob, or a range of it, with flat memory.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dyad_protocol::api::blob::PART_LEN;
use dyad_protocol::id::BlobLocator;
use dyad_service::Problem;
use dyad_service::extract::OCTETS;
use dyad_service::limits::Entry;
use dyad_service::pump::{Feeder, pump};
use dyad_service::range::{ByteRange, Span, unsatisfiable};
use dyad_store::blobs::Blob;
use http::{HeaderMap, StatusCode, header};

use super::{Keeper, from_hex, no_blob};

/// Bytes read at a time; two or three of these are in memory for each reader.
const PIECE: u64 = 256 * 1024;

/// Who takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// `GET /v1/blobs/LOCATOR`.
pub(super) async fn read(
    State(keeper): State<Keeper>,
    Path(locator): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let locator = from_hex(&locator)
        .map(BlobLocator::new)
        .ok_or_else(no_blob)?;
    let blob = keeper.find(locator).await?;
    if !blob.is_complete() {
        return Err(no_blob());
    }
    let len = blob.size.bytes();
    let range = ByteRange::of(&headers);
    let Ok(span) = range.map_or(Ok(Span::whole(len)), |range| range.within(len)) else {
        return Ok(unsatisfiable(len).into_response());
    };
    let place = keeper.blobs.reads.enter()?;
    let (feeder, body) = pump(span.len(), PATIENCE);
    tokio::spawn(send(keeper, blob, span, feeder, place));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let head = response.headers_mut();
    head.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(OCTETS),
    );
    head.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    head.insert(
        header::ACCEPT_RANGES,
        header::HeaderValue::from_static("bytes"),
    );
    head.insert(header::CONTENT_LENGTH, span.len().into());
    if range.is_some() {
        let value = span.content_range(len);
        head.insert(
            header::CONTENT_RANGE,
            value.parse().map_err(Problem::internal)?,
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Feeds the answer until all is sent, nobody takes it, or the storage fails; the answer breaks off then.
async fn send(keeper: Keeper, blob: Blob, span: Span, feeder: Feeder, _place: Entry) {
    let mut at = span.first;
    while at <= span.last {
        let (part, within) = (at / PART_LEN as u64, at % PART_LEN as u64);
        let part_end = (part + 1) * PART_LEN as u64;
        let end = (span.last + 1).min(part_end).min(at + PIECE);
        let range = within..within + (end - at);
        let piece = keeper.blobs.storage.read(blob.id, part as u32, range).await;
        let piece = match piece {
            Ok(piece) if piece.len() as u64 == end - at => piece,
            Ok(_short) => {
                tracing::error!("an object of a blob is shorter than it was");
                return;
            }
            Err(error) => {
                // Also when it was deleted meanwhile.
                tracing::warn!(%error, "a blob could not be read to its end");
                return;
            }
        };
        if feeder.feed(piece).await.is_err() {
            return;
        }
        at = end;
    }
    metrics::counter!("sender_blob_bytes_read_total").increment(span.len());
}
