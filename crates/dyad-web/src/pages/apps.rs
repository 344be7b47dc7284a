//! Other programs that use relationships of the person: who asks, what each may see, and taking that back.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::{AppChange, AppGrant, AppRequestView, AppView, ContactView};

use super::choices::{self, Choice};
use super::layout::{Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::when;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/me/apps", get(show))
        .route("/me/apps/asking", get(asking))
        .route("/me/apps/allow", post(allow))
        .route("/me/apps/deny", post(deny))
        .route("/me/apps/change", post(change))
        .route("/me/apps/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "apps.html")]
struct Apps {
    t: &'static Texts,
    shell: Shell,
    here: &'static str,
    requests: Vec<Request>,
    contacts: Vec<Choice>,
    apps: Vec<App>,
    /// Where programs reach the app: each a name and an address.
    places: Vec<(String, String)>,
    done: Option<String>,
    problem: Option<String>,
}

/// Those that ask, by themselves: the page fetches them anew.
#[derive(Template)]
#[template(path = "asking.html")]
struct Asking {
    t: &'static Texts,
    requests: Vec<Request>,
    contacts: Vec<Choice>,
}

struct Request {
    number: u64,
    title: String,
    types: Vec<String>,
    messages: bool,
    until: String,
}

struct App {
    name: String,
    facts: Vec<(String, String)>,
    all_contacts: bool,
    messages: bool,
    contacts: Vec<Choice>,
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
    let error = |e: ClientError| person.error(e);
    let contacts = person.client.contacts().map_err(error)?;
    let requests = person.client.app_requests().map_err(error)?;
    let apps = person.client.apps().map_err(error)?;
    let template = Apps {
        t,
        shell: Shell::new(person, t.s("apps"), None)?.back_to("/me"),
        here: "apps",
        requests: requests.iter().map(|view| request(t, view)).collect(),
        contacts: chosen(&contacts, &[]),
        apps: apps.iter().map(|view| app(t, view, &contacts)).collect(),
        places: places(person),
        done,
        problem,
    };
    Ok(html(&template).into_response())
}

async fn asking(person: Person) -> Result<Response, PageError> {
    let t = person.t;
    let error = |e: ClientError| person.error(e);
    let contacts = person.client.contacts().map_err(error)?;
    let requests = person.client.app_requests().map_err(error)?;
    let template = Asking {
        t,
        requests: requests.iter().map(|view| request(t, view)).collect(),
        contacts: chosen(&contacts, &[]),
    };
    Ok(html(&template).into_response())
}

fn request(t: &Texts, view: &AppRequestView) -> Request {
    Request {
        number: view.number,
        title: t.v("app-asks", "name", &view.name),
        types: view.types.clone(),
        messages: view.messages,
        until: t.v("app-asks-until", "when", &when::full(t, view.ends, now())),
    }
}

fn places(person: &Person) -> Vec<(String, String)> {
    let Some(api) = person.app.api() else {
        return Vec::new();
    };
    let socket = ("api-socket", Some(api.socket.display().to_string()));
    [socket, ("api-address", api.url.clone())]
        .into_iter()
        .filter_map(|(key, place)| Some((person.t.s(key), place?)))
        .collect()
}

/// Contacts to choose from, some of them chosen.
fn chosen(contacts: &[ContactView], nicks: &[String]) -> Vec<Choice> {
    contacts
        .iter()
        .filter(|contact| super::can_write(contact.status) || nicks.contains(&contact.nick))
        .map(|contact| {
            Choice::new(
                &contact.nick,
                contact.nick.clone(),
                nicks.contains(&contact.nick),
            )
        })
        .collect()
}

fn app(t: &Texts, view: &AppView, contacts: &[ContactView]) -> App {
    let now = now();
    let whom = match (view.all_contacts, view.contacts.is_empty()) {
        (true, _) => t.s("app-all-contacts"),
        (false, true) => t.s("app-no-contacts"),
        (false, false) => view.contacts.join(", "),
    };
    let used = match view.last_used {
        _ if !view.paired => t.s("app-not-come"),
        None => t.s("app-never"),
        Some(at) => when::full(t, at, now),
    };
    let messages = t.s(if view.messages {
        "app-reads-messages"
    } else {
        "app-no-messages"
    });
    let mut facts = vec![(t.s("app-contacts"), whom), (t.s("app-messages"), messages)];
    if !view.types.is_empty() {
        facts.push((t.s("app-types"), view.types.join(", ")));
    }
    facts.push((t.s("app-since"), when::full(t, view.created, now)));
    facts.push((t.s("app-used"), used));
    App {
        name: view.name.clone(),
        facts,
        all_contacts: view.all_contacts,
        messages: view.messages,
        contacts: chosen(contacts, &view.contacts),
    }
}

/// A form whose boxes can be ticked any number of times.
struct Filled(Vec<(String, String)>);

impl Filled {
    fn one(&self, name: &str) -> String {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

fn led<T>(
    person: &Person,
    word: &str,
    result: Result<T, ClientError>,
) -> Result<Response, PageError> {
    choices::led(person, "/me/apps", word, result, |why| {
        page(person, None, why)
    })
}

async fn allow(
    person: Person,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let filled = Filled(pairs);
    let grant = AppGrant {
        code: filled.one("code"),
        contacts: filled.all("contact"),
        all_contacts: filled.has("all"),
        messages: filled.has("messages"),
    };
    led(&person, "app-allowed", person.client.app_allow(&grant))
}

async fn deny(
    person: Person,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let denied = person.client.app_deny(&Filled(pairs).one("number"));
    led(&person, "app-denied", denied)
}

async fn change(
    person: Person,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let filled = Filled(pairs);
    let name = filled.one("name");
    let wanted = filled.all("contact");
    let known = person.client.apps().map_err(|e| person.error(e))?;
    let before = known.into_iter().find(|app| app.name == name);
    // One that is not known is refused by the client, in its own words.
    let before = before.map(|app| app.contacts).unwrap_or_default();
    let change = AppChange {
        remove: before
            .into_iter()
            .filter(|nick| !wanted.contains(nick))
            .collect(),
        add: wanted,
        all_contacts: Some(filled.has("all")),
        no_messages: !filled.has("messages"),
    };
    led(&person, "saved", person.client.app_change(&name, &change))
}

async fn revoke(
    person: Person,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let revoked = person.client.app_revoke(&Filled(pairs).one("name"));
    led(&person, "app-revoked", revoked)
}
