//! A text as a QR code made of half blocks, two rows to a line.

use qrcode::{Color, EcLevel, QrCode};

use super::screen::Screen;
use super::sentence;

/// Light modules around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The code with an empty line below, or why there is none.
pub(super) fn shown(screen: &Screen, text: &str) -> Vec<String> {
    match lines(text, screen.terminal) {
        Some((_, width)) if screen.width.is_some_and(|room| room < width) => sentence(
            screen,
            &format!("The QR code needs a terminal {width} characters wide."),
        ),
        Some((mut lines, _)) => {
            lines.push(String::new());
            lines
        }
        None => vec!["It is too long for a QR code.".to_owned()],
    }
}

/// Lines of the code, and how many cells wide they are. `None` if the text is too long for one.
pub(crate) fn lines(text: &str, terminal: bool) -> Option<(Vec<String>, usize)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let side = code.width();
    let full = side + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let inside = |v: usize| (QUIET..QUIET + side).contains(&v);
        inside(x) && inside(y) && code[(x - QUIET, y - QUIET)] == Color::Dark
    };
    let line = |y: usize| -> String {
        let glyphs: String = (0..full)
            .map(|x| match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        // Black on white whatever the theme: many cameras cannot read the inverse. That is part of
        // the picture, so it does not give way to NO_COLOR.
        if terminal {
            format!("\x1b[38;5;16;48;5;231m{glyphs}\x1b[0m")
        } else {
            glyphs
        }
    };
    Some(((0..full).step_by(2).map(line).collect(), full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_and_has_its_quiet_zone() {
        let (lines, width) = lines("http://127.0.0.1:7411/i#AbCdEf", false).unwrap();
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert!(lines[0].chars().all(|c| c == ' ') && lines[1].chars().all(|c| c == ' '));
        // The finder pattern's upper edge: seven dark modules over a ring.
        assert!(lines[2].starts_with("    █▀▀▀▀▀█ "), "{:?}", lines[2]);
    }

    #[test]
    fn on_a_terminal_the_code_is_black_on_white_in_every_theme() {
        let (lines, _) = lines("x", true).unwrap();
        assert!(
            lines
                .iter()
                .all(|l| l.starts_with("\x1b[38;5;16;48;5;231m") && l.ends_with("\x1b[0m"))
        );
    }
}
