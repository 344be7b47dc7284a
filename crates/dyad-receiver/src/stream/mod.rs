//! WebSocket: one connection of a device, for all its mailboxes at this receiver.

mod session;

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use dyad_protocol::limits::ITEM_LEN;
use dyad_service::Problem;
use dyad_service::websocket::frugal;

use self::session::Session;
use crate::receiver::Shared;

/// Largest message taken from a device, in bytes; the largest frame, an attachment, has 98.
const MAX_CLIENT_MESSAGE: usize = 512;

/// Bytes held for a device that does not read: a dozen messages.
const MAX_UNSENT: usize = 16 * ITEM_LEN;

/// `GET` with upgrade.
pub(crate) async fn stream(
    State(shared): State<Arc<Shared>>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let place = shared.streams.enter()?;
    let upgrade = frugal(upgrade, MAX_CLIENT_MESSAGE, MAX_UNSENT);
    Ok(upgrade.on_upgrade(move |socket| async move {
        metrics::gauge!("receiver_streams").increment(1.0);
        Session::new(shared, socket).run().await;
        metrics::gauge!("receiver_streams").decrement(1.0);
        drop(place);
    }))
}
