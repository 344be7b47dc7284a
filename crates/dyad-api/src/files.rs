//! Files of messages: brought in as they come, given out as they are asked for, never whole in memory.

use axum::Json as Answer;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dyad_app::http::{answer, disposition, look, send_as_it_comes};
use dyad_app::{Request, Response as Done};
use dyad_client::view::{FileRequest, FileState};
use dyad_protocol::api::blob::BlobSize;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::body::{Asked, Id};
use crate::caller::Caller;
use crate::limits::Lasting;
use crate::problem::Problem;
use crate::state::Api;
use crate::types::{Message, NewFile, Octets};

/// What is no picture, sound or film by its own bytes.
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Send a file
///
/// Needs the scope `messages`. The body is the file, at most 2 GiB, and is sealed as it comes; its Content-Type goes with it. It is
/// kept when this answers, and goes by itself. If the body breaks off nothing is kept or sent. Four files of an app are taken at once.
#[utoipa::path(
    post,
    path = "/api/v1/relationships/{id}/files",
    tag = "Files",
    params(("id" = String, Path, description = "The relationship."), NewFile),
    request_body(content = Octets, description = "The file.", content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "It is kept, and will be sent.", body = Message),
        (status = 413, description = "It is too large (file-too-large).", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done; nothing was sent.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id,
    Asked(new): Asked<NewFile>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Answer<Message>), Problem> {
    caller.for_messages()?;
    let nick = caller.relationship(&id)?.nick;
    let reply_to = new.reply_to.map(|id| caller.number(&id)).transpose()?;
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    // The rest that is wrong with a size is found while it comes.
    let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    if length.is_some_and(|length| BlobSize::for_plaintext(length).is_none()) {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "file-too-large",
            "A file has at most 2 GiB. Nothing was sent.",
        ));
    }
    let _place = api.0.limits.place(caller.app.id, Lasting::Upload)?;
    let request = FileRequest {
        name: new.name,
        media_type: text(header::CONTENT_TYPE).map(str::to_owned),
        text: new.text,
        reply_to,
        keep_metadata: new.keep_metadata,
    };
    // What it may do may have changed while the file came.
    let still = async { caller.still(&id).map(|()| Bytes::new()) };
    let pieces = body
        .into_data_stream()
        .map_err(|error| cut(&error))
        .chain(stream::once(still));
    let sent = send_as_it_comes(&caller.client, &nick, request, pieces).await?;
    let answer = Message::of(&caller.app, sent.message);
    Ok((StatusCode::CREATED, Answer(answer)))
}

fn cut(error: &axum::Error) -> Problem {
    tracing::debug!(%error, "a file broke off");
    Problem::bad(
        "upload-cut",
        "The file did not come completely. Nothing was sent; try again.",
    )
}

/// The file of a message
///
/// Needs the scope `messages`. Only when all of it is here (409 with the code not-here otherwise). A `Range` of bytes can be asked for.
/// The answer says that it is an attachment, and of what type only if it is a picture, sound or film by its own bytes.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{id}/file",
    tag = "Files",
    params(
        ("id" = String, Path, description = "The message."),
        ("Range" = Option<String>, Header, description = "One range, as bytes=FIRST-LAST (RFC 9110, section 14)."),
    ),
    responses(
        (status = 200, description = "All of it.", body = Octets, content_type = "application/octet-stream"),
        (status = 206, description = "The range that was asked for.", body = Octets, content_type = "application/octet-stream"),
        (status = 404, description = "There is no such message, or no file in it (no-file).", body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "There is nothing in that range."),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn download(
    caller: Caller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = caller.message(&id)?;
    let reader = caller.client.open_file(view.id)?;
    let name = view.file.map(|file| file.name).unwrap_or_default();
    let (reader, kind) = look(reader).await;
    let response = answer(reader, &headers);
    let mut response = response.map(|pieces| pieces.map_or_else(Body::empty, Body::from_stream));
    let fields = response.headers_mut();
    let kind = kind.map_or(OCTETS, |kind| HeaderValue::from_static(kind.media_type()));
    fields.insert(header::CONTENT_TYPE, kind);
    fields.insert(header::CONTENT_DISPOSITION, disposition(&name));
    let nosniff = HeaderValue::from_static("nosniff");
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    Ok(response)
}

/// Have the file of a message brought here
///
/// Needs the scope `messages`. It goes on by itself; `message` and `progress` events tell of it. Also tries a file of the person's
/// again that no service took. One that is here stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/messages/{id}/file",
    tag = "Files",
    params(("id" = String, Path, description = "The message.")),
    responses(
        (status = 202, description = "As it stands now.", body = Message),
        (status = 404, description = "There is no such message, or no file in it (no-file).", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn fetch(
    caller: Caller,
    Id(id): Id,
) -> Result<(StatusCode, Answer<Message>), Problem> {
    let request = Request::Fetch {
        id: caller.message(&id)?.id,
        to: None,
        wait: Some(0),
    };
    match caller.ask(request).await? {
        Done::Fetched { message, .. } => {
            let answer = Message::of(&caller.app, message);
            Ok((StatusCode::ACCEPTED, Answer(answer)))
        }
        _ => Err(Problem::defect("another answer than a fetched file")),
    }
}

/// Stop a file on its way, or remove what is here of it
///
/// Needs the scope `messages`. The message stays, but for one of the person's that has not gone to any service: that goes too. What was
/// removed can be fetched again as long as a service keeps it.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{id}/file",
    tag = "Files",
    params(("id" = String, Path, description = "The message.")),
    responses(
        (status = 200, description = "As it stands now.", body = Message),
        (status = 204, description = "The message went with it."),
        (status = 404, description = "There is no such message, or no file in it (no-file).", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "It was not done.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn stop(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    let view = caller.message(&id)?;
    let id = view.id;
    let state = view.file.map(|file| file.state);
    let request = match state {
        Some(FileState::Uploading | FileState::Fetching | FileState::Refused) => {
            Request::CancelFile { id }
        }
        _ => Request::RemoveFile { id },
    };
    match caller.ask(request).await? {
        Done::FileCancelled { message: None, .. } => Ok(StatusCode::NO_CONTENT.into_response()),
        Done::FileCancelled {
            message: Some(message),
            ..
        }
        | Done::Message { message } => {
            Ok(Answer(Message::of(&caller.app, message)).into_response())
        }
        _ => Err(Problem::defect("another answer than a stopped file")),
    }
}
