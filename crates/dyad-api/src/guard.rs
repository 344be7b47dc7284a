//! What holds for every request over TCP: the port is open to all programs of this machine, and to whatever page a browser
//! on it shows.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::problem::Problem;

/// The names under which it may be asked.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<[String; 2]>);

impl Hosts {
    pub(crate) fn of(listen: SocketAddr) -> Self {
        Self(Arc::new([
            listen.to_string(),
            format!("localhost:{}", listen.port()),
        ]))
    }
}

pub(crate) async fn guard(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let mut response = match check(&hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn check(hosts: &Hosts, request: &Request) -> Result<(), Problem> {
    let text = |name: &HeaderName| {
        let value = request.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    // A name of somebody else's that was made to lead to this machine (DNS rebinding).
    let named = request.uri().authority().map(|host| host.as_str());
    let asked = named.or(text(&header::HOST));
    if !asked.is_some_and(|host| hosts.0.iter().any(|ours| host.eq_ignore_ascii_case(ours))) {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong-host",
            "This address belongs to a Dyad app on this machine, under another name.",
        ));
    }
    // Browsers send one or the other with whatever a page asks for; programs send neither.
    let from = text(&HeaderName::from_static("sec-fetch-site"));
    if request.headers().contains_key(header::ORIGIN) || !matches!(from, None | Some("none")) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not-for-pages",
            "This is for programs on this machine, not for pages in a browser.",
        ));
    }
    Ok(())
}
