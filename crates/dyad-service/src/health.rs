//! How a process is watched: is it alive, may it be sent work, what are its figures.
//!
//! The endpoints belong on a listener of their own that only the operator reaches.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;
use tokio::time::sleep;

use crate::shutdown::Shutdown;

/// How often figures are tidied up, so that they take no more memory the longer a process runs.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Latencies of interest, in seconds, from half a millisecond to a minute.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0, 60.0,
];

/// The reasons why a process is not ready. Ready when there are none. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    reasons: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

/// One reason why a process is not ready, for as long as this lives.
#[derive(Debug)]
pub struct NotReady {
    reasons: Arc<Mutex<BTreeMap<&'static str, usize>>>,
    reason: &'static str,
}

impl Readiness {
    /// Ready, until a reason says otherwise.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Not ready until the returned value is dropped. `reason` is for the operator, such as "opening the
    /// store".
    #[must_use]
    pub fn not_ready(&self, reason: &'static str) -> NotReady {
        *self.reasons.lock().entry(reason).or_insert(0) += 1;
        NotReady {
            reasons: Arc::clone(&self.reasons),
            reason,
        }
    }

    /// Whether nothing speaks against it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons.lock().is_empty()
    }

    fn reasons(&self) -> Vec<&'static str> {
        self.reasons.lock().keys().copied().collect()
    }
}

impl Drop for NotReady {
    fn drop(&mut self) {
        let mut reasons = self.reasons.lock();
        if let Some(count) = reasons.get_mut(self.reason) {
            *count -= 1;
            if *count == 0 {
                reasons.remove(self.reason);
            }
        }
    }
}

/// The figures of this process. There is one set for each process, whatever runs in it.
#[derive(Clone)]
pub struct Figures {
    handle: PrometheusHandle,
}

impl Figures {
    /// Begins collecting, or finds what is already being collected.
    ///
    /// # Errors
    /// Something else in this process collects figures already.
    pub fn install() -> Result<Self, BuildError> {
        static INSTALLED: OnceLock<Figures> = OnceLock::new();
        static INSTALLING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = INSTALLING.lock();
        if let Some(figures) = INSTALLED.get() {
            return Ok(figures.clone());
        }
        let handle = PrometheusBuilder::new()
            .set_buckets(&SECONDS)?
            .install_recorder()?;
        Ok(INSTALLED.get_or_init(|| Self { handle }).clone())
    }

    /// Tidies up in the background until stopping.
    pub fn keep_tidy(&self, shutdown: &Shutdown) {
        let (handle, ending) = (self.handle.clone(), shutdown.clone());
        shutdown.spawn(async move {
            loop {
                tokio::select! {
                    () = ending.stopping() => return,
                    () = sleep(TIDY_EVERY) => handle.run_upkeep(),
                }
            }
        });
    }
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figures").finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
struct Admin {
    readiness: Readiness,
    figures: Figures,
    shutdown: Shutdown,
}

/// `/healthz` (the process lives), `/readyz` (it may be sent work; otherwise 503 and the reasons) and
/// `/metrics` (Prometheus text).
pub fn admin_router(readiness: Readiness, figures: Figures, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures_text))
        .with_state(Admin {
            readiness,
            figures,
            shutdown,
        })
}

async fn ready(State(admin): State<Admin>) -> Response {
    let mut reasons = admin.readiness.reasons();
    if admin.shutdown.is_draining() {
        reasons.push("draining");
    }
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(serde_json::json!({ "ready": ready, "reasons": reasons })),
    )
        .into_response()
}

async fn figures_text(State(admin): State<Admin>) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, admin.figures.handle.render()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: &Router, path: &str) -> (u16, String) {
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_process_is_ready_when_nothing_speaks_against_it() {
        let (readiness, shutdown) = (Readiness::new(), Shutdown::new());
        let router = admin_router(
            readiness.clone(),
            Figures::install().unwrap(),
            shutdown.clone(),
        );
        let opening = readiness.not_ready("opening the store");
        let twice = readiness.not_ready("opening the store");
        let (status, body) = ask(&router, "/readyz").await;
        assert_eq!(
            (status, body.as_str()),
            (503, r#"{"ready":false,"reasons":["opening the store"]}"#)
        );
        assert_eq!(ask(&router, "/healthz").await.0, 200, "alive all the same");
        drop(opening);
        assert_eq!(ask(&router, "/readyz").await.0, 503);
        drop(twice);
        assert_eq!(
            ask(&router, "/readyz").await,
            (200, r#"{"ready":true,"reasons":[]}"#.into())
        );
        shutdown.drain();
        let (status, body) = ask(&router, "/readyz").await;
        assert_eq!(
            (status, body.as_str()),
            (503, r#"{"ready":false,"reasons":["draining"]}"#)
        );
    }

    #[tokio::test]
    async fn figures_are_shown_and_may_be_asked_for_twice() {
        let figures = Figures::install().unwrap();
        let again = Figures::install().unwrap();
        metrics::counter!("test_counter_total").increment(3);
        let router = admin_router(Readiness::new(), again, Shutdown::new());
        let (status, text) = ask(&router, "/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("test_counter_total 3"), "{text}");
        drop(figures);
    }
}
