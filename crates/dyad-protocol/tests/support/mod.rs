//! RFC 9180 written down once more, straight from the text, to check the library's use of it from outside.

// Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub)]

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

/// DHKEM(X25519, HKDF-SHA256), section 7.1.
pub const X25519: u16 = 0x0020;
/// X-Wing, draft-connolly-cfrg-xwing-kem.
pub const XWING: u16 = 0x647a;

/// What the key schedule (section 5.1) gives.
pub struct Schedule {
    pub key: [u8; 32],
    pub base_nonce: [u8; 12],
    pub exporter: [u8; 32],
    suite: Vec<u8>,
}

/// Section 4.1: `ExtractAndExpand(dh, enc || pkRm)`.
pub fn x25519_shared_secret(dh: &[u8], enc: &[u8], recipient: &[u8]) -> [u8; 32] {
    let suite = [b"KEM", &X25519.to_be_bytes()[..]].concat();
    let prk = labeled_extract(&suite, &[], b"eae_prk", dh);
    labeled_expand(&suite, &prk, b"shared_secret", &[enc, recipient].concat())
}

impl Schedule {
    /// Base mode if `psk` is nothing, otherwise PSK mode with key and id.
    pub fn new(kem: u16, shared_secret: &[u8], info: &[u8], psk: Option<(&[u8], &[u8])>) -> Self {
        // HKDF-SHA256 is 0x0001, ChaCha20Poly1305 0x0003 (section 7).
        let suite = [b"HPKE", &kem.to_be_bytes()[..], &[0, 1], &[0, 3]].concat();
        let mode = u8::from(psk.is_some());
        let (psk, psk_id) = psk.unwrap_or_default();
        let psk_id_hash = labeled_extract(&suite, &[], b"psk_id_hash", psk_id);
        let info_hash = labeled_extract(&suite, &[], b"info_hash", info);
        let context = [&[mode][..], &psk_id_hash, &info_hash].concat();
        let secret = labeled_extract(&suite, shared_secret, b"secret", psk);
        Self {
            key: labeled_expand(&suite, &secret, b"key", &context),
            base_nonce: labeled_expand(&suite, &secret, b"base_nonce", &context),
            exporter: labeled_expand(&suite, &secret, b"exp", &context),
            suite,
        }
    }

    pub fn seal(&self, seq: u64, aad: &[u8], msg: &[u8]) -> Vec<u8> {
        let cipher = ChaCha20Poly1305::new(&Key::from(self.key));
        cipher
            .encrypt(&self.nonce(seq), Payload { msg, aad })
            .unwrap()
    }

    pub fn open(&self, seq: u64, aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
        let cipher = ChaCha20Poly1305::new(&Key::from(self.key));
        cipher.decrypt(&self.nonce(seq), Payload { msg, aad }).ok()
    }

    pub fn export(&self, context: &[u8]) -> [u8; 32] {
        labeled_expand(&self.suite, &self.exporter, b"sec", context)
    }

    fn nonce(&self, seq: u64) -> Nonce {
        let mut nonce = self.base_nonce;
        for (byte, seq) in nonce[4..].iter_mut().zip(seq.to_be_bytes()) {
            *byte ^= seq;
        }
        Nonce::from(nonce)
    }
}

fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> [u8; 32] {
    let ikm = [b"HPKE-v1", suite, label, ikm].concat();
    Hkdf::<Sha256>::extract(Some(salt), &ikm).0.into()
}

fn labeled_expand<const N: usize>(suite: &[u8], prk: &[u8], label: &[u8], info: &[u8]) -> [u8; N] {
    let info = [
        &(N as u16).to_be_bytes()[..],
        b"HPKE-v1",
        suite,
        label,
        info,
    ]
    .concat();
    let mut output = [0; N];
    Hkdf::<Sha256>::from_prk(prk)
        .unwrap()
        .expand(&info, &mut output)
        .unwrap();
    output
}

/// Hexadecimal that is part of a test's own data.
pub fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// [`unhex`] for a known length.
pub fn unhex_array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text)
        .try_into()
        .unwrap_or_else(|_| panic!("{text} is not {N} bytes"))
}
