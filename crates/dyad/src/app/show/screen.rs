//! What is known about the place where output appears.

use std::io::IsTerminal;

use dyad_protocol::time::{Clock, SystemClock, Timestamp};
use jiff::tz::TimeZone;

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    /// Of less interest.
    Dim,
    /// A name or heading.
    Strong,
    /// In order.
    Good,
    /// Wants attention.
    Warn,
}

/// The place where output appears.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    /// Cells in a line; `None` if it is no terminal, and nothing must be cut.
    pub(crate) width: Option<usize>,
    /// Whether a person looks at it.
    pub(crate) terminal: bool,
    colour: bool,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Screen {
    /// Standard output of this process. No colour where `NO_COLOR` is set (no-color.org), where the
    /// terminal is dumb, or where there is no terminal.
    pub(crate) fn stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            width: terminal.then(|| terminal_size::terminal_size().map_or(80, |(w, _)| w.0.into())),
            terminal,
            colour: terminal && !set("NO_COLOR") && !dumb,
            now: SystemClock.now(),
            zone: TimeZone::system(),
        }
    }

    /// Text as it appears.
    pub(crate) fn paint(&self, text: &str, paint: Paint) -> String {
        let code = match paint {
            Paint::Dim => "2",
            Paint::Strong => "1",
            Paint::Good => "32",
            Paint::Warn => "33",
            Paint::Plain => return text.to_owned(),
        };
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// A place without colour at a fixed moment, in UTC.
    #[cfg(test)]
    pub(crate) fn plain(width: Option<usize>) -> Self {
        Self {
            width,
            terminal: false,
            colour: false,
            // 2026-11-22 14:00:00 UTC, a Sunday.
            now: Timestamp::from_secs(1_795_356_000),
            zone: TimeZone::UTC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_paint_leaves_no_trace() {
        let mut screen = Screen::plain(None);
        assert_eq!(screen.paint("x", Paint::Warn), "x");
        screen.colour = true;
        assert_eq!(screen.paint("x", Paint::Warn), "\x1b[33mx\x1b[0m");
        assert_eq!(screen.paint("", Paint::Warn), "");
    }
}
