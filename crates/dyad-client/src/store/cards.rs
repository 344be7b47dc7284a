//! What messages of richer kinds say, as text to be listed and found, and back as what a card shows.

use dyad_protocol::content::{ContactRequest, Mail, MailHead, MailPlace, Said, Share};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::view::{ContactRequestView, MailCard, ShareView};

/// Longest beginning of a mail on a card, characters.
const BEGINNING: usize = 240;
/// Longest text of a mail that is kept beside it, to be found by its words; bytes.
const MAX_KEPT: usize = 128 << 10;

/// What a card shows; at most one of them.
#[derive(Debug, Default)]
pub(super) struct Cards {
    pub(super) mail: Option<MailCard>,
    pub(super) share: Option<ShareView>,
    pub(super) contact_request: Option<ContactRequestView>,
}

impl Cards {
    /// `text` is what [`mail_text`] made of a mail.
    pub(super) fn of(kind: &str, text: &str, content: Option<&[u8]>) -> Self {
        let mut cards = Self::default();
        let Some(content) = content else {
            return cards;
        };
        match kind {
            Said::MAIL => {
                let (subject, rest) = text.split_once('\n').unwrap_or((text, ""));
                cards.mail = MailHead::decode(content).ok().map(|head| MailCard {
                    subject: subject.to_owned(),
                    beginning: first(rest, BEGINNING),
                    attachments: head.attachments,
                });
            }
            Said::SHARE => {
                cards.share = Share::decode(content).ok().map(|share| ShareView {
                    title: line(&share.title),
                    address: share.address,
                    secret: share.secret,
                    what: share.what.as_deref().map(line),
                });
            }
            Said::CONTACT_REQUEST => {
                cards.contact_request =
                    ContactRequest::decode(content)
                        .ok()
                        .map(|request| ContactRequestView {
                            name: line(&request.name),
                            invitation: request.invitation,
                            note: request.note,
                        });
            }
            _ => {}
        }
        cards
    }
}

/// What is kept as the text of such a message; `None` for any other.
pub(super) fn text_of(said: &Said) -> Option<String> {
    Some(match said {
        Said::Mail(Mail {
            place: MailPlace::Within(bytes),
            ..
        }) => mail_text(&dyad_mail::read(bytes)),
        Said::Mail(Mail { head, .. }) => {
            told(&head.subject, head.beginning.as_deref().unwrap_or_default())
        }
        // Not the secret: it is shown where it is asked for, and nowhere else.
        Said::Share(share) => told(&share.title, &share.address),
        Said::ContactRequest(request) => {
            told(&request.name, request.note.as_deref().unwrap_or_default())
        }
        _ => return None,
    })
}

/// Subject and text of a mail that is here.
pub(crate) fn mail_text(mail: &dyad_mail::Mail) -> String {
    let mut end = mail.text.len().min(MAX_KEPT);
    while !mail.text.is_char_boundary(end) {
        end -= 1;
    }
    told(&mail.subject, mail.text.get(..end).unwrap_or_default())
}

fn told(title: &str, rest: &str) -> String {
    format!("{}\n{rest}", line(title)).trim_end().to_owned()
}

/// On one line, without control characters.
fn line(text: &str) -> String {
    first(text, usize::MAX)
}

/// So many characters of a text, on one line.
fn first(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut left = most;
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        let mut letters = word.chars();
        line.extend(letters.by_ref().take(left));
        if letters.next().is_some() {
            line.push('…');
            break;
        }
        left = left.saturating_sub(word.chars().count() + 1);
        if left == 0 {
            line.push('…');
            break;
        }
    }
    line
}

/// A contact's mail is here: what it says itself counts from now on.
pub(crate) fn set_mail(connection: &Connection, id: u64, mail: &dyad_mail::Mail) -> Result<()> {
    connection.execute(
        "UPDATE messages SET text = ?2 WHERE id = ?1 AND deleted = 0 AND kind = 'mail'",
        params![id, mail_text(mail)],
    )?;
    let head = MailHead {
        attachments: count(mail),
        ..MailHead::default()
    };
    // Ours keeps its link: it may have to be sent again.
    connection.execute(
        "UPDATE messages SET content = ?2 WHERE id = ?1 AND deleted = 0 AND kind = 'mail' AND direction = 0",
        params![id, head.encode()],
    )?;
    Ok(())
}

/// How many attachments a message says that a mail has.
pub(crate) fn count(mail: &dyad_mail::Mail) -> u32 {
    let most = dyad_protocol::content::MAX_MAIL_ATTACHMENTS;
    u32::try_from(mail.attachments.len()).map_or(most, |count| count.min(most))
}

/// The content of a message, as it was sent.
pub(crate) fn content(connection: &Connection, id: u64) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .query_row(
            "SELECT content FROM messages WHERE id = ?1 AND deleted = 0",
            [id],
            |row| row.get::<_, Option<Vec<u8>>>(0),
        )
        .optional()?
        .flatten())
}

/// The mails of a conversation, the oldest first.
pub(crate) fn mails(
    connection: &Connection,
    with: &dyad_protocol::id::RelationshipId,
) -> Result<Vec<u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM messages INDEXED BY messages_relationship WHERE relationship = ?1 AND kind = 'mail' AND deleted = 0 ORDER BY id",
    )?;
    let rows = statement.query_map([with.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_begins_as_the_text_does_and_ends_in_time() {
        assert_eq!(first("a  b\n\nc", 240), "a b c");
        assert_eq!(first(&"x".repeat(300), 240).chars().count(), 241);
        let words = first(&"word ".repeat(100), 240);
        assert!(
            words.ends_with('…') && words.chars().count() <= 242,
            "{words}"
        );
        assert_eq!(first("a\u{0}\u{1b}[2J", 240), "a [2J");
    }
}
