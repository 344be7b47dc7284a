//! Sending mails: within their message if there is room, otherwise as a blob.

use std::io::Cursor;
use std::time::Duration;

use dyad_mail::{Draft, NewAttachment};
use dyad_protocol::attachment::MAX_FILE_LEN;
use dyad_protocol::body::{MAX_TEXT_LEN, Payload};
use dyad_protocol::content::{Mail, MailHead, MailPlace, Said};
use tokio::time::Instant;

use super::{Client, blocking, file_name, hex, seconds};
use crate::client::files::{encoded_len, live, not_cleaned, other_format};
use crate::client::messages::answered;
use crate::client::people::find;
use crate::error::{ClientError, Result};
use crate::file::{clean, clean_name, disk_trouble, is_picture, other_picture};
use crate::store::files::NewFile;
use crate::store::{cards, marks};
use crate::view::{MAX_MAIL, MailAttachment, MailRequest, SendView};

const NOT_SENT: &str = "Nothing was sent.";
/// How much of a subject and of a text a message says beside the link to a mail, bytes.
const SUBJECT: usize = 160;
const BEGINNING: usize = 240;
/// Mails of a thread that a new one refers to, at most.
const THREAD: usize = 20;

impl Client {
    /// Writes a mail and sends it. Returns as [`Client::send_file`] does.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, nothing in it, too large, or a picture that cannot be cleaned. Nothing
    /// is kept then.
    pub async fn send_mail(
        &self,
        nick: &str,
        request: MailRequest,
        wait: Duration,
    ) -> Result<SendView> {
        if request.text.trim().is_empty()
            && request.subject.trim().is_empty()
            && request.attachments.is_empty()
        {
            return Err(ClientError::usage(
                "empty-text",
                "There is nothing to send.",
            ));
        }
        let size: usize = request.attachments.iter().map(|one| one.bytes.len()).sum();
        fits(size + request.text.len())?;
        self.driver.store.read(|c| live(&find(c, nick)?))?;
        let (in_reply_to, references) = match request.reply_to {
            Some(id) => self.thread(id).await,
            None => (None, Vec::new()),
        };
        let name = self.driver.with_rng(|rng| {
            let mut bytes = [0; 16];
            rng.fill_bytes(&mut bytes);
            hex(&bytes)
        });
        let now = self.driver.now();
        let reply_to = request.reply_to;
        let written = blocking(move || {
            let keep = request.keep_metadata;
            let attachments: Vec<NewAttachment> = request
                .attachments
                .into_iter()
                .map(|one| without_notes(one, keep))
                .collect::<Result<_>>()?;
            Ok(dyad_mail::compose(&Draft {
                subject: &request.subject,
                text: &request.text,
                date: seconds(now),
                message_id: &format!("{name}@dyad.invalid"),
                in_reply_to: in_reply_to.as_deref(),
                references: &references,
                attachments: &attachments,
            }))
        })
        .await?;
        self.send_written(nick, written, reply_to, wait).await
    }

    /// Sends a mail that the person has, as RFC 5322. Its body goes as it is; of its header goes what belongs to the mail,
    /// and neither traces of its way nor hidden recipients.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, nothing in it, or too large. Nothing is kept then.
    pub async fn send_eml(
        &self,
        nick: &str,
        mail: Vec<u8>,
        reply_to: Option<u64>,
        wait: Duration,
    ) -> Result<SendView> {
        fits(mail.len())?;
        if mail.trim_ascii().is_empty() {
            return Err(ClientError::usage(
                "empty-text",
                "There is nothing to send.",
            ));
        }
        let cleaned = blocking(move || Ok(dyad_mail::clean(&mail))).await?;
        self.send_written(nick, cleaned, reply_to, wait).await
    }

    /// Within its message if there is room, otherwise as a blob.
    pub(in crate::client) async fn send_written(
        &self,
        nick: &str,
        mail: Vec<u8>,
        reply_to: Option<u64>,
        wait: Duration,
    ) -> Result<SendView> {
        fits(mail.len())?;
        let end = Instant::now() + wait;
        let (mail, read) = blocking(move || {
            let read = dyad_mail::read(&mail);
            Ok((mail, read))
        })
        .await?;
        let head = head(&read);
        let fallback = fallback(&head.subject);
        if mail.len() < MAX_TEXT_LEN {
            let within = Said::Mail(Mail {
                head: MailHead {
                    beginning: None,
                    ..head.clone()
                },
                place: MailPlace::Within(mail.clone()),
            });
            if let Some(sent) = self
                .send_if_fits(nick, &within, &fallback, reply_to, end)
                .await?
            {
                return Ok(sent);
            }
        }
        self.driver.store.read(|c| live(&find(c, nick)?))?;
        let sealing = self.begin()?;
        let sealed = blocking(move || {
            sealing
                .run(Cursor::new(mail))
                .map_err(|error| disk_trouble(&error, NOT_SENT))
        })
        .await?;
        let (folder, disk) = (self.driver.folder.clone(), sealed.disk);
        let kept = self.driver.engine(|stepper| {
            let to = find(stepper.tx, nick)?;
            live(&to)?;
            let file = NewFile {
                disk,
                name: file_name(&read.subject),
                media_type: None,
                dimensions: None,
                preview: None,
                key: sealed.key.clone(),
                size: sealed.sealed.size,
                sha256: sealed.sealed.sha256,
            };
            let payload = Payload {
                kind: Said::MAIL.to_owned(),
                content: head.encode(),
                fallback: Some(fallback.clone()),
                reply: reply_to
                    .map(|id| answered(stepper.tx, &to, id))
                    .transpose()?,
                timer: marks::timer(stepper.tx, &to.id)?,
            };
            stepper.attach(&to.id, &payload, &file, &cards::mail_text(&read))
        });
        if kept.is_err() {
            folder.remove(&disk);
        }
        self.sent_file(kept?, end).await
    }

    /// The name of the mail that is answered and the thread before it, if it is one and here.
    async fn thread(&self, id: u64) -> (Option<String>, Vec<String>) {
        let Ok((_, mail)) = self.bytes_of_mail(id).await else {
            return (None, Vec::new());
        };
        let read = blocking(move || Ok(dyad_mail::read(&mail))).await;
        let read = read.unwrap_or_default();
        let last = read.references.len().saturating_sub(THREAD);
        let references = read.references.get(last..).unwrap_or_default().to_vec();
        (read.message_id, references)
    }
}

fn fits(size: usize) -> Result<()> {
    if size as u64 <= MAX_MAIL {
        return Ok(());
    }
    Err(ClientError::usage(
        "mail-too-large",
        format!(
            "The mail would have {size} bytes; at most {MAX_MAIL} can be sent as a mail. {NOT_SENT} Send what is large as \
             a file: those may have {MAX_FILE_LEN} bytes."
        ),
    ))
}

/// What a message says of a mail beside the link to it.
fn head(mail: &dyad_mail::Mail) -> MailHead {
    let beginning = cut(mail.text.trim(), BEGINNING);
    MailHead {
        subject: cut(&mail.subject, SUBJECT).to_owned(),
        beginning: Some(beginning.to_owned()).filter(|text| !text.is_empty()),
        attachments: cards::count(mail),
    }
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// For apps that do not know the kind.
fn fallback(subject: &str) -> String {
    match subject {
        "" => "A mail without a subject".to_owned(),
        subject => format!("Mail: {subject}"),
    }
}
/// What a camera noted stays here, unless it is wanted there.
fn without_notes(given: MailAttachment, keep: bool) -> Result<NewAttachment> {
    let begins = given.bytes.get(..16).unwrap_or(&given.bytes);
    let kind = is_picture(begins);
    if let Some(format) = other_picture(begins).filter(|_| !keep) {
        return Err(not_cleaned(&other_format(format)));
    }
    let bytes = match kind.filter(|_| !keep) {
        Some(kind) => clean(kind, &given.bytes.into())
            .ok_or_else(|| not_cleaned("it is damaged"))?
            .to_vec(),
        None => given.bytes,
    };
    Ok(NewAttachment {
        name: clean_name(&given.name),
        media_type: kind
            .map(|kind| kind.media_type().to_owned())
            .or(given.media_type),
        bytes,
    })
}
/// Whether it fits beside what an answer and a timer take.
pub(in crate::client) fn has_room(payload: &Payload) -> bool {
    let longest = Payload::text("x".repeat(MAX_TEXT_LEN));
    encoded_len(payload.clone()) <= encoded_len(longest)
}
