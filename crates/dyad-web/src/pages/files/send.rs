//! Files on their way from the browser into the app: read as they come, never whole in memory.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use dyad_app::http::send_as_it_comes;
use dyad_client::view::{FileRequest, MAX_TEXT};
use dyad_client::{ClientError, ErrorKind};
use futures_util::TryStreamExt;
use http::{HeaderMap, StatusCode};

use super::super::contact;
use super::super::conversation::{Unsent, Which, conversation};
use crate::error::{PageError, refused};
use crate::once::Answer;
use crate::session::{FETCH, Person};
use crate::state::Page;

/// Longest field beside a file, bytes.
const MAX_FIELD: usize = MAX_TEXT;

/// What comes before the files in the form.
#[derive(Default)]
struct Fields {
    text: String,
    reply_to: Option<u64>,
    keep: bool,
    /// The same if the same form is sent again.
    once: String,
}

/// `POST /c/{id}/files`, a form with files: each becomes a message, the words go with the first.
pub(super) async fn send(
    State(page): State<Page>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Response, PageError> {
    let by_script = headers.contains_key(FETCH);
    let mut fields = Fields::default();
    let sent = send_all(&page, &person, &id, &mut form, &mut fields).await;
    if sent.is_err() {
        drain(&mut form).await;
    }
    match sent {
        Ok(()) if by_script => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) => Ok(Redirect::to(&format!("/c/{id}")).into_response()),
        Err(e) if by_script => Ok(refused(&headers, person.error(e))),
        Err(e) => {
            let why = person.error(e).message();
            let text = fields.text;
            conversation(&person, &id, Which::Newest, Some(Unsent { text, why }))
        }
    }
}

async fn send_all(
    page: &Page,
    person: &Person,
    id: &str,
    form: &mut Multipart,
    fields: &mut Fields,
) -> Result<(), ClientError> {
    let to = contact(&person.client, id)?.nick;
    let mut any = 0_usize;
    while let Some(field) = form.next_field().await.map_err(|e| cut(&e))? {
        match field.name().unwrap_or_default() {
            "text" => fields.text = words(field).await?.replace("\r\n", "\n"),
            "reply_to" => fields.reply_to = words(field).await?.parse().ok(),
            "once" => fields.once = words(field).await?,
            "keep" => fields.keep = !words(field).await?.is_empty(),
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                // A form without a chosen file has one without a name.
                if name.is_empty() {
                    continue;
                }
                // Held until it is here: the second of two equal forms waits for the first.
                let place = any.to_string();
                let parts = [id, &fields.once, &place, &name].map(str::as_bytes);
                let slot = page.0.once.slot(parts);
                let mut brought = slot.lock().await;
                any += 1;
                if brought.is_some() && !fields.once.is_empty() {
                    passed_over(field).await?;
                    continue;
                }
                let request = FileRequest {
                    name,
                    media_type: field.content_type().map(str::to_owned),
                    text: fields.text.clone(),
                    reply_to: fields.reply_to,
                    keep_metadata: fields.keep,
                };
                let pieces = field.map_err(|e| cut(&e));
                send_as_it_comes(&person.client, &to, request, pieces).await?;
                *brought = Some(Answer::done());
                // They have gone with it.
                (fields.text, fields.reply_to) = (String::new(), None);
            }
            _ => {}
        }
    }
    if any > 0 {
        return Ok(());
    }
    Err(ClientError::new(
        ErrorKind::Usage,
        "no-file",
        "No file was chosen. Nothing was sent.",
    ))
}

/// Read to its end, so that the browser has brought all of it when it is answered.
async fn passed_over(mut field: Field<'_>) -> Result<(), ClientError> {
    while field.chunk().await.map_err(|e| cut(&e))?.is_some() {}
    Ok(())
}

/// Takes what is left of a form: a browser that is cut off while it still brings something hears no answer.
async fn drain(form: &mut Multipart) {
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(_)) = field.chunk().await {}
    }
}

async fn words(field: Field<'_>) -> Result<String, ClientError> {
    let too_long = || {
        ClientError::new(
            ErrorKind::Usage,
            "text-too-long",
            format!("The text is longer than {MAX_FIELD} bytes. Nothing was sent."),
        )
    };
    let bytes = all_of(field, MAX_FIELD, too_long).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// All bytes of a field, if there are no more than `most`.
pub(crate) async fn all_of(
    mut field: Field<'_>,
    most: usize,
    too_long: impl Fn() -> ClientError,
) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|e| cut(&e))? {
        if bytes.len() + piece.len() > most {
            return Err(too_long());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

pub(crate) fn cut(error: &MultipartError) -> ClientError {
    tracing::debug!(%error, "a form with files broke off");
    ClientError::new(
        ErrorKind::Usage,
        "upload-cut",
        "The file did not come completely from the browser. It was not sent; try again.",
    )
}
