//! Wycheproof's cases for every primitive that Dyad uses, through our own functions where they take such input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use dyad_protocol::hpke::{X25519Secret, open_base, open_psk};
use dyad_protocol::psk::Psk;
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use ml_kem::kem::{Decapsulate, KeyExport, TryKeyInit};
use ml_kem::{FromSeed, MlKem768};
use sha2::Sha256;
use support::{Schedule, X25519, x25519_shared_secret};
use wycheproof::TestResult;

/// The library's vectors are compiled in, so a change of their number is a change of the dependency.
fn ran(what: &str, count: usize, expected: usize) {
    println!("Wycheproof, {what}: {count} cases");
    assert_eq!(count, expected, "{what}");
}

#[test]
fn x25519_and_hpke_over_it() {
    use wycheproof::xdh::{TestFlag, TestName, TestSet};
    let psk = Psk::new([1; 32]);
    let mut count = 0;
    for test in TestSet::load(TestName::X25519)
        .unwrap()
        .test_groups
        .into_iter()
        .flat_map(|g| g.tests)
    {
        let public: [u8; 32] = test.public_key[..].try_into().unwrap();
        let private: [u8; 32] = test.private_key[..].try_into().unwrap();
        let shared = x25519_dalek::StaticSecret::from(private).diffie_hellman(&public.into());
        assert_eq!(
            shared.as_bytes()[..],
            test.shared_secret[..],
            "{}",
            test.tc_id
        );

        // Both implementations agree with the published shared secret, and refuse where it is zero.
        let secret = X25519Secret::new(private);
        let kem = x25519_shared_secret(&test.shared_secret, &public, secret.public().as_bytes());
        let sealed = Schedule::new(X25519, &kem, b"", None).seal(0, b"", b"m");
        let fast = open_base(&secret, &public, b"", b"", &sealed);
        let id = psk.id();
        let mode = Some((&psk.expose()[..], &id.as_bytes()[..]));
        let sealed = Schedule::new(X25519, &kem, b"", mode).seal(0, b"", b"m");
        let pure = open_psk(&secret, &psk, &public, b"", b"", &sealed);
        let zero = test.flags.contains(&TestFlag::ZeroSharedSecret);
        assert_eq!(
            (fast.is_err(), pure.is_err()),
            (zero, zero),
            "{}",
            test.tc_id
        );
        count += 1;
    }
    ran("X25519", count, 518);
}

#[test]
fn ed25519_verified_strictly() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = VerifyingKey::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
        for test in group.tests {
            let accepted = Signature::from_slice(&test.sig)
                .is_ok_and(|signature| key.verify_strict(&test.msg, &signature).is_ok());
            // Strictness refuses small-order keys and commitments, of which the set has none that is valid.
            assert_eq!(
                accepted,
                test.result == TestResult::Valid,
                "{} {}",
                test.tc_id,
                test.comment
            );
            count += 1;
        }
    }
    ran("Ed25519", count, 151);
}

#[test]
fn chacha20_poly1305() {
    use wycheproof::aead::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::ChaCha20Poly1305)
        .unwrap()
        .test_groups
    {
        for test in group.tests {
            count += 1;
            let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
                assert!(test.result.must_fail(), "{}", test.tc_id);
                continue;
            };
            let cipher = ChaCha20Poly1305::new(&Key::try_from(&test.key[..]).unwrap());
            let sealed = [&test.ct[..], &test.tag].concat();
            let payload = Payload {
                msg: &sealed,
                aad: &test.aad,
            };
            match cipher.decrypt(&Nonce::from(nonce), payload) {
                Ok(opened) => {
                    assert!(!test.result.must_fail(), "{}", test.tc_id);
                    assert_eq!(opened, test.pt[..], "{}", test.tc_id);
                    let payload = Payload {
                        msg: &test.pt,
                        aad: &test.aad,
                    };
                    assert_eq!(
                        cipher.encrypt(&Nonce::from(nonce), payload).unwrap(),
                        sealed
                    );
                }
                Err(_) => assert!(test.result.must_fail(), "{}", test.tc_id),
            }
        }
    }
    ran("ChaCha20-Poly1305", count, 325);
}

#[test]
fn hkdf_sha256() {
    use wycheproof::hkdf::{TestName, TestSet};
    let mut count = 0;
    for test in TestSet::load(TestName::HkdfSha256)
        .unwrap()
        .test_groups
        .into_iter()
        .flat_map(|g| g.tests)
    {
        let mut output = vec![0; test.size];
        let result =
            Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut output);
        match result {
            Ok(()) => assert_eq!(output, test.okm[..], "{}", test.tc_id),
            Err(_) => assert!(test.result.must_fail(), "{}", test.tc_id),
        }
        count += 1;
    }
    ran("HKDF-SHA256", count, 86);
}

/// The half of X-Wing that is not X25519.
#[test]
fn ml_kem_768() {
    use wycheproof::mlkem::{TestName, TestSet};
    let mut count = 0;
    for test in TestSet::load(TestName::MlKem768)
        .unwrap()
        .test_groups
        .into_iter()
        .flat_map(|g| g.tests)
    {
        count += 1;
        let seed = test
            .seed
            .as_ref()
            .and_then(|seed| ml_kem::Seed::try_from(&seed[..]).ok());
        let Some(seed) = seed else {
            assert!(test.result.must_fail(), "{}", test.tc_id);
            continue;
        };
        let (secret, public) = MlKem768::from_seed(&seed);
        if let Some(expected) = &test.encaps_key {
            assert_eq!(public.to_bytes()[..], expected[..], "{}", test.tc_id);
        }
        let ciphertext = test
            .ct
            .as_ref()
            .and_then(|ct| ml_kem::ml_kem_768::Ciphertext::try_from(&ct[..]).ok());
        let Some(ciphertext) = ciphertext else {
            assert!(test.result.must_fail(), "{}", test.tc_id);
            continue;
        };
        let expected = test.shared_secret.as_ref().unwrap();
        assert_eq!(
            secret.decapsulate(&ciphertext)[..],
            expected[..],
            "{}",
            test.tc_id
        );
    }
    ran("ML-KEM-768 decapsulation", count, 201);

    let mut count = 0;
    for test in TestSet::load(TestName::MlKem768Encaps)
        .unwrap()
        .test_groups
        .into_iter()
        .flat_map(|g| g.tests)
    {
        count += 1;
        let public =
            ml_kem::ml_kem_768::EncapsulationKey::new_from_slice(&test.encaps_key.unwrap());
        let Ok(public) = public else {
            assert!(test.result.must_fail(), "{}", test.tc_id);
            continue;
        };
        assert!(!test.result.must_fail(), "{}", test.tc_id);
        let message = ml_kem::B32::try_from(&test.msg.unwrap()[..]).unwrap();
        let (ciphertext, shared) = public.encapsulate_deterministic(&message);
        assert_eq!(ciphertext[..], test.ct.unwrap()[..], "{}", test.tc_id);
        assert_eq!(
            shared[..],
            test.shared_secret.unwrap()[..],
            "{}",
            test.tc_id
        );
    }
    ran("ML-KEM-768 encapsulation", count, 265);
}
