//! The list of conversations, alone or beside another page.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::layout::Shell;
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/", get(home))
        .route("/archive", get(archive))
        .route("/list", get(list))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    t: &'static Texts,
    shell: Shell,
}

async fn home(person: Person) -> Result<Response, PageError> {
    page(&person, false)
}

async fn archive(person: Person) -> Result<Response, PageError> {
    page(&person, true)
}

fn page(person: &Person, archive: bool) -> Result<Response, PageError> {
    let t = person.t;
    let title = t.s(if archive { "archive" } else { "conversations" });
    let mut shell = Shell::with(person, title, None, archive)?;
    shell.list_first = true;
    Ok(html(&Home { t, shell }).into_response())
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    selected: Option<String>,
    #[serde(default)]
    archive: Option<String>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPart {
    t: &'static Texts,
    shell: Shell,
}

/// Only the list, for a page that is open.
async fn list(person: Person, Query(query): Query<ListQuery>) -> Result<Response, PageError> {
    let t = person.t;
    let shell = Shell::with(
        &person,
        String::new(),
        query.selected.as_deref(),
        query.archive.is_some(),
    )?;
    Ok(html(&ListPart { t, shell }).into_response())
}
