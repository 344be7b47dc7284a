//! Calls: what the person and their browser do about them.

use dyad_core::{Input, LocalId};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::content::{Call, CallMedia, CallStep, MAX_CANDIDATES, RING_TIME, Said};
use dyad_protocol::id::CallId;
use rusqlite::Connection;

use super::Client;
use super::people::find;
use crate::call::{self, Event, Progress, Refusal};
use crate::driver::{A_CALL, MAX_ROUNDS, Stepper};
use crate::error::{ClientError, Result};
use crate::store::calls::{self, CallRow};
use crate::store::{history, marks, providers, settings};
use crate::view::{
    CallServersView, CallSignal, CallState, CallView, CallWords, ClientEvent, ContactStatus,
    SettingsView,
};

/// Calls that are listed when no number is given.
const DEFAULT_LIMIT: u32 = 50;
/// Servers of each kind that a browser is given: it asks them all.
const MAX_SERVERS: usize = 4;

impl Client {
    /// Calls, the newest first. 0 is the default limit of 50.
    ///
    /// # Errors
    /// Those of the store.
    pub fn calls(&self, limit: u32) -> Result<Vec<CallView>> {
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit };
        self.driver.store.read(|c| calls::list(c, limit))
    }

    /// One call.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn call(&self, id: u64) -> Result<CallView> {
        self.driver.store.read(|c| view(c, id))
    }

    /// What the contact's browser said to ours after the signal of that number.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such call.
    pub fn call_signals(&self, id: u64, after: u64) -> Result<Vec<CallSignal>> {
        self.driver.store.read(|c| {
            row(c, id)?;
            calls::signals(c, id, after)
        })
    }

    /// What the browser may use to find a way: what our providers offer, never what a contact's do.
    ///
    /// # Errors
    /// Those of the store.
    pub fn call_servers(&self) -> Result<CallServersView> {
        self.driver.store.read(servers)
    }

    /// Calls a contact, with the offer of our browser.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, not to be called now, in a call already, or an offer that is none.
    /// Nobody is called then.
    pub fn call_place(&self, nick: &str, words: &CallWords) -> Result<CallView> {
        let placed = self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            if contact.status != ContactStatus::Active {
                return Err(refused(
                    "cannot-call",
                    &format!("{} cannot be called as things stand.", contact.nick),
                ));
            }
            let live = calls::live(stepper.tx)?;
            if live.iter().any(|other| other.progress.state.occupies()) {
                return Err(refused("in-a-call", "You are in a call already."));
            }
            let rings = |other: &CallRow| {
                other.relationship == contact.id && other.progress.state == CallState::Ringing
            };
            if live.iter().any(rings) {
                return Err(refused(
                    "they-call",
                    &format!(
                        "{} is calling you this moment: take that call.",
                        contact.nick
                    ),
                ));
            }
            let mut id = [0; 16];
            stepper.rng.fill_bytes(&mut id);
            let call = Call {
                expires: Some(stepper.now.plus(RING_TIME)),
                ..Call::plain(CallId::new(id), CallStep::Offer)
            };
            let offers = described(stepper.tx, &call, words)?;
            let progress = Progress::calling(stepper.now);
            let row = calls::insert(
                stepper.tx,
                &contact.id,
                &call.id,
                progress,
                words.video,
                stepper.now,
            )?;
            let mut row = row.ok_or_else(|| refused("cannot-call", "That is too many calls."))?;
            stepper.changes.deadlines = true;
            for (number, offer) in offers.into_iter().enumerate() {
                if number == 0 {
                    row.message = Some(begin(stepper, &row, offer)?);
                } else {
                    stepper.say(&row, &offer, None)?;
                }
            }
            candidates(stepper, &row, words)?;
            let placed = view(stepper.tx, row.number)?;
            stepper
                .changes
                .events
                .push(ClientEvent::Call(placed.clone()));
            Ok(placed)
        })?;
        self.driver.nudge();
        Ok(placed)
    }

    /// Takes a call that rings: from now on it rings nowhere else. Their offer is among its signals; the answer is said
    /// with [`Client::call_say`].
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it is over, was taken elsewhere, or the person is in another call.
    pub fn call_take(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| {
            let occupied = calls::live(stepper.tx)?
                .into_iter()
                .any(|other| other.number != row.number && other.progress.state.occupies());
            if occupied {
                return Err(refused("in-a-call", "You are in a call already."));
            }
            happens(stepper, row, Event::Take)
        })
    }

    /// Says something to the contact's browser: an answer or a new offer, and ways by which ours may be reached.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: the call is over or not taken, or the words are none.
    pub fn call_say(&self, id: u64, words: &CallWords) -> Result<CallView> {
        self.to_call(id, |stepper, row| {
            let progress = row.progress;
            if progress.state.is_over() {
                return Err(refusal(Refusal::Over));
            }
            // Before it is taken, only whoever calls says where they may be reached.
            if !progress.is_taken() && (!progress.ours || words.description.is_some()) {
                return Err(refusal(Refusal::NotNow));
            }
            if words.description.is_some() {
                let (step, fits) = match progress.ours {
                    true => (CallStep::Offer, (1..=MAX_ROUNDS).contains(&words.round)),
                    false => (CallStep::Answer, words.round <= MAX_ROUNDS),
                };
                if !fits {
                    return Err(refusal(Refusal::NotNow));
                }
                let call = Call {
                    expires: progress.ours.then(|| stepper.now.plus(RING_TIME)),
                    round: words.round,
                    ..Call::plain(row.id, step)
                };
                for part in described(stepper.tx, &call, words)? {
                    stepper.say(row, &part, None)?;
                }
            }
            candidates(stepper, row, words)
        })
    }

    /// A page shows that it rings; the caller is told, once.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such call.
    pub fn call_shown(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| happens(stepper, row, Event::Shown))
    }

    /// The browsers are connected.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it is over, or not taken.
    pub fn call_connected(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| happens(stepper, row, Event::Connected))
    }

    /// The page is in the call. A call of which nothing is heard for a minute is over.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it is over, or not taken.
    pub fn call_alive(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| happens(stepper, row, Event::Alive))
    }

    /// Does not take a call that rings.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it does not ring. One that is over already is no error.
    pub fn call_decline(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| happens(stepper, row, Event::Decline))
    }

    /// Hangs up, or takes back a call. One that is over already is no error.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such call.
    pub fn call_end(&self, id: u64) -> Result<CallView> {
        self.to_call(id, |stepper, row| happens(stepper, row, Event::HangUp))
    }

    fn to_call(
        &self,
        id: u64,
        work: impl FnOnce(&mut Stepper<'_>, &CallRow) -> Result<()>,
    ) -> Result<CallView> {
        let view = self.driver.engine(|stepper| {
            let row = row(stepper.tx, id)?;
            work(stepper, &row)?;
            view(stepper.tx, id)
        })?;
        self.driver.wake.submit.notify_one();
        Ok(view)
    }
}

/// The first part of an offer: what the conversation shows.
fn begin(stepper: &mut Stepper<'_>, row: &CallRow, offer: Call) -> Result<u64> {
    let mut payload = Said::Call(offer)
        .payload(Some(A_CALL))
        .ok_or_else(|| refused("cannot-call", "It cannot be said."))?;
    payload.timer = marks::timer(stepper.tx, &row.relationship)?;
    let local = history::insert_outgoing(stepper.tx, &row.relationship, &payload, stepper.now)?;
    calls::set_message(stepper.tx, row.number, local, stepper.now, row.video)?;
    stepper.tell_message(local, ClientEvent::Message)?;
    let input = Input::Send {
        local: LocalId(local),
        payload,
    };
    stepper.give_with(&row.relationship, input, Some(TrafficClass::Prompt))?;
    Ok(local)
}

/// A description in as many parts as it needs.
fn described(connection: &Connection, call: &Call, words: &CallWords) -> Result<Vec<Call>> {
    let servers = servers(connection)?;
    if servers.relay_only && servers.turn.is_empty() {
        return Err(refused(
            "no-relay",
            "Calls are to go through a relay only, and none of your providers offers one. Change the setting, or use a \
             provider with a relay.",
        ));
    }
    let described = words.description.as_deref().and_then(call::check);
    let kept = described.map(|text| match servers.relay_only {
        true => only_relayed(&text),
        false => text,
    });
    let pieces = kept.as_deref().and_then(call::divide).ok_or_else(|| {
        refused(
            "bad-description",
            "The browser described the call in a way that cannot be sent.",
        )
    })?;
    let parts = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
    let media = CallMedia {
        audio: true,
        video: words.video,
    };
    Ok(pieces
        .into_iter()
        .zip(0..)
        .map(|(piece, part)| Call {
            piece,
            part: (part, parts),
            media: Some(media),
            ..call.clone()
        })
        .collect())
}

/// A browser that was told to use relays only says nothing else; this makes sure of it.
fn only_relayed(description: &str) -> String {
    let mut kept = String::with_capacity(description.len());
    for line in description.lines() {
        let line = match line.split_once('=') {
            Some(("a", value)) if value.starts_with("candidate:") => match call::relayed(value) {
                Some(relayed) => format!("a={relayed}"),
                None => continue,
            },
            Some(("c", _)) => "c=IN IP4 0.0.0.0".to_owned(),
            Some(("a", value)) if value.starts_with("rtcp:") => {
                "a=rtcp:9 IN IP4 0.0.0.0".to_owned()
            }
            _ => line.to_owned(),
        };
        kept.push_str(&line);
        kept.push_str("\r\n");
    }
    kept
}

fn candidates(stepper: &mut Stepper<'_>, row: &CallRow, words: &CallWords) -> Result<()> {
    let relay_only = servers(stepper.tx)?.relay_only;
    let good: Vec<String> = words
        .candidates
        .iter()
        .filter(|line| call::is_candidate(line))
        .filter_map(|line| match relay_only {
            true => call::relayed(line),
            false => Some(line.clone()),
        })
        .collect();
    let mut rest = good.as_slice();
    while !rest.is_empty() {
        let (now, later) = rest.split_at(fitting(rest));
        let call = Call {
            candidates: now.to_vec(),
            ..Call::plain(row.id, CallStep::Candidates)
        };
        stepper.say(row, &call, None)?;
        rest = later;
    }
    Ok(())
}

/// How many of them fit into one message.
fn fitting(candidates: &[String]) -> usize {
    const ROOM: usize = dyad_protocol::content::CALL_PIECE_LEN;
    let mut room = ROOM;
    let many = candidates
        .iter()
        .take(MAX_CANDIDATES)
        .take_while(|line| match room.checked_sub(line.len() + 3) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        })
        .count();
    many.max(1)
}

fn happens(stepper: &mut Stepper<'_>, row: &CallRow, event: Event) -> Result<()> {
    stepper
        .try_call_step(row, event)?
        .map(drop)
        .map_err(refusal)
}

fn servers(connection: &Connection) -> Result<CallServersView> {
    let settings: SettingsView = settings::get(connection, settings::APP)?.unwrap_or_default();
    let mut view = CallServersView {
        relay_only: settings.relayed_calls,
        ..CallServersView::default()
    };
    for provider in providers::all(connection)? {
        if provider.removed.is_some() || provider.key_changed {
            continue;
        }
        let offered = &provider.document.body().calls;
        view.stun.extend(offered.stun.iter().cloned());
        view.turn.extend(offered.turn.iter().cloned());
    }
    view.stun.truncate(MAX_SERVERS);
    view.turn.truncate(MAX_SERVERS);
    Ok(view)
}

fn row(connection: &Connection, id: u64) -> Result<CallRow> {
    calls::get(connection, id)?.ok_or_else(|| unknown(id))
}

fn view(connection: &Connection, id: u64) -> Result<CallView> {
    calls::view(connection, id)?
        .filter(|call| call.state != CallState::Arriving)
        .ok_or_else(|| unknown(id))
}

fn unknown(id: u64) -> ClientError {
    ClientError::usage("unknown-call", format!("There is no call {id}."))
}

fn refusal(why: Refusal) -> ClientError {
    match why {
        Refusal::Over => refused("call-over", "The call is over."),
        Refusal::Taken => refused("call-taken", "The call was taken in another window."),
        Refusal::NotNow => refused(
            "call-not-now",
            "That cannot be done to the call as it stands.",
        ),
    }
}

fn refused(code: &str, why: &str) -> ClientError {
    ClientError::usage(code, format!("{why} Nothing was sent."))
}
