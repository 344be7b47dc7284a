//! The state of the whole app as the person sees it.

use std::path::PathBuf;

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{NoticeView, ProfileView, ProviderView};

/// The machine's clock against those of the providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockView {
    /// The time used.
    pub now: Timestamp,
    /// Seconds added to the machine's clock because it is off by more than an hour; 0 mostly.
    pub correction: i64,
    /// In a sentence, if there is something to say.
    pub problem: Option<String>,
}

/// Work that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueView {
    /// Sealed messages that no sender service has yet.
    pub waiting: u64,
    /// Sealed messages with a sender service, not yet delivered.
    pub accepted: u64,
    /// Messages of ours that no contact's app has confirmed yet.
    pub unconfirmed: u64,
    /// Fetched messages not yet opened.
    pub received: u64,
    /// Other errands at services: revocations, withdrawals, mailboxes to close.
    pub errands: u64,
}

/// Something that does not get on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckView {
    /// What, in words.
    pub what: String,
    /// The same for an interface that says it in words of its own.
    pub item: StuckItem,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// When it is tried again.
    pub next_attempt: Option<Timestamp>,
}

/// What does not get on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StuckItem {
    /// Everything that a provider is needed for.
    Provider {
        /// Which.
        host: HostName,
    },
    /// Messages that wait for the same reason.
    Messages {
        /// How many.
        count: u64,
    },
    /// Everything that has to be written down here first.
    Store,
    /// A file on its way.
    File {
        /// The number of its message.
        id: u64,
        /// From or to whom.
        contact: String,
    },
    /// Something to be done at a service.
    Errand,
    /// A message that was not confirmed in time.
    Unconfirmed {
        /// Its number.
        id: u64,
        /// To whom.
        contact: String,
    },
}

/// The local store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageView {
    /// The home; none for a store in memory.
    pub home: Option<PathBuf>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Messages kept.
    pub messages: u64,
}

/// Everything worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// The person: the default profile.
    pub profile: ProfileView,
    /// Whether the background work runs in this process.
    pub running: bool,
    /// The clock.
    pub clock: ClockView,
    /// Contacts, all states.
    pub contacts: u64,
    /// The providers.
    pub providers: Vec<ProviderView>,
    /// What waits.
    pub queues: QueueView,
    /// What is stuck, and why.
    pub stuck: Vec<StuckView>,
    /// How often connections to contacts had to be mended, in all.
    pub repairs: u64,
    /// The local store.
    pub storage: StorageView,
    /// The latest notices, newest first.
    pub notices: Vec<NoticeView>,
}

/// What one round of sending and fetching did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SyncReport {
    /// Sealed messages handed to sender services, acknowledgements included.
    pub submitted: u64,
    /// Sealed messages that still wait here.
    pub waiting: u64,
    /// Sealed messages fetched.
    pub fetched: u64,
    /// New messages to read.
    pub new_messages: u64,
    /// What did not work, one sentence each. Empty: all is done.
    pub problems: Vec<String>,
}
