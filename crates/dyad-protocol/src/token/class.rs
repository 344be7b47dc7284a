//! What a token is good for.

use serde::{Deserialize, Serialize};

/// What a token is good for. Each class has its own keys and quota.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenClass {
    /// Submit one message, at a sender service.
    Message = 1,
    /// Upload one blob, at a sender service.
    Blob = 2,
    /// Create one mailbox, at a receiver.
    Mailbox = 3,
    /// Look one name up, at a directory.
    Lookup = 4,
}

impl TokenClass {
    /// Every class, by number.
    pub const ALL: [Self; 4] = [Self::Message, Self::Blob, Self::Mailbox, Self::Lookup];

    /// The class with this number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Message),
            2 => Some(Self::Blob),
            3 => Some(Self::Mailbox),
            4 => Some(Self::Lookup),
            _ => None,
        }
    }

    /// Its number, used where bytes are hashed.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name, used in documents and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Blob => "blob",
            Self::Mailbox => "mailbox",
            Self::Lookup => "lookup",
        }
    }
}

impl std::fmt::Display for TokenClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
