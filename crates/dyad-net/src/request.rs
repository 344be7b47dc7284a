//! One HTTP request and its answer, as plain values.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::id::HostName;
use http::header::{self, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use http_body_util::Full;

use crate::error::NetError;

/// Longest `Retry-After` that is believed: a host cannot silence us for longer.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Largest answer expected where the caller says nothing, in bytes.
const DEFAULT_MAX_RESPONSE: usize = 64 * 1024;

/// Time for one exchange where the caller says nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// One request to one host.
#[derive(Clone)]
pub struct Request {
    /// Who is asked.
    pub host: HostName,
    /// The method.
    pub method: Method,
    /// Path and query, beginning with `/`.
    pub path_and_query: String,
    /// Type of the body.
    pub content_type: Option<&'static str>,
    /// More headers. `Host`, `Content-Type` and `Content-Length` are set by the client.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, empty for none.
    pub body: Bytes,
    /// Largest body of the answer that is taken, in bytes; the client's own limit applies as well.
    pub max_response: usize,
    /// Time for the whole exchange, connecting included; the client's own limit applies as well.
    pub timeout: Duration,
}

impl Request {
    /// `GET` of a path.
    #[must_use]
    pub fn get(host: HostName, path_and_query: impl Into<String>) -> Self {
        Self {
            host,
            method: Method::GET,
            path_and_query: path_and_query.into(),
            content_type: None,
            headers: Vec::new(),
            body: Bytes::new(),
            max_response: DEFAULT_MAX_RESPONSE,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// `POST` of a body to a path.
    #[must_use]
    pub fn post(
        host: HostName,
        path_and_query: impl Into<String>,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            method: Method::POST,
            content_type: Some(content_type),
            body: body.into(),
            ..Self::get(host, path_and_query)
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with another limit for the answer's body, in bytes.
    #[must_use]
    pub fn with_max_response(mut self, bytes: usize) -> Self {
        self.max_response = bytes;
        self
    }

    /// The same with another limit of time.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What hyper sends.
    pub(crate) fn to_http(&self) -> Result<http::Request<Full<Bytes>>, NetError> {
        let bad = |why: &dyn fmt::Display| NetError::BadRequest {
            why: why.to_string(),
        };
        let path: PathAndQuery = self.path_and_query.parse().map_err(|e| bad(&e))?;
        if !path.as_str().starts_with('/') {
            return Err(bad(&"the path does not begin with a slash"));
        }
        let host = HeaderValue::from_str(self.host.as_str()).map_err(|e| bad(&e))?;
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = path.into();
        let headers = request.headers_mut();
        headers.extend(self.headers.iter().cloned());
        headers.insert(header::HOST, host);
        if let Some(kind) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Ok(request)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            method,
            path_and_query: _,
            content_type,
            headers: _,
            body,
            max_response,
            timeout,
        } = self;
        f.debug_struct("Request")
            .field("host", host)
            .field("method", method)
            .field("content_type", content_type)
            .field("body_bytes", &body.len())
            .field("max_response", max_response)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// The answer to one request, complete.
#[derive(Clone)]
pub struct Response {
    /// The status; never 1xx or 3xx.
    pub status: u16,
    /// Type of the body, as the host says.
    pub content_type: Option<String>,
    /// How long the host asks us to wait: `Retry-After` in seconds (RFC 9110 section 10.2.3; the
    /// form with a date is ignored, since it needs two clocks to agree), at most a day.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// Whether the status is 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body is said to be of this type, parameters aside.
    #[must_use]
    pub fn is_type(&self, kind: &str) -> bool {
        self.content_type
            .as_deref()
            .and_then(|full| full.split(';').next())
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(kind))
    }

    pub(crate) fn new(status: u16, headers: &HeaderMap, body: Bytes) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        Self {
            status,
            content_type: text(header::CONTENT_TYPE).map(str::to_owned),
            retry_after: text(header::RETRY_AFTER)
                .and_then(|v| v.trim().parse().ok())
                .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER)),
            body,
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            content_type,
            retry_after,
            body,
        } = self;
        f.debug_struct("Response")
            .field("status", status)
            .field("content_type", content_type)
            .field("retry_after", retry_after)
            .field("body_bytes", &body.len())
            .finish()
    }
}
