//! Signs the host's document anew whenever what it says has changed.

use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::call_server::CallServers;
use dyad_protocol::document::{DOCUMENT_VERSION, DocumentBody};
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_service::Shutdown;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::keys::ProviderKeys;
use crate::services::Services;

/// How often it is looked whether anything changed. Token keys overlap by hours, diversification keys by
/// days.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// A document is signed anew after so many seconds even if nothing changed, so that its date says that
/// somebody is at home.
const RENEW_AFTER: u64 = 6 * 3_600;

/// Signs and publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    host: HostName,
    keys: ProviderKeys,
    services: Services,
    calls: CallServers,
    published: DocumentBody,
    document: watch::Sender<Bytes>,
}

impl Publisher {
    /// Signs the first document.
    pub(crate) fn new(
        host: HostName,
        keys: ProviderKeys,
        services: Services,
        calls: CallServers,
    ) -> Self {
        let published = describe(&host, &keys, &services, &calls);
        let document = watch::Sender::new(sign(&published, &keys));
        Self {
            host,
            keys,
            services,
            calls,
            published,
            document,
        }
    }

    /// The newest document, as served.
    pub(crate) fn document(&self) -> watch::Receiver<Bytes> {
        self.document.subscribe()
    }

    /// Looks for changes until stopping.
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.stopping() => return,
                () = sleep(LOOK_EVERY) => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let now = describe(&self.host, &self.keys, &self.services, &self.calls);
        let unchanged = DocumentBody {
            issued: self.published.issued,
            ..now.clone()
        } == self.published;
        if unchanged && !is_stale(self.published.issued, now.issued) {
            return;
        }
        self.document.send_replace(sign(&now, &self.keys));
        self.published = now;
        if !unchanged {
            tracing::info!("the host's document was signed anew");
        }
    }
}

/// Also when the clock was set back: a date in the future would make others wait for it.
fn is_stale(issued: Timestamp, now: Timestamp) -> bool {
    now < issued || now.since(issued) >= RENEW_AFTER
}

fn describe(
    host: &HostName,
    keys: &ProviderKeys,
    services: &Services,
    calls: &CallServers,
) -> DocumentBody {
    DocumentBody {
        version: DOCUMENT_VERSION,
        host: host.clone(),
        issued: services.clock.now(),
        key: keys.service.public(),
        issuer: services.issuer.as_ref().map(|issuer| issuer.info()),
        sender: services.sender.as_ref().map(|sender| sender.info()),
        receiver: services.receiver.as_ref().map(|receiver| receiver.info()),
        calls: calls.clone(),
    }
}

fn sign(body: &DocumentBody, keys: &ProviderKeys) -> Bytes {
    body.sign(&keys.service, &keys.succession).into()
}
