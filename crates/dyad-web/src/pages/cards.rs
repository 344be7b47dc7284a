//! Cards: mails, what is shared, and requests for a contact as they stand within a conversation.

use dyad_client::view::{ContactView, Direction, MessageView};

use crate::lang::Texts;
use crate::text;

/// Shown instead of a text. All of it was written by whoever sent it.
pub(crate) enum Card {
    Mail {
        subject: String,
        beginning: String,
        /// How many files are attached, in words.
        attachments: Option<String>,
    },
    Share {
        title: String,
        what: String,
        /// Safe HTML.
        address: String,
        secret: Option<String>,
    },
    Ask {
        /// Who would like to be in contact, in a sentence.
        said: String,
        note: Option<String>,
        /// Whether there is an invitation with it.
        invited: bool,
    },
}

impl Card {
    /// The card of a message, if it has one.
    pub(crate) fn of(t: &Texts, contact: &ContactView, message: &MessageView) -> Option<Self> {
        if message.deleted {
            return None;
        }
        if let Some(mail) = &message.mail {
            return Some(Self::Mail {
                subject: subject(t, &mail.subject),
                beginning: mail.beginning.clone(),
                attachments: (mail.attachments > 0)
                    .then(|| t.n("mail-attachments", mail.attachments)),
            });
        }
        if let Some(share) = &message.share {
            return Some(Self::Share {
                title: share.title.clone(),
                what: kind_of_share(t, share.what.as_deref()),
                address: text::address(&share.address),
                secret: share.secret.clone(),
            });
        }
        let ask = message.contact_request.as_ref()?;
        let key = match message.direction {
            Direction::In => "ask-said",
            Direction::Out => "ask-told",
        };
        let values = [("name", ask.name.as_str()), ("nick", contact.nick.as_str())];
        Some(Self::Ask {
            said: t.many(key, &values),
            note: ask.note.clone(),
            invited: ask.invitation.is_some(),
        })
    }
}

/// A subject, or what stands where there is none.
pub(crate) fn subject(t: &Texts, subject: &str) -> String {
    match subject {
        "" => t.s("mail-no-subject"),
        subject => subject.to_owned(),
    }
}

/// Words that are known in every language; any other stays as it was written.
fn kind_of_share(t: &Texts, what: Option<&str>) -> String {
    match what {
        Some("document") => t.s("share-document"),
        Some("album") => t.s("share-album"),
        Some("list") => t.s("share-list"),
        Some(other) => other.to_owned(),
        None => t.s("share-link"),
    }
}

/// What the list of conversations shows of the last message.
pub(crate) fn preview(t: &Texts, kind: &str, text: &str) -> String {
    match kind {
        "mail" if text.is_empty() => t.v("mail-preview", "text", &t.s("mail-no-subject")),
        "mail" => t.v("mail-preview", "text", text),
        "share" => t.v("share-preview", "text", text),
        "contact-request" => t.v("ask-preview", "text", text),
        _ => text.to_owned(),
    }
}
