//! What a command ends with when it did not do what was asked.

use dyad_client::{ClientError, ErrorKind};
use serde::{Deserialize, Serialize};

/// Why a command failed: for scripts (`code`), for the person (`message`), and what may help to find
/// the cause (`detail`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// A stable word for scripts.
    pub code: String,
    /// What happened, what was kept, what to do.
    pub message: String,
    /// The words of the system or library underneath, if there are any.
    pub detail: Option<String>,
}

impl AppError {
    /// Makes one.
    pub fn new(kind: ErrorKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            detail: None,
        }
    }

    /// Something is wrong with what was typed.
    pub fn usage(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, code, message)
    }

    /// The home, the passphrase or a setting is not as it must be.
    pub fn config(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, code, message)
    }

    /// The same will probably succeed later.
    pub fn later(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::TryLater, code, message)
    }

    /// Anything else.
    pub fn other(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, code, message)
    }

    /// Adds the words of what failed underneath.
    pub fn with_detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The exit code of a command that ends with it.
    pub fn exit_code(&self) -> u8 {
        self.kind.exit_code()
    }

    /// The one line that `--json` puts on standard error.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "error": { "code": self.code, "message": self.message, "detail": self.detail }
        })
        .to_string()
    }
}

impl From<ClientError> for AppError {
    fn from(error: ClientError) -> Self {
        Self {
            kind: error.kind,
            code: error.code,
            message: error.message,
            detail: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_the_exit_code_that_help_documents() {
        let code = |kind| AppError::new(kind, "x", "x").exit_code();
        assert_eq!(code(ErrorKind::Usage), 2);
        assert_eq!(code(ErrorKind::Unavailable), 69);
        assert_eq!(code(ErrorKind::TryLater), 75);
        assert_eq!(code(ErrorKind::Config), 78);
        assert_eq!(code(ErrorKind::Other), 1);
    }

    #[test]
    fn an_error_is_one_line_of_json_with_three_fields() {
        let error = AppError::later("busy", "line\nbreak").with_detail("why");
        let json: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
        assert_eq!(json["error"]["code"], "busy");
        assert_eq!(json["error"]["message"], "line\nbreak");
        assert_eq!(json["error"]["detail"], "why");
        assert_eq!(error.to_json().lines().count(), 1);
    }
}
