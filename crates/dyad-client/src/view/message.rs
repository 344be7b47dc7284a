//! Messages as the person sees them.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CallView, ContactRequestView, FileView, GameStepView, MailCard, QuotedView, ReactionView,
    ShareView,
};

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the contact.
    In,
    /// From us.
    Out,
}

/// How far a message has come. Each says no more than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Ours: here; no sender service has it yet.
    Waiting,
    /// Ours: a sender service has it on disk.
    Accepted,
    /// Ours: the contact's receiver service has it.
    Delivered,
    /// Ours: the contact's app has it.
    Confirmed,
    /// Ours: the contact's app says it was read. Theirs: marked as read here.
    Read,
    /// Ours: not confirmed after 14 days of trying.
    Unconfirmed,
    /// Ours: will not be tried again.
    Failed,
    /// Theirs: received, not yet marked as read.
    Received,
}

impl MessageState {
    /// Whether it will not arrive, or nobody knows.
    #[must_use]
    pub const fn is_stranded(self) -> bool {
        matches!(self, Self::Failed | Self::Unconfirmed)
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// Local number, growing in the order in which messages appeared here.
    pub id: u64,
    /// With whom: the nickname.
    pub contact: String,
    /// With whom: the relationship.
    pub relationship: RelationshipId,
    /// Whose it is.
    pub direction: Direction,
    /// When it was written, by the writer's clock.
    pub sent: Timestamp,
    /// When it came in; theirs only.
    pub received: Option<Timestamp>,
    /// `text`, `file`, `mail`, `share`, `contact-request`, `game`, `call`, `timer` for a change of the time after which
    /// messages vanish, or another app's kind.
    pub kind: String,
    /// The file that it is about, or how far the rest of a long text has come.
    pub file: Option<FileView>,
    /// Ours: its new text, while that is brought to a service because it does not fit into a message. Until it is there
    /// the contact sees what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<FileView>,
    /// The mail that it is, in short.
    #[serde(default)]
    pub mail: Option<MailCard>,
    /// What it shares.
    #[serde(default)]
    pub share: Option<ShareView>,
    /// Who would like to be in contact.
    #[serde(default)]
    pub contact_request: Option<ContactRequestView>,
    /// The step of a game that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Box<GameStepView>>,
    /// The call that it shows.
    pub call: Option<CallView>,
    /// What to show: the text, the words beside a file, or the fallback of a kind that this app does not know. Empty if
    /// deleted; of a long text only the beginning until it has come; of a mail its subject and its text, on lines of their
    /// own.
    pub text: String,
    /// How far it has come.
    pub state: MessageState,
    /// Since when.
    pub state_since: Timestamp,
    /// What it answers.
    pub reply_to: Option<QuotedView>,
    /// When its text was last changed by whoever wrote it.
    pub edited_at: Option<Timestamp>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Reactions, theirs first.
    pub reactions: Vec<ReactionView>,
    /// Seconds after which it vanishes once it was sent (ours) or read (theirs). Of the kind `timer`: the new
    /// setting, `None` if messages stay from then on.
    pub timer: Option<u64>,
    /// When it vanishes here.
    pub expires_at: Option<Timestamp>,
}

impl MessageView {
    /// Whether it is one of ours that did not arrive, and of a kind that can be sent once more.
    #[must_use]
    pub fn can_be_sent_again(&self) -> bool {
        let kinds = ["text", "file", "mail", "share", "contact-request"];
        self.direction == Direction::Out
            && self.state.is_stranded()
            && !self.deleted
            && kinds.contains(&self.kind.as_str())
    }

    /// When it was written: by the writer's clock, whatever that says, but not later than it came in.
    #[must_use]
    pub fn written(&self) -> Timestamp {
        self.received
            .map_or(self.sent, |received| self.sent.min(received))
    }
}

/// Which messages are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboxQuery {
    /// Of this contact only.
    pub nick: Option<String>,
    /// Only those with a greater local number, the oldest first if there are too many.
    pub since: Option<u64>,
    /// Only those with a smaller local number, the newest of them: an older page. Not together with `since`.
    #[serde(default)]
    pub before: Option<u64>,
    /// At most so many; without `since` the newest. 0 is the default of 100.
    pub limit: u32,
}

/// What became of a message that was just sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendView {
    /// The message; its state says whether a sender service has it.
    pub message: MessageView,
    /// If it is still waiting: why, and that it is kept.
    pub note: Option<String>,
}
