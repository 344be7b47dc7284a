//! What is more than a text or a file: mails, what somebody shares, and requests for a contact.

use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::MessageView;

/// Largest mail, bytes.
pub const MAX_MAIL: u64 = dyad_protocol::content::MAX_MAIL_LEN;

/// A mail within a list. Until it is here, what its sender says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCard {
    /// What it is about, on one line; may be empty.
    pub subject: String,
    /// How its text begins, on one line.
    pub beginning: String,
    /// How many files are attached.
    pub attachments: u32,
}

/// A mail as it is read. All of it was written by whoever sent it, names and addresses too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Its message.
    pub message: MessageView,
    /// What it is about.
    pub subject: String,
    /// Whom it says it is from, if it says so.
    pub from: Vec<String>,
    /// To whom.
    pub to: Vec<String>,
    /// To whom else.
    pub cc: Vec<String>,
    /// When it says it was written.
    pub date: Option<Timestamp>,
    /// What it says; of HTML the words.
    pub text: String,
    /// The text is longer; all of it is in what is exported.
    pub cut: bool,
    /// What is attached.
    pub attachments: Vec<AttachmentView>,
}

/// A file attached to a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentView {
    /// Counted from 1.
    pub number: u32,
    /// Its name, safe to be one on disk.
    pub name: String,
    /// What the mail says it is; not to be believed.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// A mail to write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailRequest {
    /// What it is about; may be empty.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// Local number of the message that it answers.
    #[serde(default)]
    pub reply_to: Option<u64>,
    /// Whether pictures keep what their camera noted about time, place and owner.
    #[serde(default)]
    pub keep_metadata: bool,
    /// What to attach.
    #[serde(default)]
    pub attachments: Vec<MailAttachment>,
}

/// A mail that the person has begun to write. What was to be attached is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailDraft {
    /// What it is about.
    pub subject: String,
    /// What it says so far.
    pub text: String,
    /// Local number of the message that it answers.
    #[serde(default)]
    pub reply_to: Option<u64>,
    /// How many files were chosen, and have to be chosen again.
    #[serde(default)]
    pub files: u32,
}

/// A file to attach to a mail, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailAttachment {
    /// Its name.
    pub name: String,
    /// Its media type, if that is known.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What became of writing all mails of a conversation into one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MboxView {
    /// Mails that are in it.
    pub written: u64,
    /// Mails that are not, for they are not here.
    pub missing: u64,
}

/// What somebody shares: where it is, and what opens it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShareView {
    /// What it is called.
    pub title: String,
    /// Its address, as its sender gives it.
    pub address: String,
    /// What opens it, beside the address.
    #[serde(default)]
    pub secret: Option<String>,
    /// What it is, in a word: `document`, `album`, `list` or another.
    #[serde(default)]
    pub what: Option<String>,
}

impl std::fmt::Debug for ShareView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            title,
            address: _,
            secret: _,
            what,
        } = self;
        f.debug_struct("ShareView")
            .field("title", title)
            .field("what", what)
            .finish_non_exhaustive()
    }
}

/// Somebody would like to be in contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactRequestView {
    /// Who.
    pub name: String,
    /// Their invitation; looked at only when the person wants it.
    #[serde(default)]
    pub invitation: Option<String>,
    /// What is said of it.
    #[serde(default)]
    pub note: Option<String>,
}
