//! Making, changing and ending mailboxes at a receiver service.

use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::hash::hash;
use crate::id::{AddressId, Challenge, HostName, RootAddress};
use crate::label;
use crate::sign::{AccessKey, AccessPublic, AddressPublic, Signature};
use crate::time::Timestamp;
use crate::token::Token;

/// `POST`: a [`CreateMailbox`], answered with a [`MailboxInfo`].
pub const MAILBOXES_PATH: &str = "/v1/mailboxes";
/// `POST`: a [`ChangeMailbox`], answered `204`, whether or not there is such a mailbox.
pub const CHANGE_PATH: &str = "/v1/mailboxes/change";
/// `GET`: a fresh [`ChallengeResponse`] to sign.
pub const CHALLENGE_PATH: &str = "/v1/challenge";

/// Asks for a mailbox. The same request again is answered the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateMailbox {
    /// Of class `mailbox`.
    pub token: Token,
    /// Will authorise its addresses.
    pub address_key: AddressPublic,
    /// Will open it.
    pub access_key: AccessPublic,
}

impl CreateMailbox {
    /// By which the same request is recognised.
    pub fn request_hash(&self) -> [u8; 32] {
        hash(
            label::MAILBOX_CREATE,
            &[
                self.token.as_ref(),
                self.address_key.as_bytes(),
                self.access_key.as_bytes(),
            ],
        )
    }
}

/// A mailbox, as its owner learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxInfo {
    /// Its root address.
    pub root: RootAddress,
    /// When it ends.
    pub ends: Timestamp,
}

/// An unpredictable value to sign, good for some minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeResponse {
    /// The value.
    pub challenge: Challenge,
}

/// A change that only a mailbox's owner may make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeMailbox {
    /// Which mailbox.
    pub root: RootAddress,
    /// What to change.
    pub change: Change,
    /// From [`CHALLENGE_PATH`].
    pub challenge: Challenge,
    /// By the access key.
    pub signature: Signature,
}

/// What can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// Messages to these addresses are dropped from now on.
    Revoke {
        /// The addresses.
        addresses: Vec<AddressId>,
    },
    /// The mailbox ends now, with all in it.
    Close,
}

impl ChangeMailbox {
    /// Addresses in one request.
    pub const MAX_ADDRESSES: usize = 256;

    /// Makes one.
    pub fn sign(
        receiver: &HostName,
        root: RootAddress,
        change: Change,
        challenge: Challenge,
        key: &AccessKey,
    ) -> Self {
        let signature = key.sign(
            label::MAILBOX_CHANGE,
            &[
                receiver.as_str().as_bytes(),
                challenge.as_bytes(),
                root.as_bytes(),
                &change.bytes(),
            ],
        );
        Self {
            root,
            change,
            challenge,
            signature,
        }
    }

    /// Checks the signature; the challenge's freshness is the service's to check.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`].
    pub fn verify(&self, receiver: &HostName, key: &AccessPublic) -> Result<(), DecodeError> {
        let change = self.change.bytes();
        let parts: [&[u8]; 4] = [
            receiver.as_str().as_bytes(),
            self.challenge.as_bytes(),
            self.root.as_bytes(),
            &change,
        ];
        key.verify(label::MAILBOX_CHANGE, &parts, &self.signature)
    }
}

impl Change {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Revoke { addresses } => std::iter::once(1)
                .chain(addresses.iter().flat_map(|id| *id.as_bytes()))
                .collect(),
            Self::Close => vec![2],
        }
    }
}
