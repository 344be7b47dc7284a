//! One way to hash and to derive: a label, then every part with its length.

use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::label::Label;

/// SHA-256 over `label` and `parts`, each preceded by its length as four bytes, big-endian.
///
/// The lengths make the input unambiguous whatever the parts hold.
pub fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(framed(label, parts)).into()
}

/// HKDF-SHA256 (RFC 5869): extract with an empty salt, expand with `label` and `parts` framed as in [`hash`].
pub fn derive<const N: usize>(secret: &[u8], label: Label, parts: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 8,160 bytes") };
    let mut output = [0u8; N];
    // Cannot fail: the bound above is the only condition.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(&framed(label, parts), &mut output);
    output
}

/// `label` and `parts`, each preceded by its length as four bytes, big-endian: what is signed,
/// hashed, or given as HPKE `info`.
pub fn framed(label: Label, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + parts.iter().map(|part| part.len() + 4).sum::<usize>());
    for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Plain SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
