//! What all pages share.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dyad_app::{App, Launched, Place};
use dyad_client::{Client, UnlockMethod};
use dyad_protocol::id::RelationshipId;
use tokio_util::sync::CancellationToken;

use crate::once::Once;
use crate::session::Sessions;

/// Longest body of a request, bytes: a camera's frame in shades of grey, 1,280 by 960, and some.
pub(crate) const MAX_BODY: usize = 2 * 1024 * 1024;

/// Longest form with a text in it, bytes: a byte of the text may take three.
pub(crate) const MAX_TEXT_BODY: usize =
    3 * dyad_protocol::content::MAX_LONG_LEN as usize + 64 * 1024;

/// Where the page is reached.
#[derive(Debug, Clone)]
pub struct PageAddress {
    listen: SocketAddr,
    /// Name under which it is reached from elsewhere, always with TLS.
    name: Option<String>,
}

impl PageAddress {
    /// A page on this machine only, without TLS. The address has to be a loopback one.
    #[must_use]
    pub const fn loopback(listen: SocketAddr) -> Self {
        Self { listen, name: None }
    }

    /// A page that is reached under `name` (with its port) over TLS.
    #[must_use]
    pub const fn named(listen: SocketAddr, name: String) -> Self {
        Self {
            listen,
            name: Some(name),
        }
    }

    /// What a browser may say it asks for.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        if let Some(name) = &self.name {
            return host.eq_ignore_ascii_case(name);
        }
        let port = self.listen.port();
        let ip = if self.listen.is_ipv6() {
            "[::1]"
        } else {
            "127.0.0.1"
        };
        host == format!("{ip}:{port}") || host.eq_ignore_ascii_case(&format!("localhost:{port}"))
    }

    /// The origin of a page that was asked for by this host.
    pub(crate) fn origin(&self, host: &str) -> String {
        format!("{}://{host}", self.scheme())
    }

    fn scheme(&self) -> &'static str {
        if self.name.is_some() { "https" } else { "http" }
    }

    /// Whether cookies may only travel over TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.name.is_some()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.listen.port()
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.name {
            Some(name) => format!("https://{name}"),
            None => format!("http://{}", self.listen),
        }
    }
}

/// The page of one app.
#[derive(Debug, Clone)]
pub struct Page(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) address: PageAddress,
    pub(crate) sessions: Sessions,
    /// Texts keep their order: one is sent at a time.
    pub(crate) sending: tokio::sync::Mutex<()>,
    /// What forms have done lately.
    pub(crate) once: Once,
    /// Ends streams that would go on for ever.
    pub(crate) closing: CancellationToken,
}

impl Page {
    /// The page of `app` at `address`. Who may look is remembered in the file `sessions`, readable to its owner only.
    pub fn new(app: App, address: PageAddress, sessions: &Path) -> Self {
        Self(Arc::new(Shared {
            app,
            address,
            sessions: Sessions::load(sessions),
            sending: tokio::sync::Mutex::default(),
            once: Once::default(),
            closing: CancellationToken::new(),
        }))
    }

    /// Ends the streams of open pages, so that a server that waits for its answers can stop.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    /// An address that lets one browser in, once, within ten minutes.
    #[must_use]
    pub fn launch(&self) -> String {
        self.launch_to(&Place::Home).url
    }

    /// The same, and leads it to this place. Where it leads is kept here with the token: nobody else can make an address that
    /// lets a browser in and leads it somewhere.
    #[must_use]
    pub fn launch_to(&self, place: &Place) -> Launched {
        let hex = |id: &RelationshipId| hex::encode(id.as_bytes());
        let to = match place {
            Place::Home => "/".to_owned(),
            Place::Conversation(with) => format!("/c/{}", hex(with)),
            Place::Calling {
                relationship,
                video,
            } => {
                let video = if *video { "&video=1" } else { "" };
                format!("/call/new?of={}{video}", hex(relationship))
            }
        };
        let token = self.0.sessions.launch(&to);
        let root = self.0.address.url();
        Launched {
            url: format!("{root}/enter?t={token}"),
            page: format!("{root}{to}"),
        }
    }
}

impl Page {
    /// After how long without the person doing anything the page asks for the passphrase. None for a home
    /// that the system's keyring opens: there would be nothing to ask for.
    pub(crate) fn idle_limit(&self, client: &Client) -> Option<Duration> {
        if self.0.app.unlock_method().ok()? == UnlockMethod::Keyring {
            return None;
        }
        let minutes = client.settings().ok()?.lock_after_minutes?;
        Some(Duration::from_secs(u64::from(minutes) * 60))
    }

    /// The language that the person chose, if they did.
    pub(crate) fn language(&self) -> Option<String> {
        self.0.app.client().ok()?.settings().ok()?.language
    }
}
