//! What an operator decides about a sender service. Every value has a default that suits one machine.

use std::path::PathBuf;

use dyad_protocol::api::blob::BlobSize;
use dyad_protocol::limits::{DAY, MAX_BATCH_ITEMS};
use dyad_service::config::Report;
use dyad_store::queue::QueueLimits;
use serde::Deserialize;

/// Everything that an operator decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SenderConfig {
    /// How much may wait.
    pub queue: QueueConfig,
    /// How messages are sent on.
    pub delivery: DeliveryConfig,
    /// Requests from one network address.
    pub rates: RateConfig,
    /// Hosted invitations.
    pub invitations: InvitationConfig,
    /// Fetching from strangers on an app's behalf.
    pub relay: RelayConfig,
    /// Encrypted files.
    pub blobs: BlobConfig,
}

/// How much may wait. A message takes about 3.3 kB of disk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Messages in all.
    pub messages: u64,
    /// Messages for one receiver host, so that one that is down leaves room for the others.
    pub messages_per_host: u64,
    /// Receiver hosts that anything waits for; each takes a little memory.
    pub hosts: u64,
    /// Submissions worked on at the same moment; more are told to come back.
    pub submissions_at_once: usize,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            messages: 1_000_000,
            messages_per_host: 200_000,
            hosts: 50_000,
            submissions_at_once: 2_048,
        }
    }
}

impl QueueConfig {
    pub(crate) fn limits(&self) -> QueueLimits {
        QueueLimits {
            messages: self.messages,
            messages_per_host: self.messages_per_host,
            hosts: self.hosts,
        }
    }
}

/// How messages are sent on. Times are seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// Messages in one batch, at most [`MAX_BATCH_ITEMS`].
    pub batch_items: usize,
    /// Hosts sent to at the same moment of those that took the last batch, and soon. Each is sent up to
    /// two batches; with the probes and relayed calls this stays below what the HTTP client has in flight.
    pub hosts_at_once: usize,
    /// Hosts tried at the same moment of those that are new or did not take the last batch. Apart from
    /// the others, so that any number of dead hosts delays none that works.
    pub probes_at_once: usize,
    /// Longest that a relaxed message is held back so that it mixes with others.
    pub relaxed_delay: u64,
    /// Time for one batch to be answered.
    pub timeout: u64,
    /// First bound of the back-off, doubled with each failure.
    pub backoff_first: u64,
    /// Last bound of the back-off.
    pub backoff_last: u64,
    /// Longest that a receiver may ask us to wait.
    pub retry_after_max: u64,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            batch_items: MAX_BATCH_ITEMS,
            hosts_at_once: 64,
            probes_at_once: 64,
            relaxed_delay: 2,
            timeout: 30,
            backoff_first: 1,
            backoff_last: 3_600,
            retry_after_max: 6 * 3_600,
        }
    }
}

/// Requests from one IPv4 address or IPv6 /64, a second; ten seconds' worth may come at once. Many
/// people can share an address, so these are no quotas: tokens are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// Submissions.
    pub submissions: u32,
    /// Everything that reads or changes little: status, invitations, capacity.
    pub others: u32,
    /// Requests that make us call another host.
    pub relayed: u32,
    /// Everything about blobs; a part has 4 MB, and a receiver fetches for all its people.
    pub blobs: u32,
}

impl Default for RateConfig {
    fn default() -> Self {
        Self {
            submissions: 200,
            others: 20,
            relayed: 10,
            blobs: 100,
        }
    }
}

/// Hosted invitations.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InvitationConfig {
    /// How many at most; each takes about 4.2 kB of disk.
    pub limit: u64,
    /// Longest that one is hosted, in seconds.
    pub lifetime: u64,
}

impl Default for InvitationConfig {
    fn default() -> Self {
        Self {
            limit: 1_000_000,
            lifetime: 90 * DAY,
        }
    }
}

/// Fetching from strangers on an app's behalf, for all apps together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelayConfig {
    /// Hosts called at the same moment.
    pub calls_at_once: usize,
    /// Calls a second; ten seconds' worth may come at once.
    pub calls: u32,
    /// Service documents kept; each takes up to 32 kB of memory, mostly about 2.
    pub documents: usize,
    /// Time for one call, in seconds.
    pub timeout: u64,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            calls_at_once: 32,
            calls: 50,
            documents: 1_024,
            timeout: 15,
        }
    }
}

/// Encrypted files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobConfig {
    /// Bytes that all blobs together may take, 0 to keep none. Room is set aside when a blob is announced.
    pub capacity: u64,
    /// Days that a blob is kept at most.
    pub days: u16,
    /// Parts that are uploaded at the same moment; each takes up to 4.2 MB of memory.
    pub parts_at_once: usize,
    /// Blobs that are read at the same moment; each takes up to 0.8 MB of memory.
    pub reads_at_once: usize,
    /// Keeps them in a bucket; in the folder `blobs` of the data folder without it.
    pub s3: Option<S3Config>,
}

/// A bucket of S3, or of what speaks like it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// The bucket. It is there already, and nobody else writes to the names under `prefix`.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// Where it is, such as `https://s3.example`, if not at Amazon.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Before the name of each object.
    #[serde(default)]
    pub prefix: String,
    /// Id of the access key. Without it, as the AWS_ variables of the environment or the machine say.
    #[serde(default)]
    pub access_key: Option<String>,
    /// File with its secret.
    #[serde(default)]
    pub secret_key_file: Option<PathBuf>,
}

impl Default for BlobConfig {
    fn default() -> Self {
        Self {
            capacity: 16 * 1024 * 1024 * 1024,
            days: 30,
            parts_at_once: 16,
            reads_at_once: 64,
            s3: None,
        }
    }
}

impl SenderConfig {
    /// Reports what cannot work. `at` is where this configuration stands, such as `sender`.
    pub fn check(&self, at: &str, report: &mut Report) {
        let delivery = &self.delivery;
        let positive = [
            ("queue.messages", self.queue.messages),
            ("queue.messages_per_host", self.queue.messages_per_host),
            ("queue.hosts", self.queue.hosts),
            (
                "queue.submissions_at_once",
                self.queue.submissions_at_once as u64,
            ),
            ("delivery.batch_items", delivery.batch_items as u64),
            ("delivery.hosts_at_once", delivery.hosts_at_once as u64),
            ("delivery.probes_at_once", delivery.probes_at_once as u64),
            ("delivery.timeout", delivery.timeout),
            ("delivery.backoff_first", delivery.backoff_first),
            ("rates.submissions", self.rates.submissions.into()),
            ("rates.others", self.rates.others.into()),
            ("rates.relayed", self.rates.relayed.into()),
            ("invitations.lifetime", self.invitations.lifetime),
            ("relay.calls_at_once", self.relay.calls_at_once as u64),
            ("relay.calls", self.relay.calls.into()),
            ("relay.documents", self.relay.documents as u64),
            ("relay.timeout", self.relay.timeout),
            ("rates.blobs", self.rates.blobs.into()),
            ("blobs.days", self.blobs.days.into()),
            ("blobs.parts_at_once", self.blobs.parts_at_once as u64),
            ("blobs.reads_at_once", self.blobs.reads_at_once as u64),
        ];
        for (key, value) in positive {
            if value == 0 {
                report.error(
                    format!("{at}.{key}"),
                    "is 0, with which nothing works.",
                    "Set 1 or more, or leave it out for the default.",
                );
            }
        }
        if delivery.batch_items > MAX_BATCH_ITEMS {
            report.error(
                format!("{at}.delivery.batch_items"),
                format!("is more than {MAX_BATCH_ITEMS}, which receivers refuse."),
                format!("Set {MAX_BATCH_ITEMS} or less."),
            );
        }
        if delivery.backoff_last < delivery.backoff_first {
            report.error(
                format!("{at}.delivery.backoff_last"),
                "is less than backoff_first.",
                "Set it to the longest pause between two attempts, in seconds.",
            );
        }
        if delivery.relaxed_delay > 3_600 {
            report.error(
                format!("{at}.delivery.relaxed_delay"),
                "is more than an hour, after which apps take a message for lost.",
                "Set 3600 seconds or less.",
            );
        }
        self.check_blobs(at, report);
        if self.queue.messages_per_host > self.queue.messages {
            report.warning(
                format!("{at}.queue.messages_per_host"),
                "is more than queue.messages, so one host that is down can fill the queue.",
                "Set less than queue.messages.",
            );
        }
    }
}

impl SenderConfig {
    fn check_blobs(&self, at: &str, report: &mut Report) {
        let blobs = &self.blobs;
        if (1..BlobSize::MAX.bytes()).contains(&blobs.capacity) {
            report.warning(
                format!("{at}.blobs.capacity"),
                "is less than the largest file that people may send.",
                format!("Set {} or more, or 0 to keep none.", BlobSize::MAX.bytes()),
            );
        }
        let Some(s3) = &blobs.s3 else { return };
        if s3.access_key.is_some() != s3.secret_key_file.is_some() {
            report.error(
                format!("{at}.blobs.s3.access_key"),
                "and secret_key_file belong together, and one of them is missing.",
                "Set both, or neither to take them from the environment.",
            );
        }
        if let Some(file) = s3.secret_key_file.as_ref().filter(|file| !file.is_file()) {
            report.error(
                format!("{at}.blobs.s3.secret_key_file"),
                format!("{} is not there.", file.display()),
                "Name the file that holds the secret of the access key.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        let mut report = Report::new();
        SenderConfig::default().check("sender", &mut report);
        assert_eq!(report, Report::new());
    }

    #[test]
    fn each_mistake_is_named_with_its_key() {
        let mut config = SenderConfig::default();
        config.queue.messages = 0;
        config.delivery.batch_items = 257;
        config.delivery.backoff_last = 0;
        config.delivery.relaxed_delay = 3_601;
        let mut report = Report::new();
        config.check("sender", &mut report);
        let text = format!("{report:?}");
        for key in [
            "sender.queue.messages\"",
            "sender.queue.messages_per_host",
            "sender.delivery.batch_items",
            "sender.delivery.backoff_last",
            "sender.delivery.relaxed_delay",
        ] {
            assert!(text.contains(key), "{key} in {text}");
        }
    }
}
