//! The person's own side: how they present themselves, and the way to the rest.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::{BADGE_COLOURS, BadgeView, ContactView, ProfileView};
use serde::Deserialize;

use super::choices::{self, Badge};
use super::layout::Shell;
use super::portraits;
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/me", get(show))
        .route("/me/profiles", post(add))
        .route("/me/profiles/{id}", post(change))
        .route("/me/profiles/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "me.html")]
struct Me {
    t: &'static Texts,
    shell: Shell,
    /// Which of the pages about the person this is.
    here: &'static str,
    profiles: Vec<Profile>,
    new: Profile,
    done: Option<String>,
    problem: Option<String>,
}

struct Profile {
    id: u64,
    name: String,
    pronouns: String,
    read_receipts: bool,
    default: bool,
    badge: Badge,
    letters: String,
    /// Where its picture is served.
    picture: Option<String>,
    colours: Vec<Colour>,
    /// Who sees it.
    seen_by: Vec<String>,
}

struct Colour {
    number: u8,
    name: String,
    chosen: bool,
}

async fn show(person: Person, Query(query): Query<choices::Done>) -> Result<Response, PageError> {
    let done = choices::done(person.t, query.done.as_deref());
    page(&person, done, None)
}

fn page(
    person: &Person,
    done: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let all = person.client.profiles().map_err(|e| person.error(e))?;
    let contacts = person.client.contacts().map_err(|e| person.error(e))?;
    let unused = (0..BADGE_COLOURS).find(|colour| all.iter().all(|p| p.badge.colour != *colour));
    let new = ProfileView {
        badge: BadgeView {
            colour: unused.unwrap_or_default(),
            letters: String::new(),
        },
        ..ProfileView::default()
    };
    let page = Me {
        t,
        shell: Shell::new(person, t.s("me"), None)?,
        here: "profiles",
        profiles: all.iter().map(|p| profile(t, p, &contacts)).collect(),
        new: profile(t, &new, &[]),
        done,
        problem,
    };
    Ok(html(&page).into_response())
}

fn profile(t: &Texts, view: &ProfileView, contacts: &[ContactView]) -> Profile {
    let colour = |number: u8| Colour {
        number,
        name: t.n("badge-colour", number + 1),
        chosen: number == view.badge.colour,
    };
    let seen_by = contacts.iter().filter(|c| c.profile == view.id);
    Profile {
        id: view.id,
        name: view.name.clone(),
        pronouns: view.pronouns.clone().unwrap_or_default(),
        read_receipts: view.read_receipts,
        default: view.default,
        badge: Badge::of(view),
        letters: view.badge.letters.clone(),
        picture: portraits::of(view),
        colours: (0..BADGE_COLOURS).map(colour).collect(),
        seen_by: seen_by.map(|c| c.nick.clone()).collect(),
    }
}

#[derive(Deserialize)]
struct Filled {
    name: String,
    #[serde(default)]
    pronouns: String,
    #[serde(default)]
    read_receipts: Option<String>,
    #[serde(default)]
    letters: String,
    #[serde(default)]
    colour: u8,
    #[serde(default)]
    default: Option<String>,
}

impl Filled {
    fn profile(self, id: u64) -> ProfileView {
        let pronouns = self.pronouns.trim();
        ProfileView {
            id,
            name: self.name.trim().to_owned(),
            pronouns: (!pronouns.is_empty()).then(|| pronouns.to_owned()),
            read_receipts: self.read_receipts.is_some(),
            badge: BadgeView {
                colour: self.colour,
                letters: self.letters.trim().to_owned(),
            },
            default: self.default.is_some(),
            picture: None,
        }
    }
}

pub(crate) fn led<T>(
    person: &Person,
    word: &str,
    result: Result<T, ClientError>,
) -> Result<Response, PageError> {
    choices::led(person, "/me", word, result, |why| page(person, None, why))
}

async fn add(person: Person, Form(filled): Form<Filled>) -> Result<Response, PageError> {
    let added = person.client.profile_add(filled.profile(0));
    led(&person, "added", added)
}

async fn change(
    person: Person,
    Path(id): Path<u64>,
    Form(filled): Form<Filled>,
) -> Result<Response, PageError> {
    let changed = person.client.profile_change(filled.profile(id));
    led(&person, "saved", changed)
}

async fn remove(person: Person, Path(id): Path<u64>) -> Result<Response, PageError> {
    let removed = person.client.profile_remove(id);
    led(&person, "removed", removed)
}
