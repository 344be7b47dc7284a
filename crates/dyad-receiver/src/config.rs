//! What the operator decides.

use std::num::NonZeroUsize;

use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DAY, MAILBOX_LIFETIME, MAILBOX_RETENTION, MAX_BATCH_ITEMS};
use serde::Deserialize;

/// Settings of a receiver. Every one has a default; times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiverConfig {
    /// How long after its creation a mailbox ends.
    pub mailbox_lifetime: u64,
    /// How long messages are kept that nobody fetches.
    pub retention: u64,
    /// Items that may wait to be resolved, 3.2 kB on disk each; beyond it deliveries are refused.
    pub max_waiting: u64,
    /// What a sender service may deliver before it has been known for [`known_after`](Self::known_after).
    pub new_senders: SenderRate,
    /// What a sender service may deliver from then on.
    pub known_senders: SenderRate,
    /// After which time a sender service counts as known.
    pub known_after: u64,
    /// Sender services without a limit. The receiver's own host always is one.
    pub trusted_senders: Vec<HostName>,
    /// Delivery requests at the same moment, each at most 0.8 MB of memory; one peer may have an eighth.
    pub deliveries_at_once: usize,
    /// Documents of sender services not known yet that are fetched in a minute.
    pub documents_per_minute: u32,
    /// WebSockets at the same moment.
    pub max_streams: usize,
    /// Long polls at the same moment.
    pub max_polls: usize,
    /// Silence after which a WebSocket counts as dead; at half of it the device is asked.
    pub stream_silence: u64,
    /// Threads that resolve. 0: no threads at all, everything runs where it is called, as a
    /// simulation needs it.
    pub threads: usize,
    /// Fetching files for people here.
    pub blobs: BlobConfig,
}

/// Fetching files that people here were sent from the hosts that keep them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobConfig {
    /// Bytes of disk for what was fetched, so that others who were sent the same need not wait; 0 to keep
    /// nothing.
    pub cache_bytes: u64,
    /// How long it is kept at most.
    pub cache_time: u64,
    /// Fetches at the same moment, each up to 0.8 MB of memory; more are told to come back.
    pub fetches_at_once: usize,
    /// The same from one host.
    pub fetches_per_host: usize,
}

impl Default for BlobConfig {
    fn default() -> Self {
        Self {
            cache_bytes: 2 * 1024 * 1024 * 1024,
            cache_time: DAY,
            fetches_at_once: 64,
            fetches_per_host: 16,
        }
    }
}

/// How much a sender service may deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderRate {
    /// Items at once; at least a whole batch, [`MAX_BATCH_ITEMS`].
    pub burst: u32,
    /// Items in each second after that; at least one.
    pub per_second: u32,
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        Self {
            mailbox_lifetime: MAILBOX_LIFETIME,
            retention: MAILBOX_RETENTION,
            max_waiting: 1_000_000,
            new_senders: SenderRate {
                burst: 1_024,
                per_second: 16,
            },
            known_senders: SenderRate {
                burst: 65_536,
                per_second: 4_096,
            },
            known_after: DAY,
            trusted_senders: Vec::new(),
            deliveries_at_once: 64,
            documents_per_minute: 120,
            max_streams: 40_000,
            max_polls: 4_096,
            stream_silence: 300,
            blobs: BlobConfig::default(),
            threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        }
    }
}

impl ReceiverConfig {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key, the first that is wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let rates = [self.new_senders, self.known_senders];
        let checks = [
            (
                "mailbox_lifetime",
                self.mailbox_lifetime >= DAY,
                "at least 86400, a day",
            ),
            ("retention", self.retention >= DAY, "at least 86400, a day"),
            (
                "max_waiting",
                self.max_waiting >= MAX_BATCH_ITEMS as u64,
                "at least 256, one batch",
            ),
            (
                "new_senders and known_senders",
                rates
                    .iter()
                    .all(|rate| rate.burst >= MAX_BATCH_ITEMS as u32),
                "a burst of at least 256, one batch",
            ),
            (
                "new_senders and known_senders",
                rates.iter().all(|rate| rate.per_second >= 1),
                "at least 1 per second",
            ),
            (
                "deliveries_at_once",
                self.deliveries_at_once >= 8,
                "at least 8",
            ),
            (
                "documents_per_minute",
                self.documents_per_minute >= 1,
                "at least 1",
            ),
            ("max_streams", self.max_streams >= 1, "at least 1"),
            ("max_polls", self.max_polls >= 1, "at least 1"),
            (
                "stream_silence",
                (30..=3_600).contains(&self.stream_silence),
                "between 30 and 3600",
            ),
            ("threads", self.threads <= 1_024, "at most 1024"),
            (
                "blobs.fetches_at_once",
                (1..=4_096).contains(&self.blobs.fetches_at_once),
                "between 1 and 4096",
            ),
            (
                "blobs.fetches_per_host",
                self.blobs.fetches_per_host >= 1,
                "at least 1",
            ),
        ];
        match checks.into_iter().find(|(_, good, _)| !good) {
            None => Ok(()),
            Some((key, _, must_be)) => Err(ConfigError { key, must_be }),
        }
    }
}

/// A setting that cannot be used. The operator's move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} must be {must_be}")]
pub struct ConfigError {
    /// Which.
    pub key: &'static str,
    /// What it must be.
    pub must_be: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_an_empty_table_gives_them() {
        let config: ReceiverConfig = toml::from_str("").unwrap();
        assert_eq!(config, ReceiverConfig::default());
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn unknown_keys_and_impossible_values_are_refused() {
        assert!(toml::from_str::<ReceiverConfig>("retension = 86400").is_err());
        for text in [
            "retention = 60",
            "mailbox_lifetime = 0",
            "max_waiting = 255",
            "new_senders = { burst = 255, per_second = 1 }",
            "known_senders = { burst = 256, per_second = 0 }",
            "deliveries_at_once = 0",
            "documents_per_minute = 0",
            "stream_silence = 5",
            "threads = 5000",
            "blobs = { fetches_at_once = 0 }",
            "blobs = { fetches_per_host = 0 }",
        ] {
            let config: ReceiverConfig = toml::from_str(text).unwrap();
            assert!(config.validate().is_err(), "{text}");
        }
    }
}
