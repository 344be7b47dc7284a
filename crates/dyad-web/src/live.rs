//! What happens, told to open pages as it happens: server-sent events that say what changed, so that a
//! page fetches it. They hold no text of any message.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use dyad_client::Client;
use dyad_client::view::{CallState, ClientEvent, Direction};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::session::Person;
use crate::state::Page;

/// How often it is looked whether the page has become locked.
const LOOK: Duration = Duration::from_secs(2);
/// Something is said so often at least, so that both ends notice a cut connection.
const BEAT: Duration = Duration::from_secs(15);

/// What changed. `of` is the relationship, hexadecimal.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Change {
    /// A new message, or one that changed.
    Message {
        of: String,
        id: u64,
        new: bool,
        incoming: bool,
    },
    /// A call goes on, or the other browser has said something.
    Call {
        of: String,
        id: u64,
        message: Option<u64>,
        state: CallState,
    },
    /// A contact.
    Contact { of: String },
    /// Something the person should know.
    Notice { id: u64 },
    /// Too much at once: look at everything again.
    All,
    /// The page is locked now.
    Locked,
}

struct Ear {
    page: Page,
    client: Client,
    events: dyad_client::Follow,
    look: Instant,
    over: bool,
}

/// `GET /events`.
pub(crate) async fn events(
    State(page): State<Page>,
    person: Person,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ear = Ear {
        page,
        events: person.client.follow(),
        client: person.client,
        look: Instant::now() + LOOK,
        over: false,
    };
    let changes = stream::unfold(ear, async |mut ear| {
        let change = ear.next().await?;
        let event = Event::default().json_data(&change).unwrap_or_default();
        Some((Ok(event), ear))
    });
    Sse::new(changes).keep_alive(KeepAlive::new().interval(BEAT))
}

impl Ear {
    async fn next(&mut self) -> Option<Change> {
        let mut stages = self.page.0.app.stages();
        loop {
            if self.over {
                return None;
            }
            let event = tokio::select! {
                () = self.page.0.closing.cancelled() => return None,
                event = self.events.next() => event,
                _ = stages.changed() => None,
                () = sleep_until(self.look) => {
                    self.look = Instant::now() + LOOK;
                    if self.page.0.sessions.locked_after(self.page.idle_limit(&self.client)) {
                        None
                    } else {
                        continue;
                    }
                }
            };
            let Some(event) = event else {
                self.over = true;
                return Some(Change::Locked);
            };
            return Some(change(event));
        }
    }
}

fn change(event: ClientEvent) -> Change {
    let of = |relationship: dyad_protocol::id::RelationshipId| hex::encode(relationship.as_bytes());
    let message = |message: dyad_client::view::MessageView, new| Change::Message {
        of: of(message.relationship),
        id: message.id,
        new,
        incoming: message.direction == Direction::In,
    };
    match event {
        ClientEvent::Message(m) => message(m, true),
        ClientEvent::State(m) | ClientEvent::Changed(m) => message(m, false),
        ClientEvent::Progress {
            id, relationship, ..
        }
        | ClientEvent::Removed {
            id, relationship, ..
        } => Change::Message {
            of: of(relationship),
            id,
            new: false,
            incoming: false,
        },
        ClientEvent::Call(call) => Change::Call {
            of: of(call.relationship),
            id: call.id,
            message: call.message,
            state: call.state,
        },
        ClientEvent::Contact(c) => Change::Contact { of: of(c.id) },
        ClientEvent::Forgotten { relationship, .. } => Change::Contact {
            of: of(relationship),
        },
        ClientEvent::Notice(n) => Change::Notice { id: n.id },
        ClientEvent::Missed { .. } => Change::All,
    }
}
