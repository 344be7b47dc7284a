//! Engine steps inside a transaction: load the state, step, store the next state with all that
//! follows from it.

use std::collections::VecDeque;

use dyad_core::{
    Effect, Input, InvitationState, LocalId, OutgoingId, ProfileState, RelationshipState,
    StateError, Status, Step, StepError, SubmissionOutcome,
};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Payload;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{AddressId, HostName, RelationshipId};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use rusqlite::Connection;

use super::Driver;
use super::events::Changes;
use super::{notes, profile};
use crate::error::{ClientError, Result};
use crate::store::index::Owner;
use crate::store::is_store_trouble;
use crate::store::relationships::Columns;
use crate::store::{acts, history, invitations, marks, outbox, profiles, relationships, settings};
use crate::view::{ClientEvent, ContactStatus};

/// What a contact is called who said nothing about it.
const NAMELESS: &str = "Contact";

/// Stands for whichever profile is the default.
pub(crate) const DEFAULT_PROFILE: u64 = 0;

/// An input that waits for its turn, with the class in which goes what is sent on the occasion.
type Given = (RelationshipId, Input, Option<TrafficClass>);

/// Steps within one transaction.
pub(crate) struct Stepper<'a> {
    pub(crate) tx: &'a Connection,
    pub(crate) now: Timestamp,
    pub(crate) profile: ProfileState,
    /// The profile of ours that `profile` presents.
    shown: u64,
    pub(crate) changes: Changes,
    /// What is given to a relationship while a step is being settled. The step's own state is not stored yet: it would
    /// be taken from the one before, and lost.
    later: Option<VecDeque<Given>>,
    pub(crate) rng: &'a mut dyn CryptoRng,
}

impl Driver {
    /// Runs `work` in one transaction; what it changed is told after it is on disk.
    pub(crate) fn engine<T>(&self, work: impl FnOnce(&mut Stepper<'_>) -> Result<T>) -> Result<T> {
        let now = self.now();
        let (value, changes) = self.with_rng(|rng| {
            self.store.write(|tx| {
                let mut stepper = Stepper {
                    tx,
                    now,
                    profile: profile::load(tx, DEFAULT_PROFILE)?,
                    shown: DEFAULT_PROFILE,
                    changes: Changes::default(),
                    later: None,
                    rng,
                };
                let value = work(&mut stepper)?;
                Ok((value, stepper.changes))
            })
        })?;
        self.publish(changes);
        Ok(value)
    }
}

impl Stepper<'_> {
    /// From here on steps are taken as this profile of ours.
    pub(crate) fn present(&mut self, profile: u64) -> Result<()> {
        if profile != self.shown {
            self.shown = profile;
            profile::present(self.tx, &mut self.profile, profile)?;
        }
        Ok(())
    }

    /// Gives an input to a relationship. One that is not there any more takes nothing.
    pub(crate) fn give(&mut self, id: &RelationshipId, input: Input) -> Result<()> {
        self.give_with(id, input, None)
    }

    /// The same; what is sent on the occasion goes with this class, if one is given.
    pub(crate) fn give_with(
        &mut self,
        id: &RelationshipId,
        input: Input,
        class: Option<TrafficClass>,
    ) -> Result<()> {
        if let Some(later) = &mut self.later {
            later.push_back((*id, input, class));
            return Ok(());
        }
        let Some(bytes) = relationships::state(self.tx, id)? else {
            return Ok(());
        };
        if let Some(shown) = marks::profile(self.tx, id)? {
            self.present(shown)?;
        }
        self.profile.policy.traffic = match class {
            Some(class) => class,
            None => settings::traffic(self.tx, id)?,
        };
        let before = RelationshipState::decode(&bytes).map_err(state_error)?;
        let Step { next, effects } =
            dyad_core::step(&self.profile, &before, input, self.now, &mut self.rng)
                .map_err(step_error)?;
        self.settle(next, effects, &columns(&before))
    }

    /// The same where many contacts are concerned: what is wrong with one must not hold up the others.
    pub(crate) fn give_each(&mut self, id: &RelationshipId, input: Input) -> Result<()> {
        match self.give(id, input) {
            Err(error) if !is_store_trouble(&error) => {
                tracing::warn!(code = %error.code, "a contact was passed over: {error}");
                Ok(())
            }
            done => done,
        }
    }

    /// A message of the person to a contact. Gives its local number.
    pub(crate) fn send(&mut self, to: &RelationshipId, payload: Payload) -> Result<u64> {
        let local = history::insert_outgoing(self.tx, to, &payload, self.now)?;
        self.changes.deadlines |= payload.timer.is_some();
        self.tell_message(local, ClientEvent::Message)?;
        self.give(
            to,
            Input::Send {
                local: LocalId(local),
                payload,
            },
        )?;
        Ok(local)
    }

    /// What became of a submission.
    pub(crate) fn outcome(
        &mut self,
        of: Option<&RelationshipId>,
        outgoing: outbox::OutgoingKey,
        outcome: SubmissionOutcome,
    ) -> Result<()> {
        let Some(id) = of else { return Ok(()) };
        self.give_each(
            id,
            Input::Submission {
                outgoing: OutgoingId(outgoing),
                outcome,
            },
        )
    }

    /// Tells every contact that presentation or mailboxes have changed.
    pub(crate) fn profile_changed(&mut self) -> Result<()> {
        self.profile = profile::load(self.tx, self.shown)?;
        for id in relationships::living(self.tx)? {
            self.give_each(&id, Input::ProfileChanged)?;
        }
        Ok(())
    }

    /// A new contact with the effects of the step that made it. `wanted`: what the person calls it.
    pub(crate) fn adopt(
        &mut self,
        step: Step,
        wanted: Option<&str>,
        commitment: Option<&[u8; 32]>,
        profile: u64,
    ) -> Result<RelationshipId> {
        let Step { next, effects } = step;
        let id = next.id();
        let columns = columns(&next);
        let name = wanted
            .map(str::to_owned)
            .or(columns.name.clone())
            .filter(|name| !name.trim().is_empty());
        let nick = relationships::free_nick(
            self.tx,
            &notes::printable(name.as_deref().unwrap_or(NAMELESS)),
        )?;
        relationships::insert(
            self.tx,
            &id,
            &nick,
            &next.encode(),
            &columns,
            commitment,
            self.now,
        )?;
        let profile = profiles::shown(self.tx, profile)?.id;
        marks::set_profile(self.tx, &id, profile)?;
        self.present(profile)?;
        self.settle(next, effects, &columns)?;
        self.changes.portraits = true;
        // Whoever answered our invitation waits for a word: the deadline is a new one, though no change.
        self.changes.deadlines = true;
        self.tell_contact(&id)?;
        Ok(id)
    }

    /// A message to an address of one of our invitations.
    pub(crate) fn answer(
        &mut self,
        id: &RelationshipId,
        address: &AddressId,
        sealed: &SealedMessage,
    ) -> Result<()> {
        let Some(row) = invitations::get(self.tx, id)? else {
            return Ok(());
        };
        let state = InvitationState::decode(&row.state).map_err(state_error)?;
        self.present(row.profile)?;
        let step = dyad_core::invitation_step(
            &self.profile,
            &state,
            address,
            sealed,
            self.now,
            &mut self.rng,
        )
        .map_err(step_error)?;
        let open = step.next.is_open(self.now);
        invitations::update(self.tx, id, &step.next.encode(), step.next.uses(), open)?;
        for effect in step.effects {
            self.perform(Owner::Invitation(*id), effect)?;
        }
        if let Some(new) = step.relationship {
            self.adopt(new, row.name.as_deref(), None, row.profile)?;
        }
        if let Some((relationship, content)) = step.forward {
            self.give(&relationship, Input::Forwarded(content))?;
        }
        Ok(())
    }

    /// Performs the effects, answering what the engine asks for on the way, and stores the last state.
    fn settle(
        &mut self,
        state: RelationshipState,
        effects: Vec<Effect>,
        before: &Columns,
    ) -> Result<()> {
        self.later = Some(VecDeque::new());
        let settled = self.perform_all(state, effects, before);
        let later = self.later.take().unwrap_or_default();
        settled?;
        for (id, input, class) in later {
            match self.give_with(&id, input, class) {
                // What came is no worse for an answer that cannot be given, as to somebody who was blocked meanwhile.
                Err(error) if !is_store_trouble(&error) => {
                    tracing::debug!(code = %error.code, "an answer was not given: {error}");
                }
                done => done?,
            }
        }
        Ok(())
    }

    fn perform_all(
        &mut self,
        state: RelationshipState,
        effects: Vec<Effect>,
        before: &Columns,
    ) -> Result<()> {
        let id = state.id();
        let mut state = state;
        let mut queue: VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            let Effect::WantPayload { message } = effect else {
                self.perform(Owner::Relationship(id), effect)?;
                continue;
            };
            // What is kept for sending goes first: the message itself may be deleted here.
            let payload = match acts::payload(self.tx, &id, &message)? {
                None => history::payload(self.tx, &id, &message)?,
                kept => kept,
            };
            let Some(payload) = payload.or_else(|| Self::instead_of(message)) else {
                continue;
            };
            let input = Input::Resend { message, payload };
            match dyad_core::step(&self.profile, &state, input, self.now, &mut self.rng) {
                Ok(step) => {
                    state = step.next;
                    queue.extend(step.effects);
                }
                Err(error) => tracing::warn!(%error, "a message could not be sent again now"),
            }
        }
        let after = columns(&state);
        relationships::update(self.tx, &id, &state.encode(), &after)?;
        self.changes.deadlines |= after.deadline.is_some() && after.deadline != before.deadline;
        self.changes.portraits |= after.status != before.status;
        let shown = |c: &Columns| (c.status, c.name.clone(), c.pronouns.clone(), c.verified_at);
        if shown(&after) != shown(before) {
            self.tell_contact(&id)?;
        }
        Ok(())
    }
}

/// Where a contact receives.
pub(super) fn receivers(connection: &Connection, id: &RelationshipId) -> Result<Vec<HostName>> {
    let Some(bytes) = relationships::state(connection, id)? else {
        return Ok(Vec::new());
    };
    let state = RelationshipState::decode(&bytes).map_err(state_error)?;
    let receivers = state.summary().receivers;
    Ok(receivers
        .into_iter()
        .map(|receiver| receiver.host)
        .collect())
}

/// What is looked up without decoding the state.
pub(super) fn columns(state: &RelationshipState) -> Columns {
    let summary = state.summary();
    let presentation = summary.presentation.unwrap_or_default();
    Columns {
        status: match summary.status {
            Status::Requested => ContactStatus::Requested,
            Status::Active => ContactStatus::Active,
            Status::Blocked => ContactStatus::Blocked,
            Status::Ended { by_them: false } => ContactStatus::EndedByUs,
            Status::Ended { by_them: true } => ContactStatus::EndedByThem,
            Status::Refused => ContactStatus::Refused,
        },
        deadline: state.deadline(),
        name: Some(notes::printable(&presentation.name)).filter(|name| !name.is_empty()),
        pronouns: presentation.pronouns.map(|text| notes::printable(&text)),
        verified_at: summary.verified_at,
        repairs: summary.repairs.into(),
    }
}

/// A stored state that cannot be read.
pub(crate) fn state_error(error: StateError) -> ClientError {
    match error {
        StateError::Newer { .. } => ClientError::config(
            "newer",
            "The local store was written by a newer release of Dyad. Nothing was changed; update to use it.",
        ),
        StateError::Damaged(why) => ClientError::config(
            "contact-damaged",
            format!(
                "What is stored about a contact cannot be read ({why}). Nothing was changed; everything else works."
            ),
        ),
    }
}

/// The code of an error: nobody can be answered without a mailbox.
pub(crate) const NO_RECEIVER: &str = "no-receiver";

/// A step that was not taken.
pub(crate) fn step_error(error: StepError) -> ClientError {
    let text = {
        let text = error.to_string();
        let mut letters = text.chars();
        let first = letters
            .next()
            .map(|c| c.to_uppercase().to_string())
            .unwrap_or_default();
        format!("{first}{}. Nothing was changed.", letters.as_str())
    };
    match error {
        StepError::Status(_) => ClientError::usage("wrong-status", text),
        StepError::TooLong { .. } => ClientError::usage("too-long", text),
        StepError::NoReceiver => ClientError::config(NO_RECEIVER, text),
        StepError::InvitationExpired => ClientError::usage("expired", text),
        StepError::OwnInvitation => ClientError::usage("own-invitation", text),
        StepError::InvitationUnusable => ClientError::usage("invitation-unusable", text),
        StepError::TooManyUnconfirmed(_) => ClientError::later("too-many-unconfirmed", text),
        StepError::ReceiverKey => ClientError::unavailable("receiver-key", text),
        StepError::UnknownMessage | StepError::Ratchet(_) => ClientError::other("engine", text),
    }
}
