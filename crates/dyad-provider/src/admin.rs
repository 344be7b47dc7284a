//! The operator's listener: health, figures, enrolment codes.

use std::net::IpAddr;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use dyad_protocol::id::HostName;
use dyad_service::Problem;
use http::header;

/// Refuses requests that were sent to a name: a web page that an operator looks at can have its own name
/// resolve to this machine ("DNS rebinding") and would then speak with the operator's rights. Whoever
/// means this listener writes its address, or `localhost`.
pub(crate) fn by_address_only(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| {
        if is_meant(&request) {
            next.run(request).await
        } else {
            refuse()
        }
    }))
}

fn is_meant(request: &Request) -> bool {
    let given = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<HostName>().ok());
    given.is_some_and(|host| host.host() == "localhost" || host.host().parse::<IpAddr>().is_ok())
}

fn refuse() -> Response {
    Problem::forbidden(
        "not-by-name",
        "This listener is for the operator. Ask for it by its address, not by a name.",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_web_page_cannot_pose_as_the_operator() {
        let router = by_address_only(Router::new().route("/", get(async || "fine")));
        for (host, status) in [
            (Some("127.0.0.1:7412"), 200),
            (Some("[::1]:7412"), 200),
            (Some("localhost:7412"), 200),
            (Some("attacker.example"), 403),
            (Some("localhost.attacker.example:7412"), 403),
            (Some("not a host"), 403),
            (None, 403),
        ] {
            let mut request = Request::get("/").body(Body::empty()).unwrap();
            if let Some(host) = host {
                request
                    .headers_mut()
                    .insert(header::HOST, host.parse().unwrap());
            }
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{host:?}");
        }
    }
}
