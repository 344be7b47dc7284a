//! How the person presents themselves.

use serde::{Deserialize, Serialize};

/// Colours that a badge can have.
pub const BADGE_COLOURS: u8 = 8;
/// Most characters on a badge.
pub const MAX_BADGE_LETTERS: usize = 2;

/// One way in which the person presents themselves to contacts. There is always a default one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileView {
    /// Its number; never used again for another. Where something is asked for, 0 is the default profile.
    pub id: u64,
    /// Name; empty if none was given.
    pub name: String,
    /// Pronouns.
    pub pronouns: Option<String>,
    /// Whether contacts are told when we read something.
    pub read_receipts: bool,
    /// By which the person tells their profiles apart; contacts do not see it.
    pub badge: BadgeView,
    /// Whether new relationships use it unless something else is said. Only [`true`] can be asked for.
    pub default: bool,
    /// Names the picture that goes with it, if there is one; another picture has another name. Set by
    /// [`crate::Client::set_picture`] alone.
    pub picture: Option<String>,
}

/// A small sign.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BadgeView {
    /// Below [`BADGE_COLOURS`].
    pub colour: u8,
    /// At most [`MAX_BADGE_LETTERS`] characters; may be empty.
    pub letters: String,
}
