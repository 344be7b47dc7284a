//! What all requests share.

use std::sync::Arc;

use dyad_app::App;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;

/// The API of one app. Clones share it.
#[derive(Debug, Clone)]
pub struct Api(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) limits: Limits,
    /// Ends streams that would go on for ever.
    pub(crate) closing: CancellationToken,
}

impl Api {
    /// The API of `app`.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self(Arc::new(Shared {
            app,
            limits: Limits::default(),
            closing: CancellationToken::new(),
        }))
    }

    /// Ends the streams of events, so that a server that waits for its answers can stop.
    pub fn close(&self) {
        self.0.closing.cancel();
    }
}
