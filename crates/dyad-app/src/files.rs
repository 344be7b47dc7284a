//! Sending and fetching files.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use dyad_client::view::{FileRequest, FileState, MessageState};
use dyad_client::{Client, ErrorKind, open_path};

use crate::error::AppError;
use crate::request::Request;
use crate::response::Response;
use crate::service::{MAX_CONFIRM, SEND_WAIT};

/// Files that one request may send: they are read one after another, and all are on disk before it answers.
const MAX_FILES: usize = 100;

pub(crate) async fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    match request {
        Request::SendFiles {
            nick,
            files,
            text,
            reply_to,
            keep_metadata,
            confirm,
        } => {
            if files.is_empty() || files.len() > MAX_FILES {
                return Err(AppError::usage(
                    "how-many-files",
                    format!("1 to {MAX_FILES} files are sent at once. Nothing was sent."),
                ));
            }
            let file = FileRequest {
                text,
                reply_to,
                keep_metadata,
                ..FileRequest::default()
            };
            send(client, &nick, &files, &file, confirm).await
        }
        Request::Fetch { id, to, wait } => fetch(client, id, to.as_deref(), wait).await,
        Request::CancelFile { id } => Ok(Response::FileCancelled {
            id,
            message: client.cancel_file(id)?,
        }),
        Request::RemoveFile { id } => Ok(Response::Message {
            message: client.remove_file(id)?,
        }),
        _ => Ok(Response::Done),
    }
}

async fn send(
    client: &Client,
    nick: &str,
    files: &[std::path::PathBuf],
    first: &FileRequest,
    confirm: Option<u64>,
) -> Result<Response, AppError> {
    // All are looked at before one is sent.
    for path in files {
        open(path)?;
    }
    let mut sent = Vec::new();
    for (number, path) in files.iter().enumerate() {
        let request = match number {
            0 => first.clone(),
            _ => FileRequest {
                keep_metadata: first.keep_metadata,
                ..FileRequest::default()
            },
        };
        let last = number + 1 == files.len();
        // Those before the last go while the last is read.
        let wait = if last { SEND_WAIT } else { Duration::ZERO };
        let one = client.send_path(nick, request, path, wait).await;
        sent.push(one.map_err(|error| partly(error.into(), number))?);
    }
    for one in &mut sent {
        one.message = client.message(one.message.id)?;
        if let Some(seconds) = confirm {
            let wait = Duration::from_secs(seconds.min(MAX_CONFIRM));
            one.message = client.wait_confirmed(one.message.id, wait).await?;
        }
        if one.message.state == MessageState::Failed {
            let why = client.why(one.message.id)?.text;
            return Err(AppError::new(ErrorKind::Other, "send-failed", why));
        }
        one.note = match one.message.state {
            MessageState::Waiting => Some(client.why(one.message.id)?.text),
            _ => None,
        };
    }
    Ok(Response::FilesSent {
        sent,
        confirm: confirm.is_some(),
    })
}

/// Opens what somebody wants to send, if it is a file that can be read.
pub(crate) fn open(path: &Path) -> Result<File, AppError> {
    open_path(path).map_err(|e| unreadable(path, &e))
}

/// Why a file that somebody wants to send cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> AppError {
    let why = match error.kind() {
        io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
        io::ErrorKind::InvalidInput => {
            "is a pipe or a device, not a file: write what comes out of it into a file first"
                .to_owned()
        }
        _ => format!("cannot be read: {error}"),
    };
    AppError::usage(
        "file-unreadable",
        format!("{} {why}. Nothing was sent.", path.display()),
    )
}

/// What stands before it was sent all the same.
fn partly(mut error: AppError, before: usize) -> AppError {
    if before > 0 {
        let this = error
            .message
            .replace("Nothing was sent.", "It was not sent.");
        let others = match before {
            1 => "The file before it is kept and sent.".to_owned(),
            _ => format!("The {before} files before it are kept and sent."),
        };
        error.message = format!("{this} {others}");
    }
    error
}

async fn fetch(
    client: &Client,
    id: u64,
    to: Option<&Path>,
    wait: Option<u64>,
) -> Result<Response, AppError> {
    let wait = wait.map_or(SEND_WAIT, |seconds| {
        Duration::from_secs(seconds.min(MAX_CONFIRM))
    });
    let message = client.fetch_wait(id, wait).await?;
    let file = message.file.as_ref();
    match file.map(|file| file.state) {
        Some(FileState::Expired) => Err(AppError::new(
            ErrorKind::Unavailable,
            "file-expired",
            format!(
                "No service keeps the file of message {id} any more. Ask {} to send it again.",
                message.contact
            ),
        )),
        Some(FileState::Changed) => Err(AppError::new(
            ErrorKind::Unavailable,
            "file-changed",
            format!(
                "What the service keeps is not what {} sent. Nothing of it was used; ask for it to be sent again.",
                message.contact
            ),
        )),
        Some(FileState::Here) => {
            let saved = match to {
                Some(to) => Some(client.save_file(id, to).await?),
                None => None,
            };
            Ok(Response::Fetched { message, saved })
        }
        _ => Ok(Response::Fetched {
            message,
            saved: None,
        }),
    }
}
