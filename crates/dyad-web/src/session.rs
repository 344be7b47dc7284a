//! Who may look: a launch token that is exchanged once for a cookie, and whether the page is locked.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use dyad_app::{App, Stage};
use dyad_client::Client;
use dyad_protocol::hash::sha256;
use http::request::Parts;
use http::{HeaderName, Method, StatusCode, header};
use parking_lot::Mutex;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::error::PageError;
use crate::lang::{Lang, Texts};
use crate::pages;
use crate::state::Page;

/// How long a launch token is good.
const LAUNCH: Duration = Duration::from_secs(600);
/// Launch tokens at once; the oldest goes.
const MAX_LAUNCHES: usize = 16;
/// How long a browser may come back without a new launch token, seconds.
const LIFETIME: u64 = 30 * 86_400;
/// Browsers at once; the one longest known goes.
const MAX_SESSIONS: usize = 64;
/// Wrong passphrases in a row, after which answers are delayed.
const FREE_GUESSES: u32 = 3;
/// Where a locked page is opened.
const UNLOCK: &str = "/unlock";
/// Set by the page's own scripts on what they fetch: a page to go to is then named in a header instead of a redirect.
pub(crate) const FETCH: HeaderName = HeaderName::from_static("x-dyad-fetch");
/// The page to go to.
pub(crate) const GO: HeaderName = HeaderName::from_static("x-dyad-go");

type Hash = [u8; 32];

/// Sessions and launch tokens, known by their hashes only.
#[derive(Debug)]
pub(crate) struct Sessions {
    file: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Until when each is good, seconds since 1970.
    sessions: BTreeMap<Hash, u64>,
    launches: Vec<Launch>,
    /// The page asks for the passphrase although the app is open.
    locked: bool,
    /// When the person last did something.
    touched: Instant,
    wrong: u32,
}

/// A token that lets one browser in.
#[derive(Debug)]
struct Launch {
    token: Hash,
    until: Instant,
    /// Where it leads.
    to: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    session: String,
    until: u64,
}

impl Sessions {
    /// What was remembered in the file; one that cannot be read is as good as none, for whoever looks
    /// only has to open the page anew.
    pub(crate) fn load(file: &Path) -> Self {
        let text = fs::read(file).unwrap_or_default();
        let stored: Vec<Stored> = serde_json::from_slice(&text).unwrap_or_default();
        let now = seconds();
        let sessions = stored
            .into_iter()
            .filter(|stored| stored.until > now && stored.until <= now + LIFETIME)
            .filter_map(|stored| {
                let mut hash = [0; 32];
                hex::decode_to_slice(&stored.session, &mut hash).ok()?;
                Some((hash, stored.until))
            })
            .collect();
        Self {
            file: file.to_owned(),
            inner: Mutex::new(Inner {
                sessions,
                launches: Vec::new(),
                locked: false,
                touched: Instant::now(),
                wrong: 0,
            }),
        }
    }

    /// A token that lets one browser in.
    pub(crate) fn launch(&self, to: &str) -> String {
        let token = random();
        let mut inner = self.inner.lock();
        if inner.launches.len() >= MAX_LAUNCHES {
            inner.launches.remove(0);
        }
        inner.launches.push(Launch {
            token: sha256(token.as_bytes()),
            until: Instant::now() + LAUNCH,
            to: to.to_owned(),
        });
        token
    }

    /// Exchanges a launch token for a session, and says where it leads.
    fn enter(&self, token: &str) -> Option<(String, String)> {
        let hash = sha256(token.as_bytes());
        let mut inner = self.inner.lock();
        let now = Instant::now();
        inner.launches.retain(|launch| launch.until > now);
        let place = inner.launches.iter().position(|l| l.token == hash)?;
        let to = inner.launches.remove(place).to;
        let session = random();
        if inner.sessions.len() >= MAX_SESSIONS {
            let first = inner.sessions.iter().min_by_key(|(_, until)| **until);
            let first = first.map(|(hash, _)| *hash);
            first.map(|hash| inner.sessions.remove(&hash));
        }
        inner
            .sessions
            .insert(sha256(session.as_bytes()), seconds() + LIFETIME);
        inner.touched = now;
        self.save(&inner.sessions);
        Some((session, to))
    }

    /// Whether the cookie is one of ours. Comparing hashes tells nothing about the cookie by its time.
    fn knows(&self, cookie: &str) -> bool {
        let until = self
            .inner
            .lock()
            .sessions
            .get(&sha256(cookie.as_bytes()))
            .copied();
        until.is_some_and(|until| until > seconds())
    }

    fn save(&self, sessions: &BTreeMap<Hash, u64>) {
        let stored: Vec<Stored> = sessions
            .iter()
            .map(|(hash, until)| Stored {
                session: hex::encode(hash),
                until: *until,
            })
            .collect();
        let written = || {
            let text = serde_json::to_vec(&stored)?;
            let temporary = self.file.with_extension("new");
            let mut file = fs::OpenOptions::new();
            let file = file.write(true).create(true).truncate(true).mode(0o600);
            file.open(&temporary)?.write_all(&text)?;
            fs::rename(&temporary, &self.file)
        };
        if let Err(error) = written() {
            tracing::warn!(%error, "browsers are not remembered beyond this run");
        }
    }

    /// The person did something.
    pub(crate) fn touch(&self) {
        self.inner.lock().touched = Instant::now();
    }

    /// Locks the page if nothing was done for so long. Says whether it is locked.
    pub(crate) fn locked_after(&self, idle: Option<Duration>) -> bool {
        let mut inner = self.inner.lock();
        inner.locked |= idle.is_some_and(|idle| inner.touched.elapsed() >= idle);
        inner.locked
    }

    pub(crate) fn lock(&self) {
        self.inner.lock().locked = true;
    }

    pub(crate) fn unlock(&self) {
        let mut inner = self.inner.lock();
        inner.locked = false;
        inner.wrong = 0;
        inner.touched = Instant::now();
    }

    /// How long the answer to another wrong passphrase is held back.
    pub(crate) fn wrong_passphrase(&self) -> Duration {
        let mut inner = self.inner.lock();
        inner.wrong = inner.wrong.saturating_add(1);
        let over = inner.wrong.saturating_sub(FREE_GUESSES).min(6);
        Duration::from_millis(if over == 0 { 0 } else { 500 << over })
    }
}

/// Marks one form, so that it is known when it comes twice.
pub(crate) fn nonce() -> String {
    random()
}

fn random() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

/// Cookies do not know ports: the name keeps two people on one machine apart.
fn cookie_name(page: &Page) -> String {
    format!("dyad-{}", page.0.address.port())
}

#[derive(Deserialize)]
pub(crate) struct Shown {
    t: String,
}

/// `GET /enter`: exchanges the launch token. The answer leads on by itself instead of redirecting,
/// because a strict cookie does not go with a redirect that another program began.
pub(crate) async fn enter(
    State(page): State<Page>,
    lang: Lang,
    Query(shown): Query<Shown>,
) -> Response {
    let Some((session, to)) = page.0.sessions.enter(&shown.t) else {
        return closed(lang.texts);
    };
    let secure = if page.0.address.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{}={session}; Path=/; Max-Age={LIFETIME}; HttpOnly; SameSite=Strict{secure}",
        cookie_name(&page)
    );
    (
        [(header::SET_COOKIE, cookie)],
        pages::enter::welcome(lang.texts, to),
    )
        .into_response()
}

fn closed(t: &'static Texts) -> Response {
    (StatusCode::FORBIDDEN, pages::enter::closed(t)).into_response()
}

/// Somebody with a valid session. The app may be locked or not even set up.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) t: &'static Texts,
}

impl FromRequestParts<Page> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Response> {
        let lang = Lang::from_request_parts(parts, page)
            .await
            .unwrap_or_default();
        let name = cookie_name(page);
        let known = parts
            .headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(key, value)| key == name && page.0.sessions.knows(value));
        if known {
            Ok(Self { t: lang.texts })
        } else {
            Err(closed(lang.texts))
        }
    }
}

/// The person, with the app open and the page not locked.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) t: &'static Texts,
    pub(crate) app: App,
    pub(crate) client: Client,
}

impl FromRequestParts<Page> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, page).await?;
        let automatic = parts
            .headers
            .get(FETCH)
            .is_some_and(|value| value == "auto");
        let client = match page.0.app.stage() {
            Stage::New => return Err(go(parts, "/setup")),
            Stage::Locked => return Err(go(parts, UNLOCK)),
            Stage::Open => page.0.app.client().map_err(|_| go(parts, UNLOCK))?,
        };
        let idle = page.idle_limit(&client);
        if page.0.sessions.locked_after(idle) {
            return Err(go(parts, UNLOCK));
        }
        if !automatic {
            page.0.sessions.touch();
        }
        Ok(Self {
            t: visitor.t,
            app: page.0.app.clone(),
            client,
        })
    }
}

impl Person {
    /// For a page that shows an error.
    pub(crate) fn error(&self, error: impl Into<dyad_app::AppError>) -> PageError {
        PageError::new(self.t, error.into())
    }
}

/// Sends the browser elsewhere: scripts are told where, because they follow redirects blindly. Whoever has to unlock first
/// is led on to what was asked for.
fn go(parts: &Parts, to: &'static str) -> Response {
    if parts.headers.contains_key(FETCH) {
        return (StatusCode::UNAUTHORIZED, [(GO, to)]).into_response();
    }
    if to == UNLOCK && parts.method == Method::GET {
        let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        // An address holds nothing else that would end or change a value.
        let wanted = wanted
            .replace('%', "%25")
            .replace('&', "%26")
            .replace('+', "%2B");
        return Redirect::to(&format!("{to}?next={wanted}")).into_response();
    }
    Redirect::to(to).into_response()
}
