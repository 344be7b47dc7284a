//! Accounts at an issuer, and the tokens they are good for.

use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::codec::{DecodeError, decode, encode};
use crate::hash::sha256;
use crate::id::HostName;
use crate::label;
use crate::sign::{AccountKey, AccountPublic, Signature};
use crate::time::Epoch;
use crate::token::TokenClass;

/// `POST`: an [`EnrolRequest`], answered with an [`AccountInfo`]. Enrolling again changes nothing.
pub const ENROL_PATH: &str = "/v1/accounts";
/// `POST`: a [`TokensRequest`] (binary), answered with the token response's bytes.
pub const TOKENS_PATH: &str = "/v1/tokens";
/// Version of the token request's frame.
pub const TOKENS_VERSION: u8 = 1;

/// Asks for an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The account's key, made on the device.
    pub account: AccountPublic,
    /// Enrolment code, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// By the account key over issuer host and code.
    pub signature: Signature,
}

impl EnrolRequest {
    /// Makes one.
    pub fn sign(issuer: &HostName, key: &AccountKey, code: Option<String>) -> Self {
        let signature = key.sign(label::ACCOUNT_ENROL, &parts(issuer, code.as_deref()));
        Self {
            account: key.public(),
            code,
            signature,
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`].
    pub fn verify(&self, issuer: &HostName) -> Result<(), DecodeError> {
        let parts = parts(issuer, self.code.as_deref());
        self.account
            .verify(label::ACCOUNT_ENROL, &parts, &self.signature)
    }
}

fn parts<'a>(issuer: &'a HostName, code: Option<&'a str>) -> [&'a [u8]; 2] {
    [
        issuer.as_str().as_bytes(),
        code.unwrap_or_default().as_bytes(),
    ]
}

/// What an account may have. The same for every account of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInfo {
    /// Tokens a day in each class; a batch is always the whole day's.
    pub quotas: Vec<Quota>,
}

/// Tokens a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// The class.
    pub class: TokenClass,
    /// How many.
    pub per_day: u16,
}

/// Asks for a day's tokens of one class.
///
/// ```text
/// version 1 | account 32 | class 1 | epoch 4 | request <v> | signature 64
/// ```
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct TokensRequest {
    version: u8,
    account: AccountPublic,
    class: TokenClass,
    epoch: Epoch,
    request: Vec<u8>,
    signature: Signature,
}

impl TokensRequest {
    /// Makes one. `request` is the Privacy Pass request of [`crate::token::PendingBatch`].
    pub fn sign(
        issuer: &HostName,
        key: &AccountKey,
        class: TokenClass,
        epoch: Epoch,
        request: &[u8],
    ) -> Self {
        let digest = sha256(request);
        let epoch_bytes = epoch.number().to_be_bytes();
        let parts = [
            issuer.as_str().as_bytes(),
            &[class.number()],
            &epoch_bytes,
            &digest,
        ];
        Self {
            version: TOKENS_VERSION,
            account: key.public(),
            class,
            epoch,
            request: request.to_vec(),
            signature: key.sign(label::ACCOUNT_TOKENS, &parts),
        }
    }

    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads one and checks its signature.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn verify(bytes: &[u8], issuer: &HostName) -> Result<Self, DecodeError> {
        const WHAT: &str = "token request";
        match bytes.first() {
            None => return Err(DecodeError::Length(WHAT)),
            Some(&TOKENS_VERSION) => {}
            Some(&found) => return Err(DecodeError::Version { what: WHAT, found }),
        }
        let this: Self = decode(bytes, WHAT)?;
        let digest = this.request_hash();
        let epoch = this.epoch.number().to_be_bytes();
        let parts = [
            issuer.as_str().as_bytes(),
            &[this.class.number()],
            &epoch,
            &digest,
        ];
        this.account
            .verify(label::ACCOUNT_TOKENS, &parts, &this.signature)?;
        Ok(this)
    }

    /// Whose.
    pub const fn account(&self) -> &AccountPublic {
        &self.account
    }

    /// Of which class.
    pub const fn class(&self) -> TokenClass {
        self.class
    }

    /// For which day.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The Privacy Pass request.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// By which the same request is recognised.
    pub fn request_hash(&self) -> [u8; 32] {
        sha256(self.request())
    }
}
