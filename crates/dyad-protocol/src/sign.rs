//! Ed25519 (RFC 8032), verified strictly: a type for each role a key can have.

use ed25519_dalek::{Signature as DalekSignature, Signer, SigningKey, VerifyingKey};

use crate::codec::DecodeError;
use crate::hash::framed;
use crate::label::Label;

public_bytes!(
    /// An Ed25519 signature.
    Signature, 64
);
public_bytes!(
    /// Public half of a relationship's identity key.
    IdentityPublic, 32
);
public_bytes!(
    /// Public half of a service's key.
    ServicePublic, 32
);
public_bytes!(
    /// Public half of the key that authorises a mailbox's addresses.
    AddressPublic, 32
);
public_bytes!(
    /// Public half of the key that opens a mailbox to its owner.
    AccessPublic, 32
);
public_bytes!(
    /// Public half of the key that an account at an issuer is known by.
    AccountPublic, 32
);
public_bytes!(
    /// Public half of the key with which an inviter withdraws a hosted invitation.
    WithdrawPublic, 32
);
public_bytes!(
    /// SHA-256 name of a service key, carried in service records.
    ServiceKeyHash, 32
);

secret_bytes!(
    /// Private half of a relationship's identity key.
    IdentityKey, 32
);
secret_bytes!(
    /// Private half of a service's key.
    ServiceKey, 32
);
secret_bytes!(
    /// Private half of the key that authorises a mailbox's addresses.
    AddressSigningKey, 32
);
secret_bytes!(
    /// Private half of the key that opens a mailbox to its owner.
    AccessKey, 32
);
secret_bytes!(
    /// Private half of the key that an account at an issuer is known by.
    AccountKey, 32
);
secret_bytes!(
    /// Private half of the key with which an inviter withdraws a hosted invitation.
    WithdrawKey, 32
);

macro_rules! key_pair {
    ($secret:ident, $public:ident, $what:literal) => {
        impl $secret {
            /// The public half.
            pub fn public(&self) -> $public {
                $public::new(
                    SigningKey::from_bytes(self.expose())
                        .verifying_key()
                        .to_bytes(),
                )
            }

            /// Signs `label` and `parts`, framed as in [`framed`].
            pub fn sign(&self, label: Label, parts: &[&[u8]]) -> Signature {
                let key = SigningKey::from_bytes(self.expose());
                Signature::new(key.sign(&framed(label, parts)).to_bytes())
            }
        }

        impl $public {
            /// Checks a signature over `label` and `parts`.
            ///
            /// # Errors
            /// [`DecodeError::NotAuthentic`] for a wrong signature, a key of small order or one that is no key.
            pub fn verify(
                &self,
                label: Label,
                parts: &[&[u8]],
                signature: &Signature,
            ) -> Result<(), DecodeError> {
                verify(self.as_bytes(), &framed(label, parts), signature)
                    .ok_or(DecodeError::NotAuthentic($what))
            }
        }
    };
}

key_pair!(IdentityKey, IdentityPublic, "identity signature");
key_pair!(ServiceKey, ServicePublic, "service signature");
key_pair!(AddressSigningKey, AddressPublic, "address authorisation");
key_pair!(AccessKey, AccessPublic, "mailbox signature");
key_pair!(AccountKey, AccountPublic, "account signature");
key_pair!(WithdrawKey, WithdrawPublic, "withdrawal signature");

impl ServicePublic {
    /// The name by which tickets refer to this key.
    pub fn key_hash(&self) -> ServiceKeyHash {
        ServiceKeyHash::new(crate::hash::hash(
            crate::label::SERVICE_KEY_HASH,
            &[self.as_bytes()],
        ))
    }
}

/// RFC 8032 verification that also refuses small-order keys and commitments.
fn verify(key: &[u8; 32], message: &[u8], signature: &Signature) -> Option<()> {
    let key = VerifyingKey::from_bytes(key).ok()?;
    let signature = DalekSignature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_signature_holds_for_its_label_parts_and_key_only() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let key = IdentityKey::random(&mut rng);
        let other = IdentityKey::random(&mut rng);
        let signature = key.sign(label::BUNDLE, &[b"ab", b"c"]);
        let public = key.public();
        assert!(
            public
                .verify(label::BUNDLE, &[b"ab", b"c"], &signature)
                .is_ok()
        );
        assert!(
            public
                .verify(label::BUNDLE, &[b"a", b"bc"], &signature)
                .is_err()
        );
        assert!(
            public
                .verify(label::INVITATION, &[b"ab", b"c"], &signature)
                .is_err()
        );
        assert!(
            other
                .public()
                .verify(label::BUNDLE, &[b"ab", b"c"], &signature)
                .is_err()
        );
    }
}
