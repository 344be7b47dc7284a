//! The one error of this crate's public face: whose turn it is, and a text for the person.

use serde::{Deserialize, Serialize};

/// What kind of trouble it is; a command line turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// What was asked for makes no sense: the person can change it. Exit code 2.
    Usage,
    /// A service cannot be had, or refuses. Exit code 69.
    Unavailable,
    /// The same will probably succeed later. Exit code 75.
    TryLater,
    /// The home, its lock, its key or a setting is not as it must be. Exit code 78.
    Config,
    /// Anything else. Exit code 1.
    Other,
}

impl ErrorKind {
    /// The exit code of a command that ends with it (`sysexits.h`, where there is one).
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Unavailable => 69,
            Self::TryLater => 75,
            Self::Config => 78,
            Self::Other => 1,
        }
    }
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// A stable word for programs.
    pub code: String,
    /// For the person: what happened, what was kept, what to do.
    pub message: String,
}

impl ClientError {
    /// Makes one.
    pub fn new(kind: ErrorKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, code, message)
    }

    pub(crate) fn unavailable(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, code, message)
    }

    pub(crate) fn later(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::TryLater, code, message)
    }

    pub(crate) fn config(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, code, message)
    }

    pub(crate) fn other(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, code, message)
    }
}

/// Shorthand within this crate's public face.
pub type Result<T> = std::result::Result<T, ClientError>;
