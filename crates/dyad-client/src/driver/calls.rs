//! Calls within transactions: what a contact says about one, what the person does, and time going by.

use dyad_core::Input;
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Payload;
use dyad_protocol::content::{Call, CallStep, RING_TIME, Said};
use dyad_protocol::id::{MessageId, RelationshipId};
use dyad_protocol::time::Timestamp;

use super::{Driver, Stepper};
use crate::call::{self, CLOCK_SLACK, Effect, Event, Progress, Refusal, Ring};
use crate::error::Result;
use crate::store::calls::{self, CallRow};
use crate::store::{acts, history, is_store_trouble, marks, relationships};
use crate::view::{CallState, ClientEvent, ContactStatus};

/// How often a connection is made anew at most; more is no connection.
pub(crate) const MAX_ROUNDS: u8 = 64;
/// For apps that do not know the kind.
pub(crate) const A_CALL: &str = "A call";
const MISSED: &str = "You missed a call";

impl Stepper<'_> {
    /// A contact said something about a call.
    pub(super) fn call_heard(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        call: &Call,
    ) -> Result<()> {
        let known = relationships::get(self.tx, from)?;
        if known.is_none_or(|contact| contact.status != ContactStatus::Active) {
            return Ok(());
        }
        let Some(row) = self.row_of(from, call)? else {
            return Ok(());
        };
        let begins = call.step == CallStep::Offer && call.round == 0;
        if begins && row.progress.ours {
            return Ok(());
        }
        let row = if begins && call.part.0 == 0 && row.message.is_none() {
            match self.shown_as(row, message, sent, payload, call)? {
                Some(row) => row,
                None => return Ok(()),
            }
        } else {
            row
        };
        match call.step {
            CallStep::Offer | CallStep::Answer => self.call_described(row, call),
            CallStep::Candidates => self.reachable(row, call),
            step => self.call_step(row, Event::Said(step)).map(drop),
        }
    }

    /// The call that is spoken of; a new one if it may still come.
    fn row_of(&mut self, from: &RelationshipId, call: &Call) -> Result<Option<CallRow>> {
        if let Some(row) = calls::find(self.tx, from, &call.id)? {
            return Ok(Some(row));
        }
        let first = match call.step {
            CallStep::Offer => call.round == 0,
            step => matches!(step, CallStep::Candidates | CallStep::HangUp),
        };
        if !first {
            return Ok(None);
        }
        self.changes.deadlines = true;
        let video = call.media.is_some_and(|media| media.video);
        let progress = Progress::arriving(self.now);
        calls::insert(self.tx, from, &call.id, progress, video, self.now)
    }

    /// The first part of an offer is what the conversation shows. `None`: it was shown before, and has vanished.
    fn shown_as(
        &mut self,
        row: CallRow,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        call: &Call,
    ) -> Result<Option<CallRow>> {
        let from = row.relationship;
        let Some(local) =
            history::insert_incoming(self.tx, &from, message, sent, payload, self.now)?
        else {
            return Ok(None);
        };
        let video = call.media.is_some_and(|media| media.video);
        let began = sent.min(self.now);
        calls::set_message(self.tx, row.number, local, began, video)?;
        let row = CallRow {
            message: Some(local),
            video,
            ..row
        };
        if row.progress.state == CallState::Crossed {
            calls::hide(self.tx, local)?;
            return Ok(None);
        }
        self.tell_message(local, ClientEvent::Message)?;
        if marks::bring_back(self.tx, &from)? {
            self.tell_contact(&from)?;
        }
        Ok(Some(row))
    }

    /// A piece of a description; if it was the last that was missing, what follows from the whole.
    fn call_described(&mut self, row: CallRow, call: &Call) -> Result<()> {
        if row.progress.state.is_over() || call.round > MAX_ROUNDS {
            return Ok(());
        }
        let begins = call.step == CallStep::Offer && call.round == 0;
        if begins && row.progress.state != CallState::Arriving {
            return Ok(());
        }
        let Some(compressed) = calls::collect(self.tx, row.number, call)? else {
            return Ok(());
        };
        let Some(description) = call::inflate(&compressed) else {
            tracing::debug!("a contact described a call that cannot be");
            return self.call_step(row, Event::Nonsense).map(drop);
        };
        let event = if begins {
            Event::Offered(self.ring(&row, call)?)
        } else {
            Event::Said(call.step)
        };
        let (number, passes) = (row.number, begins);
        let (row, effect) = self.call_step(row, event)?;
        let wanted = passes && row.progress.state == CallState::Ringing;
        if (wanted || effect == Some(Effect::PassOn))
            && calls::pass_on(
                self.tx,
                number,
                call.step,
                call.round,
                Some(&description),
                &[],
            )?
        {
            self.tell_call(&row)?;
        }
        Ok(())
    }

    fn reachable(&mut self, row: CallRow, call: &Call) -> Result<()> {
        let good: Vec<String> = call
            .candidates
            .iter()
            .filter(|line| call::is_candidate(line))
            .cloned()
            .collect();
        if good.is_empty() {
            return Ok(());
        }
        let number = row.number;
        let (row, effect) = self.call_step(row, Event::Said(CallStep::Candidates))?;
        if effect == Some(Effect::PassOn)
            && calls::pass_on(self.tx, number, call.step, call.round, None, &good)?
        {
            self.tell_call(&row)?;
        }
        Ok(())
    }

    /// Whether an offer rings.
    fn ring(&mut self, row: &CallRow, call: &Call) -> Result<Ring> {
        let expires = call.expires.unwrap_or(self.now);
        let until = expires.plus(CLOCK_SLACK).min(self.now.plus(RING_TIME));
        if self.now >= expires.plus(CLOCK_SLACK) {
            return Ok(Ring::Quietly);
        }
        let others = calls::live(self.tx)?
            .into_iter()
            .filter(|other| other.number != row.number);
        let mut occupied = false;
        for other in others {
            if other.relationship != row.relationship {
                occupied |= other.progress.state.occupies();
            } else if matches!(
                other.progress.state,
                CallState::Calling | CallState::RingingThere
            ) {
                // Both sides see the same two names.
                if other.id.as_bytes() < row.id.as_bytes() {
                    return Ok(Ring::Crossed);
                }
                self.call_step(other, Event::Crossed)?;
                return Ok(Ring::Until(until));
            } else if other.progress.state != CallState::Arriving {
                // Whoever calls anew has lost the call before.
                self.call_step(other, Event::Said(CallStep::HangUp))?;
            }
        }
        let muted = relationships::get(self.tx, &row.relationship)?.is_none_or(|c| c.muted);
        Ok(match (muted, occupied) {
            (true, _) => Ring::Quietly,
            (false, true) => Ring::Occupied,
            (false, false) => Ring::Until(until),
        })
    }

    /// Something happens to a call. Gives it as it then is.
    fn call_step(&mut self, row: CallRow, event: Event) -> Result<(CallRow, Option<Effect>)> {
        // A contact's words are never refused.
        Ok(self.try_call_step(&row, event)?.unwrap_or((row, None)))
    }

    /// The same for what the person does.
    pub(crate) fn try_call_step(
        &mut self,
        row: &CallRow,
        event: Event,
    ) -> Result<std::result::Result<(CallRow, Option<Effect>), Refusal>> {
        let (progress, effect) = match row.progress.step(event, self.now) {
            Ok(next) => next,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let next = CallRow {
            progress,
            ..row.clone()
        };
        if progress != row.progress {
            calls::update(self.tx, row.number, &progress)?;
            self.changes.deadlines = true;
        }
        if progress.state != row.progress.state {
            self.call_changed(&next)?;
        }
        if let Some(Effect::Say(step)) = effect {
            let unanswered = progress.state == CallState::NoAnswer;
            let fallback = (step == CallStep::HangUp && unanswered).then_some(MISSED);
            self.say_if_possible(&next, &Call::plain(row.id, step), fallback)?;
        }
        Ok(Ok((next, effect)))
    }

    fn call_changed(&mut self, row: &CallRow) -> Result<()> {
        let state = row.progress.state;
        if let Some(message) = row.message {
            if state.is_over() {
                calls::forget_words(self.tx, message)?;
            }
            if !matches!(state, CallState::Ringing | CallState::Missed) {
                calls::seen(self.tx, message, self.now)?;
            }
            if state == CallState::Crossed {
                self.hide_call(row, message)?;
            } else {
                self.tell_message(message, ClientEvent::Changed)?;
            }
            self.tell_contact(&row.relationship)?;
        }
        self.tell_call(row)
    }

    fn hide_call(&mut self, row: &CallRow, message: u64) -> Result<()> {
        calls::hide(self.tx, message)?;
        if let Some(contact) = relationships::get(self.tx, &row.relationship)? {
            self.changes.events.push(ClientEvent::Removed {
                id: message,
                contact: contact.nick,
                relationship: row.relationship,
            });
        }
        Ok(())
    }

    fn tell_call(&mut self, row: &CallRow) -> Result<()> {
        self.changes
            .events
            .extend(calls::view(self.tx, row.number)?.map(ClientEvent::Call));
        Ok(())
    }

    /// The same where it must not hold up what happens here: to somebody who was blocked meanwhile nothing can be said.
    fn say_if_possible(
        &mut self,
        row: &CallRow,
        call: &Call,
        fallback: Option<&str>,
    ) -> Result<()> {
        match self.say(row, call, fallback) {
            Err(error) if !is_store_trouble(&error) => {
                tracing::debug!(code = %error.code, "nothing was said about a call: {error}");
                calls::forget_words(self.tx, row.message.unwrap_or_default())
            }
            done => done,
        }
    }

    /// Says something about a call, at once whatever else is sent to the contact when.
    pub(crate) fn say(&mut self, row: &CallRow, call: &Call, fallback: Option<&str>) -> Result<()> {
        let Some(payload) = Said::Call(call.clone()).payload(fallback) else {
            return Ok(());
        };
        let about = row.message.unwrap_or_default();
        let local = acts::insert(self.tx, &row.relationship, about, &payload)?;
        let input = Input::Send { local, payload };
        self.give_with(&row.relationship, input, Some(TrafficClass::Prompt))
    }
}

impl Driver {
    /// Ends the calls whose time is over. Gives when the next is due.
    pub(super) fn end_calls(&self) -> Result<Option<Timestamp>> {
        let now = self.now();
        let due = self
            .store
            .read(calls::next_end)?
            .is_some_and(|at| at <= now);
        if due {
            self.engine(|stepper| {
                for row in calls::live(stepper.tx)? {
                    stepper.call_step(row, Event::Tick)?;
                }
                Ok(())
            })?;
        }
        self.store.read(calls::next_end)
    }
}

#[cfg(test)]
mod tests;
