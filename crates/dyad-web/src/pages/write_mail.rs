//! Writing a mail.

use std::time::Duration;

use askama::Template;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use dyad_client::view::{MAX_MAIL, MailAttachment, MailDraft, MailRequest, MailView};
use dyad_client::{ClientError, ErrorKind};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::actions::found;
use super::contact;
use super::files::{all_of, cut};
use super::layout::Shell;
use crate::error::{PageError, html, refused};
use crate::lang::Texts;
use crate::once::Answer;
use crate::session::{FETCH, Person};
use crate::state::{MAX_TEXT_BODY, Page};
use crate::when;

/// Longest subject that a person writes, and other short fields, bytes.
const MAX_FIELD: usize = 2_000;
/// What a form takes beside the mail in it, bytes.
const AROUND: u64 = 1 << 20;
/// How long a form without scripts waits for a service before it goes on.
const SEND_WAIT: Duration = Duration::from_millis(300);
/// Longest text that is quoted in an answer, characters.
const MAX_QUOTED: usize = 20_000;

pub(crate) fn routes() -> Router<Page> {
    let most = usize::try_from(MAX_MAIL + AROUND).unwrap_or(usize::MAX);
    let page = get(write).post(send).layer(DefaultBodyLimit::max(most));
    let ready = post(send_ready).layer(DefaultBodyLimit::max(most));
    let keep = post(keep).layer(DefaultBodyLimit::max(MAX_TEXT_BODY));
    Router::new()
        .route("/c/{id}/mail", page)
        .route("/c/{id}/mail/file", ready)
        .route("/c/{id}/mail/draft", keep)
        .route("/c/{id}/mail/discard", post(discard))
}

#[derive(Template)]
#[template(path = "write-mail.html")]
struct Write {
    t: &'static Texts,
    shell: Shell,
    id: String,
    nick: String,
    reply_to: Option<u64>,
    subject: String,
    text: String,
    largest: u64,
    /// What stands in the fields is a draft: since it is kept, what has to be said of it.
    drafted: Option<Drafted>,
    problem: Option<String>,
}

/// A draft that the form begins with.
struct Drafted {
    /// Files were chosen, and are not kept.
    files: Option<String>,
    /// The mail that the person wanted to answer, which is another one.
    instead_of: Option<u64>,
}

/// What stands in the fields.
#[derive(Default)]
struct Fields {
    subject: String,
    text: String,
    reply_to: Option<u64>,
    once: String,
    keep: bool,
    attachments: Vec<MailAttachment>,
}

#[derive(Deserialize)]
struct Answering {
    reply: Option<u64>,
}

async fn write(
    person: Person,
    Path(id): Path<String>,
    Query(Answering { reply }): Query<Answering>,
) -> Result<Response, PageError> {
    let mut fields = Fields::default();
    let failed = |e| person.error(e);
    let contact = contact(&person.client, &id).map_err(failed)?;
    // There is one at a time, and it is not lost by beginning another.
    if let Some(draft) = person.client.mail_draft(&contact.nick).map_err(failed)? {
        return drafted(&person, &id, draft, reply);
    }
    if let Some(number) = reply {
        let (contact, _) = found(&person, &id, number).map_err(failed)?;
        let mail = person.client.mail(number).await.map_err(failed)?;
        fields.reply_to = Some(number);
        fields.subject = answer_to(&mail.subject);
        fields.text = quoted(person.t, &contact.nick, &mail);
    }
    page(&person, &id, fields, None, None)
}

/// The form with the draft in it. `reply` is what the person wanted to answer.
fn drafted(
    person: &Person,
    id: &str,
    draft: MailDraft,
    reply: Option<u64>,
) -> Result<Response, PageError> {
    let files = u64::from(draft.files);
    let drafted = Drafted {
        files: (files > 0).then(|| person.t.n("mail-draft-files", files)),
        instead_of: reply.filter(|_| reply != draft.reply_to),
    };
    let fields = Fields {
        subject: draft.subject,
        text: draft.text,
        reply_to: draft.reply_to,
        ..Fields::default()
    };
    page(person, id, fields, Some(drafted), None)
}

#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
    /// Empty if it answers nothing.
    #[serde(default)]
    reply_to: String,
    #[serde(default)]
    files: u32,
}

/// Keeps what is in the form, without what is attached.
async fn keep(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(kept): Form<Kept>,
) -> Response {
    let draft = MailDraft {
        subject: kept.subject,
        text: kept.text.replace("\r\n", "\n"),
        reply_to: kept.reply_to.parse().ok(),
        files: kept.files,
    };
    let result = contact(&person.client, &id)
        .and_then(|contact| person.client.set_mail_draft(&contact.nick, Some(&draft)));
    match result {
        Err(e) => refused(&headers, person.error(e)),
        Ok(()) if headers.contains_key(FETCH) => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(&format!("/c/{id}")).into_response(),
    }
}

#[derive(Deserialize)]
struct Discarded {
    /// The mail that is to be answered instead.
    #[serde(default)]
    reply: Option<u64>,
}

async fn discard(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(discarded): Form<Discarded>,
) -> Response {
    let result = contact(&person.client, &id)
        .and_then(|contact| person.client.set_mail_draft(&contact.nick, None));
    match (result, discarded.reply) {
        (Err(e), _) => refused(&headers, person.error(e)),
        (Ok(()), Some(reply)) => {
            Redirect::to(&format!("/c/{id}/mail?reply={reply}")).into_response()
        }
        (Ok(()), None) => Redirect::to(&format!("/c/{id}/mail")).into_response(),
    }
}

fn page(
    person: &Person,
    id: &str,
    fields: Fields,
    drafted: Option<Drafted>,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let t = person.t;
    let contact = contact(&person.client, id).map_err(|e| person.error(e))?;
    let page = Write {
        t,
        shell: Shell::new(person, t.s("mail-write"), Some(id))?.back_to(&format!("/c/{id}")),
        id: id.to_owned(),
        nick: contact.nick,
        reply_to: fields.reply_to,
        subject: fields.subject,
        text: fields.text,
        // Base64 makes four bytes of three.
        largest: MAX_MAIL / 4 * 3,
        drafted,
        problem,
    };
    Ok(html(&page).into_response())
}

fn answer_to(subject: &str) -> String {
    let already = subject
        .get(..3)
        .is_some_and(|begins| begins.eq_ignore_ascii_case("re:"));
    match (already, subject) {
        (_, "") => String::new(),
        (true, subject) => subject.to_owned(),
        (false, subject) => format!("Re: {subject}"),
    }
}

/// What is answered, below the place for the answer's first words.
fn quoted(t: &'static Texts, nick: &str, mail: &MailView) -> String {
    let at = when::full(t, mail.message.written(), super::layout::now());
    let who = match mail.message.direction {
        dyad_client::view::Direction::In => nick.to_owned(),
        dyad_client::view::Direction::Out => t.s("you"),
    };
    let mut text = format!(
        "\n\n{}\n",
        t.many("mail-wrote", &[("who", &who), ("when", &at)])
    );
    // Marks around names that a page needs, and a text does not.
    text.retain(|c| !matches!(c, '\u{2068}' | '\u{2069}'));
    let beginning: String = mail.text.chars().take(MAX_QUOTED).collect();
    for line in beginning.lines() {
        let mark = if line.starts_with('>') { ">" } else { "> " };
        text.push_str(&format!("{mark}{line}\n"));
    }
    text
}

async fn send(
    State(state): State<Page>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    let by_script = headers.contains_key(FETCH);
    let mut fields = Fields::default();
    match send_once(&state, &person, &id, form, &mut fields, by_script).await {
        Ok(()) if by_script => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) if by_script => Ok(refused(&headers, person.error(e))),
        // The page again; a browser keeps no files in a form that it shows anew.
        Err(e) => {
            let problem = person.error(e);
            let status = problem.status();
            let page = page(&person, &id, fields, None, Some(problem.message()))?;
            Ok((status, page).into_response())
        }
    }
}

async fn send_once(
    state: &Page,
    person: &Person,
    id: &str,
    form: Multipart,
    fields: &mut Fields,
    by_script: bool,
) -> Result<(), ClientError> {
    let to = contact(&person.client, id)?.nick;
    filled(form, fields).await?;
    let parts = [id, &fields.once, &fields.subject, &fields.text];
    let attached = fields.attachments.iter().map(|one| one.bytes.as_slice());
    let slot = state
        .0
        .once
        .slot(parts.iter().map(|part| part.as_bytes()).chain(attached));
    // The second of two equal forms waits for the first, and makes no second mail.
    let mut sent = slot.lock().await;
    if sent.is_some() && !fields.once.is_empty() {
        return Ok(());
    }
    let request = MailRequest {
        subject: fields.subject.clone(),
        text: fields.text.clone(),
        reply_to: fields.reply_to,
        keep_metadata: fields.keep,
        attachments: std::mem::take(&mut fields.attachments),
    };
    let wait = if by_script { Duration::ZERO } else { SEND_WAIT };
    person.client.send_mail(&to, request, wait).await?;
    *sent = Some(Answer::done());
    // It is sent: that a draft is still there is no reason to say that it is not.
    let _ = person.client.set_mail_draft(&to, None);
    Ok(())
}

/// Sends a mail that the person has as a file. What they were writing stays as it is.
async fn send_ready(
    State(state): State<Page>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    match send_ready_once(&state, &person, &id, form).await {
        Ok(()) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) => Ok(refused(&headers, person.error(e))),
    }
}

async fn send_ready_once(
    state: &Page,
    person: &Person,
    id: &str,
    form: Multipart,
) -> Result<(), ClientError> {
    let to = contact(&person.client, id)?.nick;
    let mut fields = Fields::default();
    filled(form, &mut fields).await?;
    let Some(mail) = fields.attachments.pop() else {
        return Err(ClientError::new(
            ErrorKind::Usage,
            "no-file",
            "No file was chosen. Nothing was sent.",
        ));
    };
    let parts: [&[u8]; 4] = [id.as_bytes(), b"eml", fields.once.as_bytes(), &mail.bytes];
    let slot = state.0.once.slot(parts);
    let mut sent = slot.lock().await;
    if sent.is_some() && !fields.once.is_empty() {
        return Ok(());
    }
    let client = &person.client;
    client
        .send_eml(&to, mail.bytes, fields.reply_to, SEND_WAIT)
        .await?;
    *sent = Some(Answer::done());
    Ok(())
}

async fn filled(mut form: Multipart, fields: &mut Fields) -> Result<(), ClientError> {
    let mut left = usize::try_from(MAX_MAIL).unwrap_or(usize::MAX);
    while let Some(field) = form.next_field().await.map_err(|e| cut(&e))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file = field.file_name().unwrap_or_default().to_owned();
            // A form without a chosen file has one without a name.
            if file.is_empty() {
                continue;
            }
            let media_type = field.content_type().map(str::to_owned);
            let bytes = all_of(field, left, too_large).await?;
            left = left.saturating_sub(bytes.len());
            fields.attachments.push(MailAttachment {
                name: file,
                media_type,
                bytes,
            });
            continue;
        }
        let most = if name == "text" { left } else { MAX_FIELD };
        let bytes = all_of(field, most, too_large).await?;
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        match name.as_str() {
            "subject" => fields.subject = text,
            "text" => {
                left = left.saturating_sub(text.len());
                fields.text = text;
            }
            "reply_to" => fields.reply_to = text.parse().ok(),
            "once" => fields.once = text,
            "keep" => fields.keep = !text.is_empty(),
            _ => {}
        }
    }
    Ok(())
}

fn too_large() -> ClientError {
    ClientError::new(
        ErrorKind::Usage,
        "mail-too-large",
        "The mail is too large. Nothing was sent: send what is large as files.",
    )
}
