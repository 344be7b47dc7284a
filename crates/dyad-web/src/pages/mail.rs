//! Reading a mail: its text, its attachments as files to be saved, and all of it for other programs. Nothing of a mail is
//! rendered but text, and pictures that are pictures by their own bytes.

use std::convert::Infallible;
use std::io::Cursor;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dyad_client::ClientError;
use dyad_client::view::{AttachmentView, Direction, FileState, MailView, MessageView};
use futures_util::stream::{self, StreamExt as _};
use http::{HeaderValue, header};

use super::actions::found;
use super::cards::subject;
use super::files::{Kind, disposition, kind_of, size};
use super::layout::{Shell, now};
use super::{can_write, contact};
use crate::error::{PageError, html};
use crate::lang::Texts;
use crate::session::Person;
use crate::state::Page;
use crate::{assets, text, when};

/// How long the answer to "fetch" waits for a mail, which is here at once as a rule.
const PATIENCE: Duration = Duration::from_secs(3);
/// Larger pictures are saved, not shown, bytes: each is taken out of the mail anew.
const MAX_SHOWN: u64 = 16 << 20;

pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .route("/c/{id}/m/{n}/mail", get(read).post(fetch))
        .route("/c/{id}/m/{n}/mail/{a}", get(save))
        .route("/c/{id}/m/{n}/mail/{a}/view", get(view))
        .route("/c/{id}/m/{n}/eml", get(export))
        .route("/c/{id}/mails", get(mailbox))
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Read {
    t: &'static Texts,
    shell: Shell,
    icons: String,
    id: String,
    number: u64,
    subject: String,
    facts: Vec<(String, String)>,
    /// It names people itself, which proves nothing.
    claims: bool,
    /// Why it is not here, or not all.
    why: Option<String>,
    can_fetch: bool,
    fetching: bool,
    here: bool,
    can_reply: bool,
    /// Safe HTML.
    html: String,
    cut: bool,
    attachments: Vec<Attached>,
}

struct Attached {
    number: u32,
    name: String,
    size: String,
    /// Whether it may be one; the bytes decide when it is asked for.
    picture: bool,
}

async fn read(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let t = person.t;
    let failed = |e| person.error(e);
    let (contact, message) = found(&person, &id, number).map_err(failed)?;
    let Some(card) = message.mail.clone() else {
        return Ok(Redirect::to(&format!("/c/{id}/m/{number}")).into_response());
    };
    if message.direction == Direction::In {
        person.client.mark_read(&[number]).map_err(failed)?;
    }
    let file = message.file.as_ref();
    let here = file.is_none_or(|file| matches!(file.state, FileState::Here | FileState::Uploading));
    let mail = match here {
        true => Some(person.client.mail(number).await.map_err(failed)?),
        false => None,
    };
    let about = mail.as_ref().map_or(&card.subject, |mail| &mail.subject);
    let about = subject(t, about);
    let page = Read {
        t,
        shell: Shell::new(&person, about.clone(), Some(&id))?
            .back_to(&format!("/c/{id}?at={number}#m-{number}")),
        icons: assets::url("icons.svg"),
        number,
        subject: about,
        facts: facts(t, &contact.nick, &message, mail.as_ref()),
        claims: mail.as_ref().is_some_and(|mail| !mail.from.is_empty()),
        why: file.and_then(|file| why(t, file.state)),
        can_fetch: file.is_some_and(|file| file.state == FileState::Offered),
        fetching: file.is_some_and(|file| file.state == FileState::Fetching),
        here,
        can_reply: here && can_write(contact.status),
        html: text::rich(mail.as_ref().map_or(&card.beginning, |mail| &mail.text)),
        cut: mail.as_ref().is_some_and(|mail| mail.cut),
        attachments: mail.map(|mail| attached(t, &mail)).unwrap_or_default(),
        id,
    };
    Ok(html(&page).into_response())
}

/// Fetches it and shows it; what takes long shows itself when it is here.
async fn fetch(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    found(&person, &id, number).map_err(failed)?;
    person
        .client
        .fetch_wait(number, PATIENCE)
        .await
        .map_err(failed)?;
    Ok(Redirect::to(&format!("/c/{id}/m/{number}/mail")).into_response())
}

/// Who and when: first what the app knows, then what the mail says.
fn facts(
    t: &'static Texts,
    nick: &str,
    message: &MessageView,
    mail: Option<&MailView>,
) -> Vec<(String, String)> {
    let (whose, what) = match message.direction {
        Direction::In => ("mail-sent-by", nick.to_owned()),
        Direction::Out => ("mail-sent-to", nick.to_owned()),
    };
    let mut facts = vec![
        (t.s(whose), what),
        (t.s("mail-sent"), when::full(t, message.written(), now())),
    ];
    let Some(mail) = mail else { return facts };
    for (key, people) in [
        ("mail-from", &mail.from),
        ("mail-to-whom", &mail.to),
        ("mail-cc", &mail.cc),
    ] {
        if !people.is_empty() {
            facts.push((t.s(key), people.join(", ")));
        }
    }
    if let Some(date) = mail.date.filter(|_| !mail.from.is_empty()) {
        facts.push((t.s("mail-date"), when::full(t, date, now())));
    }
    facts
}

fn why(t: &Texts, state: FileState) -> Option<String> {
    let key = match state {
        FileState::Here | FileState::Uploading => return None,
        FileState::Offered => "file-offered",
        FileState::Fetching => "mail-fetching",
        FileState::Expired => "file-expired",
        FileState::Changed => "file-changed",
        FileState::Refused => "file-refused",
    };
    Some(t.s(key))
}

fn attached(t: &Texts, mail: &MailView) -> Vec<Attached> {
    let shown = |one: &dyad_client::view::AttachmentView| {
        let said = ["image/jpeg", "image/png", "image/gif", "image/webp"];
        said.contains(&one.media_type.as_str()) && one.size <= MAX_SHOWN
    };
    mail.attachments
        .iter()
        .map(|one| Attached {
            number: one.number,
            picture: shown(one),
            size: size(t, one.size),
            name: one.name.clone(),
        })
        .collect()
}

/// An attachment of a mail with this contact.
async fn attachment(
    person: &Person,
    id: &str,
    number: u64,
    which: u32,
) -> Result<(AttachmentView, Vec<u8>), PageError> {
    let failed = |e: ClientError| person.error(e);
    found(person, id, number).map_err(failed)?;
    let client = &person.client;
    client.mail_attachment(number, which).await.map_err(failed)
}

/// An attachment, to be saved under its name, whatever it is.
async fn save(
    person: Person,
    Path((id, number, which)): Path<(String, u64, u32)>,
) -> Result<Response, PageError> {
    let (about, bytes) = attachment(&person, &id, number, which).await?;
    Ok(download(&about.name, bytes))
}

/// A picture, if it is one by its bytes.
async fn view(
    person: Person,
    Path((id, number, which)): Path<(String, u64, u32)>,
) -> Result<Response, PageError> {
    let (about, bytes) = attachment(&person, &id, number, which).await?;
    match kind_of(&mut Cursor::new(&bytes)) {
        Some(Kind::Picture(kind)) => {
            let kind = HeaderValue::from_static(kind);
            Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
        }
        _ => Ok(download(&about.name, bytes)),
    }
}

/// The mail for other programs.
async fn export(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
) -> Result<Response, PageError> {
    let failed = |e: ClientError| person.error(e);
    found(&person, &id, number).map_err(failed)?;
    let (name, bytes) = person.client.export_mail(number).await.map_err(failed)?;
    Ok(download(&name, bytes))
}

/// All mails with a contact for other programs, one in memory at a time. What is not here is left out.
async fn mailbox(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let failed = |e: ClientError| person.error(e);
    let contact = contact(&person.client, &id).map_err(failed)?;
    let mails = person.client.mails_with(&contact.nick).map_err(failed)?;
    let client = person.client.clone();
    let entries = stream::iter(mails).filter_map(move |number| {
        let client = client.clone();
        async move {
            client
                .mailbox_entry(number)
                .await
                .ok()
                .map(Ok::<_, Infallible>)
        }
    });
    let name = format!("{}.mbox", contact.nick);
    Ok(download(&name, Body::from_stream(entries)))
}

fn download(name: &str, bytes: impl Into<Body>) -> Response {
    let kind = HeaderValue::from_static("application/octet-stream");
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes.into()).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_DISPOSITION, disposition(name));
    response
}
