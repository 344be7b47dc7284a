//! Messages as the person sees them, as JSON.

use dyad_client::view::{AppPass, MessageView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{File, State, Whose};
use crate::veil::{self, Of};

/// A text to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// At most 1 MiB of UTF-8.
    pub(crate) text: String,
    /// The message that it answers.
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
}

/// What a text shall be instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// UTF-8, at most what fits into one message.
    pub(crate) text: String,
}

/// How the person feels about a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReaction {
    /// One emoji, or another short sign.
    pub(crate) emoji: String,
}

/// Messages that were read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMessages {
    /// At most 1,000.
    pub(crate) messages: Vec<String>,
}

/// How somebody felt about a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reaction {
    /// An emoji, or another short sign.
    pub(crate) emoji: String,
    /// Whose reaction it is.
    pub(crate) by: Whose,
}

/// A message as the person sees it, as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// An id that only this app knows it by.
    pub(crate) id: String,
    /// With whom.
    pub(crate) relationship: String,
    /// Whose it is.
    pub(crate) direction: Whose,
    /// `text`, `file`, or whatever else the person sees.
    pub(crate) kind: String,
    /// The text; empty if it was deleted.
    pub(crate) text: String,
    /// The file, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<File>,
    /// When it was written, by the writer's clock, seconds since 1970.
    pub(crate) sent: u64,
    /// When it came in; in only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<u64>,
    /// How far it has come.
    pub(crate) state: State,
    /// The message that it answers, if that is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// When its text was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) edited: Option<u64>,
    /// When it vanishes by itself, on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vanishes: Option<u64>,
    /// Whether it was deleted.
    pub(crate) deleted: bool,
    /// Reactions, theirs first.
    pub(crate) reactions: Vec<Reaction>,
}

impl Message {
    pub(crate) fn of(app: &AppPass, view: MessageView) -> Self {
        let file = view.file.filter(|file| !file.long_text);
        Self {
            id: veil::id(app, Of::Payload, view.id),
            relationship: veil::relationship(app, &view.relationship),
            direction: view.direction.into(),
            kind: view.kind,
            text: view.text,
            file: file.map(File::from),
            sent: view.sent.as_secs(),
            received: view.received.map(|at| at.as_secs()),
            state: view.state.into(),
            reply_to: view
                .reply_to
                .and_then(|quoted| quoted.id)
                .map(|id| veil::id(app, Of::Payload, id)),
            edited: view.edited_at.map(|at| at.as_secs()),
            vanishes: view.expires_at.map(|at| at.as_secs()),
            deleted: view.deleted,
            reactions: view
                .reactions
                .into_iter()
                .map(|reaction| Reaction {
                    emoji: reaction.emoji,
                    by: reaction.by.into(),
                })
                .collect(),
        }
    }
}

/// Messages, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    /// Each as it stands now.
    pub(crate) messages: Vec<Message>,
    /// Give it as `after` to `/events` to hear of everything that changed since this answer began.
    pub(crate) event: String,
}
