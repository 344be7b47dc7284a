//! Files: sending, showing and saving them. Nothing of one is written to disk in the clear, and nothing that could
//! run is ever shown: what is not a picture, sound or film by its own bytes is only saved.

mod send;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dyad_app::http::{Pieces, answer, look};
use dyad_client::view::FileView;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::actions::found;
use crate::error::{PageError, refused};
use crate::session::{FETCH, Person};
use crate::state::Page;

pub(crate) use dyad_app::http::{Kind, disposition, kind_of};
pub(crate) use send::{all_of, cut};

pub(crate) fn routes() -> Router<Page> {
    let send = post(send::send).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/c/{id}/files", send)
        .route("/c/{id}/m/{n}/file", get(save))
        .route("/c/{id}/m/{n}/view", get(view))
        .route("/c/{id}/m/{n}/file/{act}", post(act))
}

/// To be saved under its name, whatever it is.
async fn save(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    let (_, message) = found(&person, &id, number).map_err(failed)?;
    let reader = person.client.open_file(number).map_err(failed)?;
    let name = message.file.map(|file| file.name).unwrap_or_default();
    let mut response = answer(reader, &headers).map(body);
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    fields.insert(header::CONTENT_DISPOSITION, disposition(&name));
    Ok(response)
}

/// To be seen or heard in the page, if it is of a kind that is.
async fn view(
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    found(&person, &id, number).map_err(failed)?;
    let reader = person.client.open_file(number).map_err(failed)?;
    let (reader, kind) = look(reader).await;
    let Some(kind) = kind else {
        return Ok(Redirect::to(&format!("/c/{id}/m/{number}/file")).into_response());
    };
    let mut response = answer(reader, &headers).map(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(kind.media_type()),
    );
    Ok(response)
}

fn body(pieces: Option<Pieces>) -> Body {
    pieces.map_or_else(Body::empty, Body::from_stream)
}

/// What can be done with a file.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    Fetch,
    Cancel,
    Remove,
}

/// Fetches it, stops it, or removes what is here of it.
async fn act(
    person: Person,
    Path((id, number, act)): Path<(String, u64, Act)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let done = found(&person, &id, number).and_then(|_| match act {
        Act::Fetch => person.client.fetch(number).map(drop),
        Act::Cancel => person.client.cancel_file(number).map(drop),
        Act::Remove => person.client.remove_file(number).map(drop),
    });
    Ok(match done {
        Err(e) => refused(&headers, person.error(e)),
        Ok(()) if headers.contains_key(FETCH) => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(&format!("/c/{id}?at={number}#m-{number}")).into_response(),
    })
}

/// Bytes in the largest unit of which there is at least one.
pub(crate) fn size(t: &crate::lang::Texts, bytes: u64) -> String {
    const UNITS: [&str; 4] = ["size-bytes", "size-kb", "size-mb", "size-gb"];
    let mut unit = 0;
    let mut rest = bytes;
    while rest >= 1000 && unit + 1 < UNITS.len() {
        unit += 1;
        rest /= 1000;
    }
    let mut shown = rest.to_string();
    if unit > 0 && rest < 10 {
        // One place after the point where it says something.
        let tenths = bytes * 10 / 1000_u64.pow(u32::try_from(unit).unwrap_or(0)) % 10;
        shown = t.many(
            "decimal",
            &[("whole", &shown), ("tenths", &tenths.to_string())],
        );
    }
    t.v(UNITS[unit], "count", &shown)
}

/// How much has gone or come, of a hundred.
pub(crate) fn percent(file: &FileView) -> u64 {
    file.done.min(file.size) * 100 / file.size.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_fitting_units() {
        let t = &crate::lang::Texts::all()[0];
        for (bytes, said) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (10_000, "10 kB"),
            (1_572_864, "1.5 MB"),
            (1 << 31, "2.1 GB"),
        ] {
            let shown: String = size(t, bytes)
                .chars()
                .filter(|c| !matches!(c, '\u{2068}' | '\u{2069}'))
                .collect();
            assert_eq!(shown, said);
        }
    }
}
