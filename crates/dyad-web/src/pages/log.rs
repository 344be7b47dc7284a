//! What goes on: what is stuck and why, what waits, and what the app has mended by itself.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dyad_client::view::{NoticeView, QueueView, StatusView, StuckItem, StuckView};

use super::choices;
use super::layout::{Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::when;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/me/log", get(show))
        .route("/me/log/sync", post(sync))
}

#[derive(Template)]
#[template(path = "log.html")]
struct Log {
    t: &'static Texts,
    shell: Shell,
    here: &'static str,
    working: bool,
    clock: Option<String>,
    stuck: Vec<Stuck>,
    queues: Vec<String>,
    repairs: Option<String>,
    notices: Vec<Notice>,
    done: Option<String>,
}

struct Stuck {
    what: String,
    why: String,
    /// The reason is in the app's language, which is not the page's.
    theirs: bool,
    since: String,
    next: Option<String>,
}

struct Notice {
    when: String,
    machine: String,
    contact: Option<String>,
    text: String,
}

async fn show(person: Person, Query(query): Query<choices::Done>) -> Result<Response, PageError> {
    let t = person.t;
    let status: StatusView = person.client.status().map_err(|e| person.error(e))?;
    let repairs = status.repairs;
    let page = Log {
        t,
        shell: Shell::new(&person, t.s("log"), None)?.back_to("/me"),
        here: "log",
        working: status.running,
        clock: status
            .clock
            .problem
            .map(|problem| said(t, "log-clock", problem)),
        stuck: status
            .stuck
            .into_iter()
            .map(|view| stuck(t, view))
            .collect(),
        queues: queues(t, &status.queues),
        repairs: (repairs > 0).then(|| t.n("log-repairs", repairs)),
        notices: status.notices.iter().map(|view| notice(t, view)).collect(),
        done: choices::done(t, query.done.as_deref()),
    };
    Ok(html(&page).into_response())
}

/// The app's own words, or a general text where they are in another language.
fn said(t: &Texts, key: &str, original: String) -> String {
    if t.tag == "en" { original } else { t.s(key) }
}

fn stuck(t: &Texts, view: StuckView) -> Stuck {
    let now = now();
    Stuck {
        what: match &view.item {
            StuckItem::Provider { host } => t.v("stuck-provider", "host", &host.to_string()),
            StuckItem::Messages { count } => t.n("stuck-messages", *count),
            StuckItem::Store => t.s("stuck-store"),
            StuckItem::File { contact, .. } => t.v("stuck-file", "nick", contact),
            StuckItem::Errand => t.s("stuck-errand"),
            StuckItem::Unconfirmed { contact, .. } => t.v("stuck-unconfirmed", "nick", contact),
        },
        why: match &view.item {
            StuckItem::Unconfirmed { .. } => t.s("notice-not-confirmed"),
            _ => view.why.clone(),
        },
        theirs: t.tag != "en" && !matches!(view.item, StuckItem::Unconfirmed { .. }),
        since: t.v("stuck-since", "when", &when::full(t, view.since, now)),
        next: view
            .next_attempt
            .map(|at| t.v("next-attempt", "when", &when::full(t, at, now))),
    }
}

/// What waits, in sentences; nothing of what does not.
fn queues(t: &Texts, view: &QueueView) -> Vec<String> {
    let all = [
        ("queue-waiting", view.waiting),
        ("queue-accepted", view.accepted),
        ("queue-unconfirmed", view.unconfirmed),
        ("queue-received", view.received),
        ("queue-errands", view.errands),
    ];
    let some = all.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(key, count)| t.n(key, count)).collect()
}

fn notice(t: &Texts, view: &NoticeView) -> Notice {
    let key = format!("notice-{}", view.kind);
    Notice {
        when: when::full(t, view.at, now()),
        machine: when::machine(view.at),
        contact: view.contact.clone(),
        text: if t.has(&key) {
            t.s(&key)
        } else {
            view.text.clone()
        },
    }
}

/// Sends and fetches now.
async fn sync(person: Person) -> Result<Response, PageError> {
    person
        .client
        .sync_once()
        .await
        .map_err(|e| person.error(e))?;
    Ok(Redirect::to("/me/log?done=looked").into_response())
}
