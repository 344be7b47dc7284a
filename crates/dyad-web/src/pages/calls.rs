//! Calls: a window of their own for each, in which the browsers of two people talk to one another, and what rings.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use dyad_client::view::{
    CallServersView, CallSignal, CallState, CallView, CallWords, ContactStatus, ContactView,
    Direction,
};
use dyad_client::{Client, ClientError};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::contact;
use super::layout::{Bare, Face, theme};
use crate::assets;
use crate::error::{PageError, html, refused};
use crate::lang::Texts;
use crate::session::{FETCH, Person};
use crate::state::Page;

/// Calls among which those are looked for that ring or go on.
const RECENT: u32 = 50;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/ring", get(ring))
        .route("/call/new", get(new))
        .route("/c/{id}/call", post(place))
        .route("/call/{id}", get(show).post(take))
        .route("/call/{id}/signals", get(signals))
        .route("/call/{id}/say", post(say))
        .route("/call/{id}/{act}", post(act))
}

/// Whether a contact can be called.
pub(crate) const fn can_call(status: ContactStatus) -> bool {
    matches!(status, ContactStatus::Active)
}

/// What became of a call, or where it stands.
pub(crate) fn words(t: &Texts, call: &CallView) -> String {
    let ours = call.direction == Direction::Out;
    let what = t.s(if call.video {
        "call-video"
    } else {
        "call-audio"
    });
    let said = |key| t.v(key, "what", &what);
    match call.state {
        CallState::Arriving | CallState::Ringing => said("call-rings"),
        CallState::Calling => said("call-calling"),
        CallState::RingingThere => said("call-rings-there"),
        CallState::Connecting => said("call-connecting"),
        CallState::Talking => said("call-going-on"),
        CallState::Missed if call.video => t.s("call-missed-video"),
        CallState::Missed => t.s("call-missed"),
        CallState::NoAnswer => said("call-no-answer"),
        CallState::Declined if ours => said("call-they-declined"),
        CallState::Declined => said("call-you-declined"),
        CallState::Busy => said("call-busy"),
        CallState::Ended => t.many(
            "call-lasted",
            &[
                ("what", &what),
                ("time", &clock(call.seconds.unwrap_or_default())),
            ],
        ),
        CallState::Failed => said("call-failed"),
        CallState::Crossed => said("call-crossed"),
    }
}

/// The picture that stands for it.
pub(crate) const fn icon(call: &CallView) -> &'static str {
    match (call.state, call.video) {
        (CallState::Missed, _) => "call-missed",
        (_, true) => "video",
        (_, false) => "phone",
    }
}

/// `3:20`, `1:02:03`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[derive(Template)]
#[template(path = "ring.html")]
struct Ring {
    t: &'static Texts,
    icons: String,
    calls: Vec<CallView>,
}

/// What rings now, for a page that is open.
async fn ring(person: Person) -> Result<Response, PageError> {
    let calls = recent(&person.client).map_err(|e| person.error(e))?;
    let ringing = |call: &CallView| call.state == CallState::Ringing;
    Ok(html(&Ring {
        t: person.t,
        icons: assets::url("icons.svg"),
        calls: calls.into_iter().filter(ringing).collect(),
    })
    .into_response())
}

fn recent(client: &Client) -> Result<Vec<CallView>, ClientError> {
    client.calls(RECENT)
}

/// A server, as browsers want it said (`RTCIceServer`).
#[derive(Serialize)]
struct IceServer {
    urls: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

fn ice_servers(view: &CallServersView) -> Vec<IceServer> {
    let stun = view.stun.iter().map(|url| IceServer {
        urls: url.as_str().to_owned(),
        username: None,
        credential: None,
    });
    let turn = view.turn.iter().map(|relay| IceServer {
        urls: relay.url.as_str().to_owned(),
        username: Some(relay.username.clone()),
        credential: Some(relay.credential.clone()),
    });
    stun.chain(turn).collect()
}

#[derive(Template)]
#[template(path = "call.html")]
struct CallWindow {
    t: &'static Texts,
    bare: Bare,
    icons: String,
    /// The relationship.
    of: String,
    nick: String,
    face: Face,
    /// The call, if there is one already.
    id: Option<u64>,
    /// `place`, `take` or `look`.
    mode: &'static str,
    video: bool,
    state: String,
    /// As JSON.
    servers: String,
    relay_only: bool,
    /// Relays are wanted, and there is none.
    no_relay: bool,
}

#[derive(Deserialize)]
struct New {
    of: String,
    #[serde(default)]
    video: Option<String>,
}

/// The window from which somebody is called.
async fn new(person: Person, Query(new): Query<New>) -> Result<Response, PageError> {
    let contact = contact(&person.client, &new.of).map_err(|e| person.error(e))?;
    let state = person.t.s("call-preparing");
    window(&person, &contact, None, "place", new.video.is_some(), state)
}

/// The window of a call that was made or taken before.
async fn show(person: Person, Path(id): Path<u64>) -> Result<Response, PageError> {
    of_call(&person, id, None)
}

#[derive(Deserialize)]
struct Take {
    /// `audio` or `video`.
    take: String,
}

/// The window that takes a call, with sound only or with a picture. Only a form leads here: a link that somebody wrote
/// must not be able to open microphone and camera.
async fn take(
    person: Person,
    Path(id): Path<u64>,
    Form(Take { take }): Form<Take>,
) -> Result<Response, PageError> {
    of_call(&person, id, Some(take == "video"))
}

fn of_call(person: &Person, id: u64, take: Option<bool>) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    let call = person.client.call(id).map_err(failed)?;
    let of = hex::encode(call.relationship.as_bytes());
    let contact = contact(&person.client, &of).map_err(failed)?;
    let rings = call.state == CallState::Ringing;
    let (mode, video) = match take {
        Some(video) if rings => ("take", video),
        _ => ("look", call.video),
    };
    let state = words(person.t, &call);
    window(person, &contact, Some(id), mode, video, state)
}

fn window(
    person: &Person,
    contact: &ContactView,
    id: Option<u64>,
    mode: &'static str,
    video: bool,
    state: String,
) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e| person.error(e);
    let settings = person.client.settings().map_err(failed)?;
    let view = person.client.call_servers().map_err(failed)?;
    let title = t.v("call-with", "nick", &contact.nick);
    let page = CallWindow {
        t,
        bare: Bare {
            theme: theme(settings.theme),
            ..Bare::new(t, title)
        },
        icons: assets::url("icons.svg"),
        of: hex::encode(contact.id.as_bytes()),
        nick: contact.nick.clone(),
        face: Face::of(contact),
        id,
        mode,
        video,
        state,
        servers: serde_json::to_string(&ice_servers(&view)).unwrap_or_default(),
        relay_only: view.relay_only,
        no_relay: view.relay_only && view.turn.is_empty(),
    };
    Ok(html(&page).into_response())
}

/// Where a call stands, for its window.
#[derive(Serialize)]
struct Standing {
    id: u64,
    state: CallState,
    words: String,
    over: bool,
    /// The call that goes on instead.
    instead: Option<u64>,
    /// What the other browser has said since.
    signals: Vec<CallSignal>,
}

fn standing(
    person: &Person,
    call: CallView,
    after: Option<u64>,
) -> Result<Json<Standing>, ClientError> {
    let signals = match after {
        Some(after) => person.client.call_signals(call.id, after)?,
        None => Vec::new(),
    };
    let instead = match call.state {
        CallState::Crossed => recent(&person.client)?
            .into_iter()
            .find(|other| {
                other.relationship == call.relationship && other.state == CallState::Ringing
            })
            .map(|other| other.id),
        _ => None,
    };
    Ok(Json(Standing {
        id: call.id,
        words: words(person.t, &call),
        over: call.state.is_over(),
        state: call.state,
        instead,
        signals,
    }))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn signals(
    person: Person,
    Path(id): Path<u64>,
    Query(After { after }): Query<After>,
) -> Result<Response, PageError> {
    let call = person.client.call(id);
    let standing = call.and_then(|call| standing(&person, call, Some(after)));
    Ok(standing.map_err(|e| person.error(e))?.into_response())
}

/// What our browser says; candidates stand in a line each.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    round: u8,
    #[serde(default)]
    candidates: String,
    #[serde(default)]
    video: Option<String>,
}

impl From<Said> for CallWords {
    fn from(said: Said) -> Self {
        let lines = said.candidates.lines().filter(|line| !line.is_empty());
        Self {
            description: said.description.filter(|text| !text.is_empty()),
            round: said.round,
            candidates: lines.map(str::to_owned).collect(),
            video: said.video.is_some(),
        }
    }
}

async fn place(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let placed = contact(&person.client, &id)
        .and_then(|contact| person.client.call_place(&contact.nick, &said.into()));
    told(&person, &headers, placed, None)
}

async fn say(
    person: Person,
    Path(id): Path<u64>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let call = person.client.call_say(id, &said.into());
    told(&person, &headers, call, None)
}

async fn act(person: Person, Path((id, act)): Path<(u64, String)>, headers: HeaderMap) -> Response {
    let client = &person.client;
    let call = match act.as_str() {
        "take" => client.call_take(id),
        "shown" => client.call_shown(id),
        "connected" => client.call_connected(id),
        "alive" => client.call_alive(id),
        "decline" => client.call_decline(id),
        "end" => client.call_end(id),
        _ => return crate::error::not_found(crate::lang::Lang { texts: person.t }).await,
    };
    // Whoever takes a call needs the offer.
    let after = (act == "take").then_some(0);
    told(&person, &headers, call, after)
}

fn told(
    person: &Person,
    headers: &HeaderMap,
    call: Result<CallView, ClientError>,
    after: Option<u64>,
) -> Response {
    let of = |call: &CallView| format!("/c/{}", hex::encode(call.relationship.as_bytes()));
    match call {
        Ok(call) if !headers.contains_key(FETCH) => Redirect::to(&of(&call)).into_response(),
        Ok(call) => match standing(person, call, after) {
            Ok(standing) => standing.into_response(),
            Err(e) => refused(headers, person.error(e)),
        },
        Err(e) => refused(headers, person.error(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_like_a_clock() {
        assert_eq!(clock(0), "0:00");
        assert_eq!(clock(200), "3:20");
        assert_eq!(clock(3_723), "1:02:03");
    }
}
