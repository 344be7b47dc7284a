//! A game as other programs read it (Portable Game Notation, 1994).

use std::fmt::Write;

use crate::entry::Side;
use crate::play::{Ending, Played, Status};

/// Longest line (PGN 4.3 wants fewer than 255; export format breaks at 79).
const WIDTH: usize = 79;

/// What the file says beside the moves.
#[derive(Debug, Clone, Copy)]
pub struct PgnTags<'a> {
    /// Year, month and day: `2026.07.31`.
    pub date: &'a str,
    /// Who has white.
    pub white: &'a str,
    /// Who has black.
    pub black: &'a str,
}

/// Writes a game down.
pub fn pgn(played: &Played, tags: PgnTags<'_>) -> String {
    let result = result(played);
    let mut text = String::new();
    let ending = match played.status {
        Status::Over { ending, .. } => termination(ending),
        _ => "unterminated",
    };
    for (tag, value) in [
        ("Event", "?"),
        ("Site", "?"),
        ("Date", tags.date),
        ("Round", "-"),
        ("White", tags.white),
        ("Black", tags.black),
        ("Result", result),
        ("Termination", ending),
    ] {
        let _ = writeln!(text, "[{tag} \"{}\"]", quoted(value));
    }
    text.push('\n');
    let mut column = 0;
    let mut word = |word: &str| {
        if column > 0 && column + 1 + word.len() > WIDTH {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    };
    for (half, san) in played.san.iter().enumerate() {
        if half % 2 == 0 {
            word(&format!("{}.", half / 2 + 1));
        }
        word(san);
    }
    word(result);
    text.push('\n');
    text
}

fn result(played: &Played) -> &'static str {
    match played.status {
        Status::Over {
            winner: Some(side), ..
        } if side == played.white => "1-0",
        Status::Over {
            winner: Some(Side::Inviter | Side::Invited),
            ..
        } => "0-1",
        Status::Over { winner: None, .. } => "1/2-1/2",
        _ => "*",
    }
}

const fn termination(ending: Ending) -> &'static str {
    match ending {
        Ending::Resigned => "resignation",
        Ending::TooLong => "adjudication",
        _ => "normal",
    }
}

/// A string token: one line, quotes and backslashes escaped.
fn quoted(value: &str) -> String {
    let shown: String = value.chars().filter(|c| !c.is_control()).collect();
    shown.replace('\\', "\\\\").replace('"', "\\\"")
}
