//! The owner's side: making a recipient address, offline.

use rand_core::CryptoRng;

use super::{AddressPlaintext, Generation, RecipientAddress, SUITE_EXACT, recipient_info};
use crate::hpke::{HpkeError, X25519Public, seal_base};
use crate::id::HostName;
use crate::label;
use crate::limits::{ADDRESS_BODY_LEN, ADDRESS_PLAIN_LEN, ENC_LEN};
use crate::sign::AddressSigningKey;

/// The receiver's published address key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MintingKey {
    /// Its generation j.
    pub generation: Generation,
    /// The key.
    pub public: X25519Public,
}

/// Mints an address of suite 1.
///
/// # Errors
/// If the receiver published a key of low order.
pub fn mint(
    receiver: &HostName,
    key: &MintingKey,
    plaintext: &AddressPlaintext,
    owner: &AddressSigningKey,
    rng: &mut impl CryptoRng,
) -> Result<RecipientAddress, HpkeError> {
    let info = recipient_info(receiver, key.generation);
    let (enc, ciphertext) = seal_base(&key.public, &info, &[], &encode(plaintext), rng)?;

    let mut bytes = [0; RecipientAddress::LEN];
    let (body, signature) = bytes.split_at_mut(ADDRESS_BODY_LEN);
    body[0] = SUITE_EXACT;
    body[1] = key.generation.0;
    body[2..2 + ENC_LEN].copy_from_slice(&enc);
    body[2 + ENC_LEN..].copy_from_slice(&ciphertext);
    let authorisation = owner.sign(
        label::ADDRESS_AUTHORISATION,
        &[receiver.as_str().as_bytes(), body],
    );
    signature.copy_from_slice(authorisation.as_bytes());
    Ok(RecipientAddress::new(bytes))
}

fn encode(plaintext: &AddressPlaintext) -> [u8; ADDRESS_PLAIN_LEN] {
    let mut bytes = [0; ADDRESS_PLAIN_LEN];
    bytes[..16].copy_from_slice(plaintext.root.as_bytes());
    bytes[16..18].copy_from_slice(&plaintext.expiry.number().to_be_bytes());
    bytes[18] = plaintext.kind.number();
    bytes
}
