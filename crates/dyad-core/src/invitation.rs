//! An invitation of ours while it can be answered.

use dyad_protocol::id::{HostName, RelationshipId};
use dyad_protocol::invitation::{Invitation, InvitationLink, InvitationSecret, Reuse};
use dyad_protocol::psk::PskId;
use dyad_protocol::sign::{IdentityKey, IdentityPublic};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::bundles::OwnBundle;
use crate::codec;
use crate::effect::Effect;
use crate::error::{StateError, StepError};
use crate::limits::{INVITATION_GRACE, INVITATION_LATE};
use crate::profile::ProfileState;
use crate::tickets::{OwnTicket, revocations};

/// Names an invitation of ours in the local store; never leaves the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(pub [u8; 16]);

/// One open invitation of ours. Holds private keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvitationState {
    id: InvitationId,
    /// Made for it; in a single-use one it becomes ours in the relationship.
    pub(crate) identity: IdentityKey,
    pub(crate) secret: InvitationSecret,
    #[serde(with = "dyad_protocol::codec::serde_bytes")]
    commitment: Vec<u8>,
    pub(crate) own: OwnBundle,
    pub(crate) tickets: Vec<OwnTicket>,
    pub(crate) reuse: Reuse,
    expires: Timestamp,
    nickname: Option<String>,
    /// Who has accepted, and what came of it.
    pub(crate) acceptors: Vec<(IdentityPublic, RelationshipId)>,
    /// Who was told that it was used.
    pub(crate) refused: Vec<IdentityPublic>,
}

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

impl InvitationState {
    /// Makes an invitation.
    ///
    /// # Errors
    /// [`StepError::NoReceiver`], [`StepError::ReceiverKey`], or [`StepError::TooLong`] if the presentation
    /// is too long for an invitation.
    pub fn create(
        profile: &ProfileState,
        options: InviteOptions,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Created, StepError> {
        let identity = IdentityKey::random(rng);
        let secret = InvitationSecret::random(rng);
        let ends = options.expires.plus(INVITATION_GRACE);
        let (own, tickets) =
            OwnBundle::make(&identity, profile, PskId::INVITATION, ends, now, rng)?;
        let presentation = match options.share_presentation {
            true => profile.presentation.encode(),
            false => Vec::new(),
        };
        let (bundle, reuse) = (own.bundle.clone(), options.reuse);
        let invitation = Invitation::sign(&identity, bundle, reuse, options.expires, presentation)
            .map_err(|_| StepError::TooLong {
                limit: dyad_protocol::invitation::MAX_PRESENTATION_LEN,
            })?;
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let effects = tickets
            .iter()
            .map(|ticket| Effect::Register(ticket.id))
            .collect();
        let state = Self {
            id: InvitationId(id),
            identity,
            secret: secret.clone(),
            commitment: invitation.hash().to_vec(),
            own,
            tickets,
            reuse,
            expires: options.expires,
            nickname: options.nickname,
            acceptors: Vec::new(),
            refused: Vec::new(),
        };
        Ok(Created {
            state,
            invitation,
            secret,
            effects,
        })
    }

    /// Its name in the local store.
    pub const fn id(&self) -> InvitationId {
        self.id
    }

    /// Its link, when it is hosted at `host`.
    pub fn link(&self, host: &HostName) -> InvitationLink {
        let mut commitment = [0; 32];
        commitment.copy_from_slice(&self.commitment);
        InvitationLink {
            host: host.clone(),
            secret: self.secret.clone(),
            commitment,
        }
    }

    /// Its secret: gives the name under which it is hosted and the key to withdraw it.
    pub const fn secret(&self) -> &InvitationSecret {
        &self.secret
    }

    /// For one person or for several.
    pub const fn reuse(&self) -> Reuse {
        self.reuse
    }

    /// Until when it can be accepted.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// From then on nothing comes to it any more: call [`Self::close`] and forget it.
    pub const fn ends(&self) -> Timestamp {
        self.expires.plus(INVITATION_GRACE)
    }

    /// How many people have accepted it.
    pub fn uses(&self) -> u32 {
        u32::try_from(self.acceptors.len()).unwrap_or(u32::MAX)
    }

    /// Whether it can still be accepted.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires && (self.reuse == Reuse::Multiple || self.acceptors.is_empty())
    }

    /// Whether somebody who accepted it in time is still answered.
    pub(crate) fn answers(&self, now: Timestamp) -> bool {
        now < self.expires.plus(INVITATION_LATE)
    }

    /// What whoever accepts it will be called.
    pub fn nickname(&self) -> Option<&str> {
        self.nickname.as_deref()
    }

    /// Gives up its addresses: the person withdrew it, or its time is over.
    pub fn close(&self) -> Vec<Effect> {
        revocations(&self.tickets)
    }

    /// As it is stored. Holds secrets.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// [`StateError`] if it is damaged or was written by a later release.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let state: Self = codec::decode(bytes)?;
        match state.commitment.len() {
            32 => Ok(state),
            _ => Err(StateError::Damaged("commitment".into())),
        }
    }
}
