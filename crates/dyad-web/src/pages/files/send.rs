//! Files on their way from the browser into the app: read as they come, never whole in memory.

use std::io::{self, Read};
use std::time::Duration;

use axum::extract::Path;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::{Buf, Bytes};
use dyad_client::view::{FileRequest, MAX_TEXT};
use dyad_client::{ClientError, ErrorKind};
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;

use super::super::contact;
use super::super::conversation::{Unsent, Which, conversation};
use crate::error::{PageError, refused};
use crate::session::{FETCH, Person};

/// Pieces between the browser and the thread that seals the file.
const AHEAD: usize = 8;
/// Longest field beside a file, bytes.
const MAX_FIELD: usize = MAX_TEXT;

/// What comes before the files in the form.
#[derive(Default)]
struct Fields {
    text: String,
    reply_to: Option<u64>,
    keep: bool,
}

/// `POST /c/{id}/files`, a form with files: each becomes a message, the words go with the first.
pub(super) async fn send(
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    let by_script = headers.contains_key(FETCH);
    let mut fields = Fields::default();
    match send_all(&person, &id, form, &mut fields).await {
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
    person: &Person,
    id: &str,
    mut form: Multipart,
    fields: &mut Fields,
) -> Result<(), ClientError> {
    let to = contact(&person.client, id)?.nick;
    let mut any = false;
    while let Some(field) = form.next_field().await.map_err(|e| cut(&e))? {
        match field.name().unwrap_or_default() {
            "text" => fields.text = words(field).await?.replace("\r\n", "\n"),
            "reply_to" => fields.reply_to = words(field).await?.parse().ok(),
            "keep" => fields.keep = !words(field).await?.is_empty(),
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                // A form without a chosen file has one without a name.
                if name.is_empty() {
                    continue;
                }
                let request = FileRequest {
                    name,
                    media_type: field.content_type().map(str::to_owned),
                    text: fields.text.clone(),
                    reply_to: fields.reply_to,
                    keep_metadata: fields.keep,
                };
                send_one(person, &to, request, field).await?;
                // They have gone with it.
                (fields.text, fields.reply_to) = (String::new(), None);
                any = true;
            }
            _ => {}
        }
    }
    if any {
        return Ok(());
    }
    Err(ClientError::new(
        ErrorKind::Usage,
        "no-file",
        "No file was chosen. Nothing was sent.",
    ))
}

/// Seals the file on a thread while the browser still brings it.
async fn send_one(
    person: &Person,
    to: &str,
    request: FileRequest,
    mut field: Field<'_>,
) -> Result<(), ClientError> {
    let (give, take) = mpsc::channel(AHEAD);
    let bring = async move {
        loop {
            let piece = match field.chunk().await {
                Ok(Some(bytes)) => Piece::Bytes(bytes),
                Ok(None) => Piece::End,
                Err(error) => {
                    // Whoever reads is told by the channel's end.
                    return Err(cut(&error));
                }
            };
            let over = matches!(piece, Piece::End);
            // Nobody reads on: what went wrong is told there.
            if give.send(piece).await.is_err() || over {
                return Ok(());
            }
        }
    };
    let source = Source {
        take,
        piece: Bytes::new(),
        over: false,
    };
    let kept = person.client.send_file(to, request, source, Duration::ZERO);
    let (brought, kept) = tokio::join!(bring, kept);
    brought?;
    kept.map(drop)
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

enum Piece {
    Bytes(Bytes),
    End,
}

/// What the browser brings, for a thread that reads.
struct Source {
    take: mpsc::Receiver<Piece>,
    piece: Bytes,
    over: bool,
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.over {
            match self.take.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.piece = bytes,
                Some(Piece::End) => self.over = true,
                // A cut is no end: half a file is not sent as a whole one.
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let length = to.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut to[..length]);
        Ok(length)
    }
}
