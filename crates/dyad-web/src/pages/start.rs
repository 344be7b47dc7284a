//! First start, unlocking and locking.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_app::{AppError, Stage};
use dyad_client::{Unlock, UnlockMethod};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::layout::Bare;
use crate::error::{PageError, html, message};
use crate::lang::Texts;
use crate::session::{Person, Visitor};
use crate::state::Page;

/// Shortest passphrase that is taken without a word, characters.
const SHORT: usize = 8;
/// Longest that the services of this process are waited for.
const OWN_SERVICES: Duration = Duration::from_secs(5);
/// How often they are looked for.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/setup", get(setup).post(create))
        .route("/unlock", get(locked).post(unlock))
        .route("/lock", post(lock))
        .route("/awake", post(awake))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    t: &'static Texts,
    bare: Bare,
    name: String,
    /// Whether a provider is to be chosen next.
    provider: bool,
    /// Whether the system's keyring may open it: not where others reach the page.
    keyring: bool,
    problem: Option<String>,
}

async fn setup(State(page): State<Page>, visitor: Visitor) -> Response {
    if page.0.app.stage() != Stage::New {
        return Redirect::to("/").into_response();
    }
    setup_page(&page, visitor.t, String::new(), false, None)
}

fn setup_page(
    page: &Page,
    t: &'static Texts,
    name: String,
    provider: bool,
    problem: Option<String>,
) -> Response {
    let bare = Bare::new(t, t.s("setup-title"));
    html(&Setup {
        t,
        bare,
        name,
        provider,
        keyring: !page.0.address.is_secure(),
        problem,
    })
    .into_response()
}

#[derive(Deserialize)]
struct NewHome {
    name: String,
    #[serde(default)]
    passphrase: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    keyring: Option<String>,
    #[serde(default)]
    provider: Option<String>,
}

async fn create(State(page): State<Page>, visitor: Visitor, Form(new): Form<NewHome>) -> Response {
    let t = visitor.t;
    if page.0.app.stage() != Stage::New {
        return Redirect::to("/").into_response();
    }
    let provider = new.provider.is_some();
    let unlock = if new.keyring.is_some() {
        if page.0.address.is_secure() {
            let why = t.s("setup-keyring-exposed");
            return setup_page(&page, t, new.name, provider, Some(why));
        }
        Unlock::Keyring
    } else {
        let problem = if new.passphrase.chars().count() < SHORT {
            Some("setup-short")
        } else if new.passphrase != new.again {
            Some("setup-different")
        } else {
            None
        };
        if let Some(problem) = problem {
            return setup_page(&page, t, new.name, provider, Some(t.s(problem)));
        }
        Unlock::Passphrase(SecretString::from(new.passphrase))
    };
    let name = new.name.trim();
    match page
        .0
        .app
        .create(unlock, Some(name).filter(|n| !n.is_empty()))
        .await
    {
        Ok(()) => {
            page.0.sessions.unlock();
            own_services(&page).await;
            Redirect::to(if provider { "/me/providers" } else { "/" }).into_response()
        }
        Err(e) => setup_page(&page, t, new.name, provider, Some(message(t, &e))),
    }
}

/// Waits until the services of this process are in use, which happens by itself, so that nobody is told that there are none.
async fn own_services(page: &Page) {
    let none = || {
        let providers = page.0.app.client().map(|client| client.provider_list());
        matches!(providers, Ok(Ok(list)) if list.is_empty())
    };
    let patience = Instant::now() + OWN_SERVICES;
    while none() && Instant::now() < patience {
        sleep(LOOK).await;
    }
}

#[derive(Template)]
#[template(path = "unlock.html")]
struct Locked {
    t: &'static Texts,
    bare: Bare,
    keyring: bool,
    /// The page alone is locked; the app works on.
    working: bool,
    next: String,
    problem: Option<String>,
}

/// Where to go when it is open.
#[derive(Default, Deserialize)]
struct Then {
    #[serde(default)]
    next: String,
}

impl Then {
    /// A place of this page, whatever was asked for.
    fn place(&self) -> &str {
        let inside = self.next.starts_with('/')
            && !self.next.starts_with("//")
            && self
                .next
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'\\');
        if inside { &self.next } else { "/" }
    }
}

async fn locked(State(page): State<Page>, visitor: Visitor, Query(then): Query<Then>) -> Response {
    if page.0.app.stage() == Stage::New {
        return Redirect::to("/setup").into_response();
    }
    if page.0.app.stage() == Stage::Open && !page.0.sessions.locked_after(None) {
        return Redirect::to(then.place()).into_response();
    }
    locked_page(&page, visitor.t, &then, None)
}

fn locked_page(page: &Page, t: &'static Texts, then: &Then, problem: Option<AppError>) -> Response {
    let keyring = match page.0.app.unlock_method() {
        Ok(method) => method == UnlockMethod::Keyring,
        Err(e) => return PageError::new(t, e).into_response(),
    };
    let template = Locked {
        t,
        bare: Bare::new(t, t.s("unlock-title")),
        keyring,
        working: page.0.app.stage() == Stage::Open,
        next: then.place().to_owned(),
        problem: problem.map(|e| message(t, &e)),
    };
    html(&template).into_response()
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    passphrase: String,
    #[serde(default)]
    next: String,
}

async fn unlock(State(page): State<Page>, visitor: Visitor, Form(key): Form<Key>) -> Response {
    let then = Then { next: key.next };
    let unlock = match page.0.app.unlock_method() {
        Ok(UnlockMethod::Keyring) => Unlock::Keyring,
        Ok(UnlockMethod::Passphrase) => Unlock::Passphrase(SecretString::from(key.passphrase)),
        Err(e) => return locked_page(&page, visitor.t, &then, Some(e)),
    };
    match page.0.app.unlock(unlock).await {
        Ok(()) => {
            page.0.sessions.unlock();
            Redirect::to(then.place()).into_response()
        }
        Err(e) => {
            if e.code == "wrong-passphrase" {
                sleep(page.0.sessions.wrong_passphrase()).await;
            }
            locked_page(&page, visitor.t, &then, Some(e))
        }
    }
}

/// Locks the page; the app goes on receiving.
async fn lock(State(page): State<Page>, _: Person) -> Response {
    page.0.sessions.lock();
    Redirect::to("/unlock").into_response()
}

/// The person types or reads: not yet time to lock.
async fn awake(_: Person) -> http::StatusCode {
    http::StatusCode::NO_CONTENT
}
