//! Response headers that every answer has, for the day that somebody opens one in a browser.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};

/// What a handler has set itself stays.
const DEFAULTS: [(HeaderName, &str); 5] = [
    // Answers are for whoever asked, unless a handler says otherwise.
    (header::CACHE_CONTROL, "no-store"),
    // Nothing here is a page: no script, no frame, no form.
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// A year: the host speaks https and nothing else. Browsers ignore it over plain http.
const HSTS: &str = "max-age=31536000";

/// Adds them to every answer of the router. `https` says whether the host is reached by https.
pub(crate) fn with_headers(router: Router, https: bool) -> Router {
    router.layer(from_fn_with_state(https, answer))
}

async fn answer(State(https): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add(&mut response, https);
    response
}

fn add(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    for (name, value) in DEFAULTS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static(HSTS));
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn ask(https: bool) -> http::HeaderMap {
        let own = [(header::CACHE_CONTROL, "public, max-age=300")];
        let router = Router::new().route("/", get(async move || (own, "x")));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = with_headers(router, https).oneshot(request).await.unwrap();
        response.headers().clone()
    }

    #[tokio::test]
    async fn every_answer_is_inert_in_a_browser_and_keeps_what_its_handler_said() {
        let headers = ask(true).await;
        assert_eq!(headers["cache-control"], "public, max-age=300");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert_eq!(headers["strict-transport-security"], HSTS);
        assert!(!ask(false).await.contains_key("strict-transport-security"));
    }
}
