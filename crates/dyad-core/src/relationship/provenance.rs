//! How we came to know a contact and what vouches for it: a log that the person can read.

use dyad_protocol::sign::IdentityPublic;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::effect::RepairReason;
use crate::limits::MAX_PROVENANCE;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenanceEntry {
    /// When, by our clock.
    pub at: Timestamp,
    /// What.
    pub kind: ProvenanceKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProvenanceKind {
    /// We accepted their invitation.
    AcceptedInvitation,
    /// They accepted our invitation.
    AnsweredOurInvitation,
    /// Their identity was replaced by one that the old one vouches for.
    IdentityFollowed {
        /// The identity before.
        before: IdentityPublic,
        /// The identity since.
        after: IdentityPublic,
    },
    /// The two people compared the words.
    Verified,
    /// The session was begun anew.
    Repaired {
        /// Why.
        reason: RepairReason,
    },
}

/// The log: bounded, the first entry is never forgotten.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Provenance(Vec<ProvenanceEntry>);

impl Provenance {
    pub(crate) fn log(&mut self, at: Timestamp, kind: ProvenanceKind) {
        if self.0.len() >= MAX_PROVENANCE {
            self.0.remove(1);
        }
        self.0.push(ProvenanceEntry { at, kind });
    }

    pub(crate) fn entries(&self) -> &[ProvenanceEntry] {
        &self.0
    }
}
