//! Files, as JSON.

use dyad_client::view::{FileState, FileView};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Bytes as they are.
#[derive(Debug)]
pub(crate) enum Octets {}

impl PartialSchema for Octets {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let bytes = ObjectBuilder::new().schema_type(Type::String);
        bytes.format(Some(binary)).into()
    }
}

impl ToSchema for Octets {}

/// What is said of a file to send; its bytes are the body, its media type is the body's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewFile {
    /// Its name. What cannot be part of one is taken out.
    #[param(example = "notes.pdf")]
    pub(crate) name: String,
    /// Words that go with it.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) text: String,
    /// The message that it answers.
    pub(crate) reply_to: Option<String>,
    /// Whether a picture keeps what its camera noted about time, place and owner. It does not if nothing is said.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) keep_metadata: bool,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Where {
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

impl From<FileState> for Where {
    fn from(state: FileState) -> Self {
        match state {
            FileState::Offered => Self::Offered,
            FileState::Uploading => Self::Uploading,
            FileState::Fetching => Self::Fetching,
            FileState::Here => Self::Here,
            FileState::Expired => Self::Expired,
            FileState::Changed => Self::Changed,
            FileState::Refused => Self::Refused,
        }
    }
}

/// The file that a message is about; of a mail, all of it as RFC 5322.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct File {
    /// Its name, safe to be one on disk.
    pub(crate) name: String,
    /// What its sender says it is; not to be believed.
    pub(crate) media_type: Option<String>,
    /// Bytes.
    pub(crate) size: u64,
    /// How far it is.
    pub(crate) state: Where,
    /// Bytes that have gone or come.
    pub(crate) done: u64,
    /// Width and height of a picture in pixels, as its sender says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimensions: Option<[u32; 2]>,
    /// What a picture roughly looks like, as its sender says: a ThumbHash in base64url without padding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<String>,
    /// Until when a service keeps it, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<u64>,
}

impl From<FileView> for File {
    fn from(view: FileView) -> Self {
        Self {
            name: view.name,
            media_type: view.media_type,
            size: view.size,
            state: view.state.into(),
            done: view.done,
            dimensions: view.dimensions.map(|(width, height)| [width, height]),
            preview: view.preview,
            kept_until: view.kept_until.map(|at| at.as_secs()),
        }
    }
}

/// A file that got further on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Its message.
    pub(crate) id: String,
    /// With whom.
    pub(crate) relationship: String,
    /// Bytes that have gone or come.
    pub(crate) done: u64,
    /// Bytes in all.
    pub(crate) size: u64,
}
