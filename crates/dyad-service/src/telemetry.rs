//! Logs and figures that never tell who.
//!
//! The rule: no field of a log line and no label of a figure holds an address, a token, a key, a
//! person's name, a peer's IP address, a path as it was asked for, or anything from a body. What is
//! logged of a request is written in one place, here: method, the matched route's *pattern*, status,
//! duration, and how large it was by class.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, header};
use tower_http::catch_panic::CatchPanicLayer;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::error::Problem;

/// Environment variable with the log filter, such as `info` or `warn,dyad_sender=debug`.
pub const LOG_VARIABLE: &str = "DYAD_LOG";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person.
    #[default]
    Plain,
    /// One JSON object for each line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("{LOG_VARIABLE} is not a log filter (try \"info\"): {0}")]
    Filter(ParseError),
    /// Something else in this process logs already.
    #[error("logging was set up twice")]
    Twice,
}

/// Sets up logging to standard error, once for each process. The filter is `DYAD_LOG`, or
/// `default_filter` without it.
///
/// # Errors
/// The filter cannot be read, or logging was set up before.
pub fn init(format: LogFormat, default_filter: &str) -> Result<(), TelemetryError> {
    let given = std::env::var(LOG_VARIABLE)
        .ok()
        .filter(|text| !text.is_empty());
    let filter = EnvFilter::try_new(given.as_deref().unwrap_or(default_filter))
        .map_err(TelemetryError::Filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let done = match format {
        LogFormat::Plain => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    done.map_err(|_already| TelemetryError::Twice)
}

/// The outermost layers of every service: an answer for unknown endpoints, an answer instead of a
/// panic, and the one log line and the figures for each request.
///
/// To be applied once, to the router of the whole listener.
pub fn observe(router: Router) -> Router {
    router
        .fallback(async || Problem::not_found("no-endpoint", "There is no such endpoint here."))
        .method_not_allowed_fallback(async || {
            Problem::not_found("no-endpoint", "This endpoint does not take that method.")
        })
        .layer(CatchPanicLayer::custom(
            |_panic: Box<dyn std::any::Any + Send>| {
                // What the panic says may hold anything; the panic hook has told where it was.
                Problem::internal("a handler panicked").into_response()
            },
        ))
        .layer(from_fn(record))
}

async fn record(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let asked = size_class(request.headers());
    let response = next.run(request).await;

    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let status = response.status();
    let seconds = start.elapsed();
    let answered = size_class(response.headers());
    if status.is_server_error() {
        tracing::warn!(
            method,
            route,
            status = status.as_u16(),
            ms = millis(seconds),
            asked,
            answered,
            "request failed"
        );
    } else {
        tracing::debug!(
            method,
            route,
            status = status.as_u16(),
            ms = millis(seconds),
            asked,
            answered,
            "request"
        );
    }
    metrics::histogram!(
        "http_request_seconds",
        "method" => method,
        "route" => route.to_owned(),
        "status" => status_class(status.as_u16()),
    )
    .record(seconds.as_secs_f64());
    response
}

fn millis(time: Duration) -> f64 {
    // Three digits are enough, and the exact time of a request is nobody's business.
    (time.as_secs_f64() * 1000.0 * 10.0).round() / 10.0
}

/// A method as a label: a peer can invent any number of them.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

fn size_class(headers: &HeaderMap) -> &'static str {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    match announced {
        None => "unknown",
        Some(0) => "none",
        Some(1..=4096) => "4k",
        Some(4097..=65536) => "64k",
        Some(65537..=1_048_576) => "1M",
        Some(_) => "more",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use axum::body::Body;
    use axum::routing::{get, post};
    use parking_lot::Mutex;
    use tower::ServiceExt;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn router() -> Router {
        observe(
            Router::new()
                .route("/box/{id}", post(|| async { "fine" }))
                .route("/panic", get(|| async { panic!("secret-panic") as &str }))
                .route(
                    "/fail",
                    get(|| async { Problem::internal("the disk is on fire") }),
                ),
        )
    }

    async fn ask(method: &str, path: &str) -> (u16, String) {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(lines.clone())
            .with_ansi(false)
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", "secret-token")
            .header("content-length", "11")
            .body(Body::from("secret-body"))
            .unwrap();
        let status = router().oneshot(request).await.unwrap().status().as_u16();
        let text = String::from_utf8(lines.0.lock().clone()).unwrap();
        (status, text)
    }

    #[tokio::test]
    async fn a_request_leaves_its_pattern_in_the_log_and_nothing_of_itself() {
        let (status, log) = ask("POST", "/box/secret-id?secret-query").await;
        assert_eq!(status, 200);
        for part in ["POST", "/box/{id}", "status=200", "asked=\"4k\""] {
            assert!(log.contains(part), "{part} is missing in {log}");
        }
        assert!(!log.contains("secret"), "{log}");
    }

    #[tokio::test]
    async fn unknown_endpoints_are_answered_and_not_repeated() {
        let (status, log) = ask("GET", "/secret/path").await;
        assert_eq!(status, 404);
        assert!(
            log.contains("unmatched") && !log.contains("secret"),
            "{log}"
        );
        assert_eq!(ask("DELETE", "/fail").await.0, 404);
        let (_, log) = ask("SECRETMETHOD", "/fail").await;
        assert!(!log.to_lowercase().contains("secret"), "{log}");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_without_details() {
        let (status, log) = ask("GET", "/panic").await;
        assert_eq!(status, 500);
        assert!(
            log.contains("a handler panicked") && !log.contains("secret"),
            "{log}"
        );
    }

    #[tokio::test]
    async fn our_own_failures_reach_the_operator() {
        let (status, log) = ask("GET", "/fail").await;
        assert_eq!(status, 500);
        assert!(
            log.contains("the disk is on fire") && log.contains("WARN"),
            "{log}"
        );
    }
}
