//! What stands around a message: what it answers, what became of it, how people felt about it.

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CallView, Direction, MessageState};

/// Longest text of one message, bytes of UTF-8.
pub const MAX_TEXT: usize = dyad_protocol::content::MAX_WRITTEN_LEN;
/// Longest reaction, bytes of UTF-8.
pub const MAX_REACTION: usize = dyad_protocol::content::MAX_REACTION_LEN;
/// Longest time after which messages vanish, seconds.
pub const MAX_TIMER: u64 = dyad_protocol::content::MAX_TIMER;
/// Longest excerpt of a message, characters.
pub const MAX_EXCERPT: usize = 140;

/// A text to send.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SendRequest {
    /// The text.
    pub text: String,
    /// Local number of the message that it answers.
    pub reply_to: Option<u64>,
}

impl From<&str> for SendRequest {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            reply_to: None,
        }
    }
}

impl From<&String> for SendRequest {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for SendRequest {
    fn from(text: String) -> Self {
        Self {
            text,
            reply_to: None,
        }
    }
}

/// The message that another one answers, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedView {
    /// Its local number, if it is here.
    pub id: Option<u64>,
    /// Whose it is.
    pub direction: Direction,
    /// Its beginning, at most [`MAX_EXCERPT`] characters on one line; empty if it is not here or was deleted.
    pub text: String,
}

/// How somebody felt about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionView {
    /// An emoji, or another short sign.
    pub emoji: String,
    /// Whose reaction it is: [`Direction::Out`] is ours.
    pub by: Direction,
}

/// The last message with a contact, for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastView {
    /// Whose it is.
    pub direction: Direction,
    /// `text`, `timer`, or another app's kind.
    pub kind: String,
    /// Its beginning, at most [`MAX_EXCERPT`] characters on one line.
    pub text: String,
    /// When it came or was written.
    pub at: Timestamp,
    /// How far it has come.
    pub state: MessageState,
    /// Whether it was deleted; the text is empty then.
    pub deleted: bool,
    /// The call that it shows.
    pub call: Option<CallView>,
}

/// Why a message is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyView {
    /// The message.
    pub id: u64,
    /// In sentences that claim no more than is known.
    pub text: String,
    /// The same for an interface that says it in words of its own.
    pub whereabouts: Whereabouts,
    /// What a host last said or did, in a sentence, if that is a part of it.
    pub detail: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
    /// When something is tried or asked next, if anything will be.
    pub next_attempt: Option<Timestamp>,
}

/// Where a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Whereabouts {
    /// Here: the contact is blocked.
    Blocked,
    /// Here: the contact has not answered, and no address of theirs is left until they do.
    Unanswered,
    /// Here: no address of the contact is left until their app gives new ones.
    NoAddress,
    /// Here: no sender service could be given it. It will be sent to that receiver service.
    Held {
        /// The receiver service.
        receiver: HostName,
    },
    /// Here, just being given to a sender service.
    Leaving,
    /// Here: nothing sends at the moment.
    NothingSends,
    /// A sender service has it on disk.
    AtSender {
        /// Which.
        sender: HostName,
        /// Where it is to be brought.
        receiver: HostName,
    },
    /// A sender service took it; what became of it is not known.
    Taken,
    /// Not confirmed, though it was sent by every way known.
    Unconfirmed,
    /// The contact's receiver service has it.
    AtReceiver,
    /// The contact's app has it.
    Confirmed,
    /// The contact has read it, says their app.
    Read,
    /// A service had it when the relationship ended: whether it arrived will not be known.
    Ended,
    /// It will not be tried again: the relationship ended.
    Failed,
    /// Here: its file goes first.
    FileFirst {
        /// The file is the rest of a long text.
        long_text: bool,
        /// How much of it a service has.
        percent: u64,
        /// Whether anything sends at the moment.
        running: bool,
    },
    /// Here, and not sent: no service takes its file.
    FileRefused,
    /// It is the contact's, and here; not marked as read.
    HereUnread,
    /// It is the contact's, and here, marked as read.
    HereRead,
}

/// What to change about a contact's place in the list; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FlagsChange {
    /// At the top of the list.
    pub pinned: Option<bool>,
    /// New messages are not announced.
    pub muted: Option<bool>,
    /// Out of the list.
    pub archived: Option<bool>,
    /// Shown as if there were something new.
    pub marked_unread: Option<bool>,
}
