//! One relationship: its state, and what can be seen of it.

mod parts;
mod provenance;
mod summary;

pub(crate) use parts::{Admission, Begun, KemOut, OwnAddress, Quota, Remedy, RepairLog};
pub(crate) use provenance::Provenance;
pub use provenance::{ProvenanceEntry, ProvenanceKind};
pub use summary::{Summary, TheirReceiver};

use dyad_protocol::body::{Follows, Presentation};
use dyad_protocol::id::RelationshipId;
use dyad_protocol::psk::Psk;
use dyad_protocol::sign::{IdentityKey, IdentityPublic};
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bundles::{OwnBundle, TheirBundles};
use crate::codec;
use crate::error::StateError;
use crate::psk::Psks;
use crate::session::{Held, SessionId, SessionSet};
use crate::stream::{Incoming, OutStream, Piece, Pieces, Turns};
use crate::tickets::{OurTickets, TheirTickets};
use crate::words;

/// Where a relationship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// We accepted an invitation; no answer yet.
    Requested,
    /// Both sides write.
    Active,
    /// We let nothing through.
    Blocked,
    /// It is over.
    Ended {
        /// Whether the contact ended it.
        by_them: bool,
    },
    /// The invitation that we accepted had been used by somebody else.
    Refused,
}

/// One half of a relationship. Holds private keys; what can be shown is in [`RelationshipState::summary`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RelationshipState {
    pub(crate) id: RelationshipId,
    pub(crate) status: Status,
    /// What it was before we blocked it.
    pub(crate) unblocked: Status,
    pub(crate) begun: Begun,

    // Who we are to each other.
    pub(crate) identity: IdentityKey,
    /// By which our identity follows the one of the invitation, until the contact knows.
    pub(crate) follows: Option<Follows>,
    pub(crate) their_identity: IdentityPublic,
    pub(crate) their_presentation: Option<Presentation>,
    /// When they wrote it, by their clock.
    pub(crate) presented: Timestamp,
    pub(crate) verified_at: Option<Timestamp>,
    pub(crate) provenance: Provenance,

    // Keys.
    /// Names the relationship to both sides.
    #[serde(with = "transcript_bytes")]
    pub(crate) transcript: [u8; 32],
    /// The invitation's pre-shared key: goes into the key of every new session.
    pub(crate) root_psk: Psk,
    pub(crate) psks: Psks,
    pub(crate) kem: Option<KemOut>,
    /// When the pre-shared key was last renewed, and messages of ours since.
    pub(crate) renewed: (Timestamp, u32),
    pub(crate) sessions: SessionSet,
    pub(crate) held: Held,
    /// Ours, the newest last.
    pub(crate) bundles: Vec<OwnBundle>,
    pub(crate) their_bundles: TheirBundles,

    // Addresses.
    pub(crate) ours: OurTickets,
    pub(crate) theirs: TheirTickets,
    /// The addresses of our single-use invitation that led to this relationship: revoked with it.
    pub(crate) invitation_addresses: Vec<OwnAddress>,

    // Messages.
    pub(crate) out: OutStream,
    pub(crate) incoming: Incoming,
    #[serde(default, skip_serializing_if = "Turns::is_empty")]
    pub(crate) turns: Turns,
    pub(crate) pieces: Pieces,
    /// Our presentation as the contact knows it or will.
    pub(crate) shown: Option<Presentation>,
    /// Nothing written since it last changed bears an earlier date.
    pub(crate) shown_since: Timestamp,
    /// When state updates are sent without a message of the person.
    pub(crate) flush_due: Option<Timestamp>,
    /// All our tickets from before are void; the same of theirs.
    pub(crate) void_before: Timestamp,
    pub(crate) their_void: Timestamp,
    /// Tickets and bundles are not renewed before; set when that was not possible.
    pub(crate) upkeep_after: Timestamp,

    // Health.
    pub(crate) repairs: RepairLog,
    pub(crate) quota: Quota,
    /// Sessions of the contact that were ever taken up.
    #[serde(default)]
    pub(crate) taken_up: Vec<SessionId>,
    /// When the contact was last given new long-term tickets.
    #[serde(default)]
    pub(crate) reissued: Timestamp,
    pub(crate) last_heard: Option<Timestamp>,
    /// When a message that only carried state was last given up unconfirmed.
    #[serde(default)]
    pub(crate) given_up: Option<Timestamp>,
    pub(crate) told_newer: bool,
    /// Something came whose key the ratchet had given up, and the contact has not been told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unreadable: bool,
}

mod transcript_bytes {
    pub(super) use dyad_protocol::codec::deserialize_array as deserialize;
    pub(super) fn serialize<S: serde::Serializer>(b: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        dyad_protocol::codec::serialize_bytes(b, s)
    }
}

impl RelationshipState {
    /// A relationship about which nothing is known but its beginning.
    pub(crate) fn new(
        id: RelationshipId,
        status: Status,
        begun: Begun,
        (identity, their_identity): (IdentityKey, IdentityPublic),
        (transcript, root_psk): ([u8; 32], Psk),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            status,
            unblocked: status,
            begun,
            identity,
            follows: None,
            their_identity,
            their_presentation: None,
            presented: Timestamp::default(),
            verified_at: None,
            provenance: Provenance::default(),
            transcript,
            root_psk,
            psks: Psks::default(),
            kem: None,
            renewed: (now, 0),
            sessions: SessionSet::default(),
            held: Held::default(),
            bundles: Vec::new(),
            their_bundles: TheirBundles::default(),
            ours: OurTickets::default(),
            theirs: TheirTickets::default(),
            invitation_addresses: Vec::new(),
            out: OutStream::default(),
            incoming: Incoming::default(),
            turns: Turns::default(),
            pieces: Pieces::default(),
            shown: None,
            shown_since: Timestamp::default(),
            flush_due: None,
            void_before: Timestamp::default(),
            their_void: Timestamp::default(),
            upkeep_after: Timestamp::default(),
            repairs: RepairLog::default(),
            quota: Quota::default(),
            taken_up: Vec::new(),
            reissued: Timestamp::default(),
            last_heard: None,
            given_up: None,
            told_newer: false,
            unreadable: false,
        }
    }

    /// Its name in the local store.
    pub const fn id(&self) -> RelationshipId {
        self.id
    }

    /// Where it stands.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// When [`crate::Input::Tick`] is wanted; may be past.
    pub fn deadline(&self) -> Option<Timestamp> {
        if !matches!(self.status, Status::Active | Status::Requested) {
            return None;
        }
        let refresh = self.bundles.last().map(OwnBundle::refresh_at);
        let tickets = self
            .ours
            .long_term()
            .iter()
            .map(|ticket| ticket.refresh_at())
            .min();
        [
            self.out.deadline(),
            self.incoming.ack_due,
            self.flush_due,
            self.held.deadline(),
            self.turns.deadline(),
            self.repairs.due(),
            refresh.map(|at| at.max(self.upkeep_after)),
            tickets.map(|at| at.max(self.upkeep_after)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What the person can be shown.
    pub fn summary(&self) -> Summary {
        let unconfirmed = || {
            self.out
                .messages()
                .iter()
                .filter(|message| message.local.is_some())
        };
        Summary {
            id: self.id,
            status: self.status,
            presentation: self.their_presentation.clone(),
            our_identity: self.identity.public(),
            their_identity: self.their_identity,
            verified_at: self.verified_at,
            provenance: self.provenance.entries().to_vec(),
            receivers: self.theirs.receivers(),
            their_stock: self.ours.stock(),
            unconfirmed: unconfirmed().count(),
            unconfirmed_since: unconfirmed().map(|message| message.written).min(),
            waiting: unconfirmed().filter(|message| message.is_waiting()).count(),
            psk_generation: self.psks.generation(),
            last_heard: self.last_heard,
            repairs: self.repairs.count(),
            repairing: self.repairs.due().is_some() || self.is_repairing(),
        }
    }

    fn is_repairing(&self) -> bool {
        let opening = self.sessions.opening();
        opening.is_some_and(|opening| opening.reason.is_some())
    }

    /// Words for the two people to compare: the same on both sides. None until both identities are settled.
    pub fn comparison_words(&self) -> Option<Vec<&'static str>> {
        let settled = !matches!(self.status, Status::Requested | Status::Refused)
            && !self.pieces.contains(Piece::Follows);
        settled.then(|| words::comparison(&self.identity.public(), &self.their_identity))
    }

    /// As it is stored: a version, then the state. Holds secrets.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// [`StateError`] if it is damaged or was written by a later release.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        codec::decode(bytes)
    }
}
