//! How a service says no: problem details (RFC 9457).
//!
//! Three texts, three readers: `code` for programs, `detail` for a person, the log for the operator.
//! Nothing that came in with the request is ever repeated in any of them.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use dyad_store::StoreError;
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};

/// Content type of a problem (RFC 9457 section 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Wait asked for while the store has too many transactions waiting.
const BUSY_WAIT: Duration = Duration::from_secs(1);

/// Wait asked for while the disk is full: a person has to act.
const FULL_WAIT: Duration = Duration::from_secs(60);

/// Wait asked for while the service is going down and another takes its place.
const CLOSED_WAIT: Duration = Duration::from_secs(5);

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 400: the request itself is wrong; the same again will fail again.
    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            code,
            "The request is malformed",
            detail,
        )
    }

    /// 401: a token or proof is missing, wrong or used up.
    #[must_use]
    pub fn unauthorized(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            code,
            "Proof is missing or not accepted",
            detail,
        )
    }

    /// 403: known who asks, and no.
    #[must_use]
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Not allowed", detail)
    }

    /// 404: no such thing, or nothing that the asker may know of.
    #[must_use]
    pub fn not_found(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, "Not found", detail)
    }

    /// 409: contradicts what was done before.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            code,
            "Contradicts an earlier request",
            detail,
        )
    }

    /// 410: was here, will not come back.
    #[must_use]
    pub fn gone(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::GONE, code, "No longer available", detail)
    }

    /// 408: the request did not arrive in time.
    #[must_use]
    pub fn too_slow(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "The request took too long",
            detail,
        )
    }

    /// 413: the body is larger than `limit` bytes.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            format!("At most {limit} bytes are taken here."),
        )
    }

    /// 415: not the content type that is taken here.
    #[must_use]
    pub fn unsupported(expected: &'static str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-type",
            "Unsupported content type",
            format!("The body must be of type {expected}."),
        )
    }

    /// 429: more than is granted; nothing was done.
    #[must_use]
    pub fn too_many(retry_after: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Too many requests",
            "Nothing was done. Try again later.",
        )
        .with_retry_after(retry_after)
    }

    /// 503: cannot be done now, through no fault of the asker; nothing was done.
    #[must_use]
    pub fn unavailable(
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code,
            "Not available at the moment",
            detail,
        )
        .with_retry_after(retry_after)
    }

    /// 502: a host that was asked on the asker's behalf did not answer, or answered nonsense.
    #[must_use]
    pub fn bad_gateway(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            code,
            "The other host failed",
            detail,
        )
    }

    /// 500: our fault. `log` goes to the operator's log and nowhere else; it must not hold anything
    /// from the request.
    #[must_use]
    pub fn internal(log: impl Display) -> Self {
        tracing::error!(reason = %log, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The service failed",
            "This is a fault of the service. Its operator can find it in the log.",
        )
    }

    /// The same, with another code and detail: where one status has several reasons.
    #[must_use]
    pub fn because(mut self, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        self.code = code;
        self.detail = detail.into();
        self
    }

    fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The word for programs; `type` is `urn:dyad:problem:` and this.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for a person.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// How long to wait before trying again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": format!("urn:dyad:problem:{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            // Whole seconds, rounded up: to come back early is to be refused again.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
            );
        }
        (self.status, headers, body.to_string()).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::too_many(BUSY_WAIT),
            StoreError::Full => Self::unavailable(
                "full",
                "The service has no room left. Its operator was told. Nothing was done.",
                FULL_WAIT,
            ),
            StoreError::Closed => Self::unavailable(
                "closing",
                "The service is being restarted. Nothing was done.",
                CLOSED_WAIT,
            ),
            other => Self::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn rendered(problem: Problem) -> (http::response::Parts, serde_json::Value) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_problem_is_rendered_as_rfc_9457_says() {
        let (parts, body) = rendered(Problem::conflict("token-used", "Used for another.")).await;
        assert_eq!(parts.status, 409);
        assert_eq!(parts.headers["content-type"], PROBLEM_JSON);
        assert!(!parts.headers.contains_key("retry-after"));
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:dyad:problem:token-used",
                "title": "Contradicts an earlier request",
                "status": 409,
                "detail": "Used for another.",
            })
        );
    }

    #[tokio::test]
    async fn waits_are_rounded_up_to_a_whole_second() {
        for (wait, text) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (60_000, "60")] {
            let (parts, _) = rendered(Problem::too_many(Duration::from_millis(wait))).await;
            assert_eq!(parts.headers["retry-after"], text, "{wait} ms");
        }
    }

    #[tokio::test]
    async fn what_the_store_says_stays_in_the_log() {
        let (parts, body) = rendered(StoreError::Io("/var/lib/secret".into()).into()).await;
        assert_eq!(parts.status, 500);
        assert!(!body.to_string().contains("secret"));
        let (parts, _) = rendered(StoreError::Busy.into()).await;
        assert_eq!(
            (parts.status.as_u16(), &parts.headers["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        let (parts, _) = rendered(StoreError::Full.into()).await;
        assert_eq!(
            (parts.status.as_u16(), &parts.headers["retry-after"]),
            (503, &"60".parse().unwrap())
        );
        let (parts, _) = rendered(StoreError::Closed.into()).await;
        assert_eq!(parts.status, 503);
    }
}
