//! Pictures beside names: those that contacts show, and the person's own. Only what was made anew by the app is served,
//! and never kept by the browser.

use axum::Router;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dyad_client::view::ProfileView;
use dyad_client::{ClientError, ErrorKind, Portrait};
use http::{HeaderValue, StatusCode, header};
use tokio::task::spawn_blocking;

use super::files::{all_of, cut};
use super::me::led;
use crate::error::PageError;
use crate::session::Person;
use crate::state::Page;

/// Largest picture that is looked at, bytes; the app looks at no larger one.
const MAX_GIVEN: usize = 64 << 20;

pub(crate) fn routes() -> Router<Page> {
    let give = post(give).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/contact/{id}/picture", get(of_contact))
        .route("/me/profiles/{id}/picture", get(of_profile).merge(give))
        .route("/me/profiles/{id}/picture/remove", post(remove))
}

/// Where the picture of a profile is served; another picture has another address.
pub(crate) fn of(profile: &ProfileView) -> Option<String> {
    let name = profile.picture.as_ref()?;
    Some(format!("/me/profiles/{}/picture?v={name}", profile.id))
}

async fn of_contact(person: Person, Path(id): Path<String>) -> Result<Response, PageError> {
    let failed = |e| person.error(e);
    let nick = super::contact(&person.client, &id).map_err(failed)?.nick;
    Ok(answer(
        person.client.contact_picture(&nick).map_err(failed)?,
    ))
}

async fn of_profile(person: Person, Path(id): Path<u64>) -> Result<Response, PageError> {
    let shown = person.client.profile_picture(id);
    Ok(answer(shown.map_err(|e| person.error(e))?))
}

fn answer(picture: Option<Portrait>) -> Response {
    let Some(picture) = picture else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = HeaderValue::from_static("image/jpeg");
    ([(header::CONTENT_TYPE, kind)], picture.jpeg().to_vec()).into_response()
}

async fn give(person: Person, Path(id): Path<u64>, form: Multipart) -> Result<Response, PageError> {
    let given = match given(form).await {
        Ok(picture) => person.client.set_picture(id, Some(&picture)),
        Err(error) => Err(error),
    };
    led(&person, "saved", given)
}

async fn given(mut form: Multipart) -> Result<Portrait, ClientError> {
    let too_large = || {
        ClientError::new(
            ErrorKind::Usage,
            "picture-too-large",
            "The picture is larger than 64 MiB. Nothing was changed.",
        )
    };
    while let Some(field) = form.next_field().await.map_err(|e| cut(&e))? {
        // A form without a chosen file has one without a name.
        if field.name() != Some("picture") || field.file_name().unwrap_or_default().is_empty() {
            continue;
        }
        let bytes = all_of(field, MAX_GIVEN, too_large).await?;
        return spawn_blocking(move || Portrait::of(bytes.as_slice()))
            .await
            .map_err(|e| ClientError::new(ErrorKind::Other, "defect", e.to_string()))?;
    }
    Err(ClientError::new(
        ErrorKind::Usage,
        "no-picture-chosen",
        "No picture was chosen. Nothing was changed.",
    ))
}

async fn remove(person: Person, Path(id): Path<u64>) -> Result<Response, PageError> {
    let removed = person.client.set_picture(id, None);
    led(&person, "saved", removed)
}
