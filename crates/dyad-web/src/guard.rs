//! What holds for every request: which host was meant, which page asked, and what the browser may do
//! with the answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri};

use crate::state::Page;

/// Only what we serve ourselves; pictures may be drawn by the page (`blob:`), QR codes are part of it (`data:`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    // Without any referrer browsers would call the origin of our own forms "null".
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    ),
];

pub(crate) async fn guard(State(page): State<Page>, request: Request, next: Next) -> Response {
    let mut response = match check(&page, request.method(), request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err((status, why)) => (status, why).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(
    page: &Page,
    method: &Method,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<(), (StatusCode, &'static str)> {
    let address = &page.0.address;
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A name of somebody else's that was made to lead to this machine (DNS rebinding).
    let host = asked_host(uri, text(&header::HOST)).filter(|host| address.is_host(host));
    let Some(host) = host else {
        return Err((
            StatusCode::MISDIRECTED_REQUEST,
            "This address belongs to a Dyad app on this machine, under another name.\n",
        ));
    };
    let from = text(&HeaderName::from_static("sec-fetch-site"));
    let ours = matches!(from, None | Some("same-origin" | "none"));
    let refused = Err((
        StatusCode::FORBIDDEN,
        "Another page asked for this, which only the app's own page may.\n",
    ));
    if method == Method::GET || method == Method::HEAD {
        // The way in leads from a file on this machine or from another program.
        return if ours || uri.path() == "/enter" {
            Ok(())
        } else {
            refused
        };
    }
    match text(&header::ORIGIN) {
        Some(origin) if origin == address.origin(host) && ours => Ok(()),
        // Browsers send an origin with everything that changes something; what sends none has to say otherwise that it is ours.
        None if from == Some("same-origin") => Ok(()),
        _ => refused,
    }
}

/// The host that was asked for: HTTP/1.1 says it in a header, HTTP/2 in the address (RFC 9113, section 8.3.1). None
/// if two are named that differ.
fn asked_host<'a>(uri: &'a Uri, header: Option<&'a str>) -> Option<&'a str> {
    match (uri.authority(), header) {
        (Some(authority), Some(header)) if authority.as_str() != header => None,
        (Some(authority), _) => Some(authority.as_str()),
        (None, header) => header,
    }
}
