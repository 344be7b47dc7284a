//! Names of files: what somebody else calls a file must not lead anywhere, hide anything or break anything.

/// Longest name, bytes of UTF-8: leaves room in a message, and on every file system.
const MAX_NAME: usize = 120;
/// Of a longer name the ending is kept if it is no longer than this, bytes.
const MAX_ENDING: usize = 16;
/// Used where nothing is left.
const NAMELESS: &str = "file";

/// A name that can be one on disk on any system: the last part of a path, without control and direction characters,
/// reserved names, and dots and spaces at its ends.
pub(crate) fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .filter(|c| !is_trick(*c))
        .map(|c| match c {
            ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let trimmed = visible.trim_matches(|c: char| c == '.' || c == ' ');
    // A dot at the beginning hides a file: it is kept visible.
    let shortened = shorten(trimmed);
    match shortened.as_str() {
        "" => NAMELESS.to_owned(),
        name if is_reserved(name) => format!("_{name}"),
        _ => shortened,
    }
}

/// Shows nothing, or changes how what stands beside it reads.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xE000..=0xF8FF | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF
            | 0x1D173..=0x1D17A | 0xE0000..=0x10FFFF)
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(at) if name.len() - at <= MAX_ENDING => name.split_at(at),
        _ => (name, ""),
    };
    let mut end = stem.len().min(MAX_NAME - ending.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem.get(..end).unwrap_or_default())
}

/// Devices, on Windows.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let upper = stem.to_ascii_uppercase();
    let numbered = |prefix: &str| {
        upper
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_hides_nothing() {
        for (given, kept) in [
            ("cat.jpg", "cat.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\win.ini", "win.ini"),
            ("/", "file"),
            ("..", "file"),
            ("", "file"),
            (".bashrc", "bashrc"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\nb\u{0}c\u{7f}.txt", "abc.txt"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("company.txt", "company.txt"),
            ("a:b*c?.txt", "a_b_c_.txt"),
            ("name. . ", "name"),
            ("\u{a0}ж.txt", "ж.txt"),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = clean_name(&format!("{}.jpeg", "ж".repeat(500)));
        assert!(name.len() <= MAX_NAME && name.ends_with("ж.jpeg"));
        let name = clean_name(&format!("x.{}", "y".repeat(500)));
        assert_eq!(name.len(), MAX_NAME);
    }

    #[test]
    fn a_clean_name_stays_as_it_is() {
        for name in ["cat.jpg", "..a", "CON.tar.gz", &"ж".repeat(300)] {
            let once = clean_name(name);
            assert_eq!(clean_name(&once), once);
        }
    }
}
