//! A file as an answer, whole or a range of it (RFC 9110, section 14), read as it is asked for.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use dyad_client::FileReader;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

/// Read at once, bytes: four chunks of the encrypted file.
const PIECE: u64 = 256 * 1024;

/// What was asked for of so many bytes.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// What a file is read as: in pieces, as they are asked for.
pub type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// The file, or the range of it that was asked for, without a type; no bytes if there are none in the range.
#[must_use]
pub fn answer(reader: FileReader, headers: &HeaderMap) -> Response<Option<Pieces>> {
    let size = reader.size();
    let wanted = headers.get(header::RANGE).and_then(|v| v.to_str().ok());
    let (status, range) = match asked(wanted, size) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => {
            let mut response = Response::new(None);
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            insert(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes */{size}"),
            );
            return response;
        }
    };
    let (first, last) = (range.start, range.end.saturating_sub(1));
    let length = range.end - range.start;
    let mut response = Response::new(Some(pieces(reader, range).boxed()));
    *response.status_mut() = status;
    if status == StatusCode::PARTIAL_CONTENT {
        let shown = format!("bytes {first}-{last}/{size}");
        insert(&mut response, header::CONTENT_RANGE, &shown);
    }
    let fields = response.headers_mut();
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn insert<B>(response: &mut Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// `attachment` with the name in both forms of RFC 6266: for old readers without what is not ASCII.
#[must_use]
pub fn disposition(name: &str) -> HeaderValue {
    let value = HeaderValue::from_str(&written(name));
    value.unwrap_or(HeaderValue::from_static("attachment"))
}

fn written(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            ' '..='~' if !matches!(c, '"' | '\\' | '%') => c,
            _ => '_',
        })
        .collect();
    let mut exact = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                exact.push(char::from(byte));
            }
            _ => exact.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

fn pieces(reader: FileReader, range: Range<u64>) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((reader, range), |(mut reader, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let length = PIECE.min(range.end - range.start);
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            reader.seek(SeekFrom::Start(range.start))?;
            reader.read_exact(&mut piece)?;
            Ok::<_, io::Error>((piece, reader))
        });
        let (piece, reader) = read.await.map_err(io::Error::other)??;
        Ok(Some((
            Bytes::from(piece),
            (reader, range.start + length..range.end),
        )))
    })
}

/// One range; several, or what makes no sense, is answered with the whole.
fn asked(wanted: Option<&str>, size: u64) -> Asked {
    let Some((first, last)) = wanted
        .and_then(|text| text.strip_prefix("bytes="))
        .filter(|text| !text.contains(','))
        .and_then(|text| text.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let range = match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..size,
        (Err(_), Ok(last)) if first.trim().is_empty() => size.saturating_sub(last)..size,
        _ => return Asked::Whole,
    };
    if range.is_empty() {
        return Asked::Nothing;
    }
    Asked::Part(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        for (text, is) in [
            (None, Asked::Whole),
            (Some("bytes=0-"), Asked::Part(0..10)),
            (Some("bytes=2-4"), Asked::Part(2..5)),
            (Some("bytes=2-99"), Asked::Part(2..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-30"), Asked::Part(0..10)),
            (Some("bytes=10-"), Asked::Nothing),
            (Some("bytes=-0"), Asked::Nothing),
            (Some("bytes=5-2"), Asked::Whole),
            (Some("bytes=0-1,4-5"), Asked::Whole),
            (Some("items=0-1"), Asked::Whole),
            (Some("bytes=a-b"), Asked::Whole),
        ] {
            assert_eq!(asked(text, 10), is, "{text:?}");
        }
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Nothing);
    }

    #[test]
    fn a_name_is_said_in_both_forms_and_cannot_leave_them() {
        assert_eq!(
            written("a \"b\" ü\r\n.txt"),
            "attachment; filename=\"a _b_ ___.txt\"; filename*=UTF-8''a%20%22b%22%20%C3%BC%0D%0A.txt"
        );
    }
}
