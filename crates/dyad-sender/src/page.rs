//! The page behind an invitation link, for people who open it in a browser.
//!
//! The secret is in the part of the address after `#`, which browsers keep to themselves. The page runs no
//! script and loads nothing, so that nothing else can learn it either.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyad_protocol::hash::sha256;
use http::{HeaderName, header};

const STYLE: &str = include_str!("page/style.css");
const BODY: &str = include_str!("page/body.html");

static PAGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>You have been invited</title>\n<style>{STYLE}</style>\n</head>\n{BODY}</html>\n"
    )
});

/// Nothing but our own style, named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// `GET /i`.
pub(crate) async fn show() -> Response {
    let headers: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, PAGE.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_nothing_and_runs_nothing() {
        let page = PAGE.to_ascii_lowercase();
        for part in [
            "<script", "src=", "href=", "url(", "@import", "onclick", "style=\"", "http",
        ] {
            assert!(!page.contains(part), "{part}");
        }
        // The style is exactly what the policy's hash was taken over.
        assert_eq!(PAGE.matches(&format!("<style>{STYLE}</style>")).count(), 1);
    }

    #[test]
    fn the_page_says_what_to_do() {
        for part in [
            "dyad accept",
            "whole address",
            "<main",
            "<h1",
            "lang=\"en\"",
        ] {
            assert!(PAGE.contains(part), "{part}");
        }
    }
}
