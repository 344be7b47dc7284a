//! Pre-shared keys: what adds post-quantum secrecy to every envelope of a relationship.

use crate::hash::{derive, hash};
use crate::label;

public_bytes!(
    /// Short public name of a pre-shared key; tickets carry it.
    PskId, 8
);

secret_bytes!(
    /// A pre-shared key. There is no empty one.
    Psk, 32
);

impl PskId {
    /// Stands for the invitation's key in the tickets of its bundle: the key depends on the bundle, so
    /// the bundle cannot name it.
    pub const INVITATION: Self = Self::new([0; 8]);
}

impl Psk {
    /// The first key of an invitation, from the secret in its link.
    pub fn from_invitation(secret: &[u8; 32], bundle_hash: &[u8; 32]) -> Self {
        Self(derive(secret, label::PSK_INVITATION, &[bundle_hash]))
    }

    /// The key that comes with a new session: from the random value in `establish` (under X-Wing) and the
    /// invitation's key, which both sides remember whatever else they have forgotten.
    pub fn for_relationship(&self, psk0: &[u8; 32], transcript: &[u8; 32]) -> Self {
        Self(self.mixed(psk0, label::PSK_RELATIONSHIP, transcript))
    }

    /// The next key, from a fresh encapsulated secret.
    pub fn renewed(&self, kem_secret: &[u8; 32], transcript: &[u8; 32]) -> Self {
        Self(self.mixed(kem_secret, label::PSK_RENEW, transcript))
    }

    /// The key's public name.
    pub fn id(&self) -> PskId {
        let digest = hash(label::PSK_ID, &[&self.0]);
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        PskId::new(id)
    }

    fn mixed(&self, secret: &[u8; 32], label: label::Label, transcript: &[u8; 32]) -> [u8; 32] {
        let mut input = zeroize::Zeroizing::new([0u8; 64]);
        input[..32].copy_from_slice(&self.0);
        input[32..].copy_from_slice(secret);
        derive(input.as_slice(), label, &[transcript])
    }
}
