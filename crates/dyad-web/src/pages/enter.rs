//! The way in: the page after the launch token, and the closed door.

use askama::Template;
use axum::response::Html;

use super::layout::Bare;
use crate::error::html;
use crate::lang::Texts;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    t: &'static Texts,
    bare: Bare,
    to: String,
}

#[derive(Template)]
#[template(path = "closed.html")]
struct Closed {
    t: &'static Texts,
    bare: Bare,
}

/// Leads on into the app.
pub(crate) fn welcome(t: &'static Texts, to: String) -> Html<String> {
    let bare = Bare::new(t, t.s("app-name"));
    html(&Welcome { t, bare, to })
}

/// For whoever has no session: how to get one.
pub(crate) fn closed(t: &'static Texts) -> Html<String> {
    let bare = Bare::new(t, t.s("closed-title"));
    html(&Closed { t, bare })
}
