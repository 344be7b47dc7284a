//! Who asks: a program that shows its token.

use axum::extract::FromRequestParts;
use dyad_client::Client;
use dyad_client::view::{AppContact, AppPass};
use http::request::Parts;
use http::{StatusCode, header};

use crate::problem::Problem;
use crate::state::Api;
use crate::veil;

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
}
