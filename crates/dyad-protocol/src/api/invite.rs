//! Hosting of encrypted invitations at a sender service.

use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::hash::hash;
use crate::id::{HostName, InvitationLocator};
use crate::label;
use crate::sign::{Signature, WithdrawKey, WithdrawPublic};
use crate::time::Timestamp;
use crate::token::Token;

/// `POST`: a [`HostInvitation`], answered `201`. The same request again is answered the same.
pub const INVITATIONS_PATH: &str = "/v1/invitations";
/// `POST`: a [`WithdrawInvitation`], answered `204`, whether or not it was there.
pub const WITHDRAW_PATH: &str = "/v1/invitations/withdraw";
/// `GET` of this and the locator in hexadecimal: the ciphertext.
pub const INVITATION_PATH_PREFIX: &str = "/v1/invitations/";
/// `GET`: the page behind a link, which explains what to do with it.
pub const LINK_PATH: &str = "/i";

/// Asks to host an invitation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostInvitation {
    /// Of class `message`.
    pub token: Token,
    /// Its name.
    pub locator: InvitationLocator,
    /// Who may withdraw it.
    pub withdraw_key: WithdrawPublic,
    /// Until when.
    pub expires: Timestamp,
    /// [`crate::limits::HOSTED_INVITATION_LEN`] bytes.
    #[serde(with = "crate::codec::serde_bytes")]
    pub ciphertext: Vec<u8>,
}

impl HostInvitation {
    /// By which the same request is recognised.
    pub fn request_hash(&self) -> [u8; 32] {
        let expires = self.expires.as_secs().to_be_bytes();
        let parts: [&[u8]; 5] = [
            self.token.as_bytes(),
            self.locator.as_bytes(),
            self.withdraw_key.as_bytes(),
            &expires,
            &self.ciphertext,
        ];
        hash(label::INVITATION_HOST, &parts)
    }
}

/// Asks to delete a hosted invitation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WithdrawInvitation {
    /// Its name.
    pub locator: InvitationLocator,
    /// By the withdraw key over host and locator.
    pub signature: Signature,
}

impl WithdrawInvitation {
    /// Makes one.
    pub fn sign(host: &HostName, locator: InvitationLocator, key: &WithdrawKey) -> Self {
        let parts = [host.as_str().as_bytes(), locator.as_bytes()];
        Self {
            locator,
            signature: key.sign(label::INVITATION_WITHDRAW, &parts),
        }
    }

    /// Checks it.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`].
    pub fn verify(&self, host: &HostName, key: &WithdrawPublic) -> Result<(), DecodeError> {
        let parts: [&[u8]; 2] = [host.as_str().as_bytes(), self.locator.as_bytes()];
        key.verify(label::INVITATION_WITHDRAW, &parts, &self.signature)
    }
}
