//! Answers to an operator, on standard output.

use std::io::{self, Write};

/// Prints a line.
pub(super) fn line(text: &str) {
    let mut out = io::stdout().lock();
    // A reader that has gone away (`dyad code list | head`) wants no more.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a value as one line of JSON.
pub(super) fn json(value: &impl serde::Serialize) {
    // What is printed are maps with string keys, which always serialise.
    if let Ok(text) = serde_json::to_string(value) {
        line(&text);
    }
}
