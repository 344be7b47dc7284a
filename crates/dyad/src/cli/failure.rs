//! Why an operator's command did not do what was asked.

use std::fmt::Display;
use std::process::ExitCode;

use crate::exit;

/// For scripts (`word`), for the operator (`message`), and how the process ends.
#[derive(Debug)]
pub(super) struct Failure {
    exit: u8,
    word: &'static str,
    message: String,
}

impl Failure {
    /// What was typed makes no sense.
    pub(super) fn usage(word: &'static str, message: impl Display) -> Self {
        Self::new(exit::USAGE, word, message)
    }

    /// The configuration or the machine has to be mended.
    pub(super) fn config(word: &'static str, message: impl Display) -> Self {
        Self::new(exit::CONFIG, word, message)
    }

    /// The provider does not answer.
    pub(super) fn unavailable(word: &'static str, message: impl Display) -> Self {
        Self::new(exit::UNAVAILABLE, word, message)
    }

    /// The provider asks to come back.
    pub(super) fn later(word: &'static str, message: impl Display) -> Self {
        Self::new(exit::TRY_LATER, word, message)
    }

    /// Anything else.
    pub(super) fn other(word: &'static str, message: impl Display) -> Self {
        Self::new(exit::OTHER, word, message)
    }

    fn new(exit: u8, word: &'static str, message: impl Display) -> Self {
        Self {
            exit,
            word,
            message: message.to_string(),
        }
    }

    /// Prints it to standard error and gives the exit code.
    pub(super) fn report(&self, json: bool) -> ExitCode {
        if json {
            let error = serde_json::json!({
                "error": { "code": self.word, "message": self.message, "detail": null }
            });
            eprintln!("{error}");
        } else {
            eprintln!("dyad: {}", self.message);
        }
        ExitCode::from(self.exit)
    }
}
