//! Our three uses of HPKE against the vectors of RFC 9180 and of the X-Wing drafts, and against points of low order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

use dyad_protocol::hpke::*;
use dyad_protocol::psk::Psk;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, PskBundle};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Deserialize;
use support::{Schedule, X25519, XWING, unhex, unhex_array, x25519_shared_secret};

#[derive(Deserialize)]
struct File<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct Case {
    mode: u8,
    info: String,
    #[serde(rename = "skRm")]
    secret: String,
    #[serde(rename = "pkRm")]
    public: String,
    enc: String,
    shared_secret: String,
    key: String,
    base_nonce: String,
    exporter_secret: String,
    #[serde(default)]
    psk: String,
    #[serde(default)]
    psk_id: String,
    encryptions: Vec<Encryption>,
    exports: Vec<Export>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: String,
    ct: String,
    pt: String,
}

#[derive(Deserialize)]
struct Export {
    exporter_context: String,
    exported_value: String,
}

impl Case {
    fn schedule(&self, kem: u16) -> Schedule {
        let (psk, psk_id) = (unhex(&self.psk), unhex(&self.psk_id));
        let psk = (self.mode == 1).then_some((&psk[..], &psk_id[..]));
        Schedule::new(kem, &unhex(&self.shared_secret), &unhex(&self.info), psk)
    }

    /// Checks everything that follows from the shared secret; says how many values were compared.
    fn check_schedule(&self, kem: u16) -> usize {
        let schedule = self.schedule(kem);
        assert_eq!(schedule.key[..], unhex(&self.key));
        assert_eq!(schedule.base_nonce[..], unhex(&self.base_nonce));
        assert_eq!(schedule.exporter[..], unhex(&self.exporter_secret));
        for (seq, encryption) in (0..).zip(&self.encryptions) {
            let (aad, pt) = (unhex(&encryption.aad), unhex(&encryption.pt));
            assert_eq!(schedule.seal(seq, &aad, &pt), unhex(&encryption.ct));
        }
        for export in &self.exports {
            let value = schedule.export(&unhex(&export.exporter_context));
            assert_eq!(value[..], unhex(&export.exported_value));
        }
        3 + self.encryptions.len() + self.exports.len()
    }
}

fn rfc_9180() -> Vec<Case> {
    let file: File<Case> = serde_json::from_str(include_str!("data/rfc9180.json")).unwrap();
    assert_eq!(
        file.cases.iter().map(|case| case.mode).collect::<Vec<_>>(),
        [0, 1]
    );
    file.cases
}

#[test]
fn the_tests_own_rfc_9180_agrees_with_the_rfc() {
    let mut count = 0;
    for case in rfc_9180() {
        let secret = x25519_dalek::StaticSecret::from(unhex_array(&case.secret));
        let enc: [u8; 32] = unhex_array(&case.enc);
        let dh = secret.diffie_hellman(&enc.into());
        let shared = x25519_shared_secret(dh.as_bytes(), &enc, &unhex(&case.public));
        assert_eq!(shared[..], unhex(&case.shared_secret));
        assert_eq!(
            X25519Secret::new(secret.to_bytes()).public().as_ref(),
            unhex(&case.public)
        );
        count += 2 + case.check_schedule(X25519);
    }
    println!("RFC 9180: {count} values of 2 cases");
    assert_eq!(count, 28);
}

#[test]
fn both_implementations_open_the_rfc_s_messages() {
    for case in rfc_9180() {
        let message = &case.encryptions[0];
        let (info, aad, ct) = (unhex(&case.info), unhex(&message.aad), unhex(&message.ct));
        let (psk, psk_id) = (unhex(&case.psk), unhex(&case.psk_id));
        let mode = match case.mode {
            0 => OpModeR::Base,
            _ => OpModeR::Psk(PskBundle::new(&psk, &psk_id).unwrap()),
        };
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &mode,
            &<X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&unhex(&case.secret)).unwrap(),
            &<X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&unhex(&case.enc)).unwrap(),
            &info,
            &ct,
            &aad,
        );
        assert_eq!(opened.unwrap(), unhex(&message.pt));
        if case.mode == 0 {
            let secret = X25519Secret::new(unhex_array(&case.secret));
            let enc = unhex_array(&case.enc);
            assert_eq!(
                open_base(&secret, &enc, &info, &aad, &ct).unwrap(),
                unhex(&message.pt)
            );
            assert!(open_base(&secret, &enc, &info, b"", &ct).is_err());
            assert!(open_base(&secret, &enc, b"", &aad, &ct).is_err());
        }
    }
}

#[test]
fn what_we_seal_is_what_the_rfc_says() {
    let mut rng = ChaCha20Rng::seed_from_u64(9180);
    let secret = X25519Secret::random(&mut rng);
    let public = secret.public();
    let psk = Psk::random(&mut rng);
    let dalek = x25519_dalek::StaticSecret::from(*secret.expose());
    let by_the_book = |enc: [u8; 32], psk: Option<(&[u8], &[u8])>| {
        let dh = dalek.diffie_hellman(&enc.into());
        let shared = x25519_shared_secret(dh.as_bytes(), &enc, public.as_bytes());
        Schedule::new(X25519, &shared, b"info", psk)
    };

    let (enc, ct) = seal_base(&public, b"info", b"aad", b"hello", &mut rng).unwrap();
    assert_eq!(
        by_the_book(enc, None).open(0, b"aad", &ct).unwrap(),
        b"hello"
    );

    let (enc, ct) = seal_psk(&public, &psk, b"info", b"aad", b"hello", &mut rng).unwrap();
    let schedule = by_the_book(enc, Some((psk.expose(), psk.id().as_bytes())));
    assert_eq!(schedule.open(0, b"aad", &ct).unwrap(), b"hello");
    let ours = schedule.seal(0, b"aad", b"hello");
    assert_eq!(
        open_psk(&secret, &psk, &enc, b"info", b"aad", &ours).unwrap(),
        b"hello"
    );
    let other = Psk::random(&mut rng);
    assert!(open_psk(&secret, &other, &enc, b"info", b"aad", &ct).is_err());
    assert!(open_base(&secret, &enc, b"info", b"aad", &ct).is_err());
}

#[derive(Deserialize)]
struct XWingCase {
    sk: String,
    pk: String,
    ct: String,
    ss: String,
}

#[test]
fn x_wing_keys_and_secrets_are_those_of_the_draft() {
    let file: File<XWingCase> = serde_json::from_str(include_str!("data/xwing.json")).unwrap();
    for case in &file.cases {
        let secret = XWingSecret::new(unhex_array(&case.sk));
        assert_eq!(secret.public().as_ref(), unhex(&case.pk));
        let schedule = Schedule::new(XWING, &unhex(&case.ss), b"info", None);
        let enc: [u8; 1120] = unhex_array(&case.ct);
        assert_eq!(
            decapsulate(&secret, &enc, b"info").unwrap(),
            schedule.export(b"")
        );
        let ct = schedule.seal(0, b"", b"hello");
        assert_eq!(open_xwing(&secret, &enc, b"info", &ct).unwrap(), b"hello");
        // A changed ciphertext gives another secret without an error (implicit rejection).
        let mut changed = enc;
        changed[7] ^= 1;
        assert_ne!(
            decapsulate(&secret, &changed, b"info").unwrap(),
            schedule.export(b"")
        );
        assert!(open_xwing(&secret, &changed, b"info", &ct).is_err());
    }
    println!("X-Wing: {} cases", file.cases.len());
    assert_eq!(file.cases.len(), 3);
}

#[test]
fn hpke_with_x_wing_is_that_of_the_draft() {
    let file: File<Case> = serde_json::from_str(include_str!("data/hpke-xwing.json")).unwrap();
    let case = &file.cases[0];
    assert_eq!(case.check_schedule(XWING), 7);
    let secret = XWingSecret::new(unhex_array(&case.secret));
    assert_eq!(secret.public().as_ref(), unhex(&case.public));
    let (enc, info) = (unhex_array(&case.enc), unhex(&case.info));
    let schedule = case.schedule(XWING);
    assert_eq!(
        decapsulate(&secret, &enc, &info).unwrap(),
        schedule.export(b"")
    );
    let ct = schedule.seal(0, b"", b"hello");
    assert_eq!(open_xwing(&secret, &enc, &info, &ct).unwrap(), b"hello");
}

/// All points of order 1, 2, 4 and 8 of curve and twist, with their non-canonical forms
/// (RFC 7748 section 6.1 and the list at cr.yp.to/ecdh.html), as X25519 reads them.
const LOW_ORDER: [&str; 12] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // The same with the ignored top bit set.
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[test]
fn no_point_of_low_order_is_sealed_to_or_opened_from() {
    let mut rng = ChaCha20Rng::seed_from_u64(25519);
    let secret = X25519Secret::random(&mut rng);
    let psk = Psk::random(&mut rng);
    for text in LOW_ORDER {
        let point: [u8; 32] = unhex_array(text);
        let public = X25519Public::new(point);
        assert_eq!(
            seal_base(&public, b"", b"", b"m", &mut rng),
            Err(HpkeError),
            "{text}"
        );
        assert_eq!(
            seal_psk(&public, &psk, b"", b"", b"m", &mut rng),
            Err(HpkeError),
            "{text}"
        );

        // The message that would open if the all-zero result were let through.
        let shared = x25519_shared_secret(&[0; 32], &point, secret.public().as_bytes());
        let base = Schedule::new(X25519, &shared, b"", None).seal(0, b"", b"m");
        assert_eq!(
            open_base(&secret, &point, b"", b"", &base),
            Err(HpkeError),
            "{text}"
        );
        let id = psk.id();
        let mode = Some((&psk.expose()[..], &id.as_bytes()[..]));
        let sealed = Schedule::new(X25519, &shared, b"", mode).seal(0, b"", b"m");
        assert_eq!(
            open_psk(&secret, &psk, &point, b"", b"", &sealed),
            Err(HpkeError),
            "{text}"
        );
    }
}
