//! The issuer's side: a key for a class and an epoch evaluates blinded elements in batches.

use getrandom::SysRng;
use privacypass::private_tokens::{
    BlindedElement, Group, Ristretto255, VoprfServer, VoprfServerBatchEvaluateFinishResult,
};

use super::wire::{ProofBytes, Request, Response, TOKEN_TYPE};
use super::{ProviderSeed, TokenClass, TokenError, TokenKeyPublic};
use crate::codec;
use crate::hash::{derive, sha256};
use crate::label;
use crate::limits::MAX_TOKENS_PER_BATCH;
use crate::time::Epoch;

/// A provider's token key for one class and epoch; wiped when dropped.
pub struct IssuerKey {
    server: VoprfServer<Ristretto255>,
    public: TokenKeyPublic,
}

impl IssuerKey {
    /// Every process with the provider's seed derives the same key
    /// (RFC 9497 section 3.2.1, with the info string of RFC 9578 section 5.5).
    pub fn derive(seed: &ProviderSeed, class: TokenClass, epoch: Epoch) -> Self {
        let parts: [&[u8]; 2] = [&[class.number()], &epoch.number().to_be_bytes()];
        let mut seed = zeroize::Zeroizing::new(derive(seed.expose(), label::TOKEN_KEY, &parts));
        let server = loop {
            match VoprfServer::new_from_seed(&*seed, b"PrivacyPass") {
                Ok(server) => break server,
                // 256 zero scalars in a row; here so that the function is total.
                Err(_) => *seed = sha256(&*seed),
            }
        };
        Self::new(server)
    }

    /// A key that was not derived, as test vectors have it.
    #[cfg(test)]
    pub(super) fn from_private(bytes: &[u8]) -> Option<Self> {
        VoprfServer::new_with_key(bytes).ok().map(Self::new)
    }

    fn new(server: VoprfServer<Ristretto255>) -> Self {
        let public = Ristretto255::serialize_elem(server.get_public_key());
        Self {
            server,
            public: TokenKeyPublic(public.into()),
        }
    }

    /// The half that is published.
    pub fn public(&self) -> TokenKeyPublic {
        self.public
    }

    /// Evaluates a whole batch, or nothing. The answer holds one proof for all.
    ///
    /// # Errors
    ///
    /// The client's fault, unless [`TokenError::Randomness`]: another count than `expected_count`
    /// (all clients fetch the same, so the amount says nothing), another key, not group elements.
    pub fn issue(&self, request: &[u8], expected_count: u16) -> Result<Vec<u8>, TokenError> {
        let request = Request::parse(request)?;
        if request.token_type != TOKEN_TYPE {
            return Err(TokenError::Malformed("the token type"));
        }
        let found = request.blinded.len();
        if found != usize::from(expected_count)
            || !(1..=MAX_TOKENS_PER_BATCH).contains(&expected_count)
        {
            return Err(TokenError::WrongCount {
                expected: expected_count,
                found,
            });
        }
        if request.truncated_key_id != self.public.id()[31] {
            return Err(TokenError::WrongKey);
        }
        let blinded = request
            .blinded
            .iter()
            .map(|bytes| BlindedElement::<Ristretto255>::deserialize(bytes))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TokenError::Malformed("a blinded element"))?;
        self.evaluate(&blinded)
    }

    fn evaluate(&self, blinded: &[BlindedElement<Ristretto255>]) -> Result<Vec<u8>, TokenError> {
        let prepared: Vec<_> = self
            .server
            .batch_blind_evaluate_prepare(blinded.iter())
            .collect();
        let VoprfServerBatchEvaluateFinishResult { messages, proof } = self
            .server
            .batch_blind_evaluate_finish(&mut SysRng, blinded.iter(), &prepared)
            .map_err(|_| TokenError::Randomness)?;
        Ok(codec::encode(&Response {
            evaluated: messages.map(|element| element.serialize().into()).collect(),
            proof: ProofBytes(proof.serialize().into()),
        }))
    }

    /// The authenticator that belongs to a token's other parts.
    pub(super) fn authenticator(&self, input: &[u8]) -> Option<[u8; 64]> {
        self.server.evaluate(input).ok().map(Into::into)
    }
}

impl std::fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { server: _, public } = self;
        f.debug_struct("IssuerKey")
            .field("public", public)
            .finish_non_exhaustive()
    }
}
