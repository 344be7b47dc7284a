//! A mail on its way to a mail program, which wants to know who wrote it to whom and when.

use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;

use crate::clean::line_end;
use crate::header::{fields, line, lines, split};

/// A domain that is nobody's (RFC 6761 section 6.4): there are no addresses behind relationships.
const NOWHERE: &str = "dyad.invalid";

/// What is known of a mail beside the mail itself.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// What whoever wrote it is called.
    pub from: &'a str,
    /// What whoever got it is called.
    pub to: &'a str,
    /// When it was written, in seconds since 1970.
    pub date: i64,
    /// Names it, unlike any other: letters and digits.
    pub id: &'a str,
}

/// The mail with what its header lacks. What it has stays as it is.
pub fn export(mail: &[u8], envelope: &Envelope<'_>) -> Vec<u8> {
    // The line before a mail in a mailbox file is no field, and would end the header where fields stand before it.
    let first = lines(mail).next().unwrap_or_default();
    let envelope_line = first.starts_with(b"From ") || first.starts_with(b">From ");
    let skipped = if envelope_line { first.len() } else { 0 };
    let mail = mail.get(skipped..).unwrap_or_default();
    let parts = split(mail);
    let present: Vec<Vec<u8>> = fields(parts.header)
        .iter()
        .map(|field| field.name.to_ascii_lowercase())
        .collect();
    let lacks = |name: &[u8]| !present.iter().any(|known| known == name);
    let mut added = Vec::new();
    if lacks(b"from") {
        add(&mut added, "From", &person(envelope.from, "from"));
    }
    if lacks(b"to") && lacks(b"cc") {
        add(&mut added, "To", &person(envelope.to, "to"));
    }
    if lacks(b"date") {
        add(&mut added, "Date", &Date::new(envelope.date));
    }
    if lacks(b"message-id") {
        let id = format!("{}@{NOWHERE}", line(envelope.id));
        add(&mut added, "Message-ID", &MessageId::new(id));
    }
    let mut out = Vec::with_capacity(mail.len() + added.len() + 2);
    let end = line_end(mail);
    for field in lines(&added) {
        out.extend_from_slice(field.strip_suffix(b"\r\n").unwrap_or(field));
        out.extend_from_slice(end);
    }
    out.extend_from_slice(parts.header);
    if !parts.header.is_empty() && !parts.header.ends_with(b"\n") {
        out.extend_from_slice(end);
    }
    out.extend_from_slice(end);
    out.extend_from_slice(parts.body);
    out
}

fn add(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

fn person(name: &str, role: &str) -> Address<'static> {
    Address::new_address(Some(line(name)), format!("{role}@{NOWHERE}"))
}

/// A mail as one of many in a mailbox file, in the form that can be read back without loss (`mboxrd`).
pub fn mbox_entry(mail: &[u8], date: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 64 + 80);
    out.extend_from_slice(format!("From {NOWHERE} {}\n", asctime(date)).as_bytes());
    for text in lines(mail) {
        let quoted = text.iter().take_while(|byte| **byte == b'>').count();
        if text
            .get(quoted..)
            .is_some_and(|rest| rest.starts_with(b"From "))
        {
            out.push(b'>');
        }
        out.extend_from_slice(text);
    }
    if !mail.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

/// `Mon Nov 23 12:00:00 2026`, out of `Mon, 23 Nov 2026 12:00:00 +0000`.
fn asctime(date: i64) -> String {
    let text = Date::new(date).to_rfc822();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let mut word = || words.next().unwrap_or("0");
    let (week, day, month, year, time) = (word(), word(), word(), word(), word());
    format!("{week} {month} {day:>2} {time} {year}")
}
