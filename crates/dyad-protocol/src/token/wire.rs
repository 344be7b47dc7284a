//! The encodings of tokens and of the two messages of issuance
//! (draft-ietf-privacypass-batched-tokens section 6, ristretto255).

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::{Token, TokenError};
use crate::codec;

/// `TokenType` of batched VOPRF(ristretto255, SHA-512).
pub(super) const TOKEN_TYPE: u16 = 5;
/// What the VOPRF evaluates: the token without its authenticator.
pub(super) const TOKEN_INPUT_LEN: usize = 98;

/// A compressed group element, not yet checked.
pub(super) type ElementBytes = [u8; 32];

/// `AmortizedBatchTokenRequest`.
#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub(super) struct Request {
    pub(super) token_type: u16,
    pub(super) truncated_key_id: u8,
    pub(super) blinded: Vec<ElementBytes>,
}

/// `AmortizedBatchTokenResponse`.
#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub(super) struct Response {
    pub(super) evaluated: Vec<ElementBytes>,
    pub(super) proof: ProofBytes,
}

/// Challenge and response scalars of the proof (RFC 9497 section 2.2).
#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub(super) struct ProofBytes(pub(super) [u8; 64]);

impl Request {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        const WHAT: &str = "the token request";
        codec::decode(bytes, WHAT).map_err(|_| TokenError::Malformed(WHAT))
    }
}

impl Response {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        const WHAT: &str = "the issuer's answer";
        codec::decode(bytes, WHAT).map_err(|_| TokenError::Malformed(WHAT))
    }
}

/// A token taken apart.
pub(super) struct TokenParts<'a> {
    pub(super) token_type: u16,
    pub(super) nonce: &'a [u8; 32],
    pub(super) challenge_digest: &'a [u8; 32],
    pub(super) key_id: &'a [u8; 32],
    pub(super) input: &'a [u8; TOKEN_INPUT_LEN],
    pub(super) authenticator: &'a [u8; 64],
}

impl<'a> TokenParts<'a> {
    pub(super) fn of(token: &'a Token) -> Self {
        // Fixed offsets into a fixed length, checked when this is compiled.
        const fn part<const N: usize>(bytes: &[u8; Token::LEN], at: usize) -> &[u8; N] {
            let (_, rest) = bytes.split_at(at);
            match rest.first_chunk() {
                Some(part) => part,
                None => &[0; N],
            }
        }
        const { assert!(TOKEN_INPUT_LEN + 64 == Token::LEN) };
        let bytes = token.as_bytes();
        Self {
            token_type: u16::from_be_bytes(*part(bytes, 0)),
            nonce: part(bytes, 2),
            challenge_digest: part(bytes, 34),
            key_id: part(bytes, 66),
            input: part(bytes, 0),
            authenticator: part(bytes, TOKEN_INPUT_LEN),
        }
    }
}
