//! The relationships, for other programs of the person: a local JSON API with scopes, on a Unix socket in the home and on
//! loopback.
//!
//! It answers programs that the person has let in, each as far as it was let in, and asks [`dyad_client`] for what they
//! want. It does not know keys, addresses, services or the wire, nor how the person answers a program that asks to be let
//! in.
//!
//! Safety: whatever shows or changes something takes a `caller::Caller`, which cannot be made without a valid token; over
//! TCP every request passes `guard` first; every id is made for one app (`veil`).
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod body;
mod caller;
mod changes;
mod describe;
mod events;
mod files;
mod guard;
mod limits;
mod messages;
mod pairings;
mod payloads;
mod problem;
mod relationships;
mod socket;
mod state;
mod types;
mod veil;

pub use describe::describe;
pub use socket::serve;
pub use state::Api;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::{any, get, post, put};

/// Where everything of the API lies.
pub const ROOT: &str = "/api/v1";

/// Everything the API answers, for a socket that only the person's own programs can open.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/api/v1/pairings", post(pairings::ask))
        .route("/api/v1/pairings/{id}", post(pairings::poll))
        .route("/api/v1/me", get(relationships::me))
        .route("/api/v1/relationships", get(relationships::list))
        .route("/api/v1/payloads", get(payloads::list))
        .route("/api/v1/payloads/{id}", get(payloads::one))
        .route("/api/v1/relationships/{id}/payloads", post(payloads::send))
        .route(
            "/api/v1/relationships/{id}/messages",
            get(messages::list).post(messages::send),
        )
        .route("/api/v1/relationships/{id}/read", post(messages::read))
        .route("/api/v1/relationships/{id}/files", post(files::send))
        .route(
            "/api/v1/messages/{id}",
            get(messages::one)
                .patch(changes::edit)
                .delete(changes::delete),
        )
        .route(
            "/api/v1/messages/{id}/reaction",
            put(changes::react).delete(changes::take_back),
        )
        .route(
            "/api/v1/messages/{id}/file",
            get(files::download).post(files::fetch).delete(files::stop),
        )
        .route("/api/v1/events", get(events::events))
        .route("/api/v1/openapi.json", get(describe::show))
        .route("/api/{*rest}", any(problem::no_such_thing))
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(axum::extract::DefaultBodyLimit::max(body::MAX_BODY))
        .with_state(api)
}

/// The same for a TCP listener on this machine, which every program here and every page in a browser can reach.
pub fn tcp_router(api: Api, listen: SocketAddr) -> Router {
    router(api).layer(axum::middleware::from_fn_with_state(
        guard::Hosts::of(listen),
        guard::guard,
    ))
}
