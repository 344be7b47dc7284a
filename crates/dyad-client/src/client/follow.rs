//! Looking on while things happen.

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::view::ClientEvent;

/// A stream of what happens in this process.
#[derive(Debug)]
pub struct Follow {
    events: Receiver<ClientEvent>,
}

impl Follow {
    pub(super) fn new(events: Receiver<ClientEvent>) -> Self {
        Self { events }
    }

    /// The next event; `None` once the profile is closed. May be dropped and called again.
    pub async fn next(&mut self) -> Option<ClientEvent> {
        match self.events.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(ClientEvent::Missed { count }),
            Err(RecvError::Closed) => None,
        }
    }
}
