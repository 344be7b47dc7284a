//! A mail as it is read: who, when, what about, its text, and what is attached.

use std::borrow::Cow;

use mail_parser::{Address, HeaderValue, Message};

use crate::header::{line, parse, shorten, split};
use crate::limits::{MAX_MARKUP, MAX_PEOPLE, MAX_SHOWN};
use crate::structure::{Node, take_apart};
use crate::{decode, html};

/// A mail. All of it was written by whoever sent it: nothing of it is true because it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// What it is about; may be empty.
    pub subject: String,
    /// Whom it says it is from.
    pub from: Vec<Person>,
    /// To whom.
    pub to: Vec<Person>,
    /// To whom else.
    pub cc: Vec<Person>,
    /// When, in seconds since 1970.
    pub date: Option<i64>,
    /// Its name among mails, without brackets.
    pub message_id: Option<String>,
    /// Mails before it in the same thread, the first first.
    pub references: Vec<String>,
    /// What it says; of HTML the words.
    pub text: String,
    /// The text is longer and was cut.
    pub cut: bool,
    /// What is attached, in its order. [`attachment`] gives one by its place here.
    pub attachments: Vec<Attachment>,
}

/// Somebody as a mail names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub address: Option<String>,
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name as the mail says it, on one line; not fit to be one on disk.
    pub name: Option<String>,
    /// What the mail says it is, such as `image/jpeg`; not to be believed.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// Reads whatever it is given.
pub fn read(mail: &[u8]) -> Mail {
    let header = parse(split(mail).header);
    let root = take_apart(mail);
    let mut found = Found::default();
    gather(&root, &mut found);
    let mut text = found.texts.join("\n\n");
    let cut = shorten(&mut text, MAX_SHOWN) || found.cut;
    let attachments = found.attached.iter().map(|node| Attachment {
        name: node.about.name.clone(),
        media_type: node.about.media_type.clone(),
        size: decode::bytes(node).len() as u64,
    });
    let attachments = attachments.collect();
    match header {
        Some(header) => Mail {
            text,
            cut,
            attachments,
            ..about(&header)
        },
        None => Mail {
            text,
            cut,
            attachments,
            ..Mail::default()
        },
    }
}

/// The bytes of the attachment at this place, counted from 0.
pub fn attachment(mail: &[u8], place: usize) -> Option<Cow<'_, [u8]>> {
    let root = take_apart(mail);
    let mut found = Found::default();
    gather(&root, &mut found);
    found.attached.get(place).map(|node| decode::bytes(node))
}

fn about(header: &Message<'_>) -> Mail {
    Mail {
        subject: line(header.subject().unwrap_or_default()),
        from: people(header.from()),
        to: people(header.to()),
        cc: people(header.cc()),
        date: header
            .date()
            .filter(|date| date.is_valid())
            .map(|date| date.to_timestamp()),
        message_id: header.message_id().map(line).filter(|id| !id.is_empty()),
        references: match header.references() {
            HeaderValue::Text(one) => vec![line(one)],
            HeaderValue::TextList(many) => {
                many.iter().take(MAX_PEOPLE).map(|one| line(one)).collect()
            }
            _ => Vec::new(),
        },
        ..Mail::default()
    }
}

fn people(field: Option<&Address<'_>>) -> Vec<Person> {
    let cleaned =
        |text: &Option<Cow<'_, str>>| text.as_deref().map(line).filter(|text| !text.is_empty());
    field
        .into_iter()
        .flat_map(|field| field.iter())
        .take(MAX_PEOPLE)
        .map(|one| Person {
            name: cleaned(&one.name),
            address: cleaned(&one.address),
        })
        .filter(|person| *person != Person::default())
        .collect()
}

/// What is to be read, and what is to be saved.
#[derive(Default)]
struct Found<'n, 'a> {
    texts: Vec<String>,
    length: usize,
    cut: bool,
    attached: Vec<&'n Node<'a>>,
}

impl Found<'_, '_> {
    fn say(&mut self, node: &Node<'_>) {
        // Enough is enough: what is beyond is cut anyway.
        if self.length > MAX_SHOWN {
            self.cut = true;
            return;
        }
        self.cut |= node.body.len() > MAX_MARKUP;
        let said = decode::text(node);
        let text = match node.about.media_type.as_str() {
            "text/html" => html::to_text(&said),
            _ => said.replace("\r\n", "\n").trim_end().to_owned(),
        };
        if !text.trim().is_empty() {
            self.length += text.len();
            self.texts.push(text);
        }
    }
}

fn gather<'n, 'a>(node: &'n Node<'a>, found: &mut Found<'n, 'a>) {
    if !node.is_multipart() {
        if node.is_text() {
            found.say(node);
        } else {
            found.attached.push(node);
        }
        return;
    }
    if node.about.media_type != "multipart/alternative" {
        for child in &node.children {
            gather(child, found);
        }
        return;
    }
    let chosen = alternative(&node.children);
    for (place, child) in node.children.iter().enumerate() {
        if Some(place) == chosen {
            gather(child, found);
        } else {
            gather_attached(child, found);
        }
    }
}

/// Of the other forms of a text only what is no text.
fn gather_attached<'n, 'a>(node: &'n Node<'a>, found: &mut Found<'n, 'a>) {
    if node.is_multipart() {
        for child in &node.children {
            gather_attached(child, found);
        }
    } else if !node.is_text() {
        found.attached.push(node);
    }
}

/// The form of a text that is shown: a plain one, or the last, which is the one nearest to what was written.
fn alternative(forms: &[Node<'_>]) -> Option<usize> {
    forms
        .iter()
        .position(|form| says(form, &|text| text.about.media_type == "text/plain"))
        .or_else(|| forms.iter().rposition(|form| says(form, &|_| true)))
}

/// Whether there is a text of that kind in it that is not empty.
fn says(node: &Node<'_>, wanted: &dyn Fn(&Node<'_>) -> bool) -> bool {
    if node.is_multipart() {
        return node.children.iter().any(|child| says(child, wanted));
    }
    node.is_text() && wanted(node) && !node.body.trim_ascii().is_empty()
}
