//! Headers: where they end, their fields as they stand, and what these mean.

use mail_parser::{Message, MessageParser};

use crate::limits::{MAX_HEADER, MAX_LINE};

/// Header and body of a mail or of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split<'a> {
    /// All fields with their line ends, without the empty line.
    pub(crate) header: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// A field as it stands, with all its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// The header ends at an empty line, or before the first line that is no field: what was meant as text is text.
pub(crate) fn split(bytes: &[u8]) -> Split<'_> {
    let (mut at, mut any) = (0, false);
    for line in lines(bytes) {
        let next = at + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return cut(bytes, at, next);
        }
        let continues = any && (line.starts_with(b" ") || line.starts_with(b"\t"));
        // The line before a mail in a mailbox file.
        let envelope = at == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "));
        if !continues && !envelope {
            if name_of(line).is_none() {
                return cut(bytes, at, at);
            }
            any = true;
        }
        at = next;
    }
    cut(bytes, bytes.len(), bytes.len())
}

fn cut(bytes: &[u8], header: usize, body: usize) -> Split<'_> {
    Split {
        header: bytes.get(..header).unwrap_or_default(),
        body: bytes.get(body..).unwrap_or_default(),
    }
}

/// The fields of a header, in their order.
pub(crate) fn fields(header: &[u8]) -> Vec<Field<'_>> {
    let mut found: Vec<Field<'_>> = Vec::new();
    let (mut at, mut begin) = (0, None);
    let mut keep = |begin: Option<usize>, end: usize| {
        let raw = begin.and_then(|begin| header.get(begin..end));
        if let Some((raw, name)) = raw.and_then(|raw| Some((raw, name_of(raw)?))) {
            found.push(Field { name, raw });
        }
    };
    for line in lines(header) {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            keep(begin, at);
            begin = Some(at);
        }
        at += line.len();
    }
    keep(begin, at);
    found
}

/// Lines with their ends.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// The name of the field that begins with this line, if one does (RFC 5322 section 2.2).
fn name_of(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    good.then_some(name)
}

/// What the fields mean.
pub(crate) fn parse(header: &[u8]) -> Option<Message<'static>> {
    let beginning = header.get(..header.len().min(MAX_HEADER))?;
    // Where nobody said which charset it is: UTF-8 if it can be, otherwise the one that was most common.
    let mut text = match std::str::from_utf8(beginning) {
        Ok(text) => text.to_owned(),
        Err(_) => crate::decode::western(beginning),
    };
    text.push_str("\r\n\r\n");
    MessageParser::new()
        .parse_headers(&text)
        .map(Message::into_owned)
}

/// On one line, without control characters, and not too long.
pub(crate) fn line(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MAX_LINE {
            break;
        }
    }
    shorten(&mut line, MAX_LINE);
    line
}

/// Cuts between characters. Whether there was anything to cut.
pub(crate) fn shorten(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}
