//! The client's side: one batch of tokens, derived from a seed so that it survives a crash.

use privacypass::amortized_tokens::{
    AmortizedBatchTokenRequest, AmortizedBatchTokenResponse, AmortizedToken, TokenState,
};
use privacypass::common::private::{Scalar, deserialize_public_key};
use privacypass::private_tokens::Ristretto255;
use privacypass::{Nonce, Serialize as _};

use super::wire::Response;
use super::{BatchSeed, Token, TokenError, TokenKeyPublic, TokenScope};
use crate::hash::derive;
use crate::label;
use crate::limits::MAX_TOKENS_PER_BATCH;

/// A batch that was asked for. The same seed, key, scope and count give the same request again.
///
/// The caller checks that `public` is the key which the issuer publishes to everybody: a key made for
/// one client would mark its tokens.
pub struct PendingBatch {
    request: Vec<u8>,
    state: TokenState<Ristretto255>,
    count: u16,
}

impl PendingBatch {
    /// Derives nonces and blinds. Key and scope enter the derivation, so that a seed used twice by
    /// mistake does not make two batches recognisable.
    ///
    /// # Errors
    ///
    /// [`TokenError::WrongCount`] (our fault) beyond 1 to [`MAX_TOKENS_PER_BATCH`],
    /// [`TokenError::WrongKey`] (the issuer's) if `public` is no group element.
    pub fn new(
        seed: &BatchSeed,
        public: &TokenKeyPublic,
        scope: &TokenScope,
        count: u16,
    ) -> Result<Self, TokenError> {
        if !(1..=MAX_TOKENS_PER_BATCH).contains(&count) {
            return Err(TokenError::WrongCount {
                expected: MAX_TOKENS_PER_BATCH,
                found: count.into(),
            });
        }
        let element = deserialize_public_key::<Ristretto255>(public.as_bytes())
            .map_err(|_| TokenError::WrongKey)?;
        let bound_to = [public.id(), scope.challenge_digest()?];
        let (nonces, blinds) = (0..count)
            .map(|index| secrets(seed, &bound_to, index))
            .unzip();
        let (request, state) = AmortizedBatchTokenRequest::issue_token_request_with_params(
            element,
            &scope.challenge(),
            nonces,
            blinds,
        )
        .map_err(|_| TokenError::UnusableSeed)?;
        let request = request
            .tls_serialize_detached()
            .map_err(|_| TokenError::Malformed("the token request"))?;
        Ok(Self {
            request,
            state,
            count,
        })
    }

    /// What is sent to the issuer: `AmortizedBatchTokenRequest`.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Checks the issuer's proof and unblinds. May be called again with another answer.
    ///
    /// # Errors
    ///
    /// All are the issuer's fault (or of whoever stands between); no token of the answer is usable.
    pub fn finish(&self, response: &[u8]) -> Result<Vec<Token>, TokenError> {
        let found = Response::parse(response)?.evaluated.len();
        if found != usize::from(self.count) {
            return Err(TokenError::WrongCount {
                expected: self.count,
                found,
            });
        }
        let malformed = TokenError::Malformed("the issuer's answer");
        let tokens = AmortizedBatchTokenResponse::try_from_bytes(response)
            .map_err(|_| malformed.clone())?
            .issue_tokens(&self.state)
            .map_err(refusal)?;
        tokens
            .iter()
            .map(|token| to_bytes(token).ok_or(malformed.clone()))
            .collect()
    }
}

/// Nonce and blind of one token. The blind is reduced from 64 uniform bytes, so it is uniform.
fn secrets(
    seed: &BatchSeed,
    [key_id, challenge]: &[[u8; 32]; 2],
    index: u16,
) -> (Nonce, Scalar<Ristretto255>) {
    let parts: [&[u8]; 3] = [key_id, challenge, &index.to_be_bytes()];
    let wide = zeroize::Zeroizing::new(derive::<64>(seed.expose(), label::TOKEN_BLIND, &parts));
    (
        derive(seed.expose(), label::TOKEN_NONCE, &parts),
        Scalar::<Ristretto255>::from_bytes_mod_order_wide(&wide),
    )
}

fn refusal(error: privacypass::common::errors::IssueTokenError) -> TokenError {
    use privacypass::common::errors::IssueTokenError as E;
    match error {
        E::BatchFinalizationFailed { .. } => TokenError::IssuerCheated,
        _ => TokenError::Malformed("the issuer's answer"),
    }
}

fn to_bytes(token: &AmortizedToken<Ristretto255>) -> Option<Token> {
    Token::from_slice(&token.tls_serialize_detached().ok()?)
}

impl std::fmt::Debug for PendingBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            request: _,
            state: _,
            count,
        } = self;
        f.debug_struct("PendingBatch")
            .field("count", count)
            .finish_non_exhaustive()
    }
}
