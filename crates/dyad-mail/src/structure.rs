//! Where the parts of a mail are. They are pointed at, not copied.

use mail_parser::MimeHeaders;

use crate::header::{self, Field, lines, split};
use crate::limits::{MAX_BOUNDARY, MAX_DEPTH, MAX_PARTS};

/// A part, or the whole mail.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) about: About,
    pub(crate) body: &'a [u8],
    /// Of a part with parts; empty in any other.
    pub(crate) children: Vec<Node<'a>>,
}

/// What the header of a part says of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// Lower case, such as `text/plain`.
    pub(crate) media_type: String,
    pub(crate) charset: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) is_attachment: bool,
    pub(crate) encoding: Encoding,
    boundary: Option<String>,
}

/// How the bytes of a part are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// As they are.
    #[default]
    Plain,
    Base64,
    QuotedPrintable,
}

/// What a part is that does not say it.
const TEXT: &str = "text/plain";
/// What a part is within a digest that does not say it (RFC 2046 section 5.1.5).
const MESSAGE: &str = "message/rfc822";
/// What is not taken apart.
const BYTES: &str = "application/octet-stream";

impl Node<'_> {
    /// Whether it has parts.
    pub(crate) fn is_multipart(&self) -> bool {
        !self.children.is_empty()
    }

    /// Whether it is text to be read, and not to be saved.
    pub(crate) fn is_text(&self) -> bool {
        let text = matches!(self.about.media_type.as_str(), TEXT | "text/html");
        text && !self.is_multipart() && !self.about.is_attachment && self.about.name.is_none()
    }
}

/// A mail with its parts.
pub(crate) fn take_apart(mail: &[u8]) -> Node<'_> {
    node(mail, TEXT, 0, &mut { MAX_PARTS })
}

fn node<'a>(bytes: &'a [u8], default: &str, depth: usize, left: &mut usize) -> Node<'a> {
    let part = split(bytes);
    let mut about = about(part.header, default);
    let Some(boundary) = about.boundary.take() else {
        return leaf(about, part.body);
    };
    let pieces = pieces(part.body, boundary.as_bytes());
    if pieces.is_empty() {
        // It says that it has parts, but there are none: all of it is shown, as it stands.
        about.media_type = TEXT.to_owned();
        return leaf(about, part.body);
    }
    if depth >= MAX_DEPTH {
        about.media_type = BYTES.to_owned();
        return leaf(about, bytes);
    }
    let within = match about.media_type.as_str() {
        "multipart/digest" => MESSAGE,
        _ => TEXT,
    };
    let mut children = Vec::new();
    for piece in pieces {
        if *left == 0 {
            // From here on one attachment.
            let rest = tail(part.body, piece);
            children.push(leaf(unnamed(BYTES), rest));
            break;
        }
        *left -= 1;
        children.push(node(piece, within, depth + 1, left));
    }
    Node {
        about,
        body: part.body,
        children,
    }
}

fn leaf(about: About, body: &[u8]) -> Node<'_> {
    Node {
        about,
        body,
        children: Vec::new(),
    }
}

fn unnamed(media_type: &str) -> About {
    About {
        media_type: media_type.to_owned(),
        ..About::default()
    }
}

fn about(header: &[u8], default: &str) -> About {
    // Each by itself: an open quotation mark in one must not take in what stands in the next, or what a mail says
    // would depend on what stands between.
    let fields = header::fields(header);
    let field = |name: &str| {
        let named = |field: &&Field<'_>| field.name.eq_ignore_ascii_case(name.as_bytes());
        fields
            .iter()
            .rfind(named)
            .and_then(|f| header::parse(f.raw))
    };
    let transfer = field("Content-Transfer-Encoding");
    let transfer = transfer
        .as_ref()
        .and_then(MimeHeaders::content_transfer_encoding);
    let encoding = match transfer.map(str::trim) {
        Some(text) if text.eq_ignore_ascii_case("base64") => Encoding::Base64,
        Some(text) if text.eq_ignore_ascii_case("quoted-printable") => Encoding::QuotedPrintable,
        _ => Encoding::Plain,
    };
    let how = field("Content-Disposition");
    let how = how.as_ref().and_then(MimeHeaders::content_disposition);
    let said = field("Content-Type");
    let said = said.as_ref().and_then(MimeHeaders::content_type);
    let is_attachment = how.is_some_and(|how| how.ctype().eq_ignore_ascii_case("attachment"));
    let attribute = |name| said.and_then(|said| said.attribute(name));
    let name = how
        .and_then(|how| how.attribute("filename"))
        .or_else(|| attribute("name"))
        .map(header::line)
        .filter(|name| !name.is_empty());
    let media_type = match said.map(|said| (said.ctype(), said.subtype())) {
        Some((kind, Some(sub))) => header::line(&format!("{kind}/{sub}").to_ascii_lowercase()),
        // "text" alone was meant as text.
        Some((kind, None)) if !kind.eq_ignore_ascii_case("text") => BYTES.to_owned(),
        _ => default.to_owned(),
    };
    let boundary = attribute("boundary")
        .filter(|text| (1..=MAX_BOUNDARY).contains(&text.len()))
        .map(str::to_owned);
    let has_parts = media_type.starts_with("multipart/");
    let media_type = match (has_parts, &boundary) {
        (true, None) => TEXT.to_owned(),
        _ => media_type,
    };
    About {
        charset: attribute("charset").map(str::to_owned),
        name,
        is_attachment,
        encoding: if has_parts { Encoding::Plain } else { encoding },
        boundary: boundary.filter(|_| has_parts),
        media_type,
    }
}

/// What stands between boundaries (RFC 2046 section 5.1). The last piece ends with its input if nothing closes it.
fn pieces<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let (mut at, mut begin) = (0, None);
    for line in lines(body) {
        let next = at + line.len();
        if let Some(closes) = delimits(line, boundary) {
            if let Some(begin) = begin {
                found.push(before_break(body.get(begin..at).unwrap_or_default()));
            }
            begin = (!closes).then_some(next);
            if closes {
                break;
            }
        }
        at = next;
    }
    found.extend(begin.and_then(|begin| body.get(begin..)));
    found
}

/// Whether a line is a boundary, and if so, whether it is the last one.
fn delimits(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii_end() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line break before a boundary belongs to the boundary.
fn before_break(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

/// From where this piece begins to the end.
fn tail<'a>(body: &'a [u8], piece: &[u8]) -> &'a [u8] {
    let begin = (piece.as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
    body.get(begin..).unwrap_or_default()
}
