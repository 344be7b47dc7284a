//! A contact: how we met, whether it is them, what they see, and how it ends.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::ClientError;
use dyad_client::view::{
    ContactDetails, ContactStatus, ContactView, ProvenanceView, ServiceView, TrafficClass,
};
use serde::Deserialize;

use super::choices::{self, Choice};
use super::layout::{Face, Shell, now, status};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::qr::Qr;
use crate::session::Person;
use crate::state::Page;
use crate::when;

/// Before the words in a code, so that no other code is taken for them.
/// Fresh addresses below which they are called few.
const FEW: u32 = 4;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/contact/{id}", get(show))
        .route("/contact/{id}/rename", post(rename))
        .route("/contact/{id}/verify", post(verify))
        .route("/contact/{id}/compare", post(compare))
        .route("/contact/{id}/block", post(block))
        .route("/contact/{id}/unblock", post(unblock))
        .route("/contact/{id}/end", post(end))
        .route("/contact/{id}/forget", post(forget))
        .route("/contact/{id}/profile", post(profile))
        .route("/contact/{id}/timer", post(timer))
        .route("/contact/{id}/traffic", post(traffic))
}

#[derive(Template)]
#[template(path = "contact.html")]
struct Contact {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    name: Option<String>,
    pronouns: Option<String>,
    face: Face,
    status: String,
    /// Both sides can write.
    living: bool,
    blocked: bool,
    verified: Option<String>,
    words: Vec<String>,
    /// How many mails there are with them.
    mails: u64,
    qr: Option<Qr>,
    met: Vec<Met>,
    health: Vec<(String, String)>,
    services: Vec<Service>,
    our_identity: String,
    their_identity: Option<String>,
    profiles: Vec<Choice>,
    timers: Vec<Choice>,
    prompt: bool,
    done: Option<String>,
    problem: Option<String>,
}

/// One line of how we know them.
struct Met {
    when: String,
    text: String,
}

/// A service where they receive.
struct Service {
    host: String,
    ok: bool,
    text: String,
    /// What went wrong, in the words of what went wrong.
    detail: Option<String>,
}

async fn show(
    person: Person,
    Path(id): Path<String>,
    Query(query): Query<choices::Done>,
) -> Result<Response, PageError> {
    let done = choices::done(person.t, query.done.as_deref());
    page(&person, &id, done, None)
}

fn page(
    person: &Person,
    id: &str,
    done: Option<String>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e: ClientError| person.error(e);
    let nick = super::contact(&person.client, id).map_err(failed)?.nick;
    let details = person.client.contact(&nick).map_err(failed)?;
    // None until they have answered.
    let words = person.client.verify_words(&nick).ok();
    let qr = words
        .as_ref()
        .and_then(|view| Qr::of(&view.code(), t.s("words-qr-label")));
    let words = words.map(|view| view.words).unwrap_or_default();
    let mails = person.client.mails_with(&nick).map_err(failed)?.len();
    let contact = &details.contact;
    let now = now();
    let shell = Shell::new(person, nick.clone(), Some(id))?.back_to(&format!("/c/{id}"));
    let page = Contact {
        t,
        shell,
        id: id.to_owned(),
        name: contact.name.clone().filter(|name| !name.is_empty()),
        pronouns: contact.pronouns.clone(),
        face: Face::of(contact),
        status: status(t, contact.status),
        living: matches!(
            contact.status,
            ContactStatus::Active | ContactStatus::Requested
        ),
        blocked: contact.status == ContactStatus::Blocked,
        verified: contact.verified_at.map(|at| when::full(t, at, now)),
        qr,
        mails: mails as u64,
        words,
        met: details.provenance.iter().map(|p| met(t, p)).collect(),
        health: health(t, &details),
        services: details.services.iter().map(|s| service(t, s)).collect(),
        our_identity: grouped(&details.our_identity),
        their_identity: details.their_identity.as_deref().map(grouped),
        profiles: choices::profiles(person, contact.profile)?,
        timers: choices::timers(t, contact.timer),
        prompt: details.traffic == TrafficClass::Prompt,
        nick,
        done,
        problem,
    };
    Ok(html(&page).into_response())
}

fn met(t: &Texts, entry: &ProvenanceView) -> Met {
    let key = format!("provenance-{}", entry.kind);
    Met {
        when: when::full(t, entry.at, now()),
        text: if t.has(&key) {
            t.s(&key)
        } else {
            entry.text.clone()
        },
    }
}

/// How the connection is doing, each a name and what is to be said of it.
fn health(t: &Texts, details: &ContactDetails) -> Vec<(String, String)> {
    let now = now();
    let mut facts = Vec::new();
    let heard = details.last_heard.map(|at| when::full(t, at, now));
    facts.push((
        t.s("last-heard"),
        heard.unwrap_or_else(|| t.s("last-heard-never")),
    ));
    if details.unconfirmed > 0 {
        let since = details.unconfirmed_since.map(|at| when::full(t, at, now));
        let count = t.n("unconfirmed-count", details.unconfirmed);
        let text = match since {
            Some(since) => format!("{count} {}", t.v("unconfirmed-since", "when", &since)),
            None => count,
        };
        facts.push((t.s("unconfirmed"), text));
    }
    if let Some(held) = details.tickets_they_hold {
        facts.push((t.s("addresses-they-hold"), stock(t, held)));
    }
    let renewed = u32::try_from(details.psk_generation).unwrap_or(u32::MAX);
    facts.push((t.s("secret-renewed"), t.n("times", renewed)));
    if details.repairs > 0 {
        facts.push((t.s("mended"), t.n("times", details.repairs)));
    }
    facts
}

/// A number of addresses as a word: the number itself helps nobody.
fn stock(t: &Texts, count: u32) -> String {
    t.s(match count {
        0 => "addresses-none",
        count if count < FEW => "addresses-few",
        _ => "addresses-enough",
    })
}

fn service(t: &Texts, view: &ServiceView) -> Service {
    let addresses = t.v("addresses-we-hold", "stock", &stock(t, view.tickets));
    let state = t.s(if view.ok {
        "service-ok"
    } else {
        "service-wrong"
    });
    Service {
        host: view.host.to_string(),
        ok: view.ok,
        text: format!("{state} {addresses}"),
        detail: (!view.ok).then(|| view.health.clone()),
    }
}

/// Four digits at a time.
fn grouped(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    let groups = digits.chunks(4).map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// Does something about the contact, and shows them again.
fn change<T>(
    person: &Person,
    id: &str,
    word: &str,
    what: impl FnOnce(&str) -> Result<T, ClientError>,
) -> Result<Response, PageError> {
    let contact: ContactView = super::contact(&person.client, id).map_err(|e| person.error(e))?;
    match what(&contact.nick) {
        Ok(_) => Ok(Redirect::to(&format!("/contact/{id}?done={word}")).into_response()),
        Err(e) => again(person, id, &person.error(e)),
    }
}

fn again(person: &Person, id: &str, error: &PageError) -> Result<Response, PageError> {
    let page = page(person, id, None, Some(error.message()))?;
    Ok((error.status(), page).into_response())
}

#[derive(Deserialize)]
struct Name {
    nick: String,
}

async fn rename(
    person: Person,
    Path(id): Path<String>,
    Form(name): Form<Name>,
) -> Result<Response, PageError> {
    change(&person, &id, "renamed", |nick| {
        person.client.rename(nick, name.nick.trim())
    })
}

/// The person has compared the words.
async fn verify(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    change(&person, &id, "verified", |nick| {
        person.client.mark_verified(nick)
    })
}

#[derive(Deserialize)]
struct Seen {
    text: String,
}

/// The camera has seen the words on the contact's screen: they are compared here.
async fn compare(
    person: Person,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, PageError> {
    change(&person, &id, "verified", |nick| {
        person.client.compare_words(nick, &seen.text)
    })
}

async fn block(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    change(&person, &id, "blocked", |nick| person.client.block(nick))
}

async fn unblock(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    change(&person, &id, "unblocked", |nick| {
        person.client.unblock(nick)
    })
}

#[derive(Deserialize)]
struct Ending {
    #[serde(default)]
    announce: Option<String>,
}

async fn end(
    person: Person,
    Path(id): Path<String>,
    Form(ending): Form<Ending>,
) -> Result<Response, PageError> {
    change(&person, &id, "ended", |nick| {
        person.client.end(nick, ending.announce.is_some())
    })
}

/// They and all that was written are gone: there is nothing left to lead back to.
async fn forget(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let contact = super::contact(&person.client, &id).map_err(|e| person.error(e))?;
    match person.client.forget(&contact.nick) {
        Ok(_) => Ok(Redirect::to("/").into_response()),
        Err(e) => again(&person, &id, &person.error(e)),
    }
}

#[derive(Deserialize)]
struct Chosen {
    profile: u64,
}

async fn profile(
    person: Person,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, PageError> {
    change(&person, &id, "profile", |nick| {
        person.client.set_contact_profile(nick, chosen.profile)
    })
}

#[derive(Deserialize)]
struct Timer {
    /// 0: messages stay.
    seconds: u64,
}

async fn timer(
    person: Person,
    Path(id): Path<String>,
    Form(timer): Form<Timer>,
) -> Result<Response, PageError> {
    let seconds = Some(timer.seconds).filter(|seconds| *seconds > 0);
    change(&person, &id, "timer", |nick| {
        person.client.set_timer(nick, seconds)
    })
}

#[derive(Deserialize)]
struct Traffic {
    class: TrafficClass,
}

async fn traffic(
    person: Person,
    Path(id): Path<String>,
    Form(traffic): Form<Traffic>,
) -> Result<Response, PageError> {
    change(&person, &id, "traffic", |nick| {
        person.client.set_contact_traffic(nick, traffic.class)
    })
}
