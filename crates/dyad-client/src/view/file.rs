//! Files as the person sees them.

use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// A service keeps it; it is not here.
    Offered,
    /// Ours: here, and on its way to a service. The message goes when it is there.
    Uploading,
    /// On its way here.
    Fetching,
    /// All of it is here, and it is what was sent.
    Here,
    /// No service keeps it any more, and it is not here.
    Expired,
    /// What the service keeps is not what was sent. Nothing of it is used.
    Changed,
    /// Ours: no service takes it. The message was not sent.
    Refused,
}

/// The file that a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// Whether it is the rest of a long text, and no file to anybody.
    pub long_text: bool,
    /// Its name, safe to be one on disk.
    pub name: String,
    /// What its sender says it is; not to be believed.
    pub media_type: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Width and height of a picture, pixels, as its sender says.
    pub dimensions: Option<(u32, u32)>,
    /// ThumbHash of a picture, base64url without padding.
    pub preview: Option<String>,
    /// How far it is.
    pub state: FileState,
    /// Bytes that have gone or come.
    pub done: u64,
    /// Until when a service keeps it.
    pub kept_until: Option<Timestamp>,
    /// What went wrong last.
    pub why: Option<String>,
    /// When it is tried again, if it is.
    pub next_attempt: Option<Timestamp>,
}

/// A file to send. What it is made of comes beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileRequest {
    /// Its name; it is cleaned.
    pub name: String,
    /// Its media type, if that is known; pictures are known by their bytes.
    pub media_type: Option<String>,
    /// Words that go with it.
    #[serde(default)]
    pub text: String,
    /// Local number of the message that it answers.
    #[serde(default)]
    pub reply_to: Option<u64>,
    /// Whether a picture keeps what its camera noted about time, place and owner.
    #[serde(default)]
    pub keep_metadata: bool,
}
