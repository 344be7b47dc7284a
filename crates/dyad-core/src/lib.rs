//! The engine: a relationship between two people as a pure state machine.
//!
//! `step(profile, state, input, now, rng)` gives the next state and a list of effects; nothing else
//! happens. It owns sessions, envelope keys, tickets, streams, confirmation, resending and repair. It
//! does not know a socket, a store, a clock or a service: whoever drives it stores the next state and the
//! effects in one transaction and then performs them. The ratchet's own randomness is the one thing
//! that does not come from the caller; it is confined to `session::olm`.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod effect;
pub mod engine;
pub mod error;
pub mod invitation;
pub mod limits;
pub mod profile;
pub mod relationship;

mod bundles;
mod codec;
mod psk;
mod session;
mod stream;
mod tickets;
mod words;

pub use effect::{
    DeliveryState, Effect, Event, Input, LocalId, Outgoing, OutgoingId, RepairReason,
    SubmissionOutcome,
};
pub use engine::{InvitationStep, Step, accept, invitation_step, step};
pub use error::{StateError, StepError};
pub use invitation::{Created, InvitationId, InvitationState, InviteOptions};
pub use profile::{OwnMailbox, Policy, ProfileState, Receipts};
pub use relationship::{RelationshipState, Status};
