//! Known answers of hashing, derivation and pre-shared keys.

use dyad_protocol::body::KemUpdate;
use dyad_protocol::hash::{derive, hash};
use dyad_protocol::hpke::{XWingSecret, decapsulate, encapsulate};
use dyad_protocol::label;
use dyad_protocol::psk::Psk;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::cast::random;
use super::{Case, File, flipped, hex, rng, with};

pub fn file() -> File {
    let mut cases = vec![];
    for label in label::ALL {
        let digest = hash(*label, &[b"abc"]);
        cases.push(Case::ok(
            "hash",
            &format!("label {}", label.as_str()),
            "SHA-256 over label and one part, each after its length in four bytes.",
            json!({ "label": label.as_str(), "parts": [hex("abc")] }),
            json!({ "digest": hex(digest) }),
        ));
    }
    let parts: [(&str, &[&[u8]]); 4] = [
        ("no parts", &[]),
        ("one empty part", &[b""]),
        ("two parts", &[b"ab", b"c"]),
        ("the same bytes cut elsewhere", &[b"a", b"bc"]),
    ];
    for (name, parts) in parts {
        cases.push(Case::ok(
            "hash",
            name,
            "Where parts begin and end is part of what is hashed.",
            json!({ "label": label::BUNDLE_HASH.as_str(), "parts": parts.iter().map(hex).collect::<Vec<_>>() }),
            json!({ "digest": hex(hash(label::BUNDLE_HASH, parts)) }),
        ));
        let input = |len: usize| {
            json!({
                "label": label::TOKEN_KEY.as_str(),
                "length": len,
                "parts": parts.iter().map(hex).collect::<Vec<_>>(),
                "secret": hex([7; 32]),
            })
        };
        cases.push(Case::ok(
            "derive",
            &format!("32 bytes, {name}"),
            "HKDF-SHA256 with an empty salt; label and parts, framed as for hashing, are the info.",
            input(32),
            json!({ "output": hex(derive::<32>(&[7; 32], label::TOKEN_KEY, parts)) }),
        ));
        cases.push(Case::ok(
            "derive",
            &format!("64 bytes, {name}"),
            "The first half equals the 32 bytes derived from the same input.",
            input(64),
            json!({ "output": hex(derive::<64>(&[7; 32], label::TOKEN_KEY, parts)) }),
        ));
    }
    File {
        name: "hash.json",
        about: "Hashing and derivation, with every label of the registry.",
        cases,
    }
}

pub fn psk_file() -> File {
    let mut rng = rng("psk");
    let (secret, bundle_hash) = (random::<32>(&mut rng), random::<32>(&mut rng));
    let (fresh, transcript) = (random::<32>(&mut rng), random::<32>(&mut rng));
    let first = Psk::from_invitation(&secret, &bundle_hash);
    let output = |psk: &Psk| json!({ "psk": hex(psk.expose()), "id": hex(psk.id()) });
    let mix = json!({
        "psk": hex(first.expose()),
        "secret": hex(fresh),
        "transcript": hex(transcript),
    });
    let mut cases = vec![
        Case::ok(
            "psk/invitation",
            "from an invitation",
            "From the secret in the link and the hash of the bundle in the invitation.",
            json!({ "secret": hex(secret), "bundle_hash": hex(bundle_hash) }),
            output(&first),
        ),
        Case::ok(
            "psk/relationship",
            "from psk0",
            "The invitation's key is mixed with psk0 of `establish`, in each new session.",
            mix.clone(),
            output(&first.for_relationship(&fresh, &transcript)),
        ),
        Case::ok(
            "psk/renew",
            "from an encapsulated secret",
            "The same values under another label give another key.",
            mix,
            output(&first.renewed(&fresh, &transcript)),
        ),
    ];
    encapsulation(&first, &transcript, &mut cases, &mut rng);
    File {
        name: "psk.json",
        about: "Pre-shared keys and their short public names.",
        cases,
    }
}

fn encapsulation(base: &Psk, transcript: &[u8; 32], cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "psk/decapsulate";
    let key = XWingSecret::random(rng);
    let bundle_hash = random::<32>(rng);
    let info = KemUpdate::info(&bundle_hash, &base.id(), transcript);
    let (ciphertext, secret) = encapsulate(&key.public(), &info, rng).unwrap();
    let input = json!({
        "xwing_key": hex(key.expose()),
        "ciphertext": hex(ciphertext),
        "bundle_hash": hex(bundle_hash),
        "base": hex(base.id()),
        "transcript": hex(transcript),
    });
    let output = json!({ "secret": hex(secret) });
    cases.push(Case::ok(
        OPERATION,
        "encapsulated secret",
        "The 32-byte HPKE export with empty context.",
        input.clone(),
        output,
    ));
    // Implicit rejection: a wrong ciphertext gives another secret, and only the next message fails.
    let changed = flipped(ciphertext, 3);
    let other = decapsulate(&key, &changed.clone().try_into().unwrap(), &info).unwrap();
    let description = "Gives another secret, not an error: the key made of it opens nothing.";
    cases.push(Case::ok(
        OPERATION,
        "changed ciphertext",
        description,
        with(&input, "ciphertext", hex(changed)),
        json!({ "secret": hex(other) }),
    ));
}
