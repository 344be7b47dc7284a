//! How much a program may ask for.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::problem::Problem;

/// Requests of one app at once, and how many come back in a second: more than a program needs, less than the work that
/// the person waits for.
const BURST: f64 = 300.0;
const PER_SECOND: f64 = 50.0;
/// The same for programs that ask to become apps, together.
const STRANGERS_BURST: f64 = 40.0;
const STRANGERS_PER_SECOND: f64 = 5.0;
/// Streams of events of one app at once.
const MAX_STREAMS: usize = 4;

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn new(burst: f64) -> Self {
        Self {
            left: burst,
            at: Instant::now(),
        }
    }

    /// Takes one, or says after how many seconds there will be one.
    fn take(&mut self, burst: f64, per_second: f64) -> Result<(), Problem> {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * per_second;
        self.left = (self.left + gained).min(burst);
        self.at = now;
        if self.left < 1.0 {
            let problem = Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests. Wait a second; a stream of events spares asking again and again.",
            );
            return Err(problem.after(1));
        }
        self.left -= 1.0;
        Ok(())
    }
}

/// What each has left. Apps are few, and gone with the process.
#[derive(Debug)]
pub(crate) struct Limits {
    apps: Mutex<BTreeMap<u64, Bucket>>,
    strangers: Mutex<Bucket>,
    streams: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            apps: Mutex::default(),
            strangers: Mutex::new(Bucket::new(STRANGERS_BURST)),
            streams: Arc::default(),
        }
    }
}

impl Limits {
    pub(crate) fn app(&self, id: u64) -> Result<(), Problem> {
        let mut apps = self.apps.lock();
        let bucket = apps.entry(id).or_insert_with(|| Bucket::new(BURST));
        bucket.take(BURST, PER_SECOND)
    }

    pub(crate) fn stranger(&self) -> Result<(), Problem> {
        self.strangers
            .lock()
            .take(STRANGERS_BURST, STRANGERS_PER_SECOND)
    }

    pub(crate) fn stream(&self, id: u64) -> Result<Stream, Problem> {
        let mut streams = self.streams.lock();
        let open = streams.entry(id).or_default();
        if *open >= MAX_STREAMS {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-streams",
                format!("{MAX_STREAMS} streams of events are open already. Close one."),
            ));
        }
        *open += 1;
        Ok(Stream {
            id,
            streams: Arc::clone(&self.streams),
        })
    }
}

/// A stream's place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Stream {
    id: u64,
    streams: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut streams = self.streams.lock();
        if let Some(open) = streams.get_mut(&self.id) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                streams.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_app_that_asks_too_much_waits_and_the_others_do_not() {
        let limits = Limits::default();
        let allowed = |id| limits.app(id).is_ok();
        assert!((0..300).all(|_| allowed(1)));
        assert!(!allowed(1) && allowed(2));
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!((0..100).filter(|_| allowed(1)).count(), 50);
    }

    #[test]
    fn streams_have_places_that_become_free() {
        let limits = Limits::default();
        let open: Vec<_> = (0..4).map(|_| limits.stream(1).unwrap()).collect();
        assert!(limits.stream(1).is_err() && limits.stream(2).is_ok());
        drop(open);
        assert!(limits.stream(1).is_ok());
    }
}
