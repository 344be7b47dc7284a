//! The API as programs find it: who is let in, and what is said to garbage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use dyad_api::Api;
use dyad_app::App;
use dyad_client::view::AppGrant;
use dyad_client::{ClientOptions, KdfCost, Unlock};
use dyad_net::{DirectDialer, DirectSettings};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7410";

/// A person with an open profile and an API.
struct Stage {
    app: App,
    socket: Router,
    tcp: Router,
    _home: tempfile::TempDir,
}

/// A request as a program with this token makes it.
fn request(method: &str, path: &str, token: &str, kind: &str, body: String) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap()
}

/// Asks for something, and gives the status with the JSON that was answered, or the code of the problem.
async fn ask(router: &Router, request: Request<Body>) -> (u16, Value) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status == StatusCode::OK || status == StatusCode::CREATED {
        return (status.as_u16(), value);
    }
    assert_eq!(kind.unwrap(), "application/problem+json");
    assert_eq!(value["status"], status.as_u16());
    assert!(value["title"].as_str().unwrap().ends_with('.'), "{value}");
    (status.as_u16(), value["code"].clone())
}

impl Stage {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let app = App::new(home.path(), || ClientOptions {
            kdf: KdfCost::MINIMAL,
            ..ClientOptions::new(Arc::new(DirectDialer::new(DirectSettings::default())))
        });
        let key = Unlock::Passphrase("a passphrase".to_owned().into());
        app.create(key, Some("Alex")).await.unwrap();
        let api = Api::new(app.clone());
        let listen: SocketAddr = HOST.parse().unwrap();
        Self {
            app,
            socket: dyad_api::router(api.clone()),
            tcp: dyad_api::tcp_router(api, listen),
            _home: home,
        }
    }

    async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let get = request("GET", path, token, "application/json", String::new());
        ask(&self.socket, get).await
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let post = request("POST", path, token, "application/json", body.to_string());
        ask(&self.socket, post).await
    }

    /// Becomes an app, as the program and as the person.
    async fn paired(&self, wants: &Value) -> String {
        let (status, asked) = self.post("/pairings", "", wants).await;
        assert_eq!(status, 201, "{asked}");
        let path = format!("/pairings/{}", asked["id"].as_str().unwrap());
        let secret = json!({ "secret": asked["secret"] });
        let poll = || self.post(&path, "", &secret);
        assert_eq!(poll().await, (200, json!({ "state": "pending" })));
        let grant = AppGrant {
            code: asked["code"].as_str().unwrap().to_owned(),
            all_contacts: true,
            messages: wants["messages"] == true,
            ..AppGrant::default()
        };
        self.app.client().unwrap().app_allow(&grant).unwrap();
        let (status, answer) = poll().await;
        assert_eq!((status, &answer["state"]), (200, &json!("allowed")));
        assert_eq!(poll().await, (404, json!("unknown-pairing")));
        answer["token"].as_str().unwrap().to_owned()
    }
}

fn wants() -> Value {
    json!({ "name": "To-do", "types": ["vnd.example.todo"] })
}

#[tokio::test]
async fn a_program_is_let_in_told_what_it_is_and_let_out_again() {
    let stage = Stage::new().await;
    let token = stage.paired(&wants()).await;
    let me = json!({
        "name": "To-do", "types": ["vnd.example.todo"], "messages": false, "all_relationships": true
    });
    assert_eq!(stage.get("/me", &token).await, (200, me));
    let nobody = json!({ "relationships": [] });
    assert_eq!(stage.get("/relationships", &token).await, (200, nobody));
    let (_, empty) = stage.get("/payloads", &token).await;
    assert_eq!(
        (&empty["payloads"], &empty["more"]),
        (&json!([]), &json!(false))
    );
    let reader = stage
        .paired(&json!({ "name": "Reader", "messages": true }))
        .await;
    assert_eq!(stage.get("/me", &reader).await.1["messages"], true);

    stage.app.client().unwrap().app_revoke("To-do").unwrap();
    assert_eq!(
        stage.get("/me", &token).await,
        (401, json!("token-revoked"))
    );
    assert_eq!(
        stage.get("/me", "dyad_x").await,
        (401, json!("token-unknown"))
    );
    stage.app.lock().await;
    assert_eq!(stage.get("/me", &reader).await, (503, json!("app-locked")));
    assert_eq!(stage.post("/pairings", "", &wants()).await.0, 503);
}

#[tokio::test]
async fn pages_in_a_browser_and_strangers_stay_outside() {
    let stage = Stage::new().await;
    let token = stage.paired(&wants()).await;
    let cases: [(&[(&str, &str)], u16); 8] = [
        (&[("host", HOST)], 200),
        (&[("host", "localhost:7410")], 200),
        (&[("host", "localhost:7411")], 421),
        (&[("host", "evil.example")], 421),
        (&[], 421),
        (&[("host", HOST), ("origin", "http://127.0.0.1:7410")], 403),
        (&[("host", HOST), ("origin", "null")], 403),
        (&[("host", HOST), ("sec-fetch-site", "same-origin")], 403),
    ];
    for (headers, status) in cases {
        let mut request =
            Request::get("/api/v1/me").header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (found, _) = ask(&stage.tcp, request.body(Body::empty()).unwrap()).await;
        assert_eq!(found, status, "{headers:?}");
    }
    // A cookie is no token, and neither is another scheme.
    for (name, value) in [
        ("cookie", format!("token={token}")),
        ("authorization", format!("Basic {token}")),
    ] {
        let request = Request::get("/api/v1/me")
            .header("host", HOST)
            .header(name, value);
        let refused = ask(&stage.tcp, request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused, (401, json!("token-missing")));
    }
}

#[tokio::test]
async fn garbage_is_refused_everywhere_in_words() {
    let stage = Stage::new().await;
    let all = json!({ "name": "All", "types": ["a.b"], "messages": true });
    let token = stage.paired(&all).await;
    let none = "0".repeat(32);
    let posts = [
        "/pairings".to_owned(),
        "/pairings/1".to_owned(),
        format!("/relationships/{none}/payloads"),
        format!("/relationships/{none}/messages"),
        format!("/relationships/{none}/read"),
    ];
    let posts = posts.iter().map(|path| ("POST", path.clone()));
    let others = [
        ("PATCH", format!("/messages/{none}")),
        ("PUT", format!("/messages/{none}/reaction")),
    ];
    let deep = "[".repeat(100_000);
    let kind = "application/json; charset=utf-8";
    for (method, path) in &posts.chain(others).collect::<Vec<_>>() {
        for body in [
            "",
            "{",
            "null",
            "[]",
            "7",
            "\"x\"",
            "{\"other\":1}",
            "\u{0}",
            &deep,
        ] {
            let garbage = request(method, path, &token, kind, body.to_owned());
            let found = ask(&stage.socket, garbage).await;
            assert_eq!(found, (400, json!("bad-json")), "{path} {body:.20}");
        }
        let form = request(method, path, &token, "text/plain", "{}".to_owned());
        assert_eq!(
            ask(&stage.socket, form).await,
            (415, json!("not-json")),
            "{path}"
        );
        let large = request(method, path, &token, kind, " ".repeat((2 << 20) + 1));
        assert_eq!(
            ask(&stage.socket, large).await,
            (413, json!("too-large")),
            "{path}"
        );
    }
    for (path, status, code) in [
        ("/payloads?limit=x", 400, "bad-query"),
        ("/payloads?limit=101", 400, "bad-query"),
        ("/payloads?other=1", 400, "bad-query"),
        ("/payloads?after=x", 400, "bad-place"),
        ("/payloads?after=0123456789abcdef", 400, "bad-place"),
        ("/payloads?relationship=x", 404, "unknown-relationship"),
        ("/payloads/0123456789abcdef", 404, "unknown-payload"),
        ("/payloads/%ff", 400, "bad-id"),
        ("/messages/x", 404, "unknown-message"),
        ("/messages/0123456789abcdef", 404, "unknown-message"),
        ("/messages/x/file", 404, "unknown-message"),
        ("/events?after=x", 409, "unknown-event"),
        ("/events?after=0123456789abcdef", 409, "unknown-event"),
        ("/other", 404, "no-such-thing"),
        ("/pairings", 405, "no-such-method"),
    ] {
        assert_eq!(
            stage.get(path, &token).await,
            (status, json!(code)),
            "{path}"
        );
    }
    // Nobody is heard without end: not strangers, not one app.
    let mut last = (0, Value::Null);
    for _ in 0..60 {
        last = stage
            .post("/pairings", "", &json!({ "name": "", "types": ["a.b"] }))
            .await;
    }
    assert_eq!(last, (429, json!("too-many-requests")));
    for _ in 0..1_000 {
        last = stage.get("/me", &token).await;
        if last.0 == 429 {
            break;
        }
    }
    assert_eq!(last, (429, json!("too-many-requests")));
}

/// Everything that only the scope allows, with an id that could be one.
fn for_interfaces() -> Vec<(&'static str, String, Value)> {
    let some = "0".repeat(32);
    let of = format!("/relationships/{some}");
    let message = format!("/messages/{some}");
    vec![
        ("GET", format!("{of}/messages"), Value::Null),
        ("POST", format!("{of}/messages"), json!({ "text": "x" })),
        ("POST", format!("{of}/read"), json!({ "messages": [] })),
        ("POST", format!("{of}/files?name=x"), json!("a file")),
        ("GET", message.clone(), Value::Null),
        ("PATCH", message.clone(), json!({ "text": "x" })),
        ("DELETE", format!("{message}?for=both"), Value::Null),
        (
            "PUT",
            format!("{message}/reaction"),
            json!({ "emoji": "x" }),
        ),
        ("DELETE", format!("{message}/reaction"), Value::Null),
        ("GET", format!("{message}/file"), Value::Null),
        ("POST", format!("{message}/file"), Value::Null),
        ("DELETE", format!("{message}/file"), Value::Null),
    ]
}

#[tokio::test]
async fn without_the_scope_nothing_of_messages_is_shown_or_done() {
    let stage = Stage::new().await;
    let own = stage.paired(&wants()).await;
    let reader = json!({ "name": "Reader", "messages": true });
    let reader = stage.paired(&reader).await;
    for (method, path, body) in for_interfaces() {
        let with =
            |token: &str| request(method, &path, token, "application/json", body.to_string());
        assert_eq!(
            ask(&stage.socket, with(&own)).await,
            (403, json!("messages-not-granted")),
            "{method} {path}"
        );
        // With it, there is only nobody of that id.
        let (status, code) = ask(&stage.socket, with(&reader)).await;
        assert!(
            status == 404 && code.as_str().unwrap().starts_with("unknown-"),
            "{method} {path}: {status} {code}"
        );
    }
    stage.app.client().unwrap().app_revoke("Reader").unwrap();
    for (method, path, body) in for_interfaces() {
        let late = request(method, &path, &reader, "application/json", body.to_string());
        let refused = (401, json!("token-revoked"));
        assert_eq!(ask(&stage.socket, late).await, refused, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_asked_of_a_message_or_file_is_said_exactly() {
    let stage = Stage::new().await;
    let reader = json!({ "name": "Reader", "messages": true });
    let token = stage.paired(&reader).await;
    let some = "0".repeat(32);
    for (method, path, status, code) in [
        ("DELETE", format!("/messages/{some}"), 400, "bad-query"),
        (
            "DELETE",
            format!("/messages/{some}?for=me"),
            400,
            "bad-query",
        ),
        (
            "POST",
            format!("/relationships/{some}/files"),
            400,
            "bad-query",
        ),
        (
            "POST",
            format!("/relationships/{some}/files?name=x&other=1"),
            400,
            "bad-query",
        ),
        ("PUT", format!("/messages/{some}"), 405, "no-such-method"),
        (
            "PATCH",
            format!("/messages/{some}/file"),
            405,
            "no-such-method",
        ),
    ] {
        let asked = request(method, &path, &token, "application/json", String::new());
        let found = ask(&stage.socket, asked).await;
        assert_eq!(found, (status, json!(code)), "{method} {path}");
    }
}
