//! Answering an invitation: first whose it is and what answering means, then the answer.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::InvitationPreview;
use dyad_protocol::invitation::Reuse;
use serde::Deserialize;

use super::choices::{self, Choice};
use super::layout::{Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::when;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/accept", get(show).post(accept))
        .route("/accept/look", post(look))
}

#[derive(Template)]
#[template(path = "accept.html")]
struct Accept {
    t: &'static Texts,
    shell: Shell,
    text: String,
    problem: Option<String>,
}

async fn show(person: Person) -> Result<Response, PageError> {
    page(&person, String::new(), None)
}

pub(crate) fn page(
    person: &Person,
    text: String,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let page = Accept {
        t,
        shell: Shell::new(person, t.s("accept-invitation"), None)?,
        text,
        problem,
    };
    Ok(html(&page).into_response())
}

/// The first page again, with what was given still in it.
fn again(person: &Person, text: String, error: &PageError) -> Result<Response, PageError> {
    Ok((error.status(), page(person, text, Some(error.message()))?).into_response())
}

#[derive(Deserialize)]
struct Given {
    text: String,
}

#[derive(Template)]
#[template(path = "accept-look.html")]
struct Look {
    t: &'static Texts,
    shell: Shell,
    text: String,
    name: Option<String>,
    pronouns: Option<String>,
    single: bool,
    expires: String,
    hosts: String,
    own: bool,
    expired: bool,
    profiles: Vec<Choice>,
    nick: String,
    problem: Option<String>,
}

/// What was answered with, and did not do.
struct Before {
    nick: String,
    profile: u64,
    problem: String,
}

async fn look(person: Person, Form(given): Form<Given>) -> Result<Response, PageError> {
    match person.client.look_at_invitation(&given.text).await {
        Ok(preview) => preview_page(&person, given.text, preview, None),
        Err(e) => again(&person, given.text, &person.error(e)),
    }
}

fn preview_page(
    person: &Person,
    text: String,
    preview: InvitationPreview,
    before: Option<Before>,
) -> Result<Response, PageError> {
    let t = person.t;
    let (nick, profile, problem) = match before {
        Some(before) => (before.nick, before.profile, Some(before.problem)),
        None => (preview.name.clone().unwrap_or_default(), 0, None),
    };
    let hosts: Vec<&str> = preview.hosts.iter().map(|host| host.as_str()).collect();
    let page = Look {
        t,
        shell: Shell::new(person, t.s("accept-look-title"), None)?.back_to("/accept"),
        text,
        single: preview.reuse == Reuse::Single,
        expires: when::full(t, preview.expires, now()),
        hosts: hosts.join(", "),
        name: preview.name,
        pronouns: preview.pronouns,
        own: preview.own,
        expired: preview.expired,
        profiles: choices::profiles(person, profile)?,
        nick,
        problem,
    };
    Ok(html(&page).into_response())
}

#[derive(Deserialize)]
struct Answer {
    text: String,
    #[serde(default)]
    nick: String,
    #[serde(default)]
    profile: u64,
}

async fn accept(person: Person, Form(answer): Form<Answer>) -> Result<Response, PageError> {
    let nick = Some(answer.nick.trim()).filter(|nick| !nick.is_empty());
    let accepted = person
        .client
        .accept_as(&answer.text, nick, Some(answer.profile));
    match accepted.await {
        Ok(accepted) => {
            let id = hex::encode(accepted.contact.id.as_bytes());
            Ok(Redirect::to(&format!("/c/{id}")).into_response())
        }
        Err(e) => {
            let error = person.error(e);
            // What they were to be called stays typed, unless the invitation itself is what is wrong.
            match person.client.look_at_invitation(&answer.text).await {
                Ok(preview) => {
                    let before = Before {
                        nick: answer.nick,
                        profile: answer.profile,
                        problem: error.message(),
                    };
                    let page = preview_page(&person, answer.text, preview, Some(before))?;
                    Ok((error.status(), page).into_response())
                }
                Err(_) => again(&person, answer.text, &error),
            }
        }
    }
}
