//! From what stands in a part to its bytes and its text.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::header::lines;
use crate::limits::MAX_MARKUP;
use crate::structure::{Encoding, Node};

/// The bytes of a part.
pub(crate) fn bytes<'a>(node: &Node<'a>) -> Cow<'a, [u8]> {
    decoded(node.about.encoding, node.body)
}

fn decoded(encoding: Encoding, body: &[u8]) -> Cow<'_, [u8]> {
    match encoding {
        Encoding::Plain => Cow::Borrowed(body),
        Encoding::Base64 => Cow::Owned(base64(body)),
        Encoding::QuotedPrintable => Cow::Owned(quoted_printable(body)),
    }
}

/// The text of a part, whatever it says of its charset; of a very long one the beginning.
pub(crate) fn text(node: &Node<'_>) -> String {
    let beginning = node.body.get(..MAX_MARKUP).unwrap_or(node.body);
    let bytes = decoded(node.about.encoding, beginning);
    let charset = node.about.charset.as_deref().map(str::trim);
    let silent = charset.is_none_or(|name| {
        ["", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    });
    match charset.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) if !silent => decode(&bytes),
        // Nothing said, nothing that is known, or nothing that is true.
        _ => match std::str::from_utf8(&bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            // Cut within a character: the end of a very long text, which is not shown anyway.
            Err(error) if beginning.len() < node.body.len() && error.error_len().is_none() => {
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Err(_) => western(&bytes),
        },
    }
}

/// Text of which nobody said what it is, and that is not UTF-8: what most of it was written in.
pub(crate) fn western(bytes: &[u8]) -> String {
    match charset_decoder(b"windows-1252") {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Junk between is passed over (RFC 2045 section 6.8).
fn base64(body: &[u8]) -> Vec<u8> {
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let good: Vec<u8> = body.iter().copied().filter(alphabet).collect();
    base64_decode(&good).unwrap_or_default()
}

/// What is no escape stands for itself (RFC 2045 section 6.7).
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in lines(body) {
        let end = line.len()
            - line
                .iter()
                .rev()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
        let (text, broken) = line.split_at(end);
        // Spaces at the end of a line were not written by whoever wrote it.
        let text = text.trim_ascii_end();
        let (text, soft) = match text.strip_suffix(b"=") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            rest = match (first, after) {
                (b'=', [high, low, left @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                    out.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                    left
                }
                _ => {
                    out.push(*first);
                    after
                }
            };
        }
        if !soft {
            out.extend_from_slice(broken);
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
