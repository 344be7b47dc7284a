//! One part from the host that keeps the blob. The host was chosen by a stranger: what it says must add up.

use std::time::Duration;

use dyad_net::{HttpClient, Request, Streamed};
use dyad_protocol::api::blob::{BlobSize, PART_LEN, blob_path};
use dyad_protocol::id::{BlobLocator, HostName};
use dyad_service::Problem;
use dyad_service::other_host::{host_nonsense, other_host};
use dyad_service::range::Span;
use http::header::{self, HeaderMap, HeaderValue};

use super::no_blob;

/// Time for the head of an answer, and for each piece of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a host answers when it is asked for a part.
#[derive(Debug)]
pub(super) enum Origin {
    /// The part comes, this many bytes.
    Coming(Box<Streamed>, BlobSize, u64),
    /// The blob is so large, and has no such part.
    Beyond(BlobSize),
}

/// Asks for one part.
pub(super) async fn ask(
    http: &HttpClient,
    host: &HostName,
    locator: &BlobLocator,
    part: u32,
) -> Result<Origin, Problem> {
    let first = u64::from(part) * PART_LEN as u64;
    let last = first + PART_LEN as u64 - 1;
    let range = HeaderValue::from_str(&format!("bytes={first}-{last}"));
    let request = Request::get(host.clone(), blob_path(locator))
        .with_header(header::RANGE, range.map_err(Problem::internal)?)
        .with_timeout(PATIENCE);
    let answer = http.open(request).await.map_err(|e| other_host(&e))?;
    match answer.status {
        206 => {
            let (size, len) = size_of(&answer.headers, part).ok_or_else(host_nonsense)?;
            Ok(Origin::Coming(Box::new(answer), size, len))
        }
        416 => match length_of(&answer.headers) {
            Some(size) if part >= size.parts() => Ok(Origin::Beyond(size)),
            _ => Err(host_nonsense()),
        },
        404 => Err(no_blob()),
        429 | 503 => Err(Problem::bad_gateway(
            "host-busy",
            "The other host is too busy, or has no such service at the moment. Try again later.",
        )),
        _ => Err(host_nonsense()),
    }
}

/// The size of the blob and the length of the part, if the answer is that part and nothing else.
fn size_of(headers: &HeaderMap, part: u32) -> Option<(BlobSize, u64)> {
    let (span, whole) = Span::of_answer(headers)?;
    let size = BlobSize::of_len(whole)?;
    let len = size.part_len(part)? as u64;
    let first = u64::from(part) * PART_LEN as u64;
    let told = headers.get(header::CONTENT_LENGTH);
    let told: Option<u64> = told.and_then(|value| value.to_str().ok()?.parse().ok());
    let adds_up = span.first == first && span.len() == len && told.is_none_or(|told| told == len);
    adds_up.then_some((size, len))
}

/// The size in the answer to a range beyond the end: `bytes */LENGTH`.
fn length_of(headers: &HeaderMap) -> Option<BlobSize> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    BlobSize::of_len(value.strip_prefix("bytes */")?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_that_was_asked_for_is_taken() {
        let size = BlobSize::of_chunks(80).unwrap();
        let (end, len) = (PART_LEN as u64 - 1, size.bytes());
        let last = len - 1;
        for (value, part, good) in [
            (format!("bytes 0-{end}/{len}"), 0, true),
            (format!("bytes {}-{last}/{len}", end + 1), 1, true),
            (format!("bytes 0-{end}/{len}"), 1, false),
            (format!("bytes 0-{last}/{len}"), 0, false),
            (format!("bytes 0-{}/{len}", end - 1), 0, false),
            (format!("bytes 0-{end}/{}", len + 1), 0, false),
            (format!("bytes 0-{end}/{}", 9 * 65_552), 0, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, value.parse().unwrap());
            assert_eq!(size_of(&headers, part).is_some(), good, "{value}");
            headers.insert(header::CONTENT_LENGTH, 5.into());
            assert_eq!(size_of(&headers, part), None);
        }
    }
}
