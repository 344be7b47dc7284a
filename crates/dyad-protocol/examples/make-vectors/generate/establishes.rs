//! `establish`, as the maker of a bundle opens it.

use dyad_protocol::bundle::OlmPublic;
use dyad_protocol::establish::{Establish, Psk0, relationship_transcript, seal};
use dyad_protocol::hash::{framed, hash};
use dyad_protocol::hpke::{XWingSecret, seal_xwing};
use dyad_protocol::label;
use dyad_protocol::sign::IdentityKey;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{Person, random};
use super::*;

const OPEN: &str = "establish/open";

pub fn file() -> File {
    let mut rng = rng("establish");
    let alex = Person::new(&mut rng);
    let blair = IdentityKey::random(&mut rng);
    let said = Establish {
        epoch: 7,
        identity: blair.public(),
        curve: OlmPublic::new(random(&mut rng)),
        psk0: Psk0::new(random(&mut rng)),
        olm: b"an Olm pre-key message".to_vec(),
    };
    let message = seal(&said, &blair, &alex.bundle, &mut rng).unwrap();
    let input = input(&alex, &message);
    let mut cases = vec![
        Case::ok(
            OPEN,
            "first contact",
            "Blair answers Alex's bundle.",
            input.clone(),
            output(&said),
        ),
        Case::ok(
            OPEN,
            "empty Olm message",
            "What the ratchet says is the ratchet's business.",
            {
                let said = Establish {
                    olm: vec![],
                    ..said.clone()
                };
                with(
                    &input,
                    "message",
                    hex(seal(&said, &blair, &alex.bundle, &mut rng).unwrap()),
                )
            },
            output(&Establish {
                olm: vec![],
                ..said.clone()
            }),
        ),
        Case::ok(
            OPEN,
            "repair",
            "The highest epoch there is.",
            {
                let said = Establish {
                    epoch: u32::MAX,
                    ..said.clone()
                };
                with(
                    &input,
                    "message",
                    hex(seal(&said, &blair, &alex.bundle, &mut rng).unwrap()),
                )
            },
            output(&Establish {
                epoch: u32::MAX,
                ..said.clone()
            }),
        ),
    ];
    changed_bytes(&input, &message, &mut cases);
    wrong_makers(&alex, &blair, &said, &input, &mut cases, &mut rng);
    malformed_inside(&alex, &blair, &said, &input, &mut cases, &mut rng);
    cases.push(transcript_case(&alex, &blair));
    File {
        name: "establish.json",
        about: "First contact and repair: X-Wing HPKE over a signed header and an Olm message.",
        cases,
    }
}

fn input(alex: &Person, message: &[u8]) -> Value {
    json!({
        "message": hex(message),
        "bundle": hex(alex.bundle.as_bytes()),
        "xwing_key": hex(alex.xwing.expose()),
    })
}

fn output(said: &Establish) -> Value {
    json!({
        "epoch": said.epoch,
        "identity": hex(said.identity),
        "curve": hex(said.curve),
        "psk0": hex(said.psk0.expose()),
        "olm": hex(&said.olm),
    })
}

fn changed_bytes(input: &Value, message: &[u8], cases: &mut Vec<Case>) {
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "shorter than enc",
            "Cut inside the X-Wing ciphertext.",
            message[..1119].to_vec(),
            "length",
        ),
        (
            "enc alone",
            "No ciphertext follows.",
            message[..1120].to_vec(),
            "not-authentic",
        ),
        (
            "truncated",
            "The last byte is missing.",
            truncated(message),
            "not-authentic",
        ),
        (
            "trailing byte",
            "One byte too many.",
            extended(message),
            "not-authentic",
        ),
        (
            "changed ML-KEM ciphertext",
            "Implicit rejection gives another secret.",
            flipped(message, 0),
            "not-authentic",
        ),
        (
            "changed X25519 part of enc",
            "The last 32 bytes of the X-Wing ciphertext.",
            flipped(message, 1100),
            "not-authentic",
        ),
        (
            "changed ciphertext",
            "One bit of the header.",
            flipped(message, 1121),
            "not-authentic",
        ),
        (
            "changed tag",
            "One bit of the tag.",
            flipped(message, message.len() - 1),
            "not-authentic",
        ),
    ] {
        cases.push(Case::refused(
            OPEN,
            name,
            description,
            with(input, "message", hex(bytes)),
            error,
        ));
    }
}

fn wrong_makers(
    alex: &Person,
    blair: &IdentityKey,
    said: &Establish,
    input: &Value,
    cases: &mut Vec<Case>,
    rng: &mut ChaCha20Rng,
) {
    let mallory = IdentityKey::random(rng);
    let mut sealed = |said: &Establish, by: &IdentityKey| {
        with(
            input,
            "message",
            hex(seal(said, by, &alex.bundle, rng).unwrap()),
        )
    };
    let claimed = sealed(said, &mallory);
    let signature = header(alex, blair, said);
    let mut swapped = |name: &str, description: &str, at: usize, by: &[u8]| {
        let message = seal_plain(alex, &patched(&signature, at, by), rng);
        Case::refused(
            OPEN,
            name,
            description,
            with(input, "message", hex(message)),
            "not-authentic",
        )
    };
    cases.extend([
        swapped("another epoch", "The epoch is signed.", 4, &[8]),
        swapped(
            "another identity",
            "The signature is Blair's, the identity is not.",
            5,
            mallory.public().as_ref(),
        ),
        swapped(
            "another curve key",
            "The curve key is signed, so the ratchet never sees a wrong one.",
            37,
            &[9; 32],
        ),
        swapped("another psk0", "psk0 is signed.", 69, &[9; 32]),
        swapped(
            "malleated signature",
            "The group order added to the signature's second half.",
            101,
            &malleated(&signature[101..165]),
        ),
    ]);
    let mut weak = patched(&signature, 5, &SMALL_ORDER_ED25519);
    weak[101..165].copy_from_slice(&universal_signature());
    let weak = with(input, "message", hex(seal_plain(alex, &weak, rng)));
    cases.push(Case::refused(
        OPEN,
        "identity of small order",
        "The signature that fits every message under such a key.",
        weak,
        "not-authentic",
    ));
    cases.push(Case::refused(
        OPEN,
        "signed by somebody else",
        "Mallory claims Blair's identity.",
        claimed,
        "not-authentic",
    ));

    let other = Person::new(rng);
    let xwing = XWingSecret::random(rng);
    let other_bundle = with(input, "bundle", hex(other.bundle.as_bytes()));
    let other_key = with(input, "xwing_key", hex(xwing.expose()));
    cases.push(Case::refused(
        OPEN,
        "answers another bundle",
        "The bundle's hash is in the info, even where the key is the same.",
        other_bundle,
        "not-authentic",
    ));
    cases.push(Case::refused(
        OPEN,
        "wrong X-Wing key",
        "Encapsulated to another key.",
        other_key,
        "not-authentic",
    ));
}

fn malformed_inside(
    alex: &Person,
    blair: &IdentityKey,
    said: &Establish,
    input: &Value,
    cases: &mut Vec<Case>,
    rng: &mut ChaCha20Rng,
) {
    let good = header(alex, blair, said);
    for (name, description, plain, error) in [
        ("nothing inside", "An empty plaintext.", vec![], "length"),
        (
            "header cut off",
            "The plaintext ends inside the signature.",
            good[..164].to_vec(),
            "length",
        ),
        (
            "version 0",
            "No such version.",
            patched(&good, 0, &[0]),
            "version",
        ),
        (
            "version 2",
            "A version of a later release.",
            patched(&good, 0, &[2]),
            "version",
        ),
    ] {
        let message = seal_plain(alex, &plain, rng);
        cases.push(Case::refused(
            OPEN,
            name,
            description,
            with(input, "message", hex(message)),
            error,
        ));
    }
}

/// The plaintext, written out field by field.
fn header(alex: &Person, blair: &IdentityKey, said: &Establish) -> Vec<u8> {
    let body = alex.bundle.body();
    let epoch = said.epoch.to_be_bytes();
    let transcript = hash(
        label::ESTABLISH_TRANSCRIPT,
        &[
            &alex.bundle.hash(),
            body.identity.as_ref(),
            said.identity.as_ref(),
            body.curve.as_ref(),
            said.curve.as_ref(),
            &epoch,
            said.psk0.expose(),
        ],
    );
    let signature = blair.sign(label::ESTABLISH_TRANSCRIPT, &[&transcript]);
    [
        &[1][..],
        &epoch,
        said.identity.as_ref(),
        said.curve.as_ref(),
        said.psk0.expose(),
        signature.as_ref(),
        &said.olm,
    ]
    .concat()
}

fn seal_plain(alex: &Person, plain: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
    let info = framed(label::ESTABLISH, &[&[1], &alex.bundle.hash()]);
    let (enc, ciphertext) = seal_xwing(&alex.xwing.public(), &info, plain, rng).unwrap();
    [&enc[..], &ciphertext].concat()
}

fn transcript_case(alex: &Person, blair: &IdentityKey) -> Case {
    let (inviter, acceptor) = (alex.identity.public(), blair.public());
    let transcript = relationship_transcript(&alex.bundle.hash(), &inviter, &acceptor);
    Case::ok(
        "relationship/transcript",
        "name of a relationship",
        "The bundle it began with, and both identities, the inviter's first.",
        json!({ "bundle_hash": hex(alex.bundle.hash()), "inviter": hex(inviter), "acceptor": hex(acceptor) }),
        json!({ "transcript": hex(transcript) }),
    )
}
