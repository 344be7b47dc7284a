//! Invitations as signed, as hosted, and as links.

use dyad_protocol::body::Presentation;
use dyad_protocol::codec::to_base64;
use dyad_protocol::hash::{derive, hash};
use dyad_protocol::invitation::{Invitation, InvitationLink, InvitationSecret, Reuse, to_file};
use dyad_protocol::label;
use dyad_protocol::limits::DAY;
use serde_json::{Value, json};

use super::cast::{NOW, Person, host, random};
use super::*;

const VERIFY: &str = "invitation/verify";
const DECRYPT: &str = "invitation/decrypt";
const PARSE: &str = "invitation/parse";

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
    links(&made, &mut cases);
    refused_links(&made, &mut cases);
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

fn link(made: &Made, host_name: &str) -> InvitationLink {
    InvitationLink {
        host: host(host_name),
        secret: made.secret.clone(),
        commitment: made.invitation.hash(),
    }
}

fn fragment(made: &Made) -> String {
    to_base64(&[&[1][..], made.secret.expose(), &made.invitation.hash()].concat())
}

fn links(made: &Made, cases: &mut Vec<Case>) {
    let fragment = fragment(made);
    let whole = to_file(&made.secret, &made.invitation);
    let expect = |host: &str| json!({ "host": host, "secret": hex(made.secret.expose()), "commitment": hex(made.invitation.hash()) });
    for (name, text, host_name) in [
        (
            "web link",
            link(made, "sender.example").to_https(),
            "sender.example",
        ),
        (
            "URI",
            link(made, "sender.example:8443").to_uri(),
            "sender.example:8443",
        ),
        (
            "on the machine itself",
            link(made, "127.0.0.1:7411").to_https(),
            "127.0.0.1:7411",
        ),
        (
            "host in capitals",
            format!("https://Sender.Example/i#{fragment}"),
            "sender.example",
        ),
        (
            "broken into lines",
            format!(
                "  https://sender.example/i#{}\n\t{}\n",
                &fragment[..30],
                &fragment[30..]
            ),
            "sender.example",
        ),
    ] {
        cases.push(Case::ok(
            PARSE,
            name,
            "Read as a link.",
            json!({ "text": text }),
            expect(host_name),
        ));
    }
    let expect = json!({ "secret": hex(made.secret.expose()), "invitation": hex(made.invitation.as_bytes()) });
    cases.push(Case::ok(
        PARSE,
        "file",
        "Holds all of it: nothing has to be fetched.",
        json!({ "text": whole }),
        expect,
    ));
}

fn refused_links(made: &Made, cases: &mut Vec<Case>) {
    let good = fragment(made);
    let of = |bytes: &[u8]| format!("https://sender.example/i#{}", to_base64(bytes));
    let payload = [&[1][..], made.secret.expose(), &made.invitation.hash()].concat();
    let file = |bytes: &[u8]| format!("dyad-invitation:{}", to_base64(bytes));
    let whole = [&[1][..], made.secret.expose(), made.invitation.as_bytes()].concat();
    for (name, text, error) in [
        ("no text", String::new(), "malformed"),
        (
            "some other link",
            "https://sender.example/".into(),
            "malformed",
        ),
        (
            "no fragment",
            "https://sender.example/i".into(),
            "malformed",
        ),
        (
            "empty fragment",
            "https://sender.example/i#".into(),
            "length",
        ),
        (
            "plain http to a name",
            format!("http://sender.example/i#{good}"),
            "malformed",
        ),
        (
            "unknown scheme",
            format!("ftp://sender.example/i#{good}"),
            "malformed",
        ),
        (
            "another path",
            format!("https://sender.example/x#{good}"),
            "malformed",
        ),
        (
            "user in the host",
            format!("https://user@sender.example/i#{good}"),
            "malformed",
        ),
        ("no host", format!("https:///i#{good}"), "length"),
        (
            "fragment that is no base64url",
            "https://sender.example/i#a+/=".into(),
            "malformed",
        ),
        ("link, truncated", of(&truncated(&payload)), "length"),
        ("link, trailing byte", of(&extended(&payload)), "length"),
        (
            "link, version 0",
            of(&patched(&payload, 0, &[0])),
            "version",
        ),
        (
            "link, version 2",
            of(&patched(&payload, 0, &[2])),
            "version",
        ),
        ("link, secret alone", of(&payload[..33]), "length"),
        ("file, truncated", file(&truncated(&whole)), "length"),
        (
            "file, version 2",
            file(&patched(&whole, 0, &[2])),
            "version",
        ),
        (
            "file, changed",
            file(&flipped(&whole, whole.len() - 1)),
            "not-authentic",
        ),
        ("file, secret cut off", file(&whole[..20]), "length"),
        ("empty file", "dyad-invitation:".into(), "length"),
    ] {
        let description = "Not an invitation.";
        cases.push(Case::refused(
            PARSE,
            name,
            description,
            json!({ "text": text }),
            error,
        ));
    }
    let long = json!({ "text": { "repeat": " ", "times": 12_289 } });
    cases.push(Case::refused(
        PARSE,
        "endless text",
        "Longer than any invitation.",
        long,
        "length",
    ));
}
