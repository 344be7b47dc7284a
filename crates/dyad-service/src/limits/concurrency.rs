//! So many at once, and no queue: who comes later is told to come back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Problem;

/// Wait asked for. Requests take milliseconds, so a second is plenty.
const WAIT: Duration = Duration::from_secs(1);

/// A limit on what runs at the same moment. Clones share it.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    places: Arc<Semaphore>,
}

/// The right to run; given back when dropped.
#[derive(Debug)]
pub struct Entry {
    _place: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    /// At most `max` at once (at least one).
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Enters, if there is a place.
    ///
    /// # Errors
    /// There is none: 429.
    pub fn enter(&self) -> Result<Entry, Problem> {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Ok(Entry { _place: place }),
            Err(_none) => Err(Problem::too_many(WAIT).because(
                "busy",
                "The service is busy. Nothing was done. Try again in a moment.",
            )),
        }
    }
}

/// Applies a limit to all routes of `router`, from the request's head to the answer's.
pub fn limit_concurrency(router: Router, limit: ConcurrencyLimit) -> Router {
    router.layer(from_fn_with_state(limit, enter))
}

async fn enter(
    State(limit): State<ConcurrencyLimit>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let _entry = limit.enter()?;
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn one_too_many_is_told_to_come_back_and_then_served() {
        let gate = Arc::new(Notify::new());
        let inside = gate.clone();
        let route = get(move || async move { inside.notified().await });
        let router = limit_concurrency(Router::new().route("/", route), ConcurrencyLimit::new(1));
        let ask = || {
            router
                .clone()
                .oneshot(Request::get("/").body(Body::empty()).unwrap())
        };

        let first = tokio::spawn(ask());
        tokio::task::yield_now().await;
        let refused = ask().await.unwrap();
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "1");
        gate.notify_one();
        assert_eq!(first.await.unwrap().unwrap().status(), 200);
        gate.notify_one();
        assert_eq!(ask().await.unwrap().status(), 200);
    }
}
