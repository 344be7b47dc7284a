//! One relationship: its state, and what can be seen of it.

mod provenance;
mod summary;

pub use provenance::{ProvenanceEntry, ProvenanceKind};
pub use summary::{Summary, TheirReceiver};

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

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

/// One relationship.
#[derive(Debug, Clone)]
pub struct RelationshipState { id: RelationshipId, status: Status }

impl RelationshipState {
    /// Its name in the local store.
    pub fn id(&self) -> RelationshipId { self.id }
    /// Where it stands.
    pub fn status(&self) -> Status { self.status }
    /// When [`crate::Input::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> { None }
    /// What the person can be shown.
    pub fn summary(&self) -> Summary { self.empty() }
    /// Words that are the same on both sides.
    pub fn comparison_words(&self) -> Option<Vec<&'static str>> { None }
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> { Vec::new() }
    /// Decodes it.
    ///
    /// # Errors
    /// If damaged.
    pub fn decode(_: &[u8]) -> Result<Self, crate::StateError> { Err(crate::StateError::Damaged("nothing".into())) }
    fn empty(&self) -> Summary {
        Summary { id: self.id, status: self.status, presentation: None, our_identity: dyad_protocol::sign::IdentityPublic::new([0; 32]), their_identity: dyad_protocol::sign::IdentityPublic::new([0; 32]), verified_at: None, provenance: Vec::new(), receivers: Vec::new(), their_stock: None, unconfirmed: 0, unconfirmed_since: None, waiting: 0, psk_generation: 0, last_heard: None, repairs: 0, repairing: false }
    }
}
