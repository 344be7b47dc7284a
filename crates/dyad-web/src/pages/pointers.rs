//! Sharing a link, and passing somebody on.

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::{ContactRequestView, ShareView};
use serde::Deserialize;

use super::actions::found;
use super::layout::Shell;
use super::{accept, contact};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;

/// How long a form waits for a service before it goes on.
const SEND_WAIT: Duration = Duration::from_millis(300);

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}/share", get(share).post(send_share))
        .route("/c/{id}/introduce", get(introduce).post(send_introduction))
        .route("/c/{id}/m/{n}/accept", get(look))
}

#[derive(Template)]
#[template(path = "share.html")]
struct Share {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    share: ShareForm,
    kinds: [(&'static str, String); 4],
    problem: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ShareForm {
    title: String,
    address: String,
    secret: String,
    what: String,
}

async fn share(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    share_page(&person, &id, ShareForm::default(), None)
}

fn share_page(
    person: &Person,
    id: &str,
    share: ShareForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let page = Share {
        t,
        shell: Shell::new(person, t.s("share-write"), Some(id))?.back_to(&format!("/c/{id}")),
        id: id.to_owned(),
        nick: contact.nick,
        share,
        kinds: [
            ("", t.s("share-link")),
            ("document", t.s("share-document")),
            ("album", t.s("share-album")),
            ("list", t.s("share-list")),
        ],
        problem,
    };
    Ok(html(&page).into_response())
}

async fn send_share(
    person: Person,
    Path(id): Path<String>,
    Form(form): Form<ShareForm>,
) -> Result<Response, PageError> {
    let view = ShareView {
        title: form.title.clone(),
        address: form.address.clone(),
        secret: some(&form.secret),
        what: some(&form.what),
    };
    let sent = match contact(&person.client, &id) {
        Ok(to) => person.client.share(&to.nick, view, SEND_WAIT).await,
        Err(e) => Err(e),
    };
    match sent {
        Ok(_) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) => {
            let (status, why) = told(&person, e);
            Ok((status, share_page(&person, &id, form, Some(why))?).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "introduce.html")]
struct Introduce {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    ask: AskForm,
    problem: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AskForm {
    name: String,
    invitation: String,
    note: String,
}

async fn introduce(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    introduce_page(&person, &id, AskForm::default(), None)
}

fn introduce_page(
    person: &Person,
    id: &str,
    ask: AskForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let page = Introduce {
        t,
        shell: Shell::new(person, t.s("ask-write"), Some(id))?.back_to(&format!("/c/{id}")),
        id: id.to_owned(),
        nick: contact.nick,
        ask,
        problem,
    };
    Ok(html(&page).into_response())
}

async fn send_introduction(
    person: Person,
    Path(id): Path<String>,
    Form(form): Form<AskForm>,
) -> Result<Response, PageError> {
    let view = ContactRequestView {
        name: form.name.clone(),
        invitation: some(&form.invitation),
        note: some(&form.note),
    };
    let sent = match contact(&person.client, &id) {
        Ok(to) => {
            person
                .client
                .request_contact(&to.nick, view, SEND_WAIT)
                .await
        }
        Err(e) => Err(e),
    };
    match sent {
        Ok(_) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) => {
            let (status, why) = told(&person, e);
            Ok((status, introduce_page(&person, &id, form, Some(why))?).into_response())
        }
    }
}

fn told(person: &Person, error: ClientError) -> (http::StatusCode, String) {
    let error = person.error(error);
    (error.status(), error.message())
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The page where invitations are answered, with the one that was passed on. Nothing is fetched until the person wants it.
async fn look(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let (_, message) = found(&person, &id, number).map_err(|e| person.error(e))?;
    let invitation = message.contact_request.and_then(|ask| ask.invitation);
    match invitation {
        Some(text) => accept::page(&person, text, None),
        None => Ok(Redirect::to(&format!("/c/{id}/m/{number}")).into_response()),
    }
}
