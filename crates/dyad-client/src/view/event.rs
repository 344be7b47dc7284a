//! What happens while somebody looks on.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CallView, ContactView, MessageView};

/// Something the person should be told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// Local number, growing.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// About whom: the nickname.
    pub contact: Option<String>,
    /// A stable word for programs.
    pub kind: String,
    /// In a sentence.
    pub text: String,
}

/// One change, as it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ClientEvent {
    /// A message came in, or one of ours was written.
    Message(MessageView),
    /// A message of ours got further.
    State(MessageView),
    /// A message was edited or deleted, was reacted to, or has got a time to vanish.
    Changed(MessageView),
    /// A file got further on its way; its end is told as a change.
    Progress {
        /// Local number of the message.
        id: u64,
        /// With whom: the nickname.
        contact: String,
        /// With whom: the relationship.
        relationship: RelationshipId,
        /// Bytes that have gone or come.
        done: u64,
        /// Bytes in all.
        size: u64,
    },
    /// A call goes on, or its contact's browser has said something to ours.
    Call(CallView),
    /// A message is gone for good.
    Removed {
        /// Its local number.
        id: u64,
        /// With whom: the nickname.
        contact: String,
        /// With whom: the relationship.
        relationship: RelationshipId,
    },
    /// A contact is new or changed.
    Contact(ContactView),
    /// A contact was forgotten.
    Forgotten {
        /// The nickname.
        contact: String,
        /// The relationship.
        relationship: RelationshipId,
    },
    /// Something worth telling.
    Notice(NoticeView),
    /// The reader was too slow and missed some; ask again with `inbox`.
    Missed {
        /// How many.
        count: u64,
    },
}
