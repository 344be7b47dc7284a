//! Other programs of the person, and what they exchange.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Direction, MessageState, MessageView};

/// Longest content of a payload, bytes.
pub const MAX_PAYLOAD: u64 = dyad_protocol::content::MAX_LONG_LEN;
/// Longest text shown by apps that do not know a payload's type, bytes of UTF-8: it stands beside a link.
pub const MAX_FALLBACK: usize = 400;

/// What a program wants that asks to become an app.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PairingRequest {
    /// What it is called.
    pub name: String,
    /// Types of payloads that it registers.
    pub types: Vec<String>,
    /// Whether it wants to read and write all messages.
    pub messages: bool,
}

/// A request that waits for the person.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingBegun {
    /// Its number.
    pub number: u64,
    /// What the program polls with.
    pub secret: String,
    /// What the program shows and the person types.
    pub code: String,
    /// Until when it can be answered.
    pub ends: Timestamp,
}

impl std::fmt::Debug for PairingBegun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            number,
            secret: _,
            code: _,
            ends,
        } = self;
        f.debug_struct("PairingBegun")
            .field("number", number)
            .field("ends", ends)
            .finish_non_exhaustive()
    }
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum PairingState {
    /// The person has not answered yet.
    Pending,
    /// The person does not want it.
    Denied,
    /// This is its token, told once.
    Allowed(String),
}

impl std::fmt::Debug for PairingState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Denied => "Denied",
            Self::Allowed(_) => "Allowed(..)",
        })
    }
}

/// A request as the person sees it. The code is not in it: the program shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRequestView {
    /// Its number.
    pub number: u64,
    /// What the program calls itself.
    pub name: String,
    /// Types of payloads that it registers.
    pub types: Vec<String>,
    /// Whether it wants to read and write all messages.
    pub messages: bool,
    /// Since when it waits.
    pub asked: Timestamp,
    /// Until when it can be answered.
    pub ends: Timestamp,
}

/// An app as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppView {
    /// Its name, which no other has.
    pub name: String,
    /// Types of payloads that it sends and receives.
    pub types: Vec<String>,
    /// Whether it reads and writes all messages with its contacts.
    pub messages: bool,
    /// Whether all contacts are its contacts, those to come as well.
    pub all_contacts: bool,
    /// Nicknames of its contacts, if not all are.
    pub contacts: Vec<String>,
    /// Since when.
    pub created: Timestamp,
    /// When it last asked for something, to a minute.
    pub last_used: Option<Timestamp>,
    /// Whether it has come for its token.
    pub paired: bool,
}

/// What the person allows a program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AppGrant {
    /// The code that the program shows.
    pub code: String,
    /// Nicknames of its contacts.
    pub contacts: Vec<String>,
    /// All contacts, those to come as well.
    pub all_contacts: bool,
    /// To read and write all messages with them.
    pub messages: bool,
}

/// What to change about an app; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AppChange {
    /// Nicknames of contacts to add.
    pub add: Vec<String>,
    /// Nicknames of contacts to take away.
    pub remove: Vec<String>,
    /// Whether all contacts are its contacts, those to come as well.
    pub all_contacts: Option<bool>,
    /// It reads and writes messages no longer. An app that shall do so later has to ask anew.
    pub no_messages: bool,
}

/// An app that has shown its token, with what it may see.
#[derive(Clone, PartialEq, Eq)]
pub struct AppPass {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Types of payloads that it sends and receives.
    pub types: Vec<String>,
    /// Whether it reads and writes all messages with its contacts.
    pub messages: bool,
    /// Its contacts; `None`: all.
    pub contacts: Option<Vec<RelationshipId>>,
    /// What the ids are made with that it is told. No other app's are made with it.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for AppPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            id,
            name,
            types,
            messages,
            contacts,
            secret: _,
        } = self;
        f.debug_struct("AppPass")
            .field("id", id)
            .field("name", name)
            .field("types", types)
            .field("messages", messages)
            .field("contacts", contacts)
            .finish_non_exhaustive()
    }
}

/// A contact as far as an app may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppContact {
    /// The relationship. An app is told an id of its own instead.
    pub id: RelationshipId,
    /// What the person calls them.
    pub nick: String,
    /// Whether anything can be sent to them.
    pub writable: bool,
}

/// Something that an app sends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PayloadRequest {
    /// Its type.
    pub kind: String,
    /// In whatever encoding the type has.
    pub content: Vec<u8>,
    /// What is shown by apps that do not know the type; without it they show nothing.
    pub fallback: Option<String>,
    /// Local number of the message that it answers.
    pub reply_to: Option<u64>,
    /// Under which it is sent once, however often it is said.
    pub key: Option<String>,
}

/// Something that an app sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadView {
    /// Local number of its message.
    pub id: u64,
    /// Its place among all: grows in the order in which payloads appeared here.
    pub place: u64,
    /// With whom.
    pub relationship: RelationshipId,
    /// Whose it is.
    pub direction: Direction,
    /// Its type.
    pub kind: String,
    /// Its content; `None` of one that did not fit into a message and is not kept here any more.
    pub content: Option<Vec<u8>>,
    /// What is shown by apps that do not know the type.
    pub fallback: Option<String>,
    /// When it was sent, by the sender's clock.
    pub sent: Timestamp,
    /// When it came in; theirs only.
    pub received: Option<Timestamp>,
    /// How far it has come.
    pub state: MessageState,
    /// Since when.
    pub state_since: Timestamp,
    /// Local number of the message that it answers, if that is here.
    pub reply_to: Option<u64>,
    /// Whether it was deleted by whoever sent it, or here.
    pub deleted: bool,
}

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedChange {
    /// A payload is new, or stands differently.
    Payload(PayloadView),
    /// A message is new, or stands differently.
    Message(Box<MessageView>),
    /// One of them is gone.
    Removed {
        /// Local number of its message.
        id: u64,
        /// With whom.
        relationship: RelationshipId,
    },
}

/// Changes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedPage {
    /// Each with its place; asking again after it gives what came later.
    pub changes: Vec<(u64, FeedChange)>,
    /// Where to go on.
    pub next: u64,
    /// Whether there may be more.
    pub more: bool,
}
