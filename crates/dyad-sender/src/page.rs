//! The page behind an invitation link, for people who open it in a browser.
//!
//! The secret is in the part of the address after `#`, which browsers keep to themselves. The page runs no
//! script and loads nothing, so that nothing else can learn it either.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyad_protocol::hash::sha256;
use http::{HeaderMap, HeaderName, header};

const STYLE: &str = include_str!("page/style.css");
/// A language: its tag, the title, the body. The first is for everybody whose browser asks for none of them.
const LANGUAGES: [(&str, &str, &str); 2] = [
    ("en", "You have been invited", include_str!("page/en.html")),
    ("de", "Du bist eingeladen", include_str!("page/de.html")),
];

static PAGES: LazyLock<[String; 2]> = LazyLock::new(|| {
    LANGUAGES.map(|(tag, title, body)| {
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n{body}</html>\n"
        )
    })
});

/// Nothing but our own style, named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// `GET /i`.
pub(crate) async fn show(headers: HeaderMap) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE);
    let page = page(
        wanted
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    );
    let headers: [(HeaderName, &str); 7] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-language"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, page).into_response()
}

/// The page in the first language of ours in an `Accept-Language` (RFC 9110, section 12.5.4). Browsers name what is
/// preferred first, so the weights say nothing more.
fn page(wanted: &str) -> &'static str {
    let [first, _] = &*PAGES;
    let tags = wanted.split(',').map(|range| {
        let tag = range.split(';').next().unwrap_or_default().trim();
        tag.split('-').next().unwrap_or_default()
    });
    let mut known = tags.filter_map(|tag| {
        let mut pages = LANGUAGES.iter().zip(&*PAGES);
        let (_, page) = pages.find(|((of, ..), _)| of.eq_ignore_ascii_case(tag))?;
        Some(page.as_str())
    });
    known.next().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_load_nothing_and_run_nothing() {
        for page in &*PAGES {
            let small = page.to_ascii_lowercase();
            for part in [
                "<script", "src=", "href=", "url(", "@import", "onclick", "style=\"", "http",
            ] {
                assert!(!small.contains(part), "{part}");
            }
            // The style is exactly what the policy's hash was taken over.
            assert_eq!(page.matches(&format!("<style>{STYLE}</style>")).count(), 1);
            for part in ["dyad accept", "<main", "<h1", "<code>#</code>"] {
                assert!(page.contains(part), "{part}");
            }
        }
    }

    #[test]
    fn the_page_is_in_the_browsers_language() {
        for (wanted, tag) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("fr-CH, fr;q=0.9, DE;q=0.8", "de"),
            ("en-GB,de;q=0.5", "en"),
            ("fr, *;q=0.5", "en"),
            (",;;-,", "en"),
        ] {
            assert!(
                page(wanted).contains(&format!("<html lang=\"{tag}\">")),
                "{wanted}"
            );
        }
    }
}
