//! The scope of a token and the Privacy Pass challenge which it determines.

use privacypass::TokenType;
use privacypass::auth::authenticate::TokenChallenge;

use super::{TokenClass, TokenError};
use crate::hash::hash;
use crate::id::HostName;
use crate::label;
use crate::time::Epoch;

/// Who issues a token, who takes it, for what and when. Both sides know it, so no challenge is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenScope {
    /// The issuer.
    pub issuer: HostName,
    /// The service that takes it.
    pub redeemer: HostName,
    /// What it is good for.
    pub class: TokenClass,
    /// The day for which it was issued.
    pub epoch: Epoch,
}

impl TokenScope {
    /// The challenge (RFC 9577 section 2.1.1) of this scope.
    pub(super) fn challenge(&self) -> TokenChallenge {
        let context = hash(
            label::TOKEN_CONTEXT,
            &[&[self.class.number()], &self.epoch.number().to_be_bytes()],
        );
        TokenChallenge::new(
            TokenType::PrivateRistretto255,
            self.issuer.as_str(),
            Some(context),
            &[self.redeemer.to_string()],
        )
    }

    /// SHA-256 of the encoded challenge, as tokens carry it.
    pub fn challenge_digest(&self) -> Result<[u8; 32], TokenError> {
        // Fails only for names beyond 64 KiB, which a `HostName` cannot have.
        self.challenge()
            .digest()
            .map_err(|_| TokenError::Malformed("host name"))
    }
}
