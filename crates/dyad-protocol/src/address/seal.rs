//! The sender's side: wrapping a contact's address for one message.

use rand_core::CryptoRng;

use super::{Generation, RecipientAddress, SENDER_ADDRESS_VERSION, SenderAddress, sender_info};
use crate::hpke::{HpkeError, X25519Public, seal_base};
use crate::id::{HostName, SealedHash};
use crate::limits::ENC_LEN;

/// Seals `address` to the receiver's transit key, for the sealed message with this hash and no other.
///
/// # Errors
/// If the receiver published a key of low order.
pub fn seal(
    receiver: &HostName,
    generation: Generation,
    transit: &X25519Public,
    address: &RecipientAddress,
    sealed: &SealedHash,
    rng: &mut impl CryptoRng,
) -> Result<SenderAddress, HpkeError> {
    let info = sender_info(receiver, generation);
    let (enc, ciphertext) = seal_base(transit, &info, sealed.as_bytes(), address.as_bytes(), rng)?;

    let mut bytes = [0; SenderAddress::LEN];
    bytes[0] = SENDER_ADDRESS_VERSION;
    bytes[1] = generation.0;
    bytes[2..2 + ENC_LEN].copy_from_slice(&enc);
    bytes[2 + ENC_LEN..].copy_from_slice(&ciphertext);
    Ok(SenderAddress::new(bytes))
}
