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
/// Streams of events of one app at once, and files that it is sending: each of these has a thread.
const MAX_STREAMS: usize = 4;
const MAX_UPLOADS: usize = 4;

/// What lasts, and of which an app may have only so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lasting {
    /// A stream of events.
    Stream,
    /// A file on its way in.
    Upload,
}

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
    places: Arc<Mutex<Taken>>,
}

type Taken = BTreeMap<(u64, Lasting), usize>;

impl Default for Limits {
    fn default() -> Self {
        Self {
            apps: Mutex::default(),
            strangers: Mutex::new(Bucket::new(STRANGERS_BURST)),
            places: Arc::default(),
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

    /// A place for something that lasts, if there is one left.
    pub(crate) fn place(&self, id: u64, what: Lasting) -> Result<Place, Problem> {
        let (most, code, why) = match what {
            Lasting::Stream => (
                MAX_STREAMS,
                "too-many-streams",
                "streams of events are open already. Close one.",
            ),
            Lasting::Upload => (
                MAX_UPLOADS,
                "too-many-uploads",
                "files are on their way in already. Wait for one of them.",
            ),
        };
        let mut places = self.places.lock();
        let taken = places.entry((id, what)).or_default();
        if *taken >= most {
            let problem = Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                code,
                format!("{most} {why} Nothing was done."),
            );
            return Err(problem.after(1));
        }
        *taken += 1;
        Ok(Place {
            of: (id, what),
            places: Arc::clone(&self.places),
        })
    }
}

/// A place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: (u64, Lasting),
    places: Arc<Mutex<Taken>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock();
        if let Some(taken) = places.get_mut(&self.of) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                places.remove(&self.of);
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
    fn what_lasts_has_places_that_become_free() {
        let limits = Limits::default();
        let may = |id, what| limits.place(id, what).is_ok();
        for (what, other) in [
            (Lasting::Stream, Lasting::Upload),
            (Lasting::Upload, Lasting::Stream),
        ] {
            let taken: Vec<_> = (0..4).map(|_| limits.place(1, what).unwrap()).collect();
            assert!(!may(1, what) && may(2, what) && may(1, other));
            drop(taken);
            assert!(may(1, what));
        }
    }
}
