//! Reading mails that are here, and converting them for other programs.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use dyad_mail::Envelope;
use dyad_protocol::body::Payload;
use dyad_protocol::content::{Mail, MailPlace, Said};
use dyad_protocol::hash::sha256;
use dyad_protocol::time::Timestamp;

use super::{Client, blocking, file_name, hex, seconds};
use crate::client::files::{not_written, write_at, write_new};
use crate::client::people::find;
use crate::error::{ClientError, Result};
use crate::file::{clean_name, disk_trouble};
use crate::store::cards;
use crate::view::{AttachmentView, Direction, MAX_MAIL, MailView, MboxView, MessageView};

impl Client {
    /// A mail to be read.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none in this message, or it is not here: then fetch it first.
    pub async fn mail(&self, id: u64) -> Result<MailView> {
        let (message, mail) = self.bytes_of_mail(id).await?;
        let read = blocking(move || Ok(dyad_mail::read(&mail))).await?;
        let people = |people: Vec<dyad_mail::Person>| {
            people
                .into_iter()
                .filter_map(|one| match (one.name, one.address) {
                    (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
                    (name, address) => name.or(address),
                })
                .collect()
        };
        let attachments = (1..).zip(&read.attachments);
        Ok(MailView {
            message,
            attachments: attachments.map(|(number, one)| view(number, one)).collect(),
            subject: read.subject,
            from: people(read.from),
            to: people(read.to),
            cc: people(read.cc),
            date: read
                .date
                .and_then(|date| u64::try_from(date).ok())
                .map(Timestamp::from_secs),
            text: read.text,
            cut: read.cut,
        })
    }

    /// One attachment of a mail, and its bytes. Numbers begin with 1.
    ///
    /// # Errors
    /// Those of [`Client::mail`]; [`crate::ErrorKind::Usage`]: there is no such attachment.
    pub async fn mail_attachment(&self, id: u64, number: u32) -> Result<(AttachmentView, Vec<u8>)> {
        let (_, mail) = self.bytes_of_mail(id).await?;
        blocking(move || {
            let place = (number as usize).wrapping_sub(1);
            let read = dyad_mail::read(&mail);
            let found = read.attachments.get(place);
            let bytes = dyad_mail::attachment(&mail, place).map(Cow::into_owned);
            found
                .map(|one| view(number, one))
                .zip(bytes)
                .ok_or_else(|| {
                    ClientError::usage(
                        "no-attachment",
                        format!(
                            "The mail of message {id} has {} attachments; there is no number {number}.",
                            read.attachments.len()
                        ),
                    )
                })
        })
        .await
    }

    /// Writes an attachment to a place of the person's; a folder takes it under its own name. Nothing is overwritten. Gives
    /// where it is.
    ///
    /// # Errors
    /// Those of [`Client::mail_attachment`] and [`Client::save_file`].
    pub async fn save_attachment(&self, id: u64, number: u32, to: &Path) -> Result<PathBuf> {
        let (about, bytes) = self.mail_attachment(id, number).await?;
        write_at(to, &about.name, move |file| file.write_all(&bytes)).await
    }

    /// A mail as RFC 5322 for other programs, and a name for its file. What its header lacks is added; who and when are of
    /// the relationship then, under addresses that nobody has.
    ///
    /// # Errors
    /// Those of [`Client::mail`].
    pub async fn export_mail(&self, id: u64) -> Result<(String, Vec<u8>)> {
        let (message, mail) = self.bytes_of_mail(id).await?;
        let own = self.profile()?.name;
        blocking(move || {
            let name = file_name(&dyad_mail::read(&mail).subject);
            Ok((name, exported(&message, &mail, &own)))
        })
        .await
    }

    /// The same, into a file. A folder takes it under its subject.
    ///
    /// # Errors
    /// Those of [`Client::mail`] and [`Client::save_file`].
    pub async fn save_mail(&self, id: u64, to: &Path) -> Result<PathBuf> {
        let (name, bytes) = self.export_mail(id).await?;
        write_at(to, &name, move |file| file.write_all(&bytes)).await
    }

    /// The numbers of all mails with a contact, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn mails_with(&self, nick: &str) -> Result<Vec<u64>> {
        self.driver
            .store
            .read(|c| cards::mails(c, &find(c, nick)?.id))
    }

    /// A mail as it stands in a mailbox file (`mboxrd`).
    ///
    /// # Errors
    /// Those of [`Client::mail`].
    pub async fn mailbox_entry(&self, id: u64) -> Result<Vec<u8>> {
        let (client, own) = (self.clone(), self.profile()?.name);
        blocking(move || client.entry(id, &own)).await
    }

    fn entry(&self, id: u64, own: &str) -> Result<Vec<u8>> {
        let (message, mail) = self.mail_bytes(id)?;
        let mail = exported(&message, &mail, own);
        Ok(dyad_mail::mbox_entry(&mail, seconds(message.sent)))
    }

    /// All mails with a contact, one after another, into a new mailbox file (`mboxrd`).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, or there is something of that name; [`crate::ErrorKind::TryLater`]: the
    /// disk is full. Nothing is written then.
    pub async fn save_mailbox(&self, nick: &str, to: &Path) -> Result<MboxView> {
        let ids = self.mails_with(nick)?;
        let (client, own, path) = (self.clone(), self.profile()?.name, to.to_owned());
        let written = blocking(move || {
            let mut view = MboxView {
                written: 0,
                missing: 0,
            };
            let done = write_new(&path, |file| {
                for id in ids {
                    let Ok(entry) = client.entry(id, &own) else {
                        view.missing += 1;
                        continue;
                    };
                    file.write_all(&entry)?;
                    view.written += 1;
                }
                Ok(())
            });
            done.map(|()| view)
                .map_err(|error| not_written(&path, &error))
        });
        written.await
    }

    pub(in crate::client) async fn bytes_of_mail(&self, id: u64) -> Result<(MessageView, Vec<u8>)> {
        let client = self.clone();
        blocking(move || client.mail_bytes(id)).await
    }

    /// The bytes of a mail, from within its message or its file. Blocks for as long as a disk does.
    fn mail_bytes(&self, id: u64) -> Result<(MessageView, Vec<u8>)> {
        let message = self.message(id)?;
        if message.mail.is_none() {
            return Err(ClientError::usage(
                "no-mail",
                format!("There is no mail in message {id}."),
            ));
        }
        if message.file.is_some() {
            let mut bytes = Vec::new();
            self.open_file(id)?
                .take(MAX_MAIL)
                .read_to_end(&mut bytes)
                .map_err(|error| disk_trouble(&error, "The mail cannot be read."))?;
            return Ok((message, bytes));
        }
        let content = self.driver.store.read(|c| cards::content(c, id))?;
        let said = Said::of(&Payload {
            kind: Said::MAIL.to_owned(),
            content: content.unwrap_or_default(),
            ..Payload::text("")
        });
        match said {
            Ok(Said::Mail(Mail {
                place: MailPlace::Within(bytes),
                ..
            })) => Ok((message, bytes)),
            _ => Err(ClientError::usage(
                "no-mail",
                format!("There is no mail in message {id}."),
            )),
        }
    }
}

fn view(number: u32, attachment: &dyad_mail::Attachment) -> AttachmentView {
    let name = attachment.name.clone().unwrap_or_else(|| {
        let ending = match attachment.media_type.as_str() {
            "message/rfc822" => ".eml",
            "text/plain" => ".txt",
            "text/html" => ".html",
            "text/calendar" => ".ics",
            "image/jpeg" => ".jpg",
            "image/png" => ".png",
            "application/pdf" => ".pdf",
            _ => "",
        };
        format!("attachment-{number}{ending}")
    });
    AttachmentView {
        number,
        name: clean_name(&name),
        media_type: attachment.media_type.clone(),
        size: attachment.size,
    }
}
fn exported(message: &MessageView, mail: &[u8], own: &str) -> Vec<u8> {
    let (from, to) = match message.direction {
        Direction::Out => (own, message.contact.as_str()),
        Direction::In => (message.contact.as_str(), own),
    };
    // The same on both sides, and unlike that of any other mail.
    let id = hex(sha256(mail).get(..16).unwrap_or_default());
    dyad_mail::export(
        mail,
        &Envelope {
            from,
            to,
            date: seconds(message.sent),
            id: &id,
        },
    )
}
