//! Ed25519 (RFC 8032), verified strictly: a type for each role a key can have.

use std::sync::LazyLock;

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{
    Signature as DalekSignature, Signer, SigningKey, Verifier, VerifyingKey, verify_batch,
};

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

/// The points of small order, as a commitment would encode them.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

/// Signatures in one sum: more of them gain nothing.
const TOGETHER: usize = 16;

/// A signature by one of many keys.
pub(crate) struct Claim<'a> {
    pub(crate) key: &'a AddressPublic,
    pub(crate) parts: [&'a [u8]; 2],
    pub(crate) signature: Signature,
}

/// Whether each of these holds, as [`AddressPublic::verify`] says it, for about two thirds of its time.
///
/// Several are summed up with random factors (Bernstein, Duif, Lange, Schwabe, Yang: High-speed high-security
/// signatures, 2012, section 5) and looked at one by one only if the sum is not what it must be. Whoever holds a key
/// can make signatures by it, with points of mixed order, that hold in a sum and not alone; nobody else can.
pub(crate) fn verify_all(label: Label, claims: &[Claim<'_>]) -> Vec<bool> {
    let messages: Vec<Vec<u8>> = claims
        .iter()
        .map(|claim| framed(label, &claim.parts))
        .collect();
    let work: Vec<_> = claims.iter().zip(&messages).collect();
    work.chunks(TOGETHER)
        .flat_map(|chunk| {
            let together = chunk.len() > 1 && holds_together(chunk);
            chunk.iter().map(move |(claim, message)| {
                together || verify(claim.key.as_bytes(), message, &claim.signature).is_some()
            })
        })
        .collect()
}

fn holds_together(chunk: &[(&Claim<'_>, &Vec<u8>)]) -> bool {
    let (mut keys, mut signatures, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for (claim, message) in chunk {
        let Some((key, signature)) = strict(claim.key.as_bytes(), &claim.signature) else {
            return false;
        };
        keys.push(key);
        signatures.push(signature);
        messages.push(message.as_slice());
    }
    verify_batch(&messages, &signatures, &keys).is_ok()
}

/// RFC 8032 verification that also refuses small-order keys and commitments.
///
/// The same as `VerifyingKey::verify_strict`, for three quarters of its time: `verify` compares the commitment's
/// encoding with that of the point that must be there, so what is no canonical encoding never holds, and one of
/// small order is known by its bytes without being decompressed.
fn verify(key: &[u8; 32], message: &[u8], signature: &Signature) -> Option<()> {
    let (key, signature) = strict(key, signature)?;
    key.verify(message, &signature).ok()
}

/// What is to be looked at, if neither key nor commitment is of small order.
fn strict(key: &[u8; 32], signature: &Signature) -> Option<(VerifyingKey, DalekSignature)> {
    let key = VerifyingKey::from_bytes(key).ok()?;
    let signature = DalekSignature::from_bytes(signature.as_bytes());
    let weak = key.is_weak() || SMALL_ORDER.contains(signature.r_bytes());
    (!weak).then_some((key, signature))
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

    /// A signature by a key of small order plus, perhaps, a share of the right one: what strictness is about.
    #[test]
    fn it_refuses_what_the_strict_verification_refuses() {
        use curve25519_dalek::{EdwardsPoint, Scalar};
        use sha2::{Digest, Sha512};

        let message = b"message";
        let challenge = |r: &[u8; 32], a: &[u8; 32]| {
            let hash = Sha512::new().chain_update(r).chain_update(a);
            Scalar::from_bytes_mod_order_wide(&hash.chain_update(message).finalize().into())
        };
        let (secret, nonce) = (Scalar::from(1_234_567_u64), Scalar::from(7_654_321_u64));
        let mut lenient = 0;
        for of_key in EIGHT_TORSION {
            for of_commitment in EIGHT_TORSION {
                for (s, r) in [
                    (secret, nonce),
                    (Scalar::ZERO, nonce),
                    (secret, Scalar::ZERO),
                ] {
                    let key = (EdwardsPoint::mul_base(&s) + of_key).compress().to_bytes();
                    let commitment = (EdwardsPoint::mul_base(&r) + of_commitment)
                        .compress()
                        .to_bytes();
                    let response = r + challenge(&commitment, &key) * s;
                    let mut bytes = [0; 64];
                    bytes[..32].copy_from_slice(&commitment);
                    bytes[32..].copy_from_slice(&response.to_bytes());
                    let (theirs, signature) = (
                        VerifyingKey::from_bytes(&key).unwrap(),
                        DalekSignature::from_bytes(&bytes),
                    );
                    let strict = theirs.verify_strict(message, &signature).is_ok();
                    let ours = verify(&key, message, &Signature::new(bytes)).is_some();
                    assert_eq!(ours, strict);
                    lenient += usize::from(theirs.verify(message, &signature).is_ok() && !strict);
                }
            }
        }
        assert!(
            lenient > 0,
            "nothing was tried that only strictness refuses"
        );
    }

    #[test]
    fn many_together_are_answered_as_each_alone() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(2);
        let label = label::ADDRESS_AUTHORISATION;
        let mut made: Vec<(AddressPublic, u8, Signature)> = (0..40)
            .map(|n| {
                let key = AddressSigningKey::random(&mut rng);
                (key.public(), n, key.sign(label, &[b"host", &[n]]))
            })
            .collect();
        // One of another key; one of a key of small order, for which every message has the same signature.
        made[17].0 = made[18].0;
        let weak = SMALL_ORDER[0];
        let neutral = [&weak[..], &[0; 32]].concat();
        made[35].0 = AddressPublic::new(weak);
        made[35].2 = Signature::from_slice(&neutral).unwrap();
        let bytes: Vec<[u8; 1]> = made.iter().map(|(_, n, _)| [*n]).collect();
        let claims: Vec<Claim<'_>> = made
            .iter()
            .zip(&bytes)
            .map(|((key, _, signature), byte)| Claim {
                key,
                parts: [b"host", byte],
                signature: *signature,
            })
            .collect();
        let together = verify_all(label, &claims);
        for (n, (claim, together)) in claims.iter().zip(together).enumerate() {
            let alone = claim.key.verify(label, &claim.parts, &claim.signature);
            assert_eq!(together, alone.is_ok(), "{n}");
            assert_eq!(together, ![17, 35].contains(&n), "{n}");
        }
        assert!(verify_all(label, &[]).is_empty());
    }
}
