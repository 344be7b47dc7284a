//! What goes on between the engine, the store and the services.
//!
//! Every exchange follows one pattern: what is needed to repeat it is stored, then it is performed,
//! then its outcome is stored together with whatever follows from it. So it may be interrupted
//! anywhere, by a lost connection or by `kill -9`.

mod attached;
mod calls;
mod changes;
mod clock;
mod copied;
mod deadlines;
mod documents;
mod download;
mod edits;
mod effects;
mod engine;
mod errands;
mod events;
mod exchange;
mod games;
mod health;
mod hindrance;
mod incoming;
mod mailboxes;
mod notes;
mod parcel;
mod poll;
mod portraits;
mod profile;
mod providers;
mod receive;
mod run;
#[cfg(test)]
mod stage;
mod status;
mod submit;
mod sync;
mod tokens;
mod transfers;
mod upload;
mod waiting;

pub(crate) use calls::{A_CALL, MAX_ROUNDS};
pub(crate) use changes::only_just_written;
pub(crate) use clock::{HELD, Vote, off_by};
pub(crate) use edits::beginning;
pub(crate) use engine::Stepper;
pub(crate) use engine::{NO_RECEIVER, state_error, step_error};
pub(crate) use events::contact_view;
pub(crate) use exchange::ServiceError;
pub(crate) use health::Role;
pub(crate) use mailboxes::{close as close_mailbox, used_until};
pub(crate) use notes::printable;
pub(crate) use tokens::USED;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use dyad_net::{Dial, HttpClient, HttpLimits};
use dyad_protocol::time::Clock;
use parking_lot::Mutex;
use rand_core::CryptoRng;
use tokio::sync::{Notify, broadcast, watch};

use crate::error::Result;
use crate::file::Folder;
use crate::options::{ClientOptions, Timing};
use crate::store::{Store, settings};
use crate::view::ClientEvent;

/// Events kept for a reader that is slow.
const EVENT_BACKLOG: usize = 1024;

/// One profile at work.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) store: Store,
    pub(crate) timing: Timing,
    pub(crate) running: AtomicBool,
    pub(crate) wake: Wake,
    pub(crate) health: health::Hosts,
    pub(crate) hindrances: hindrance::Hindrances,
    clock: Arc<dyn Clock>,
    /// Seconds added to the machine's clock.
    correction: AtomicI64,
    /// The time when a provider last confirmed ours; 0: never.
    confirmed: AtomicU64,
    rng: Mutex<crate::options::ClientRng>,
    /// One pool of connections per role, so that none carries both an account and its messages.
    account_http: HttpClient,
    sender_http: HttpClient,
    receiver_http: HttpClient,
    /// Files: nobody is to see whose messages go beside them.
    blob_http: HttpClient,
    /// Where their ciphertext lies.
    pub(crate) folder: Folder,
    /// What waits for a better time is to be tried now.
    pub(crate) hurry: AtomicBool,
    /// When to look what is to be said of pictures.
    portraits: Mutex<tokio::time::Instant>,
    events: broadcast::Sender<ClientEvent>,
    /// Something may have changed, also what nobody is shown.
    pub(crate) feed: watch::Sender<u64>,
    turns: Turns,
}

/// Wakes loops before their time.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    pub(crate) submit: Notify,
    pub(crate) status: Notify,
    pub(crate) inbox: Notify,
    pub(crate) receive: Notify,
    pub(crate) upkeep: Notify,
    pub(crate) errands: Notify,
    pub(crate) deadlines: Notify,
    pub(crate) transfers: Notify,
}

/// Work that only one task at a time may do.
#[derive(Debug, Default)]
struct Turns {
    submit: tokio::sync::Mutex<()>,
    status: tokio::sync::Mutex<()>,
    errands: tokio::sync::Mutex<()>,
    upkeep: tokio::sync::Mutex<()>,
    transfers: tokio::sync::Mutex<()>,
}

impl Driver {
    pub(crate) fn new(store: Store, home: &Path, options: ClientOptions) -> Result<Self> {
        let ClientOptions {
            clock,
            dialer,
            rng,
            timing,
            ..
        } = options;
        let http = || HttpClient::new(Arc::clone(&dialer), HttpLimits::default());
        let correction = store.read(|c| settings::get(c, settings::CLOCK_OFFSET))?;
        let confirmed = store.read(|c| settings::get(c, settings::CLOCK_CONFIRMED))?;
        let driver = Self {
            timing,
            running: AtomicBool::new(false),
            wake: Wake::default(),
            health: health::Hosts::default(),
            hindrances: hindrance::Hindrances::default(),
            clock,
            correction: AtomicI64::new(correction.unwrap_or(0)),
            confirmed: AtomicU64::new(confirmed.unwrap_or(0)),
            rng: Mutex::new(rng),
            account_http: http(),
            sender_http: http(),
            receiver_http: http(),
            blob_http: HttpClient::new(
                Arc::clone(&dialer),
                HttpLimits {
                    request: upload::PART_TIMEOUT,
                    ..HttpLimits::default()
                },
            ),
            folder: Folder::of(home),
            hurry: AtomicBool::new(true),
            portraits: Mutex::new(tokio::time::Instant::now()),
            events: broadcast::channel(EVENT_BACKLOG).0,
            feed: watch::Sender::new(0),
            turns: Turns::default(),
            store,
        };
        // Before anybody looks. A full disk is no reason not to open.
        if let Err(error) = driver.vanish() {
            tracing::warn!(code = %error.code, "{error}");
        }
        if let Err(error) = driver.clear_strays() {
            tracing::warn!(code = %error.code, "{error}");
        }
        if let Err(error) = driver.notice_copy() {
            tracing::warn!(code = %error.code, "{error}");
        }
        Ok(driver)
    }

    pub(crate) fn correction(&self) -> i64 {
        self.correction.load(Ordering::Relaxed)
    }

    /// Uses the randomness for a moment.
    pub(crate) fn with_rng<T>(&self, work: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        work(&mut *self.rng.lock().0)
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<ClientEvent> {
        self.events.subscribe()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    /// The person did something: whatever waits for a better time tries now.
    pub(crate) fn nudge(&self) {
        self.health.forgive();
        self.wake.submit.notify_one();
        self.wake.upkeep.notify_one();
        self.wake.errands.notify_one();
        self.hurry.store(true, Ordering::Relaxed);
        self.wake.transfers.notify_one();
    }

    fn dialer(&self) -> &dyn Dial {
        self.receiver_http.dialer().as_ref()
    }
}
