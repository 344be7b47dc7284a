//! Kinds of other apps: how they are named, so that none can pass for one of Dyad's.

use crate::body::MAX_KIND_LEN;

/// Longest part of a name between two dots, bytes (RFC 1035 section 2.3.4).
const MAX_PART_LEN: usize = 63;
/// What Dyad may want to call its own one day.
const RESERVED: &str = "dyad";

/// Whether another app may call its payloads so: parts of lower-case letters, digits and inner hyphens with dots
/// between them, such as `vnd.example.todo` or `org.example.todo`. Dyad's own kinds have no dot.
pub fn is_app_kind(kind: &str) -> bool {
    let part = |part: &str| {
        (1..=MAX_PART_LEN).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    kind.len() <= MAX_KIND_LEN
        && kind.contains('.')
        && kind.split('.').all(part)
        && kind.split('.').next() != Some(RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_other_apps_have_dots_and_none_is_like_one_of_ours() {
        for good in ["vnd.example.todo", "org.example.a-b.2", "a.b"] {
            assert!(is_app_kind(good), "{good}");
        }
        let long = format!("a.{}", "b".repeat(63));
        for bad in [
            "text",
            "file",
            "long",
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "A.b",
            "a.b c",
            "a.b\n",
            "a.-b",
            "a.b-",
            "a.ä",
            "dyad.chess",
            "dyad",
            &long,
        ] {
            assert!(!is_app_kind(bad), "{bad}");
        }
    }
}
