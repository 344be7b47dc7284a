//! What a sender service fetches from strangers on an app's behalf, so that they never see the
//! app's network address.

use serde::{Deserialize, Serialize};

use crate::id::{HostName, InvitationLocator};

/// `POST`: a [`RelayDocument`], answered with the JSON that the host serves at its well-known path.
pub const RELAY_DOCUMENT_PATH: &str = "/v1/relay/document";
/// `POST`: a [`RelayInvitation`], answered with the hosted ciphertext.
pub const RELAY_INVITATION_PATH: &str = "/v1/relay/invitation";

/// Asks for a host's service document; the service caches it for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayDocument {
    /// The host.
    pub host: HostName,
    /// Whether a cached one will not do: the last seal was made with a key that has retired.
    #[serde(default)]
    pub refresh: bool,
}

/// Asks for an invitation that another sender service hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayInvitation {
    /// The host.
    pub host: HostName,
    /// The invitation's name there.
    pub locator: InvitationLocator,
}
