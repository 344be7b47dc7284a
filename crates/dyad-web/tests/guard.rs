//! Who gets an answer, and what a browser may do with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use dyad_app::{App, Place};
use dyad_client::{ClientOptions, KdfCost, Unlock};
use dyad_net::{DirectDialer, DirectSettings};
use dyad_protocol::id::RelationshipId;
use dyad_web::{Page, PageAddress, router};
use http_body_util::BodyExt;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7410";

struct Site {
    page: Page,
    _home: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let app = App::new(home.path(), || ClientOptions {
            kdf: KdfCost::MINIMAL,
            ..ClientOptions::new(Arc::new(DirectDialer::new(DirectSettings::default())))
        });
        let key = Unlock::Passphrase("a passphrase".to_owned().into());
        app.create(key, Some("Alex")).await.unwrap();
        let address = PageAddress::loopback(HOST.parse().unwrap());
        let page = Page::new(app, address, &home.path().join("sessions"));
        Self { page, _home: home }
    }

    async fn ask(&self, request: Request<Body>) -> Response<Body> {
        router(self.page.clone()).oneshot(request).await.unwrap()
    }

    /// The cookie that a launch address gives.
    async fn cookie(&self) -> String {
        let launch = self.page.launch();
        let response = self
            .ask(get(launch.trim_start_matches(&format!("http://{HOST}"))))
            .await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .header(header::HOST, HOST)
        .body(Body::empty())
        .unwrap()
}

fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

fn post(path: &str, headers: &[(&'static str, &str)]) -> Request<Body> {
    let request = Request::post(path)
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    with(request, headers)
}

#[tokio::test]
async fn nothing_is_shown_without_a_session() {
    let site = Site::new().await;
    for path in [
        "/",
        "/list",
        "/events",
        "/c/00",
        "/unlock",
        "/setup",
        "/enter?t=00",
    ] {
        let response = site.ask(get(path)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&body).contains("Alex"), "{path}");
    }
    let wrong = with(get("/"), &[("cookie", "dyad-7410=00; dyad-7411=11")]);
    assert_eq!(site.ask(wrong).await.status(), StatusCode::FORBIDDEN);
    let cookie = site.cookie().await;
    assert_eq!(
        site.ask(with(get("/"), &[("cookie", &cookie)]))
            .await
            .status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_launch_address_leads_where_it_was_made_for_and_nowhere_else() {
    let site = Site::new().await;
    let with = RelationshipId::new([0xab; 16]);
    let place = Place::Calling {
        relationship: with,
        video: true,
    };
    let launched = site.page.launch_to(&place);
    let to = format!("/call/new?of={}&video=1", "ab".repeat(16));
    assert_eq!(launched.page, format!("http://{HOST}{to}"));
    let path = launched.url.split_once(HOST).unwrap().1;
    // What somebody adds to it leads nowhere.
    let led = site
        .ask(get(&format!("{path}&to=https://evil.example")))
        .await;
    assert_eq!(led.status(), StatusCode::OK);
    let bytes = led.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains(&format!("0;url={}", to.replace('&', "&#38;"))),
        "{text}"
    );
    assert!(!text.contains("evil"), "{text}");
}

#[tokio::test]
async fn a_launch_address_lets_one_in_once() {
    let site = Site::new().await;
    let launch = site.page.launch();
    let path = launch
        .trim_start_matches(&format!("http://{HOST}"))
        .to_owned();
    assert_eq!(site.ask(get(&path)).await.status(), StatusCode::OK);
    assert_eq!(site.ask(get(&path)).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_name_for_this_machine_gets_nothing() {
    let site = Site::new().await;
    let cookie = site.cookie().await;
    for host in [
        "evil.example",
        "evil.example:7410",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost.evil.example:7410",
        "",
    ] {
        let rebound = with(get("/"), &[("host", host), ("cookie", &cookie)]);
        assert_eq!(
            site.ask(rebound).await.status(),
            StatusCode::MISDIRECTED_REQUEST,
            "{host}"
        );
    }
    let local = with(get("/"), &[("host", "localhost:7410"), ("cookie", &cookie)]);
    assert_eq!(site.ask(local).await.status(), StatusCode::OK);
    // HTTP/2 says it in the address.
    for (uri, host, status) in [
        ("http://127.0.0.1:7410/", None, StatusCode::OK),
        ("http://127.0.0.1:7410/", Some(HOST), StatusCode::OK),
        (
            "http://evil.example:7410/",
            None,
            StatusCode::MISDIRECTED_REQUEST,
        ),
        (
            "http://evil.example:7410/",
            Some(HOST),
            StatusCode::MISDIRECTED_REQUEST,
        ),
    ] {
        let mut request = Request::get(uri).header(header::COOKIE, &cookie);
        if let Some(host) = host {
            request = request.header(header::HOST, host);
        }
        let answer = site.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), status, "{uri} {host:?}");
    }
}

#[tokio::test]
async fn what_another_page_asks_for_is_refused() {
    let site = Site::new().await;
    let cookie = site.cookie().await;
    let ours = format!("http://{HOST}");
    for headers in [
        [
            ("origin", "https://evil.example"),
            ("cookie", cookie.as_str()),
        ]
        .as_slice(),
        &[("origin", "null"), ("cookie", &cookie)],
        &[("origin", "http://127.0.0.1:7411"), ("cookie", &cookie)],
        &[
            ("origin", &ours),
            ("sec-fetch-site", "cross-site"),
            ("cookie", &cookie),
        ],
        &[("cookie", &cookie)],
    ] {
        let response = site.ask(post("/lock", headers)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    let cross = with(
        get("/list"),
        &[("sec-fetch-site", "same-site"), ("cookie", &cookie)],
    );
    assert_eq!(site.ask(cross).await.status(), StatusCode::FORBIDDEN);
    let good = post(
        "/lock",
        &[
            ("origin", &ours),
            ("sec-fetch-site", "same-origin"),
            ("cookie", &cookie),
        ],
    );
    assert_eq!(site.ask(good).await.status(), StatusCode::SEE_OTHER);
    // Locked: pages lead to the passphrase, scripts are told so.
    let page = site.ask(with(get("/"), &[("cookie", &cookie)])).await;
    assert_eq!(page.headers()[header::LOCATION], "/unlock?next=/");
    let further = get("/search?q=a%26b&n=1");
    let page = site.ask(with(further, &[("cookie", &cookie)])).await;
    assert_eq!(
        page.headers()[header::LOCATION],
        "/unlock?next=/search?q=a%2526b%26n=1"
    );
    let script = site
        .ask(with(
            get("/list"),
            &[("cookie", &cookie), ("x-dyad-fetch", "auto")],
        ))
        .await;
    assert_eq!(
        (script.status(), &script.headers()["x-dyad-go"]),
        (StatusCode::UNAUTHORIZED, &"/unlock".parse().unwrap())
    );
}

#[tokio::test]
async fn every_answer_binds_the_browser_to_what_is_ours() {
    let site = Site::new().await;
    let cookie = site.cookie().await;
    for path in ["/", "/nowhere", "/assets/x/style.css", "/assets/x/nothing"] {
        let response = site.ask(with(get(path), &[("cookie", &cookie)])).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        for (name, value) in [
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(response.headers()[name], value, "{path}");
        }
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body);
        for forbidden in ["style=\"", "onclick", "<script>", "https://", "//cdn"] {
            assert!(!text.contains(forbidden), "{path}: {forbidden}");
        }
    }
}
