//! Invitations as signed, as hosted, and as links.

mod links;

use dyad_protocol::body::Presentation;
use dyad_protocol::hash::{derive, hash};
use dyad_protocol::invitation::{Invitation, InvitationSecret, Reuse};
use dyad_protocol::label;
use dyad_protocol::limits::DAY;
use serde_json::{Value, json};

use super::cast::{NOW, Person, random};
use super::*;

const VERIFY: &str = "invitation/verify";
const DECRYPT: &str = "invitation/decrypt";

struct Made {
    alex: Person,
    secret: InvitationSecret,
    invitation: Invitation,
}

pub fn file() -> File {
    let mut rng = rng("invitation");
    let alex = Person::new(&mut rng);
    let secret = InvitationSecret::random(&mut rng);
    let presentation = Presentation {
        name: "Alex".into(),
        pronouns: None,
    }
    .encode();
    let sign = |reuse, presentation| {
        Invitation::sign(
            &alex.identity,
            alex.bundle.clone(),
            reuse,
            NOW.plus(7 * DAY),
            presentation,
        )
        .unwrap()
    };
    let invitation = sign(Reuse::Single, presentation);
    let multiple = sign(Reuse::Multiple, vec![]);
    let mut cases = vec![
        Case::ok(
            VERIFY,
            "single use",
            "With a presentation.",
            json!({ "invitation": hex(invitation.as_bytes()) }),
            output(&invitation, 1),
        ),
        Case::ok(
            VERIFY,
            "multiple use",
            "Without one.",
            json!({ "invitation": hex(multiple.as_bytes()) }),
            output(&multiple, 2),
        ),
    ];
    let made = Made {
        alex,
        secret,
        invitation,
    };
    refused_invitations(&made, &Person::new(&mut rng), &mut cases);
    secrets(&made, &mut cases);
    hosted(&made, &multiple, &mut cases, &mut rng);
    links::good(&made, &mut cases);
    links::refused(&made, &mut cases);
    File {
        name: "invitation.json",
        about: "Invitations: what is signed, how it is hosted, and how a link or file carries it.",
        cases,
    }
}

fn output(invitation: &Invitation, reuse: u8) -> Value {
    json!({
        "reuse": reuse,
        "expires": invitation.expires().as_secs(),
        "presentation": hex(invitation.presentation()),
        "bundle_hash": hex(invitation.bundle().hash()),
        "hash": hex(hash(label::INVITATION_HASH, &[invitation.as_bytes()])),
    })
}

fn refused_invitations(made: &Made, other: &Person, cases: &mut Vec<Case>) {
    let bytes = made.invitation.as_bytes();
    let body = &bytes[..bytes.len() - 64];
    let signed = |by: &Person, body: Vec<u8>| {
        let signature = by.identity.sign(label::INVITATION, &[&body]);
        [&body[..], signature.as_ref()].concat()
    };
    // version 1, reuse 1, expires 8, then the presentation with one byte of length.
    let bundle_at = 11 + made.invitation.presentation().len() + 2;
    let long = {
        let rest = &body[bundle_at - 2..];
        let presentation = [&[0x44, 0x01][..], &[0x60; 1025]].concat();
        signed(&made.alex, [&body[..10], &presentation, rest].concat())
    };
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "version 0",
            "No such version.",
            patched(bytes, 0, &[0]),
            "version",
        ),
        (
            "version 2",
            "A version of a later release.",
            patched(bytes, 0, &[2]),
            "version",
        ),
        (
            "truncated",
            "The last byte is missing.",
            truncated(bytes),
            "length",
        ),
        (
            "trailing byte",
            "One byte too many.",
            extended(bytes),
            "length",
        ),
        (
            "changed expiry",
            "The date is signed.",
            flipped(bytes, 9),
            "not-authentic",
        ),
        (
            "changed reuse",
            "Single use made multiple.",
            patched(bytes, 1, &[2]),
            "not-authentic",
        ),
        (
            "changed bundle",
            "The bundle's own signature fails first.",
            flipped(bytes, bundle_at + 200),
            "not-authentic",
        ),
        (
            "changed signature",
            "One bit of the signature.",
            flipped(bytes, bytes.len() - 1),
            "not-authentic",
        ),
        (
            "somebody else's bundle",
            "A stranger wraps Alex's bundle: the signer is not the bundle's identity.",
            signed(other, body.to_vec()),
            "not-authentic",
        ),
        (
            "reuse 0",
            "No such value, though signed.",
            signed(&made.alex, patched(body, 1, &[0])),
            "malformed",
        ),
        (
            "reuse 3",
            "No such value, though signed.",
            signed(&made.alex, patched(body, 1, &[3])),
            "malformed",
        ),
        (
            "presentation too long",
            "1,025 bytes, though signed.",
            long,
            "length",
        ),
    ] {
        cases.push(Case::refused(
            VERIFY,
            name,
            description,
            json!({ "invitation": hex(bytes) }),
            error,
        ));
    }
}

fn secrets(made: &Made, cases: &mut Vec<Case>) {
    let bundle_hash = made.alex.bundle.hash();
    let key: [u8; 32] = derive(made.secret.expose(), label::INVITATION_KEY, &[]);
    cases.push(Case::ok(
        "invitation/secret",
        "what a link's secret gives",
        "Name at the host, key of the ciphertext, key to withdraw with, pre-shared key of the bundle's tickets.",
        json!({ "secret": hex(made.secret.expose()), "bundle": hex(made.alex.bundle.as_bytes()) }),
        json!({
            "locator": hex(derive::<16>(made.secret.expose(), label::INVITATION_LOCATOR, &[])),
            "withdraw_public": hex(made.secret.withdraw_key().public()),
            "psk": hex(derive::<32>(made.secret.expose(), label::PSK_INVITATION, &[&bundle_hash])),
        }),
    ));
    cases.push(Case::ok(
        "derive",
        "key of a hosted invitation",
        "ChaCha20-Poly1305 with this key, the 12 bytes before the ciphertext as nonce, the locator as associated data.",
        json!({ "secret": hex(made.secret.expose()), "label": label::INVITATION_KEY.as_str(), "parts": [], "length": 32 }),
        json!({ "output": hex(key) }),
    ));
}

fn hosted(
    made: &Made,
    other: &Invitation,
    cases: &mut Vec<Case>,
    rng: &mut rand_chacha::ChaCha20Rng,
) {
    let bytes = made.secret.encrypt(&made.invitation, rng).unwrap();
    let substituted = made.secret.encrypt(other, rng).unwrap();
    let input = json!({
        "secret": hex(made.secret.expose()),
        "hosted": hex(&bytes),
        "commitment": hex(made.invitation.hash()),
    });
    let output = json!({ "invitation": hex(made.invitation.as_bytes()) });
    cases.push(Case::ok(
        DECRYPT,
        "as it was put there",
        "The link opens it.",
        input.clone(),
        output,
    ));
    for (name, description, input, error) in [
        (
            "nothing hosted",
            "The host gives an empty answer.",
            with(&input, "hosted", hex([])),
            "length",
        ),
        (
            "hosted, truncated",
            "The last byte is missing.",
            with(&input, "hosted", hex(truncated(&bytes))),
            "length",
        ),
        (
            "hosted, oversized",
            "One byte too many.",
            with(&input, "hosted", hex(extended(&bytes))),
            "length",
        ),
        (
            "changed nonce",
            "One bit of the nonce.",
            with(&input, "hosted", hex(flipped(&bytes, 0))),
            "not-authentic",
        ),
        (
            "changed ciphertext",
            "One bit of it.",
            with(&input, "hosted", hex(flipped(&bytes, 20))),
            "not-authentic",
        ),
        (
            "wrong secret",
            "Another link's.",
            with(&input, "secret", hex(random::<32>(rng))),
            "not-authentic",
        ),
        (
            "substituted",
            "Encrypted and signed by the inviter, but not what the link commits to.",
            with(&input, "hosted", hex(substituted)),
            "not-authentic",
        ),
        (
            "wrong commitment",
            "The link was changed.",
            with(&input, "commitment", hex(random::<32>(rng))),
            "not-authentic",
        ),
    ] {
        cases.push(Case::refused(DECRYPT, name, description, input, error));
    }
}
