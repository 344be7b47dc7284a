//! An invitation of ours while it can be answered.

use dyad_protocol::invitation::{Invitation, InvitationSecret, Reuse};
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::effect::Effect;

/// Names an invitation of ours in the local store; never leaves the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(pub [u8; 16]);

/// What an invitation is to be like.
#[derive(Debug, Clone)]
pub struct InviteOptions {
    /// For one person or for several.
    pub reuse: Reuse,
    /// Until when it can be accepted.
    pub expires: Timestamp,
    /// What we will call whoever accepts.
    pub nickname: Option<String>,
    /// Whether it says how we want to be called.
    pub share_presentation: bool,
}

/// A new invitation.
#[derive(Debug)]
pub struct Created {
    /// To be stored.
    pub state: InvitationState,
    /// To be hosted, or written to a file.
    pub invitation: Invitation,
    /// Goes into the link, never to the host.
    pub secret: InvitationSecret,
    /// Addresses to register.
    pub effects: Vec<Effect>,
}

/// One invitation of ours.
#[derive(Debug, Clone)]
pub struct InvitationState { id: InvitationId }

impl InvitationState {
    /// Makes one.
    ///
    /// # Errors
    /// If no receiver is usable.
    pub fn create(_: &crate::ProfileState, _: InviteOptions, _: Timestamp, _: &mut impl rand_core::CryptoRng) -> Result<Created, crate::StepError> { Err(crate::StepError::NoReceiver) }
    /// Its name in the local store.
    pub fn id(&self) -> InvitationId { self.id }
    /// Its link.
    pub fn link(&self, host: &dyad_protocol::id::HostName) -> dyad_protocol::invitation::InvitationLink { dyad_protocol::invitation::InvitationLink { host: host.clone(), secret: self.secret().clone(), commitment: [0; 32] } }
    /// Its secret.
    pub fn secret(&self) -> &InvitationSecret { const S: &InvitationSecret = &InvitationSecret::new([0; 32]); S }
    /// For one or several.
    pub fn reuse(&self) -> Reuse { Reuse::Single }
    /// When it expires.
    pub fn expires(&self) -> Timestamp { Timestamp::from_secs(0) }
    /// From then on the driver calls [`Self::close`] and forgets it.
    pub fn ends(&self) -> Timestamp { Timestamp::from_secs(0) }
    /// How many have accepted.
    pub fn uses(&self) -> u32 { 0 }
    /// Whether it can still be accepted.
    pub fn is_open(&self, _: Timestamp) -> bool { false }
    /// What we call whoever accepts.
    pub fn nickname(&self) -> Option<&str> { None }
    /// Gives up its addresses.
    pub fn close(&self) -> Vec<Effect> { Vec::new() }
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> { Vec::new() }
    /// Decodes it.
    ///
    /// # Errors
    /// If damaged.
    pub fn decode(_: &[u8]) -> Result<Self, crate::StateError> { Err(crate::StateError::Damaged("nothing".into())) }
}
