//! Service documents: signed bytes inside JSON, and the succession of keys.

use dyad_protocol::address::Generation;
use dyad_protocol::call_server::{CallServers, Relay};
use dyad_protocol::codec::{Flag, encode, to_base64};
use dyad_protocol::document::{
    ClassInfo, DocumentBody, EpochKey, IssuerInfo, PublishedKey, ReceiverInfo, SenderInfo,
    Succession,
};
use dyad_protocol::hpke::X25519Public;
use dyad_protocol::label;
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::time::Epoch;
use dyad_protocol::token::{TokenClass, TokenKeyPublic};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{NOW, host, random};
use super::*;

const VERIFY: &str = "document/verify";
const FOLLOWS: &str = "document/follows";
const HOST: &str = "provider.example";

pub fn file() -> File {
    let mut rng = rng("document");
    let key = ServiceKey::random(&mut rng);
    let body = body(&key, &mut rng);
    let json_text = text(&body.sign(&key, &[]));
    let input = json!({ "json": json_text, "host": HOST });
    let sender_only = DocumentBody {
        issuer: None,
        receiver: None,
        ..body.clone()
    };
    let mut cases = vec![
        Case::ok(
            VERIFY,
            "all three services",
            "An issuer, a sender and a receiver at one host.",
            input.clone(),
            output(&body),
        ),
        Case::ok(
            VERIFY,
            "sender alone",
            "What a host does not do is left out.",
            json!({ "json": text(&sender_only.sign(&key, &[])), "host": HOST }),
            output(&sender_only),
        ),
        Case::ok(
            VERIFY,
            "unknown JSON keys",
            "Are ignored: only what is signed counts.",
            with(
                &input,
                "json",
                json_text.replacen('{', "{\"x\":1,", 1).into(),
            ),
            output(&body),
        ),
    ];
    let helpful = DocumentBody {
        calls: CallServers {
            stun: vec!["stun:stun.example:3478".parse().unwrap()],
            turn: vec![Relay {
                url: "turn:turn.example:3478?transport=udp".parse().unwrap(),
                username: "dyad".into(),
                credential: "secret".into(),
            }],
        },
        ..body.clone()
    };
    cases.push(Case::ok(
        VERIFY,
        "servers for calls",
        "At the end, and only if there are any.",
        json!({ "json": text(&helpful.sign(&key, &[])), "host": HOST }),
        output(&helpful),
    ));
    refusals(&body, &key, &input, &mut cases, &mut rng);
    succession(&body, &key, &mut cases, &mut rng);
    File {
        name: "document.json",
        about: "Service documents as served at /.well-known/dyad, and whether their key follows one that is known.",
        cases,
    }
}

fn body(key: &ServiceKey, rng: &mut ChaCha20Rng) -> DocumentBody {
    let epoch = Epoch::containing(NOW);
    let mut published = |generation, days| PublishedKey {
        generation: Generation(generation),
        public: X25519Public::new(random(rng)),
        use_until: NOW.plus(days * DAY),
        retires: NOW.plus(2 * days * DAY),
    };
    let (transit, address) = (
        vec![published(9, 5), published(10, 26)],
        vec![published(3, 300)],
    );
    DocumentBody {
        version: 1,
        host: host(HOST),
        issued: NOW,
        key: key.public(),
        issuer: Some(IssuerInfo {
            open_registration: Flag(true),
            classes: [TokenClass::Message, TokenClass::Mailbox]
                .map(|class| ClassInfo {
                    class,
                    redeemer: host(HOST),
                    keys: vec![EpochKey {
                        epoch,
                        key: TokenKeyPublic::new([class.number(); 32]),
                    }],
                })
                .into(),
        }),
        sender: Some(SenderInfo {
            queue_lifetime: 14 * DAY,
            invitation_lifetime: 30 * DAY,
            blob_lifetime: 30 * DAY,
        }),
        receiver: Some(ReceiverInfo {
            transit,
            address,
            retention: 60 * DAY,
        }),
        calls: CallServers::default(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn output(body: &DocumentBody) -> Value {
    json!({ "key": hex(body.key), "document": hex(encode(body)), "issued": body.issued.as_secs() })
}

/// JSON around bytes that `key` signs, whatever they say.
fn around(document: &[u8], key: &ServiceKey, version: u8) -> String {
    let signature = to_base64(key.sign(label::DOCUMENT, &[document]).as_ref());
    // The keys in order of the alphabet, in which `serde_json` writes them unless it keeps ours.
    json!({
        "document": to_base64(document),
        "signature": signature,
        "succession": [],
        "version": version,
    })
    .to_string()
}

fn refusals(
    body: &DocumentBody,
    key: &ServiceKey,
    input: &Value,
    cases: &mut Vec<Case>,
    rng: &mut ChaCha20Rng,
) {
    let stranger = ServiceKey::random(rng);
    let bytes = encode(body);
    let signed = |change: &dyn Fn(&mut DocumentBody)| {
        let mut body = body.clone();
        change(&mut body);
        text(&body.sign(key, &[]))
    };
    let receiver = |change: &dyn Fn(&mut ReceiverInfo)| {
        signed(&|body| change(body.receiver.as_mut().unwrap()))
    };
    let keys = |count: usize| {
        signed(&|body| {
            let class = &mut body.issuer.as_mut().unwrap().classes[0];
            class.keys = vec![class.keys[0]; count];
        })
    };
    let statement = Succession::sign(&host(HOST), &stranger, key.public());
    let statements = text(&body.sign(key, &vec![statement; 17]));
    let unsigned = json!({ "document": to_base64(&bytes), "version": 1 }).to_string();
    for (name, description, json_text, error) in [
        ("nothing", "An empty answer.", String::new(), "malformed"),
        (
            "not JSON",
            "A page instead of a document.",
            "<html>".into(),
            "malformed",
        ),
        (
            "no signature",
            "An unsigned document is always refused.",
            unsigned,
            "malformed",
        ),
        (
            "JSON version 2",
            "A version of a later release.",
            around(&bytes, key, 2),
            "version",
        ),
        (
            "signed by another key",
            "Not by the key that it names.",
            around(&bytes, &stranger, 1),
            "not-authentic",
        ),
        (
            "changed",
            "One bit of the receiver's keys.",
            {
                let good = text(&body.sign(key, &[]));
                good.replace(
                    &to_base64(&bytes),
                    &to_base64(&flipped(&bytes, bytes.len() - 20)),
                )
            },
            "not-authentic",
        ),
        (
            "truncated document",
            "Signed, but cut off.",
            around(&truncated(&bytes), key, 1),
            "length",
        ),
        (
            "trailing byte",
            "Signed, but with something after it.",
            around(&extended(&bytes), key, 1),
            "length",
        ),
        (
            "inner version 2",
            "Signed, but of a later release.",
            around(&patched(&bytes, 0, &[2]), key, 1),
            "malformed",
        ),
        (
            "three transit keys",
            "More than two live generations would sort users into groups.",
            receiver(&|r| r.transit.push(r.transit[0])),
            "malformed",
        ),
        (
            "three address keys",
            "At most two.",
            receiver(&|r| r.address = vec![r.address[0]; 3]),
            "malformed",
        ),
        (
            "no transit key",
            "A receiver that cannot receive.",
            receiver(&|r| r.transit.clear()),
            "malformed",
        ),
        (
            "no address key",
            "A receiver for which nothing can be minted.",
            receiver(&|r| r.address.clear()),
            "malformed",
        ),
        (
            "three token keys of a class",
            "At most today's and tomorrow's: more could mark clients.",
            keys(3),
            "malformed",
        ),
        (
            "17 statements of succession",
            "At most 16.",
            statements,
            "malformed",
        ),
    ] {
        cases.push(Case::refused(
            VERIFY,
            name,
            description,
            with(input, "json", json_text.into()),
            error,
        ));
    }
    cases.push(Case::refused(
        VERIFY,
        "of another host",
        "Copied from somebody else's well-known path.",
        with(input, "host", "other.example".into()),
        "not-authentic",
    ));
    let long = json!({ "repeat": " ", "times": 32_769 });
    cases.push(Case::refused(
        VERIFY,
        "endless",
        "One byte more than a document may have.",
        with(input, "json", long),
        "length",
    ));
}

fn succession(body: &DocumentBody, key: &ServiceKey, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let [first, second, stranger] = [(); 3].map(|()| ServiceKey::random(rng));
    let at = host(HOST);
    let chain = [
        Succession::sign(&at, &first, second.public()),
        Succession::sign(&at, &second, key.public()),
    ];
    let input = |statements: &[Succession], known: &ServiceKey| {
        json!({
            "json": text(&body.sign(key, statements)),
            "host": HOST,
            "known": hex(known.public().key_hash()),
        })
    };
    for (name, statements, known) in [
        ("the known key itself", &[][..], key),
        ("one step", &chain, &second),
        ("two steps", &chain, &first),
    ] {
        cases.push(Case::ok(
            FOLLOWS,
            name,
            "Each key signed the next.",
            input(statements, known),
            json!({}),
        ));
    }
    let forged = Succession {
        new: key.public(),
        ..Succession::sign(&at, &second, stranger.public())
    };
    let elsewhere = Succession::sign(&host("other.example"), &second, key.public());
    let circle = [
        Succession::sign(&at, &first, second.public()),
        Succession::sign(&at, &second, first.public()),
    ];
    for (name, description, statements, known) in [
        (
            "another key",
            "Somebody may be impersonating the host.",
            &[][..],
            &stranger,
        ),
        (
            "a key from nowhere",
            "No statement begins with the known key.",
            &chain[..],
            &stranger,
        ),
        (
            "a gap",
            "The first step is there, the second is not.",
            &chain[..1],
            &first,
        ),
        (
            "changed statement",
            "The old key signed another new one.",
            &[forged],
            &second,
        ),
        (
            "statement for another host",
            "The host is signed.",
            &[elsewhere],
            &second,
        ),
        (
            "a circle",
            "Two keys that follow each other lead nowhere, and end.",
            &circle,
            &first,
        ),
    ] {
        cases.push(Case::refused(
            FOLLOWS,
            name,
            description,
            input(statements, known),
            "not-authentic",
        ));
    }
}
