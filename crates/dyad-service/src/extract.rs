//! Bodies, taken in bounded size and time. What was sent is never repeated in an answer.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use crate::error::Problem;

/// Content type of machine-made bodies in Dyad's own encoding.
pub const BINARY: &str = "application/dyad";

/// Content type of JSON bodies.
pub const JSON: &str = "application/json";

/// Content type of bytes that only apps can read.
pub const OCTETS: &str = "application/octet-stream";

/// Time for a whole body to arrive: the largest at about 100 kB/s.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A body of type [`BINARY`] with at most `MAX` bytes.
#[derive(Debug, Clone)]
pub struct BinaryBody<const MAX: usize>(
    /// The bytes as they came.
    pub Bytes,
);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for BinaryBody<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_type(request.headers(), BINARY)?;
        Ok(Self(read_body(request.into_body(), MAX, BODY_TIME).await?))
    }
}

/// A body of type [`JSON`] with at most `MAX` bytes, parsed into `T`.
#[derive(Debug, Clone)]
pub struct JsonBody<T, const MAX: usize>(
    /// The value.
    pub T,
);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for JsonBody<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_type(request.headers(), JSON)?;
        let bytes = read_body(request.into_body(), MAX, BODY_TIME).await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|e| json_problem(&e))
    }
}

/// Refuses a body of another content type, parameters aside.
///
/// # Errors
/// 415.
pub fn require_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let essence = given.and_then(|full| full.split(';').next()).map(str::trim);
    if essence.is_some_and(|e| e.eq_ignore_ascii_case(expected)) {
        Ok(())
    } else {
        Err(Problem::unsupported(expected))
    }
}

/// Takes a body of at most `max` bytes that arrives within `time`. Memory grows as it comes, not as it is
/// announced.
///
/// # Errors
/// 413, 408, or 400 if it broke off.
pub async fn read_body(body: Body, max: usize, time: Duration) -> Result<Bytes, Problem> {
    // An announced size is enough to refuse; it is never enough to allocate.
    if body.size_hint().lower() > max as u64 {
        return Err(Problem::too_large(max));
    }
    timeout(time, read_frames(body, max))
        .await
        .unwrap_or_else(|_elapsed| {
            Err(Problem::too_slow(format!(
                "The body must arrive within {time:?}."
            )))
        })
}

async fn read_frames(mut body: Body, max: usize) -> Result<Bytes, Problem> {
    let mut taken = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_broken| {
            Problem::bad_request("body-broken", "The body did not arrive completely.")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > max - taken.len() {
            return Err(Problem::too_large(max));
        }
        // Small bodies arrive in one piece, which is then not copied.
        if taken.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        taken.extend_from_slice(&data);
    }
    Ok(taken.freeze())
}

/// serde's own text quotes the input; place and kind are enough to find the mistake.
fn json_problem(error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        Category::Syntax | Category::Io => "The body is not JSON",
        Category::Eof => "The JSON ends too early",
        Category::Data => "A field is missing, unknown or of the wrong type",
    };
    Problem::bad_request(
        "bad-json",
        format!("{what} (line {}, column {}).", error.line(), error.column()),
    )
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::post;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tower::ServiceExt;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }

    fn router() -> Router {
        Router::new()
            .route(
                "/binary",
                post(|BinaryBody(b): BinaryBody<8>| async move { b.len().to_string() }),
            )
            .route(
                "/json",
                post(|JsonBody(n): JsonBody<Named, 64>| async move { n.name }),
            )
    }

    async fn send(path: &str, kind: &str, body: Body) -> (u16, String) {
        let request = http::Request::post(path)
            .header("content-type", kind)
            .body(body)
            .unwrap();
        let response = router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn chunks(pieces: Vec<&'static [u8]>) -> Body {
        let frames = pieces
            .into_iter()
            .map(|p| Ok::<_, std::io::Error>(Frame::data(Bytes::from(p))));
        Body::new(StreamBody::new(futures_util::stream::iter(frames)))
    }

    #[tokio::test]
    async fn a_binary_body_is_taken_up_to_its_limit() {
        assert_eq!(
            send("/binary", BINARY, Body::from("12345678")).await,
            (200, "8".into())
        );
        assert_eq!(
            send("/binary", BINARY, Body::empty()).await,
            (200, "0".into())
        );
        assert_eq!(
            send("/binary", BINARY, chunks(vec![b"1234", b"5678"])).await,
            (200, "8".into())
        );
        assert_eq!(
            send("/binary", BINARY, Body::from("123456789")).await.0,
            413
        );
    }

    #[tokio::test]
    async fn a_body_that_hides_its_size_is_cut_off() {
        assert_eq!(
            send("/binary", BINARY, chunks(vec![b"1234", b"5678", b"9"]))
                .await
                .0,
            413
        );
    }

    #[tokio::test]
    async fn another_content_type_is_refused() {
        for kind in ["text/plain", "application/json", "application/dyadic", ""] {
            assert_eq!(
                send("/binary", kind, Body::from("1")).await.0,
                415,
                "{kind}"
            );
        }
        assert_eq!(
            send(
                "/json",
                "application/json; charset=utf-8",
                Body::from(r#"{"name":"Alex"}"#)
            )
            .await
            .0,
            200
        );
    }

    #[tokio::test]
    async fn json_mistakes_are_located_but_not_repeated() {
        for body in [
            "{\"name\":12345678}",
            "{\"name\":",
            "12345678",
            "{\"naem\":\"12345678\"}",
            "\u{0}12345678",
        ] {
            let (status, text) = send("/json", JSON, Body::from(body)).await;
            assert_eq!(status, 400, "{body}");
            assert!(
                text.contains("line 1") && !text.contains("12345678"),
                "{text}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let endless = StreamBody::new(futures_util::stream::pending::<
            Result<Frame<Bytes>, std::io::Error>,
        >());
        assert_eq!(send("/binary", BINARY, Body::new(endless)).await.0, 408);
    }
}
