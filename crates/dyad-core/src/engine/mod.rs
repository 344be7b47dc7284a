//! The steps: pure functions from a state and an input to the next state and effects.

mod accept;
mod body;
mod compose;
mod control;
mod draft;
mod invite;
mod receive;
mod repair;
mod send;
mod settle;
mod work;

use dyad_protocol::envelope::{Content, SealedMessage};
use dyad_protocol::id::{AddressId, RelationshipId};
use dyad_protocol::invitation::{Invitation, InvitationSecret};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;

use crate::effect::{Effect, Input};
use crate::error::StepError;
use crate::invitation::InvitationState;
use crate::profile::ProfileState;
use crate::relationship::RelationshipState;
use work::Work;

pub(crate) use accept::accept_with;
pub(crate) use invite::answer;

/// The outcome of a step.
#[derive(Debug)]
pub struct Step {
    /// The next state.
    pub next: RelationshipState,
    /// What the driver has to do.
    pub effects: Vec<Effect>,
}

/// The outcome of a message to an invitation.
#[derive(Debug)]
pub struct InvitationStep {
    /// The next state of the invitation.
    pub next: InvitationState,
    /// A new relationship, if one was made; its effects include what the message said.
    pub relationship: Option<Step>,
    /// The message belongs to this relationship: give it as [`Input::Forwarded`].
    pub forward: Option<(RelationshipId, Box<Content>)>,
    /// What else the driver has to do; belongs to no relationship.
    pub effects: Vec<Effect>,
}

/// Accepts an invitation: a new relationship, [`crate::Status::Requested`] until somebody answers.
///
/// # Errors
/// [`StepError::InvitationExpired`], [`StepError::OwnInvitation`], [`StepError::InvitationUnusable`],
/// [`StepError::NoReceiver`] or [`StepError::ReceiverKey`].
pub fn accept(
    profile: &ProfileState,
    invitation: &Invitation,
    secret: &InvitationSecret,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Step, StepError> {
    accept_with(profile, invitation, secret, now, rng)
}

/// One step of a relationship. What a contact does wrong changes nothing and is no error.
///
/// # Errors
/// [`StepError`] if the person's wish cannot be fulfilled; nothing has changed then.
pub fn step(
    profile: &ProfileState,
    state: &RelationshipState,
    input: Input,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Step, StepError> {
    let mut work = Work::new(profile, state.clone(), now, rng);
    work.take(input)?;
    work.settle();
    Ok(work.finish())
}

/// One message to an address of an invitation of ours.
///
/// # Errors
/// [`StepError::NoReceiver`] or [`StepError::ReceiverKey`] if a new relationship could not be given
/// addresses: keep the message and try again when a receiver is in use.
pub fn invitation_step(
    profile: &ProfileState,
    state: &InvitationState,
    address: &AddressId,
    sealed: &SealedMessage,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<InvitationStep, StepError> {
    answer(profile, state, address, sealed, now, rng)
}

#[cfg(test)]
mod tests;
