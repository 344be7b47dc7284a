//! Invitations as the person sees them.

use dyad_protocol::id::{HostName, RelationshipId};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::ContactView;

/// What kind of invitation is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRequest {
    /// What to call whoever answers; without one, what they call themselves.
    pub name: Option<String>,
    /// Once, or by many.
    pub reuse: Reuse,
    /// Seconds from now; `None` for the default of 14 days.
    pub lifetime: Option<u64>,
    /// Whether the invitation itself tells our name.
    pub share_presentation: bool,
    /// The profile that whoever answers sees; `None` for the default one.
    #[serde(default)]
    pub profile: Option<u64>,
}

impl Default for InviteRequest {
    fn default() -> Self {
        Self {
            name: None,
            reuse: Reuse::Single,
            lifetime: None,
            share_presentation: true,
            profile: None,
        }
    }
}

/// A new invitation, in every form in which it can be passed on. All of them are secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCreated {
    /// As in the list.
    pub invitation: InvitationView,
    /// Web link. Works once a sender service hosts it.
    pub link: String,
    /// The same as a URI that opens the app.
    pub uri: String,
    /// The whole invitation as text for a file; needs no host.
    pub file: String,
    /// Whether the sender service has stored it by now.
    pub hosted: bool,
    /// If not: why, and what will happen.
    pub note: Option<String>,
}

/// One of our invitations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Names it for programs and for withdrawing.
    pub id: RelationshipId,
    /// What whoever answers will be called.
    pub name: Option<String>,
    /// Once, or by many.
    pub reuse: Reuse,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops being good.
    pub expires: Timestamp,
    /// How often it was answered.
    pub uses: u32,
    /// Whether it can still be answered.
    pub open: bool,
    /// Whether a sender service has it stored.
    pub hosted: bool,
    /// The profile that whoever answers sees.
    pub profile: u64,
}

/// What came of accepting an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptView {
    /// The new contact.
    pub contact: ContactView,
    /// Whether our answer is already with a sender service.
    pub sent: bool,
    /// If not: why, and that it is kept.
    pub note: Option<String>,
}

/// What an invitation says of itself, before it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPreview {
    /// What whoever made it calls themselves, if it says so. Nobody vouches for it.
    pub name: Option<String>,
    /// Their pronouns, if it says so.
    pub pronouns: Option<String>,
    /// Once, or by many.
    pub reuse: Reuse,
    /// When it stops being good.
    pub expires: Timestamp,
    /// The hosts where they receive.
    pub hosts: Vec<HostName>,
    /// Whether it is one of ours.
    pub own: bool,
    /// Whether it is too late.
    pub expired: bool,
}
