//! Tokens: the right to one action, which nobody can trace back to the account that fetched it.
//!
//! Privacy Pass (RFC 9576, RFC 9577) with batched issuance over VOPRF(ristretto255, SHA-512)
//! (RFC 9497; draft-ietf-privacypass-batched-tokens, token type 5). Owns classes, scopes, issuing,
//! fetching and verifying. It does not know accounts, quotas, or which tokens are already spent.

mod batch;
mod challenge;
mod class;
mod error;
mod issuer;
mod redeemer;
mod wire;

pub use batch::PendingBatch;
pub use challenge::TokenScope;
pub use class::TokenClass;
pub use error::TokenError;
pub use issuer::IssuerKey;
pub use redeemer::Redeemer;

use crate::limits::TOKEN_LEN;

public_bytes!(
    /// One token (RFC 9577 section 2.2): type 2, nonce 32, challenge digest 32, key id 32, authenticator 64.
    Token, TOKEN_LEN
);
public_bytes!(
    /// Public key of an issuer for one class and epoch: a ristretto255 element (RFC 9496).
    TokenKeyPublic, 32
);
public_bytes!(
    /// The part of a token that says which one it is; a token is spent by remembering it.
    TokenNonce, 32
);
secret_bytes!(
    /// From which a provider's processes derive all their token keys.
    ProviderSeed, 32
);
secret_bytes!(
    /// From which a client derives one batch; kept until the tokens are there, so that a request can be repeated.
    BatchSeed, 32
);

impl Token {
    /// The nonce.
    pub fn nonce(&self) -> TokenNonce {
        TokenNonce(*wire::TokenParts::of(self).nonce)
    }
}

impl TokenKeyPublic {
    /// SHA-256 of the key (RFC 9578 section 5.5): names it inside tokens.
    pub fn id(&self) -> [u8; 32] {
        crate::hash::sha256(&self.0)
    }
}

#[cfg(test)]
mod tests;
