//! Mails, what is shared, and requests for a contact.

use dyad_app::{AppError, MailSource, Request};
use dyad_client::view::{ContactRequestView, MailDraft, ShareView};

use super::{absolute, place, typed};
use crate::app::args::{AskArgs, MailCommand, MailSendArgs, ShareArgs};

pub(super) fn mail(command: &MailCommand) -> Result<Request, AppError> {
    Ok(match command {
        MailCommand::Send(args) => send(args)?,
        MailCommand::Read { id } => Request::ReadMail { id: *id },
        MailCommand::Save {
            id,
            attachment,
            output,
        } => Request::SaveAttachment {
            id: *id,
            attachment: *attachment,
            to: place(output)?,
        },
        MailCommand::Export { id, output } => Request::ExportMail {
            id: *id,
            to: place(output)?,
        },
        MailCommand::Draft {
            nick,
            discard: true,
            ..
        } => Request::SetMailDraft {
            nick: nick.clone(),
            draft: None,
        },
        MailCommand::Draft {
            nick,
            text: None,
            subject: None,
            ..
        } => Request::MailDraft { nick: nick.clone() },
        MailCommand::Draft {
            nick,
            text,
            subject,
            ..
        } => Request::SetMailDraft {
            nick: nick.clone(),
            draft: Some(MailDraft {
                subject: subject.clone().unwrap_or_default(),
                text: text.as_deref().map(typed).transpose()?.unwrap_or_default(),
                ..MailDraft::default()
            }),
        },
        MailCommand::Mbox { nick, output } => Request::ExportMails {
            nick: nick.clone(),
            to: place(output)?,
        },
    })
}

fn send(args: &MailSendArgs) -> Result<Request, AppError> {
    let mail = match &args.eml {
        Some(path) => MailSource::File {
            path: absolute(path)?,
        },
        None => MailSource::Written {
            subject: args.subject.clone(),
            text: args
                .text
                .as_deref()
                .map(typed)
                .transpose()?
                .unwrap_or_default(),
            attachments: args
                .attach
                .iter()
                .map(|path| absolute(path))
                .collect::<Result<_, _>>()?,
            keep_metadata: args.keep_metadata,
        },
    };
    Ok(Request::SendMail {
        nick: args.nick.clone(),
        mail,
        reply_to: args.reply,
        confirm: args.wait,
    })
}

pub(super) fn share(args: &ShareArgs) -> Result<Request, AppError> {
    Ok(Request::Share {
        nick: args.nick.clone(),
        share: ShareView {
            title: args.title.clone(),
            address: args.address.clone(),
            secret: args.secret.as_deref().map(typed).transpose()?,
            what: args.what.clone(),
        },
        confirm: args.wait,
    })
}

pub(super) fn ask(args: &AskArgs) -> Request {
    Request::AskContact {
        nick: args.nick.clone(),
        ask: ContactRequestView {
            name: args.name.clone(),
            invitation: args.invitation.clone(),
            note: args.note.clone(),
        },
        confirm: args.wait,
    }
}
