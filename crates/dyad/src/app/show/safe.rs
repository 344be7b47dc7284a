//! Makes text that somebody else wrote harmless to a terminal and to the eye.
//!
//! Names and messages come from contacts. Control characters could move the cursor or change the
//! terminal; direction overrides and invisible characters could make one name look like another. They
//! are shown as what they are, such as `<U+202E>`.

use unicode_width::UnicodeWidthChar;

/// Characters without width that may follow one another; scripts need three or four.
const MAX_MARKS: usize = 8;

/// Text for one line: line breaks and tabs become spaces.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_deceptive(c) => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c if c.width() == Some(0) => {
                marks += 1;
                if marks <= MAX_MARKS {
                    out.push(c);
                }
                continue;
            }
            c => out.push(c),
        }
        marks = 0;
    }
    out
}

/// Text of several lines: only line feeds break lines.
pub(crate) fn block(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    text.trim_end_matches('\n').split('\n').map(line).collect()
}

/// Control characters, direction marks and overrides, and what is invisible without being needed by a
/// script. The joiners U+200C and U+200D are needed.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B | 0x200E..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_instead_of_obeyed() {
        assert_eq!(
            line("a\x1b[2Jb\x07\u{9b}c\x7f"),
            "a<U+001B>[2Jb<U+0007><U+009B>c<U+007F>"
        );
    }

    #[test]
    fn a_name_cannot_turn_round_what_stands_beside_it() {
        assert_eq!(
            line("Blair\u{202e}xelA\u{2066}\u{200f}"),
            "Blair<U+202E>xelA<U+2066><U+200F>"
        );
    }

    #[test]
    fn invisible_characters_do_not_make_two_names_look_alike() {
        assert_eq!(
            line("Bl\u{200b}air\u{feff}\u{ad}"),
            "Bl<U+200B>air<U+FEFF><U+00AD>"
        );
        assert_eq!(line("\u{e0041}"), "<U+E0041>");
    }

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(line("Blair\r\nme: hi\u{2028}x"), "Blair  me: hi<U+2028>x");
    }

    #[test]
    fn lines_of_a_message_stay_lines_and_a_carriage_return_cannot_overwrite() {
        assert_eq!(block("a\r\n\tb\rc\n\n"), ["a", "    b c"]);
    }

    #[test]
    fn honest_writing_in_any_script_is_left_alone() {
        for text in [
            "żółć",
            "नमस्ते",
            "می\u{200c}خواهم",
            "👩\u{200d}👩\u{200d}👧",
            "שלום",
            "日本語",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn a_tower_of_accents_is_cut() {
        let tower = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(line(&tower).chars().count(), 2 + MAX_MARKS);
    }
}
