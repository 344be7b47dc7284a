//! Styles, scripts and pictures: part of the program, and the same for everybody.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use dyad_protocol::hash::sha256;
use http::{StatusCode, header};

const JS: &str = "text/javascript; charset=utf-8";

macro_rules! assets {
    ($($name:literal: $kind:expr),* $(,)?) => {
        const ASSETS: &[(&str, &str, &[u8])] = &[
            $(($name, $kind, include_bytes!(concat!("../assets/", $name)))),*
        ];
    };
}

assets! {
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "icons.svg": "image/svg+xml",
    "chess.svg": "image/svg+xml",
    "app.js": JS,
    "net.js": JS,
    "list.js": JS,
    "live.js": JS,
    "events.js": JS,
    "conversation.js": JS,
    "history.js": JS,
    "writing.js": JS,
    "actions.js": JS,
    "attach.js": JS,
    "cards.js": JS,
    "mail.js": JS,
    "game.js": JS,
    "menu.js": JS,
    "notify.js": JS,
    "scan.js": JS,
    "accept.js": JS,
    "invite.js": JS,
    "contact.js": JS,
    "picture.js": JS,
    "settings.js": JS,
    "apps.js": JS,
    "call.js": JS,
    "ring.js": JS,
    "peer.js": JS,
}

/// Names the contents, so that browsers may keep them for as long as they like.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (name, _, bytes) in ASSETS {
        all.extend_from_slice(name.as_bytes());
        all.extend_from_slice(&sha256(bytes));
    }
    sha256(&all)[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// Where an asset is found. Scripts name one another relatively and thus by the same version.
pub(crate) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`. Open to all: it holds nothing of the person.
pub(crate) async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, bytes)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, *bytes).into_response()
}
