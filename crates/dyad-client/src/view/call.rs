//! Calls as the person sees them.

use dyad_protocol::call_server::{CallServerUrl, Relay};
use dyad_protocol::content::CallStep;
use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Direction;

/// Where a call stands. The first six go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Theirs: not all of what is needed to take it is here.
    Arriving,
    /// Theirs: it rings here.
    Ringing,
    /// Ours: they have been called; nothing is known of whether it rings.
    Calling,
    /// Ours: an open page of theirs shows it.
    RingingThere,
    /// Taken; the browsers look for a way.
    Connecting,
    /// The browsers are connected.
    Talking,
    /// Theirs: nobody here took it.
    Missed,
    /// Ours: nobody there took it, or we gave up.
    NoAnswer,
    /// Not taken, by whoever was called.
    Declined,
    /// Ours: they are in another call.
    Busy,
    /// Both talked; it is over.
    Ended,
    /// Taken, but the browsers found no way, or one of them went away.
    Failed,
    /// Both called at the same time; the other one's call goes on.
    Crossed,
}

impl CallState {
    /// Whether nothing more can happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Missed
                | Self::NoAnswer
                | Self::Declined
                | Self::Busy
                | Self::Ended
                | Self::Failed
                | Self::Crossed
        )
    }

    /// Whether the person is occupied with it.
    #[must_use]
    pub const fn occupies(self) -> bool {
        matches!(
            self,
            Self::Calling | Self::RingingThere | Self::Connecting | Self::Talking
        )
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// Local number.
    pub id: u64,
    /// Local number of its message in the conversation, if that is there.
    pub message: Option<u64>,
    /// With whom: the nickname.
    pub contact: String,
    /// With whom: the relationship.
    pub relationship: RelationshipId,
    /// Who called: [`Direction::Out`] is us.
    pub direction: Direction,
    /// Whether the caller meant to show a picture.
    pub video: bool,
    /// Where it stands.
    pub state: CallState,
    /// When it began, by the caller's clock.
    pub began: Timestamp,
    /// When it stops ringing by itself, while it rings here or there.
    pub rings_until: Option<Timestamp>,
    /// When the browsers were connected.
    pub connected_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// How long both talked, if they did and it is over.
    pub seconds: Option<u64>,
}

/// What the contact said about a call, for the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSignal {
    /// Local number, growing.
    pub id: u64,
    /// What was said.
    pub step: CallStep,
    /// 0, and one more each time that the connection is made anew.
    pub round: u8,
    /// The session description of an offer or an answer.
    pub description: Option<String>,
    /// Ways by which the contact's browser may be reached.
    pub candidates: Vec<String>,
}

/// What our browser says about a call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallWords {
    /// The session description of an offer or an answer.
    pub description: Option<String>,
    /// 0, and one more each time that the connection is made anew.
    pub round: u8,
    /// Ways by which our browser may be reached.
    pub candidates: Vec<String>,
    /// Whether we mean to show a picture.
    pub video: bool,
}

/// What the browser may use to find a way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallServersView {
    /// Servers that tell a browser how it is seen from outside.
    pub stun: Vec<CallServerUrl>,
    /// Relays.
    pub turn: Vec<Relay>,
    /// Whether to go through a relay in any case, so that the contact does not learn our address.
    pub relay_only: bool,
}
