//! Taking out of a mail what tells of its way: who relayed it when, who got it in secret, and what programs noted.

use crate::header::{fields, split};

/// What belongs to a mail itself. Beside them stands what begins with `Content-`; everything else goes, whatever
/// somebody invents to note there.
const KEPT: [&str; 11] = [
    "subject",
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
];

/// The same mail without traces of transport and hidden recipients. The body stays as it is, byte for byte.
pub fn clean(mail: &[u8]) -> Vec<u8> {
    let parts = split(mail);
    let mut out = Vec::with_capacity(mail.len() + 2);
    for field in fields(parts.header) {
        let name = field.name.to_ascii_lowercase();
        if KEPT.iter().any(|kept| kept.as_bytes() == name) || name.starts_with(b"content-") {
            out.extend_from_slice(field.raw);
            if !field.raw.ends_with(b"\n") {
                let end = line_end(&out);
                out.extend_from_slice(end);
            }
        }
    }
    let end = line_end(if out.is_empty() { mail } else { &out });
    out.extend_from_slice(end);
    out.extend_from_slice(parts.body);
    out
}

/// How the mail ends its lines.
pub(crate) fn line_end(mail: &[u8]) -> &'static [u8] {
    let first = mail.iter().position(|byte| *byte == b'\n');
    match first.map(|at| mail.get(..at).is_some_and(|line| line.ends_with(b"\r"))) {
        Some(false) => b"\n",
        _ => b"\r\n",
    }
}
