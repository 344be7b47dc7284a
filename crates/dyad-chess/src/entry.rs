//! One thing that one side does.

use serde::{Deserialize, Serialize};

/// The hash of an entry, made by whoever brings it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        from_hex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("32 bytes in hexadecimal"))
    }
}

/// Who plays: the side that asked for the game, or the one that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Asked.
    Inviter,
    /// Was asked.
    Invited,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Inviter => Self::Invited,
            Self::Invited => Self::Inviter,
        }
    }
}

/// The white pieces or the black ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Moves first.
    White,
    /// Moves second.
    Black,
}

impl Colour {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::White => Self::Black,
            Self::Black => Self::White,
        }
    }
}

/// What one side does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Asks for a game.
    Invite {
        /// The inviter's colour.
        colour: Colour,
    },
    /// Takes part.
    Accept,
    /// Does not.
    Decline,
    /// Moves a piece.
    Move {
        /// As the UCI writes it, such as `e7e8q`.
        uci: String,
        /// And offers a draw, until the other has moved.
        offer: bool,
    },
    /// Gives up; before the game is accepted: takes the invitation back.
    Resign,
    /// Takes the draw that the last move offered.
    AcceptDraw,
    /// Claims one, by repetition or fifty moves.
    ClaimDraw,
}

/// One thing that one side did, with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Place; 0 is the invitation.
    pub number: u32,
    /// Hash of the entry before; none for the invitation.
    pub before: Option<Hash>,
    /// Its own.
    pub hash: Hash,
    /// Whose it is.
    pub side: Side,
    /// By which its author knows it again; kept for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// What it does.
    #[serde(flatten)]
    pub step: Step,
}

/// What an entry came with, by which its author knows it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof(pub [u8; 16]);

impl Serialize for Proof {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Proof {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        from_hex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("16 bytes in hexadecimal"))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
