//! What a page shows when something was not done.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use dyad_app::AppError;
use dyad_client::{ClientError, ErrorKind};
use http::StatusCode;

use crate::lang::{Lang, Texts};
use crate::pages::layout::Bare;
use crate::session::FETCH;

/// An error in the person's language.
#[derive(Debug)]
pub(crate) struct PageError {
    t: &'static Texts,
    error: AppError,
}

impl PageError {
    pub(crate) fn new(t: &'static Texts, error: AppError) -> Self {
        Self { t, error }
    }

    pub(crate) fn client(t: &'static Texts, error: ClientError) -> Self {
        Self::new(t, error.into())
    }

    /// In a sentence or two: what happened, what was kept, what to do.
    pub(crate) fn message(&self) -> String {
        message(self.t, &self.error)
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.error.kind {
            ErrorKind::Usage => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Unavailable => StatusCode::BAD_GATEWAY,
            ErrorKind::TryLater => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Config | ErrorKind::Other => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The error in the person's language, if it is one of those that were translated.
pub(crate) fn message(t: &Texts, error: &AppError) -> String {
    let key = format!("error-{}", error.code);
    if t.has(&key) {
        t.s(&key)
    } else {
        error.message.clone()
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    t: &'static Texts,
    bare: Bare,
    message: String,
    detail: Option<String>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let page = ErrorPage {
            t: self.t,
            bare: Bare::new(self.t, self.t.s("error-title")),
            message: self.message(),
            detail: self.error.detail.clone(),
        };
        (self.status(), html(&page)).into_response()
    }
}

/// Renders a template. A template that cannot be rendered is a defect; the person sees an empty page.
pub(crate) fn html(template: &impl Template) -> Html<String> {
    Html(template.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be made");
        String::new()
    }))
}

/// The answer to a form: for scripts a line of text with a status, for a plain form a whole page.
pub(crate) fn refused(headers: &http::HeaderMap, error: PageError) -> Response {
    if headers.contains_key(FETCH) {
        return (error.status(), error.message()).into_response();
    }
    error.into_response()
}

pub(crate) async fn not_found(lang: Lang) -> Response {
    let t = lang.texts;
    let page = ErrorPage {
        t,
        bare: Bare::new(t, t.s("error-title")),
        message: t.s("error-no-page"),
        detail: None,
    };
    (StatusCode::NOT_FOUND, html(&page)).into_response()
}
