//! What the person can be shown of a relationship. No secrets.

use dyad_protocol::body::Presentation;
use dyad_protocol::id::{HostName, RelationshipId};
use dyad_protocol::sign::IdentityPublic;
use dyad_protocol::time::Timestamp;

use super::{ProvenanceEntry, Status};

/// A relationship at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its name in the local store.
    pub id: RelationshipId,
    /// Where it stands.
    pub status: Status,
    /// How the contact wants to be called.
    pub presentation: Option<Presentation>,
    /// Our identity in it.
    pub our_identity: IdentityPublic,
    /// The contact's identity in it.
    pub their_identity: IdentityPublic,
    /// When the words were last compared.
    pub verified_at: Option<Timestamp>,
    /// How we came to know the contact and what vouches for it.
    pub provenance: Vec<ProvenanceEntry>,
    /// What we have to write to each of the contact's receivers.
    pub receivers: Vec<TheirReceiver>,
    /// How many of our one-time tickets the contact said it has left.
    pub their_stock: Option<u8>,
    /// Messages of ours that are not confirmed.
    pub unconfirmed: usize,
    /// The oldest of them was written then.
    pub unconfirmed_since: Option<Timestamp>,
    /// How many of them wait here for want of a ticket or a session.
    pub waiting: usize,
    /// How often the pre-shared key was renewed.
    pub psk_generation: u32,
    /// When something of the contact last arrived.
    pub last_heard: Option<Timestamp>,
    /// How often the session was begun anew.
    pub repairs: u32,
    /// Whether a repair is under way.
    pub repairing: bool,
}

/// Our means to write to one receiver of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirReceiver {
    /// The service.
    pub host: HostName,
    /// Unused one-time tickets.
    pub one_time: usize,
    /// Long-term tickets.
    pub long_term: usize,
}
