//! The app in the browser: pages served by the process that runs it, to the person on the same machine.
//!
//! It shows what [`dyad_app`] answers and asks it for what the person does. It does not know services,
//! keys or the wire, and keeps nothing of its own but who may look (session and launch tokens).
//!
//! Safety: every request passes `guard` (which host was meant, which page asked, what the browser may
//! do with the answer); whatever shows or changes something takes a `session::Visitor` or
//! `session::Person`, which cannot be made without a valid session.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod assets;
mod error;
mod guard;
mod lang;
mod live;
mod once;
mod pages;
mod qr;
mod session;
mod state;
mod text;
mod when;

pub use state::{Page, PageAddress};

use axum::Router;
use axum::routing::get;

/// Everything the page answers.
pub fn router(page: Page) -> Router {
    Router::new()
        .route("/enter", get(session::enter))
        .route("/assets/{version}/{name}", get(assets::asset))
        .route("/events", get(live::events))
        .merge(pages::routes())
        .fallback(error::not_found)
        .layer(axum::middleware::from_fn_with_state(
            page.clone(),
            once::once,
        ))
        .layer(axum::middleware::from_fn_with_state(
            page.clone(),
            guard::guard,
        ))
        .layer(axum::extract::DefaultBodyLimit::max(state::MAX_BODY))
        .with_state(page)
}
