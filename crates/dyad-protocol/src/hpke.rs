//! HPKE (RFC 9180) in the three ways Dyad uses it, each behind a type that cannot be misused.
//!
//! X25519, HKDF-SHA256, ChaCha20-Poly1305 in base mode (addresses) and PSK mode (envelope); X-Wing
//! (draft-connolly-cfrg-xwing-kem) in base mode (`establish`, renewal). Sealing takes its randomness
//! from the caller. Opening addresses, the receiver's hot path, runs on AWS-LC.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable};
use rand_core::CryptoRng;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_CHACHA20_POLY1305 as FAST;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey};

use crate::limits::{ENC_LEN, XWING_CIPHERTEXT_LEN, XWING_PUBLIC_LEN};
use crate::psk::Psk;

public_bytes!(
    /// X25519 public key (RFC 7748).
    X25519Public, 32
);
secret_bytes!(
    /// X25519 private key.
    X25519Secret, 32
);
public_bytes!(
    /// X-Wing public key: ML-KEM-768 and X25519.
    XWingPublic, XWING_PUBLIC_LEN
);
secret_bytes!(
    /// X-Wing private key, as the seed it is expanded from.
    XWingSecret, 32
);

/// Sealing or opening failed. Says no more, so that it cannot be used as an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("could not be sealed or opened with this key")]
pub struct HpkeError;

impl From<hpke::HpkeError> for HpkeError {
    fn from(_: hpke::HpkeError) -> Self {
        Self
    }
}

impl X25519Secret {
    /// The public half.
    pub fn public(&self) -> X25519Public {
        // Any 32 bytes are an X25519 private key: parsing cannot fail.
        match <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(self.expose()) {
            Ok(secret) => {
                X25519Public::new(to_array(&X25519HkdfSha256::sk_to_pk(&secret).to_bytes()))
            }
            Err(_) => X25519Public::new([0; 32]),
        }
    }
}

impl XWingSecret {
    /// The public half.
    pub fn public(&self) -> XWingPublic {
        match <XWing as Kem>::PrivateKey::from_bytes(self.expose()) {
            Ok(secret) => XWingPublic::new(to_array(&XWing::sk_to_pk(&secret).to_bytes())),
            Err(_) => XWingPublic::new([0; XWING_PUBLIC_LEN]),
        }
    }
}

/// Base mode to an X25519 key. Returns the encapsulated key and the ciphertext with its tag.
///
/// # Errors
/// If `public` is a point of low order (RFC 9180 section 7.1.4).
pub fn seal_base(
    public: &X25519Public,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; ENC_LEN], Vec<u8>), HpkeError> {
    seal::<X25519HkdfSha256, ENC_LEN>(&OpModeS::Base, public.as_bytes(), info, aad, plaintext, rng)
}

/// Opens base mode with an X25519 key.
///
/// # Errors
/// For a low-order encapsulated key, a wrong key, `info` or `aad`, or changed bytes; always the same error.
pub fn open_base(
    secret: &X25519Secret,
    enc: &[u8; ENC_LEN],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, HpkeError> {
    let key = HpkePrivateKey::from(secret.expose().to_vec());
    FAST.open(
        &EncapsulatedSecret(enc.to_vec()),
        info,
        aad,
        ciphertext,
        &key,
    )
    .map_err(|_| HpkeError)
}

/// PSK mode to an X25519 key; the key's id goes in as `psk_id`.
///
/// # Errors
/// If `public` is a point of low order.
pub fn seal_psk(
    public: &X25519Public,
    psk: &Psk,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; ENC_LEN], Vec<u8>), HpkeError> {
    let id = psk.id();
    let mode = OpModeS::Psk(PskBundle::new(psk.expose(), id.as_bytes())?);
    seal::<X25519HkdfSha256, ENC_LEN>(&mode, public.as_bytes(), info, aad, plaintext, rng)
}

/// Opens PSK mode.
///
/// # Errors
/// As [`open_base`], and for a wrong pre-shared key.
pub fn open_psk(
    secret: &X25519Secret,
    psk: &Psk,
    enc: &[u8; ENC_LEN],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, HpkeError> {
    let id = psk.id();
    let mode = OpModeR::Psk(PskBundle::new(psk.expose(), id.as_bytes())?);
    open::<X25519HkdfSha256>(&mode, secret.expose(), enc, info, aad, ciphertext)
}

/// Base mode to an X-Wing key.
///
/// # Errors
/// If `public` is not a valid X-Wing key.
pub fn seal_xwing(
    public: &XWingPublic,
    info: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; XWING_CIPHERTEXT_LEN], Vec<u8>), HpkeError> {
    seal::<XWing, XWING_CIPHERTEXT_LEN>(
        &OpModeS::Base,
        public.as_bytes(),
        info,
        &[],
        plaintext,
        rng,
    )
}

/// Opens base mode with an X-Wing key.
///
/// # Errors
/// As [`open_base`].
pub fn open_xwing(
    secret: &XWingSecret,
    enc: &[u8; XWING_CIPHERTEXT_LEN],
    info: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, HpkeError> {
    open::<XWing>(&OpModeR::Base, secret.expose(), enc, info, &[], ciphertext)
}

/// Encapsulates a fresh 32-byte secret to an X-Wing key (RFC 9180 section 5.3, secret export).
///
/// # Errors
/// If `public` is not a valid X-Wing key.
pub fn encapsulate(
    public: &XWingPublic,
    info: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; XWING_CIPHERTEXT_LEN], [u8; 32]), HpkeError> {
    let public = <XWing as Kem>::PublicKey::from_bytes(public.as_bytes())?;
    let (enc, context) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        rng,
    )?;
    let mut secret = [0; 32];
    context.export(b"", &mut secret)?;
    Ok((to_array(&enc.to_bytes()), secret))
}

/// The inverse of [`encapsulate`].
///
/// # Errors
/// If the ciphertext is malformed. A changed one gives another secret, not an error (implicit rejection).
pub fn decapsulate(
    secret: &XWingSecret,
    enc: &[u8; XWING_CIPHERTEXT_LEN],
    info: &[u8],
) -> Result<[u8; 32], HpkeError> {
    let key = <XWing as Kem>::PrivateKey::from_bytes(secret.expose())?;
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc)?;
    let context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key,
        &enc,
        info,
    )?;
    let mut shared = [0; 32];
    context.export(b"", &mut shared)?;
    Ok(shared)
}

fn seal<K: Kem, const ENC: usize>(
    mode: &OpModeS<'_, K>,
    public: &[u8],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<([u8; ENC], Vec<u8>), HpkeError> {
    let public = K::PublicKey::from_bytes(public)?;
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        mode, &public, info, plaintext, aad, rng,
    )?;
    Ok((to_array(&enc.to_bytes()), ciphertext))
}

fn open<K: Kem>(
    mode: &OpModeR<'_, K>,
    secret: &[u8],
    enc: &[u8],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, HpkeError> {
    let secret = K::PrivateKey::from_bytes(secret)?;
    let enc = K::EncappedKey::from_bytes(enc)?;
    let plaintext = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(
        mode, &secret, &enc, info, ciphertext, aad,
    )?;
    Ok(plaintext)
}

/// Copies a serialised key whose length its type fixes.
fn to_array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn what_one_implementation_seals_the_other_opens() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(3);
        let secret = X25519Secret::random(&mut rng);
        let (enc, ct) = seal_base(&secret.public(), b"info", b"aad", b"hello", &mut rng).unwrap();
        assert_eq!(
            open_base(&secret, &enc, b"info", b"aad", &ct).unwrap(),
            b"hello"
        );
        let slow =
            open::<X25519HkdfSha256>(&OpModeR::Base, secret.expose(), &enc, b"info", b"aad", &ct);
        assert_eq!(slow.unwrap(), b"hello");
        assert!(open_base(&secret, &enc, b"info", b"other", &ct).is_err());
        assert!(open_base(&secret, &[0; 32], b"info", b"aad", &ct).is_err());
        assert!(seal_base(&X25519Public::new([0; 32]), b"", b"", b"", &mut rng).is_err());
    }

    #[test]
    fn an_encapsulated_secret_comes_out_the_same() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(4);
        let secret = XWingSecret::random(&mut rng);
        let (enc, ours) = encapsulate(&secret.public(), b"info", &mut rng).unwrap();
        assert_eq!(decapsulate(&secret, &enc, b"info").unwrap(), ours);
        assert_ne!(decapsulate(&secret, &enc, b"other").unwrap(), ours);
    }
}
