//! What happens, told as it happens: server-sent events that can be taken up again where they were cut.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use dyad_client::view::{AppPass, ClientEvent, FeedChange};
use dyad_client::{Client, Follow};
use dyad_protocol::id::RelationshipId;
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;

use crate::body::Asked;
use crate::caller::{Caller, granted};
use crate::limits::{Lasting, Place};
use crate::problem::Problem;
use crate::state::Api;
use crate::types::{Message, Payload, Progress, Removed};
use crate::veil::{self, Of};

/// Something is said so often at least, so that both ends notice a cut connection.
const BEAT: Duration = Duration::from_secs(15);
/// What a program that was cut off shows (HTML Standard, section 9.2.4).
const LAST: &str = "last-event-id";

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Begin {
    /// The id of an event, or `event` of a list. What changed later is told. A header Last-Event-ID counts more. Without
    /// either it begins now.
    after: Option<String>,
}

struct Ear {
    api: Api,
    client: Client,
    app: AppPass,
    changes: watch::Receiver<u64>,
    next: u64,
    /// What only happens, and is not kept: how far files are.
    follow: Follow,
    moved: BTreeMap<u64, Moved>,
    ready: VecDeque<Event>,
    over: bool,
    _place: Place,
}

/// A file that got further: with whom, and how far.
struct Moved {
    relationship: RelationshipId,
    done: u64,
    size: u64,
}

/// What happens, as it happens
///
/// Server-sent events: `ready` once at the beginning; `payload` for a payload that is new or stands differently; with the scope
/// `messages` `message` for other messages, and `progress`, which has no id, for a file that got further; `removed` for what is no
/// more; `end` (a Problem) before the stream ends because the app was revoked, the person locked Dyad, or it stops. The data is a
/// Payload, Message, Progress or Removed. A thing that changed several times meanwhile is told once, as it stands. Comments are
/// sent every 15 seconds.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "Events",
    params(Begin, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard.")),
    responses(
        (status = 200, description = "A stream of events.", body = String, content_type = "text/event-stream"),
        (status = 409, description = "There is no such event (code unknown-event), for example after a restore from a backup: list anew.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn events(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Asked(begin): Asked<Begin>,
) -> Result<Sse<impl stream::Stream<Item = Result<Event, Infallible>>>, Problem> {
    let Caller { client, app } = caller;
    let place = api.0.limits.place(app.id, Lasting::Stream)?;
    let header = headers.get(LAST).map(|value| value.to_str().unwrap_or(""));
    let changes = client.changes();
    let follow = client.follow();
    let count = client.feed_count()?;
    let next = match header.map(str::to_owned).or(begin.after) {
        None => count,
        Some(id) => veil::number(&app, Of::Event, &id)
            .filter(|number| *number <= count)
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::CONFLICT,
                    "unknown-event",
                    "There is no such event here. List what there is, and go on from the event that the list names.",
                )
            })?,
    };
    let hello = Event::default()
        .event("ready")
        .id(veil::id(&app, Of::Event, next))
        .data("{}");
    let ear = Ear {
        api,
        client,
        app,
        changes,
        next,
        follow,
        moved: BTreeMap::new(),
        ready: VecDeque::from([hello]),
        over: false,
        _place: place,
    };
    let told = stream::unfold(ear, async |mut ear| {
        let event = ear.next().await?;
        Some((Ok(event), ear))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(BEAT)))
}

impl Ear {
    async fn next(&mut self) -> Option<Event> {
        let mut stages = self.api.0.app.stages();
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            self.changes.borrow_and_update();
            match self.look() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(problem) => {
                    self.over = true;
                    self.ready.push_back(end(&problem));
                    continue;
                }
            }
            tokio::select! {
                () = self.api.0.closing.cancelled() => self.stop("stopping", "Dyad stops. Come back when it is up again."),
                _ = stages.changed() => self.stop("app-locked", "The person locked Dyad. Come back when it is open again."),
                changed = self.changes.changed() => if changed.is_err() { return None },
                event = self.follow.next() => self.note(event?),
            }
        }
    }

    fn stop(&mut self, code: &str, why: &str) {
        self.over = true;
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, why);
        self.ready.push_back(end(&problem));
    }

    /// Only the last of several steps is told.
    fn note(&mut self, event: ClientEvent) {
        if let ClientEvent::Progress {
            id,
            relationship,
            done,
            size,
            contact: _,
        } = event
        {
            let moved = Moved {
                relationship,
                done,
                size,
            };
            self.moved.insert(id, moved);
        }
    }

    /// Takes what is new; says whether there was any, or may be more.
    fn look(&mut self) -> Result<bool, Problem> {
        // What it may see may have changed as well.
        let pass = self.client.app_pass(self.app.id)?;
        self.app = pass.ok_or_else(Problem::revoked)?;
        let page = self.client.feed(&self.app, self.next)?;
        self.next = page.next;
        let app = &self.app;
        let told = page
            .changes
            .into_iter()
            .map(|(place, change)| event(app, place, change));
        self.ready.extend(told);
        let seen = |moved: &Moved| app.messages && granted(app, &moved.relationship);
        let moved = std::mem::take(&mut self.moved).into_iter();
        let moved = moved.filter(|(_, moved)| seen(moved));
        self.ready
            .extend(moved.map(|(id, moved)| progress(app, id, &moved)));
        Ok(page.more || !self.ready.is_empty())
    }
}

fn event(app: &AppPass, place: u64, change: FeedChange) -> Event {
    let event = Event::default().id(veil::id(app, Of::Event, place));
    let told = match change {
        FeedChange::Payload(view) => event.event("payload").json_data(Payload::of(app, view)),
        FeedChange::Message(view) => event.event("message").json_data(Message::of(app, *view)),
        FeedChange::Removed { id, relationship } => event.event("removed").json_data(Removed {
            id: veil::id(app, Of::Payload, id),
            relationship: veil::relationship(app, &relationship),
        }),
    };
    told.unwrap_or_default()
}

/// Without an id: to go on behind it is to go on behind the last change.
fn progress(app: &AppPass, id: u64, moved: &Moved) -> Event {
    let told = Event::default().event("progress").json_data(Progress {
        id: veil::id(app, Of::Payload, id),
        relationship: veil::relationship(app, &moved.relationship),
        done: moved.done,
        size: moved.size,
    });
    told.unwrap_or_default()
}

fn end(problem: &Problem) -> Event {
    let event = Event::default().event("end");
    event.json_data(problem).unwrap_or_default()
}
