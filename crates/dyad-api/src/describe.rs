//! The API's description (OpenAPI), out of the types that answer it.

use axum::response::{IntoResponse, Response};
use http::header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::Problem;
use crate::types::{Message, Payload, Progress, Removed};
use crate::{changes, events, files, messages, pairings, payloads, relationships};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dyad, for other programs",
        version = "1",
        description = "The relationships that the person granted an app: sending and receiving payloads of its types, and, if that was \
                       granted, everything that is written. On the socket api.sock in the home, and on loopback (`dyad apps where` says \
                       where). spec/api.md explains it.",
        license(name = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "Wherever it is reached.")),
    paths(
        pairings::ask,
        pairings::poll,
        relationships::me,
        relationships::list,
        payloads::send,
        payloads::list,
        payloads::one,
        events::events,
        messages::list,
        messages::one,
        messages::send,
        messages::read,
        changes::edit,
        changes::delete,
        changes::react,
        changes::take_back,
        files::send,
        files::download,
        files::fetch,
        files::stop,
    ),
    components(schemas(Problem, Payload, Message, Progress, Removed)),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Description;

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token that pairing gave."))
            .build();
        if let Some(components) = &mut openapi.components {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}

/// The description, as JSON with a line feed at its end.
#[must_use]
pub fn describe() -> String {
    let mut text = Description::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Anybody may read it.
pub(crate) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], describe()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_in_the_repository_is_the_one_that_is_answered() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/api.json");
        if std::env::var_os("DYAD_RENEW").is_some() {
            std::fs::write(path, describe()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == describe(),
            "spec/api.json is not what the code answers. If the change is meant: DYAD_RENEW=1 cargo test -p dyad-api description"
        );
    }
}
