//! What a program is told when something was not done: problem details (RFC 9457) with a stable word.

use axum::response::{IntoResponse, Response};
use dyad_app::AppError;
use dyad_client::{ClientError, ErrorKind};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// Why something was not done (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// A stable word for programs.
    #[schema(example = "unknown-relationship")]
    code: String,
    /// What happened, what was kept, what to do: for whoever writes the program.
    title: String,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, title: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            code: code.to_owned(),
            title: title.into(),
            retry_after: None,
        }
    }

    pub(crate) fn bad(code: &str, title: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, title)
    }

    /// The app is one no longer.
    pub(crate) fn revoked() -> Self {
        let why = "The person has revoked this app. It has to be paired anew.";
        Self::new(StatusCode::UNAUTHORIZED, "token-revoked", why)
    }

    /// What cannot happen, told to whoever mends it.
    pub(crate) fn defect(what: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "defect",
            format!("This is a defect of Dyad: {what}."),
        )
    }

    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let status = match (error.kind, error.code.as_str()) {
            (_, "token-unknown" | "token-revoked") => StatusCode::UNAUTHORIZED,
            (
                _,
                "unknown-relationship"
                | "unknown-payload"
                | "unknown-message"
                | "unknown-pairing"
                | "no-file",
            ) => StatusCode::NOT_FOUND,
            (_, "type-not-registered") => StatusCode::FORBIDDEN,
            (_, "too-large" | "too-long" | "file-too-large") => StatusCode::PAYLOAD_TOO_LARGE,
            (_, "deleted" | "file-expired" | "file-changed") => StatusCode::GONE,
            (
                _,
                "key-reused" | "wrong-status" | "not-yours" | "not-a-text" | "is-a-move"
                | "not-here" | "not-moving" | "not-sent",
            ) => StatusCode::CONFLICT,
            (_, "too-many-pairings") => StatusCode::TOO_MANY_REQUESTS,
            (ErrorKind::Usage, _) => StatusCode::BAD_REQUEST,
            (ErrorKind::TryLater | ErrorKind::Config | ErrorKind::Unavailable, _) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            (ErrorKind::Other, _) => {
                tracing::warn!(code = %error.code, "{error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let title = in_general(&error.code).map_or(error.message, str::to_owned);
        Self::new(status, &error.code, title)
    }
}

/// What the person is told with the number of a message, which no app may learn: it could count by them what it does not see.
fn in_general(code: &str) -> Option<&'static str> {
    Some(match code {
        "unknown-message" => "There is no such message that this app may see. Nothing was done.",
        "no-file" => "There is no file in this message.",
        "not-here" => "The file is not here. POST to the same address has it brought.",
        "not-moving" => "The file is not on its way. Nothing was changed.",
        "not-sent" => "The file has not gone yet. Nothing was changed.",
        "file-expired" => "No service keeps the file any more. Its sender can send it again.",
        "file-changed" => "What the service keeps is not what was sent. Nothing of it was used.",
        _ => return None,
    })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], text).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

/// There is nothing at this address.
pub(crate) async fn no_such_thing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-thing",
        "There is nothing at this address. /api/v1/openapi.json describes what there is.",
    )
}

/// There is something at this address, but not with this method.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no-such-method",
        "What is at this address does not know this method. /api/v1/openapi.json describes what there is.",
    )
}
