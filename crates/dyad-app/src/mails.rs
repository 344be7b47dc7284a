//! Mails, what is shared, and requests for a contact.

use std::io::Read;
use std::path::Path;

use dyad_client::view::{FileState, MAX_MAIL, MailAttachment, MailRequest};
use dyad_client::{Client, ErrorKind};

use crate::error::AppError;
use crate::files;
use crate::files::{open, unreadable};
use crate::request::{MailSource, Request};
use crate::response::Response;
use crate::service::{SEND_WAIT, settled};

/// Files attached to one mail.
const MAX_ATTACHED: usize = 100;

pub(crate) async fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    match request {
        Request::SendMail {
            nick,
            mail,
            reply_to,
            confirm,
        } => {
            let sent = match mail {
                MailSource::File { path } => {
                    let mail = read(&path, MAX_MAIL)?;
                    client.send_eml(&nick, mail, reply_to, SEND_WAIT).await?
                }
                MailSource::Written {
                    subject,
                    text,
                    attachments,
                    keep_metadata,
                } => {
                    let request = MailRequest {
                        subject,
                        text,
                        reply_to,
                        keep_metadata,
                        attachments: attached(&attachments)?,
                    };
                    client.send_mail(&nick, request, SEND_WAIT).await?
                }
            };
            settled(client, sent, confirm).await
        }
        Request::ReadMail { id } => {
            fetched(client, id).await?;
            Ok(Response::Mail {
                mail: client.mail(id).await?,
            })
        }
        Request::MailDraft { nick } => drafted(client, nick),
        Request::SetMailDraft { nick, draft } => {
            client.set_mail_draft(&nick, draft.as_ref())?;
            drafted(client, nick)
        }
        Request::SaveAttachment { id, attachment, to } => {
            fetched(client, id).await?;
            Ok(Response::Saved {
                saved: client.save_attachment(id, attachment, &to).await?,
            })
        }
        Request::ExportMail { id, to } => {
            fetched(client, id).await?;
            Ok(Response::Saved {
                saved: client.save_mail(id, &to).await?,
            })
        }
        Request::ExportMails { nick, to } => Ok(Response::MailsSaved {
            mails: client.save_mailbox(&nick, &to).await?,
            saved: to,
        }),
        Request::Share {
            nick,
            share,
            confirm,
        } => {
            let sent = client.share(&nick, share, SEND_WAIT).await?;
            settled(client, sent, confirm).await
        }
        Request::AskContact { nick, ask, confirm } => {
            let sent = client.request_contact(&nick, ask, SEND_WAIT).await?;
            settled(client, sent, confirm).await
        }
        _ => Ok(Response::Done),
    }
}

fn drafted(client: &Client, nick: String) -> Result<Response, AppError> {
    let draft = client.mail_draft(&nick)?;
    Ok(Response::MailDraft { nick, draft })
}

/// Whoever wants to read a mail wants it here.
async fn fetched(client: &Client, id: u64) -> Result<(), AppError> {
    let message = client.message(id)?;
    let here = |state| matches!(state, FileState::Here | FileState::Uploading);
    let Some(file) = message.file.filter(|_| message.mail.is_some()) else {
        return Ok(());
    };
    if here(file.state) {
        return Ok(());
    }
    let fetch = Request::Fetch {
        id,
        to: None,
        wait: None,
    };
    let now = match files::handle(client, fetch).await? {
        Response::Fetched { message, .. } => message.file.map(|file| file.state),
        _ => None,
    };
    if now.is_some_and(here) {
        return Ok(());
    }
    Err(AppError::new(
        ErrorKind::TryLater,
        "mail-on-its-way",
        format!("The mail of message {id} is not here yet. It is on its way; try again later."),
    ))
}

fn attached(paths: &[std::path::PathBuf]) -> Result<Vec<MailAttachment>, AppError> {
    if paths.len() > MAX_ATTACHED {
        return Err(AppError::usage(
            "how-many-files",
            format!("At most {MAX_ATTACHED} files are attached to a mail. Nothing was sent."),
        ));
    }
    let mut left = MAX_MAIL;
    let mut all = Vec::new();
    for path in paths {
        let bytes = read(path, left)?;
        left = left.saturating_sub(bytes.len() as u64);
        all.push(MailAttachment {
            name: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            media_type: None,
            bytes,
        });
    }
    Ok(all)
}

/// All of a file, if it is no larger than that.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, AppError> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(path, &e))?;
    if bytes.len() as u64 > most {
        return Err(AppError::usage(
            "mail-too-large",
            format!(
                "With {} the mail would have more than {MAX_MAIL} bytes. Nothing was sent: send what is large as a file.",
                path.display()
            ),
        ));
    }
    Ok(bytes)
}
