//! Who asks: a program that shows its token.

use axum::extract::FromRequestParts;
use dyad_app::{Request, Response};
use dyad_client::Client;
use dyad_client::view::{AppContact, AppPass, MessageView};
use dyad_protocol::id::RelationshipId;
use http::request::Parts;
use http::{StatusCode, header};
use tokio::sync::mpsc;

use crate::problem::Problem;
use crate::state::Api;
use crate::veil::{self, Of};

/// An app, with the profile open.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) app: AppPass,
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let shown = parts.headers.get(header::AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        let Some(token) = token else {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "token-missing",
                "A request shows the token of its app: Authorization: Bearer TOKEN. Pairing gives one.",
            ));
        };
        let client = api.0.app.client()?;
        let app = client.app_by_token(token)?;
        api.0.limits.app(app.id)?;
        Ok(Self { client, app })
    }
}

impl Caller {
    /// The relationship of this id, if the app was granted it.
    pub(crate) fn relationship(&self, id: &str) -> Result<AppContact, Problem> {
        let all = self.client.app_relationships(&self.app)?;
        let found = all
            .into_iter()
            .find(|contact| veil::relationship(&self.app, &contact.id) == id);
        found.ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown-relationship",
                "There is no such relationship that this app was granted.",
            )
        })
    }

    /// Whether it may still write messages to this relationship, after something that took long.
    pub(crate) fn still(&self, id: &str) -> Result<(), Problem> {
        let app = self.client.app_pass(self.app.id)?;
        let client = self.client.clone();
        let now = Self {
            client,
            app: app.ok_or_else(Problem::revoked)?,
        };
        now.for_messages()?;
        now.relationship(id).map(drop)
    }

    /// Only for apps that were allowed to read and write messages.
    pub(crate) fn for_messages(&self) -> Result<(), Problem> {
        if self.app.messages {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "messages-not-granted",
            "This app was not allowed to read and write messages.",
        ))
    }

    /// The number of a message. An id that this app was not told has none; nor may an app ask that was not allowed messages.
    pub(crate) fn number(&self, id: &str) -> Result<u64, Problem> {
        self.for_messages()?;
        veil::number(&self.app, Of::Payload, id).ok_or_else(unknown)
    }

    /// The message of this id, if it is of a relationship that the app was granted.
    pub(crate) fn message(&self, id: &str) -> Result<MessageView, Problem> {
        let view = self.client.message(self.number(id)?)?;
        if granted(&self.app, &view.relationship) {
            return Ok(view);
        }
        Err(unknown())
    }

    /// Does what every interface can ask for.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, Problem> {
        // Nothing that is asked for here answers in several pieces.
        let (items, _none) = mpsc::channel(1);
        Ok(dyad_app::handle(&self.client, request, &items).await?)
    }
}

/// Whether a relationship is one of the app's.
pub(crate) fn granted(app: &AppPass, relationship: &RelationshipId) -> bool {
    let contacts = app.contacts.as_ref();
    contacts.is_none_or(|contacts| contacts.contains(relationship))
}

fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-message",
        "There is no such message that this app may see.",
    )
}
