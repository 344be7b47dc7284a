//! The steps: pure functions from a state and an input to the next state and effects.

use dyad_protocol::envelope::{Content, SealedMessage};
use dyad_protocol::id::{AddressId, RelationshipId};
use dyad_protocol::invitation::{Invitation, InvitationSecret};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;

use crate::effect::{Effect, Input};
use crate::{InvitationState, ProfileState, RelationshipState, StepError};

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
    /// What else the driver has to do.
    pub effects: Vec<Effect>,
}

/// Accepts an invitation.
///
/// # Errors
/// See [`StepError`].
pub fn accept(_: &ProfileState, _: &Invitation, _: &InvitationSecret, _: Timestamp, _: &mut impl CryptoRng) -> Result<Step, StepError> { Err(StepError::NoReceiver) }

/// One step of a relationship.
///
/// # Errors
/// See [`StepError`].
pub fn step(_: &ProfileState, _: &RelationshipState, _: Input, _: Timestamp, _: &mut impl CryptoRng) -> Result<Step, StepError> { Err(StepError::NoReceiver) }

/// One message to an invitation.
///
/// # Errors
/// See [`StepError`].
pub fn invitation_step(_: &ProfileState, state: &InvitationState, _: &AddressId, _: &SealedMessage, _: Timestamp, _: &mut impl CryptoRng) -> Result<InvitationStep, StepError> {
    Ok(InvitationStep { next: state.clone(), relationship: None, forward: None, effects: Vec::new() })
}
