//! A mail that is written here.

use mail_builder::MessageBuilder;
use mail_builder::headers::message_id::MessageId;

use crate::header::line;

/// Used where a type is none, or not one of a single file.
const BYTES: &str = "application/octet-stream";

/// What a mail is made of.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// What it is about.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
    /// When it is written, in seconds since 1970.
    pub date: i64,
    /// Its name among mails, without brackets: unlike any other.
    pub message_id: &'a str,
    /// The mail that it answers, by that name.
    pub in_reply_to: Option<&'a str>,
    /// The thread before that.
    pub references: &'a [String],
    /// What is attached.
    pub attachments: &'a [NewAttachment],
}

/// A file to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Its name.
    pub name: String,
    /// Its media type, if that is known.
    pub media_type: Option<String>,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// The mail. It names nobody: who wrote it to whom is said where it is sent.
pub fn compose(draft: &Draft<'_>) -> Vec<u8> {
    let mut builder = MessageBuilder::new()
        .subject(line(draft.subject))
        .date(draft.date)
        .message_id(line(draft.message_id))
        .text_body(draft.text);
    if let Some(before) = draft.in_reply_to {
        let mut thread: Vec<String> = draft.references.iter().map(|one| line(one)).collect();
        thread.push(line(before));
        builder = builder
            .in_reply_to(line(before))
            .references(MessageId::new_list(thread.into_iter()));
    }
    for attached in draft.attachments {
        let kind = media_type(attached.media_type.as_deref());
        builder = builder.attachment(kind, line(&attached.name), attached.bytes.as_slice());
    }
    let mut mail = Vec::new();
    builder.serialize(&mut mail);
    mail
}

/// A type and a subtype (RFC 6838 section 4.2), and not one that is taken apart.
fn media_type(said: Option<&str>) -> String {
    let token = |text: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
        (1..=64).contains(&text.len()) && text.chars().all(good)
    };
    let said = said.unwrap_or_default().to_ascii_lowercase();
    match said.split_once('/') {
        Some((kind, sub))
            if token(kind) && token(sub) && kind != "multipart" && kind != "message" =>
        {
            said
        }
        _ => BYTES.to_owned(),
    }
}
