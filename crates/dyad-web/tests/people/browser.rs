//! A person with a browser at the page of their own app, and a provider with real services.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use dyad_app::App;
use dyad_client::{Client, ClientOptions, KdfCost, Timing, Unlock};
use dyad_net::{DirectDialer, DirectSettings};
use dyad_protocol::time::SystemClock;
use dyad_provider::{Listeners, ProviderConfig, RunningProvider, start_provider_on};
use dyad_service::Shutdown;
use dyad_web::{Page, PageAddress, router};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:7777";

pub struct Provider {
    pub url: String,
    running: Option<(RunningProvider, Shutdown)>,
    _folder: TempDir,
}

impl Provider {
    pub async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = public.local_addr().unwrap();
        let host = address.to_string().parse().unwrap();
        let mut config = ProviderConfig::embedded(host, address, &folder.path().join("data"));
        config.provider.min_free_bytes = 0;
        let shutdown = Shutdown::new();
        let listeners = Listeners {
            public,
            admin: None,
        };
        let clock = Arc::new(SystemClock);
        let running = start_provider_on(&config, listeners, clock, shutdown.clone())
            .await
            .unwrap();
        Self {
            url: format!("http://{address}"),
            running: Some((running, shutdown)),
            _folder: folder,
        }
    }

    pub async fn stop(&mut self) {
        if let Some((running, shutdown)) = self.running.take() {
            shutdown.drain();
            running.finished().await;
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
}

impl Answer {
    /// A page in order, that holds this.
    pub fn shows(&self, part: &str) -> &Self {
        assert!(self.body.contains(part), "{part} not in {}", self.body);
        self
    }

    pub fn lacks(&self, part: &str) -> &Self {
        assert!(!self.body.contains(part), "{part} in {}", self.body);
        self
    }

    pub fn leads(&self, to: &str) -> &Self {
        assert_eq!(
            (self.status, self.location.as_str()),
            (StatusCode::SEE_OTHER, to),
            "{}",
            self.body
        );
        self
    }

    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// The value of the field with this id.
    pub fn value(&self, id: &str) -> String {
        let rest = self.body.split(&format!("id=\"{id}\" value=\"")).nth(1);
        let value = rest.and_then(|rest| rest.split('"').next());
        value
            .unwrap_or_else(|| panic!("{id} in {}", self.body))
            .to_owned()
    }
}

pub struct Browser {
    pub client: Client,
    router: Router,
    cookie: String,
    pub language: &'static str,
    home: TempDir,
}

impl Browser {
    pub async fn new(name: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let app = App::new(&home.path().join("home"), || {
            let dialer = DirectDialer::new(DirectSettings {
                allow_loopback: true,
                ..DirectSettings::default()
            });
            ClientOptions {
                kdf: KdfCost::MINIMAL,
                timing: Timing {
                    retry_first: Duration::from_millis(100),
                    retry_max: Duration::from_secs(1),
                    ..Timing::default()
                },
                ..ClientOptions::new(Arc::new(dialer))
            }
        });
        let unlock = Unlock::Passphrase("a passphrase".to_owned().into());
        app.create(unlock, Some(name)).await.unwrap();
        let address = PageAddress::loopback(HOST.parse().unwrap());
        let page = Page::new(app.clone(), address, &home.path().join("browsers"));
        let mut browser = Self {
            client: app.client().unwrap(),

            cookie: String::new(),
            router: router(page.clone()),
            language: "en",
            home,
        };
        let launch = page.launch();
        let enter = launch.split(HOST).nth(1).unwrap().to_owned();
        let response = browser.ask("GET", &enter, Body::empty()).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    /// The same, with a provider in use.
    pub async fn at(name: &str, provider: &Provider) -> Self {
        let browser = Self::new(name).await;
        browser
            .client
            .provider_add(&provider.url, None)
            .await
            .unwrap();
        browser
    }

    pub fn folder(&self) -> String {
        self.home.path().display().to_string()
    }

    pub fn leave(&mut self) {
        self.cookie.clear();
    }

    async fn ask(&self, method: &str, path: &str, body: Body) -> http::Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("origin", format!("http://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header("accept-language", self.language)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body(body)
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn answer(response: http::Response<Body>) -> Answer {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let location = parts.headers.get("location");
        Answer {
            status: parts.status,
            location: location
                .map(|l| l.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Self::answer(self.ask("GET", path, Body::empty()).await).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        Self::answer(self.ask("POST", path, body.join("&").into()).await).await
    }

    pub async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        Self::answer(self.ask("POST", path, body.into()).await).await
    }

    /// The only contact: how it stands in addresses.
    pub fn only_contact(&self) -> String {
        let contacts = self.client.contacts().unwrap();
        assert_eq!(contacts.len(), 1);
        contacts[0].id.to_string()
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Two people who have answered one another.
pub async fn meet(one: &Browser, two: &Browser) {
    let made = one.post("/invite", &[("days", "14"), ("tell", "1")]).await;
    let link = made.is(201).value("link");
    let answered = two.post("/accept", &[("text", &link)]).await;
    answered.is(303);
    for _ in 0..100 {
        one.client.sync_once().await.unwrap();
        two.client.sync_once().await.unwrap();
        let known = |browser: &Browser| {
            let all = browser.client.contacts().unwrap();
            all.iter()
                .any(|c| c.status == dyad_client::view::ContactStatus::Active)
        };
        if known(one) && known(two) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("they never met");
}
