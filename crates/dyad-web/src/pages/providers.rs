//! Providers: the services that carry what the person writes.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::{MailboxView, ProviderView, TokenStockView};
use dyad_protocol::token::TokenClass;
use serde::Deserialize;

use super::choices;
use super::layout::{Shell, now};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::when;

/// The part of a day's allowance below which a stock is called small: one in so many.
const SMALL: u64 = 5;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/me/providers", get(show).post(add))
        .route("/me/providers/remove", post(remove))
        .route("/me/providers/look", post(look))
}

#[derive(Template)]
#[template(path = "providers.html")]
struct Providers {
    t: &'static Texts,
    shell: Shell,
    here: &'static str,
    providers: Vec<Provider>,
    url: String,
    code: String,
    done: Option<String>,
    problem: Option<String>,
}

struct Provider {
    host: String,
    roles: String,
    ok: bool,
    key_changed: bool,
    state: String,
    /// What went wrong, in the words of what went wrong.
    /// What services said, in their words.
    details: Vec<String>,
    next: Option<String>,
    /// None: it is in use.
    leaving: bool,
    facts: Vec<(String, String)>,
    key: String,
}

async fn show(person: Person, Query(query): Query<choices::Done>) -> Result<Response, PageError> {
    let done = choices::done(person.t, query.done.as_deref());
    page(&person, New::default(), done, None)
}

fn page(
    person: &Person,
    new: New,
    done: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let all = person.client.provider_list().map_err(|e| person.error(e))?;
    let page = Providers {
        t,
        shell: Shell::new(person, t.s("providers"), None)?.back_to("/me"),
        here: "providers",
        providers: all.iter().map(|view| provider(t, view)).collect(),
        url: new.url,
        code: new.code,
        done,
        problem,
    };
    Ok(html(&page).into_response())
}

fn provider(t: &Texts, view: &ProviderView) -> Provider {
    let now = now();
    let roles = [
        (view.sender, "role-sender"),
        (view.receiver, "role-receiver"),
        (view.issuer, "role-issuer"),
    ];
    let roles = roles.into_iter().filter(|(has, _)| *has);
    let roles: Vec<String> = roles.map(|(_, key)| t.s(key)).collect();
    let state = t.s(if view.key_changed {
        "provider-key-changed"
    } else if view.removed.is_some() {
        "provider-leaving"
    } else if !view.health.ok {
        "provider-trouble"
    } else if !view.enrolled && view.issuer {
        "provider-no-account"
    } else {
        "provider-ok"
    });
    let mut facts: Vec<(String, String)> = view.tokens.iter().map(|s| stock(t, s)).collect();
    if view.receiver {
        facts.push((
            t.s("mailboxes"),
            mailboxes(t, &view.mailboxes, view.removed.is_some()),
        ));
    }
    if let Some(at) = view.health.last_ok {
        facts.push((t.s("provider-last-ok"), when::full(t, at, now)));
    }
    facts.push((t.s("provider-added"), when::full(t, view.added, now)));
    let next = view.health.next_attempt.filter(|_| !view.health.ok);
    Provider {
        host: view.host.to_string(),
        roles: roles.join(" · "),
        ok: view.health.ok,
        key_changed: view.key_changed,
        state,
        details: details(view),
        next: next.map(|at| t.v("next-attempt", "when", &when::full(t, at, now))),
        leaving: view.removed.is_some(),
        facts,
        key: view.key.clone(),
    }
}

fn details(view: &ProviderView) -> Vec<String> {
    let health = (!view.health.ok).then(|| view.health.text.clone());
    let stocks = view.tokens.iter().filter_map(|stock| stock.problem.clone());
    let mut all: Vec<String> = health.into_iter().chain(stocks).collect();
    all.dedup();
    all
}

/// What a stock is good for, and whether there is enough of it.
fn stock(t: &Texts, view: &TokenStockView) -> (String, String) {
    let what = t.s(match view.class {
        TokenClass::Message => "tokens-for-messages",
        TokenClass::Blob => "tokens-for-files",
        TokenClass::Mailbox => "tokens-for-mailboxes",
        TokenClass::Lookup => "tokens-for-lookups",
    });
    let day = u64::from(view.per_day.unwrap_or_default());
    let word = t.s(match view.usable {
        0 if day == 0 => "tokens-unknown",
        0 if view.class == TokenClass::Message => "tokens-none",
        0 => "tokens-none-other",
        usable if usable < day / SMALL => "tokens-few",
        _ => "tokens-enough",
    });
    let text = format!("{word} ({})", t.n("tokens-count", view.usable));
    (what, text)
}

fn mailboxes(t: &Texts, all: &[MailboxView], given_up: bool) -> String {
    let current = all.iter().filter(|m| m.current).count();
    let refused = all.iter().any(|m| m.refused);
    let old = all.len() - current;
    if given_up && current == 0 && old > 0 {
        return t.n("mailbox-old", old);
    }
    let mut text = t.s(match (current, refused) {
        (0, true) => "mailbox-refused",
        (0, false) => "mailbox-none",
        _ => "mailbox-one",
    });
    if old > 0 {
        text = format!("{text} {}", t.n("mailbox-old", old));
    }
    text
}

fn led<T>(
    person: &Person,
    new: New,
    word: &str,
    result: Result<T, ClientError>,
) -> Result<Response, PageError> {
    choices::led(person, "/me/providers", word, result, |why| {
        page(person, new, None, why)
    })
}

#[derive(Default, Deserialize)]
struct New {
    url: String,
    #[serde(default)]
    code: String,
}

async fn add(person: Person, Form(new): Form<New>) -> Result<Response, PageError> {
    let code = Some(new.code.trim()).filter(|code| !code.is_empty());
    let added = person.client.provider_add(&new.url, code).await;
    led(&person, new, "added", added)
}

#[derive(Deserialize)]
struct Leaving {
    host: String,
    #[serde(default)]
    at_once: Option<String>,
}

/// No new addresses there; with `at_once` what is still sent there is not fetched any more either.
async fn remove(person: Person, Form(leaving): Form<Leaving>) -> Result<Response, PageError> {
    let at_once = leaving.at_once.is_some();
    // The address as it is typed: hosts on this machine have no certificate.
    let removed = person.client.provider_remove(&leaving.host, at_once).await;
    let word = match &removed {
        Ok(removed) if removed.fetched_until.is_some() => "moved",
        _ => "closed",
    };
    led(&person, New::default(), word, removed)
}

/// Looks at all of them now.
async fn look(person: Person) -> Result<Response, PageError> {
    let looked = person.client.refresh_providers().await;
    led(&person, New::default(), "looked", looked)
}
