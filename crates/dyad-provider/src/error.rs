//! Why a provider does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use dyad_net::NetError;
use dyad_sender::StorageError;
use dyad_service::secrets::SecretError;
use dyad_service::tls::TlsError;
use dyad_store::StoreError;

/// Why a provider does not start. The operator's move, each; nothing is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The configuration names no issuer, sender or receiver where one is needed.
    #[error("{0}: run dyad check")]
    Incomplete(&'static str),
    /// The folder cannot be used.
    #[error("{path} cannot be used: {why}", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The operating system's words.
        why: io::Error,
    },
    /// The provider's secret cannot be had.
    #[error("the provider's seed: {0}")]
    Secret(#[from] SecretError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nobody can be called.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {why}; stop what uses it, or choose another")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The operating system's words.
        why: io::Error,
    },
    /// A service's store cannot be opened.
    #[error("the store of the {service}: {why}")]
    Store {
        /// Whose.
        service: &'static str,
        /// What the store says.
        why: StoreError,
    },
    /// The place for blobs cannot be used.
    #[error("the storage of blobs: {0}")]
    Blobs(StorageError),
    /// Figures cannot be collected.
    #[error("figures cannot be collected: {0}")]
    Figures(String),
}

impl ProviderError {
    /// Whether it is the configuration that has to be mended, rather than the machine.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Incomplete(_) | Self::Folder { .. } | Self::Secret(_) | Self::Tls(_) => true,
            Self::Listen { .. } | Self::Blobs(_) => true,
            Self::Net(_) | Self::Store { .. } | Self::Figures(_) => false,
        }
    }
}
