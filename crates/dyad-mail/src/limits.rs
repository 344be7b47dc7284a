//! How much of a mail is looked at.

/// Deepest nesting of parts that is taken apart; what is deeper is an attachment. Real mails have five.
pub const MAX_DEPTH: usize = 100;
/// Most parts that are told apart; what follows them is one attachment.
pub const MAX_PARTS: usize = 10_000;
/// Longest text that is shown, bytes of UTF-8.
pub const MAX_SHOWN: usize = 1 << 20;

/// Of a longer part only the beginning is looked at for its text, bytes: markup may be several times as long as the words.
pub(crate) const MAX_MARKUP: usize = 8 * MAX_SHOWN;
/// Of a longer header only the beginning is looked at, bytes.
pub(crate) const MAX_HEADER: usize = 256 << 10;
/// Longest boundary, bytes: RFC 2046 allows 70.
pub(crate) const MAX_BOUNDARY: usize = 1_000;
/// Longest subject, name or address that is given, bytes of UTF-8.
pub(crate) const MAX_LINE: usize = 2_000;
/// Most people named in one field, and most mails referred to.
pub(crate) const MAX_PEOPLE: usize = 200;
