//! Publishing the host's signed document. What is in it is made and signed elsewhere.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use dyad_protocol::document::WELL_KNOWN_PATH;
use dyad_protocol::hash::sha256;
use http::{HeaderMap, StatusCode, header};
use tokio::sync::watch;

use crate::extract::JSON;

/// How long anybody in between may keep the document. Keys overlap for days; a new one is seen soon.
const CACHE: &str = "public, max-age=300";

/// Serves the newest document (JSON bytes, sent as they are) at `/.well-known/dyad`.
pub fn well_known(document: watch::Receiver<Bytes>) -> Router {
    Router::new()
        .route(WELL_KNOWN_PATH, get(show))
        .with_state(document)
}

async fn show(State(document): State<watch::Receiver<Bytes>>, headers: HeaderMap) -> Response {
    let bytes = document.borrow().clone();
    let tag = format!("\"{}\"", hex::encode(&sha256(&bytes)[..16]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    // A list of tags, or a star (RFC 9110 section 13.1.2).
    let unchanged = known.is_some_and(|list| {
        list.split(',')
            .map(str::trim)
            .any(|t| t == "*" || t.trim_start_matches("W/") == tag)
    });
    let caching = [
        (header::CACHE_CONTROL, CACHE.to_owned()),
        (header::ETAG, tag),
    ];
    if unchanged {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, JSON)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: &Router, tag: Option<&str>) -> (u16, HeaderMap, Bytes) {
        let mut request = http::Request::get("/.well-known/dyad")
            .body(Body::empty())
            .unwrap();
        if let Some(tag) = tag {
            request
                .headers_mut()
                .insert("if-none-match", tag.parse().unwrap());
        }
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        (
            parts.status.as_u16(),
            parts.headers,
            body.collect().await.unwrap().to_bytes(),
        )
    }

    #[tokio::test]
    async fn the_newest_document_is_served_byte_for_byte() {
        let (publish, document) = watch::channel(Bytes::from_static(b"{ \"a\" :1}"));
        let router = well_known(document);
        let (status, headers, body) = ask(&router, None).await;
        assert_eq!((status, &body[..]), (200, &b"{ \"a\" :1}"[..]));
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], CACHE);

        let tag = headers["etag"].to_str().unwrap().to_owned();
        let (status, _, body) = ask(&router, Some(&format!("\"x\", W/{tag}"))).await;
        assert_eq!((status, body.len()), (304, 0));

        publish.send(Bytes::from_static(b"{}")).unwrap();
        let (status, headers, body) = ask(&router, Some(&tag)).await;
        assert_eq!((status, &body[..]), (200, &b"{}"[..]));
        assert_ne!(headers["etag"], tag);
    }
}
