//! What travels, as JSON.

mod files;
mod written;

pub(crate) use files::{File, NewFile, Octets, Progress};
pub(crate) use written::{Edit, Message, Messages, NewMessage, NewReaction, ReadMessages};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyad_client::view::{AppPass, Direction, MessageState, PayloadRequest, PayloadView};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::veil::{self, Of};

/// What a program wants that asks to become an app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPairing {
    /// What the program is called, 1 to 40 visible characters.
    #[schema(example = "To-do")]
    pub(crate) name: String,
    /// Types of payloads that it registers, at most 16: lower-case names with dots. None may be one of Dyad's own.
    #[schema(example = json!(["vnd.example.todo"]))]
    #[serde(default)]
    pub(crate) types: Vec<String>,
    /// Whether it wants to read and write everything as the person, with the contacts that it is granted. For
    /// alternative interfaces only.
    #[serde(default)]
    pub(crate) messages: bool,
}

/// A request that waits for the person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairingBegun {
    /// Under which it is asked about.
    pub(crate) id: String,
    /// What it is asked about with. Show it to nobody.
    pub(crate) secret: String,
    /// Show this to the person, who types it into their Dyad app.
    #[schema(example = "K7Q-M2F")]
    pub(crate) code: String,
    /// Until when the person can answer, seconds since 1970.
    pub(crate) expires: u64,
}

/// Asks what became of a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairingPoll {
    /// The secret of the request.
    pub(crate) secret: String,
}

/// Whether the person has answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PairingState {
    /// Not yet.
    Pending,
    /// The person does not want it.
    Denied,
    /// It is an app now.
    Allowed,
}

/// What became of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairingAnswer {
    /// Whether the person has answered.
    pub(crate) state: PairingState,
    /// The token of the app, once and never again: keep it where only the program can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// What this app is and was granted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// What the person sees it under; may have a number behind what it called itself.
    pub(crate) name: String,
    /// Types of payloads that it sends and receives.
    pub(crate) types: Vec<String>,
    /// Whether it may read and write everything as the person, with its contacts.
    pub(crate) messages: bool,
    /// Whether all contacts are granted, those to come as well.
    pub(crate) all_relationships: bool,
}

/// A contact that this app was granted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Relationship {
    /// An id that only this app knows it by.
    pub(crate) id: String,
    /// What the person calls the contact. May change.
    pub(crate) nickname: String,
    /// Whether anything can be sent.
    pub(crate) writable: bool,
}

/// Contacts that this app was granted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Relationships {
    /// In the person's order.
    pub(crate) relationships: Vec<Relationship>,
}

/// A payload to send: content or content_base64, one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPayload {
    /// One of the app's types.
    #[schema(example = "vnd.example.todo")]
    pub(crate) r#type: String,
    /// Any JSON value. It is written anew: numbers are 64-bit integers or double-precision.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Value>)]
    pub(crate) content: Option<Value>,
    /// Bytes in base64 (RFC 4648 section 4).
    #[serde(default)]
    pub(crate) content_base64: Option<String>,
    /// What is shown where the type is not known, at most 400 bytes. Without it nothing is shown.
    #[serde(default)]
    pub(crate) fallback: Option<String>,
    /// The payload that it answers.
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
}

/// Tells `null`, which is a value, from a field that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl NewPayload {
    /// As the client takes it.
    pub(crate) fn request(
        self,
        app: &AppPass,
        key: Option<String>,
    ) -> Result<PayloadRequest, Problem> {
        let content = match (&self.content, &self.content_base64) {
            (Some(value), None) => serde_json::to_vec(value).map_err(|_| neither())?,
            (None, Some(text)) => STANDARD.decode(text).map_err(|_| {
                Problem::bad(
                    "bad-base64",
                    "content_base64 is not base64. Nothing was sent.",
                )
            })?,
            _ => return Err(neither()),
        };
        let reply_to = self.reply_to.map(|id| {
            veil::number(app, Of::Payload, &id).ok_or_else(|| {
                Problem::bad(
                    "bad-id",
                    "reply_to is no id of a payload. Nothing was sent.",
                )
            })
        });
        Ok(PayloadRequest {
            kind: self.r#type,
            content,
            fallback: self.fallback,
            reply_to: reply_to.transpose()?,
            key,
        })
    }
}

fn neither() -> Problem {
    Problem::bad(
        "bad-content",
        "A payload has content (a JSON value) or content_base64 (bytes), one of the two. Nothing was sent.",
    )
}

/// Whose it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Whose {
    /// From the contact.
    In,
    /// From the person's side.
    Out,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Out: here; no service has it yet.
    Waiting,
    /// Out: a service has it.
    Accepted,
    /// Out: the contact's service has it.
    Delivered,
    /// Out: the contact's app has it.
    Confirmed,
    /// Out: the contact has read it, says their app. In: a message that was marked as read.
    Read,
    /// Out: not confirmed after 14 days of trying.
    Unconfirmed,
    /// Out: will not be tried again.
    Failed,
    /// In: it is here.
    Received,
}

impl From<MessageState> for State {
    fn from(state: MessageState) -> Self {
        match state {
            MessageState::Waiting => Self::Waiting,
            MessageState::Accepted => Self::Accepted,
            MessageState::Delivered => Self::Delivered,
            MessageState::Confirmed => Self::Confirmed,
            MessageState::Read => Self::Read,
            MessageState::Unconfirmed => Self::Unconfirmed,
            MessageState::Failed => Self::Failed,
            MessageState::Received => Self::Received,
        }
    }
}

impl From<Direction> for Whose {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => Self::In,
            Direction::Out => Self::Out,
        }
    }
}

/// A payload of one of the app's types, as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Payload {
    /// An id that only this app knows it by.
    pub(crate) id: String,
    /// With whom.
    pub(crate) relationship: String,
    /// Whose it is.
    pub(crate) direction: Whose,
    /// Its type.
    pub(crate) r#type: String,
    /// Its content, if that is JSON. Whoever sent it may have sent anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub(crate) content: Option<Value>,
    /// Its content in base64, if it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_base64: Option<String>,
    /// What is shown where the type is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// When it was sent, by the sender's clock, seconds since 1970.
    pub(crate) sent: u64,
    /// When it came in; in only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<u64>,
    /// How far it has come.
    pub(crate) state: State,
    /// Since when, seconds since 1970.
    pub(crate) state_since: u64,
    /// The payload that it answers, if that is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
}

impl Payload {
    pub(crate) fn of(app: &AppPass, view: PayloadView) -> Self {
        let bytes = view.content.unwrap_or_default();
        let content: Option<Value> = serde_json::from_slice(&bytes).ok();
        Self {
            id: veil::id(app, Of::Payload, view.id),
            relationship: veil::relationship(app, &view.relationship),
            direction: view.direction.into(),
            r#type: view.kind,
            content_base64: content.is_none().then(|| STANDARD.encode(&bytes)),
            content,
            fallback: view.fallback,
            sent: view.sent.as_secs(),
            received: view.received.map(|at| at.as_secs()),
            // What the person has looked at is the person's business.
            state: match view.direction {
                Direction::In => State::Received,
                Direction::Out => view.state.into(),
            },
            state_since: match (view.direction, view.received) {
                (Direction::In, Some(received)) => received.as_secs(),
                _ => view.state_since.as_secs(),
            },
            reply_to: view.reply_to.map(|id| veil::id(app, Of::Payload, id)),
        }
    }
}

/// Payloads, in the order in which they appeared here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Payloads {
    /// Each as it stands now.
    pub(crate) payloads: Vec<Payload>,
    /// Give it as `after` to go on behind the last one. Missing if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// Whether there are more already.
    pub(crate) more: bool,
    /// Give it as `after` to `/events` to hear of everything that changed since this answer began.
    pub(crate) event: String,
}

/// Something that is no more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Removed {
    /// Its id.
    pub(crate) id: String,
    /// With whom it was.
    pub(crate) relationship: String,
}
