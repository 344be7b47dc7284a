//! What a client is given from outside: time, randomness, the network, and how patient to be.

use std::sync::Arc;
use std::time::Duration;

use dyad_net::Dial;
use dyad_protocol::time::{Clock, SystemClock};
use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

use crate::store::{Database, KdfCost};

/// What a client is given from outside.
#[derive(Debug)]
pub struct ClientOptions {
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
    /// Connects to hosts that the person named. Strangers' hosts are never called from here.
    pub dialer: Arc<dyn Dial>,
    /// Randomness for keys, tickets and delays.
    pub rng: ClientRng,
    /// Where the data lives.
    pub database: Database,
    /// Cost of the passphrase for a new profile.
    pub kdf: KdfCost,
    /// How patient to be.
    pub timing: Timing,
}

impl ClientOptions {
    /// The machine's clock and randomness, a file, the full cost.
    #[must_use]
    pub fn new(dialer: Arc<dyn Dial>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            dialer,
            rng: ClientRng::system(),
            database: Database::File,
            kdf: KdfCost::PASSPHRASE,
            timing: Timing::default(),
        }
    }
}

/// A source of randomness.
pub struct ClientRng(pub(crate) Box<dyn CryptoRng + Send>);

impl ClientRng {
    /// The operating system's. If that fails there is nothing sensible left to do, and it panics.
    #[must_use]
    pub fn system() -> Self {
        Self(Box::new(UnwrapErr(SysRng)))
    }

    /// Another one: simulations give a seeded one.
    #[must_use]
    pub fn new(rng: impl CryptoRng + Send + 'static) -> Self {
        Self(Box::new(rng))
    }
}

impl std::fmt::Debug for ClientRng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("ClientRng(..)")
    }
}

/// How patient to be with services.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Pause after a first failure; doubles with each further one.
    pub retry_first: Duration,
    /// Longest pause after failures. A person who is online again should not wait long.
    pub retry_max: Duration,
    /// How often providers' documents are looked at, for new keys of the day.
    pub refresh: Duration,
    /// How soon the fate of a submission is first asked for.
    pub status_first: Duration,
    /// Longest pause between such questions.
    pub status_max: Duration,
    /// How long a poll waits at the receiver where a WebSocket cannot be had; seconds, at most 60.
    pub poll_wait: u8,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            retry_first: Duration::from_secs(2),
            retry_max: Duration::from_secs(5 * 60),
            refresh: Duration::from_secs(60 * 60),
            status_first: Duration::from_secs(3),
            status_max: Duration::from_secs(60 * 60),
            poll_wait: 50,
        }
    }
}
