//! Message bodies: CBOR, extensible, strict where it is known.

mod refused;

use dyad_protocol::body::{
    Body, Control, Follows, KemUpdate, Payload, Presentation, Ranges, StreamAck, TicketGrant,
};
use dyad_protocol::codec::encode;
use dyad_protocol::content::{MessageRef, Whose};
use dyad_protocol::id::{MessageId, StreamId};
use dyad_protocol::sign::IdentityKey;
use dyad_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::cast::{NOW, Person};
use super::*;

const DECODE: &str = "body/decode";

pub fn file() -> File {
    let mut rng = rng("body");
    let alex = Person::new(&mut rng);
    let mut cases = good(&alex);
    extensions(&mut cases);
    refused::add(&alex, &mut cases);
    following(&alex, &mut cases);
    File {
        name: "body.json",
        about: "Message bodies: what an envelope holds once the ratchet has opened it.",
        cases,
    }
}

fn ack(stream: u8, ranges: &[(u64, u64)]) -> StreamAck {
    let mut all = Ranges::default();
    for &(from, to) in ranges {
        (from..=to).for_each(|seq| assert!(all.insert(seq)));
    }
    StreamAck {
        stream: StreamId::new([stream; 8]),
        ranges: all,
    }
}

fn text(text: &str) -> Body {
    Body {
        message: Some(MessageId {
            stream: StreamId::new([1; 8]),
            seq: 1,
        }),
        sent: NOW,
        payload: Some(Payload::text(text)),
        ..Body::default()
    }
}

fn grant(alex: &Person) -> TicketGrant {
    TicketGrant {
        services: alex.bundle.body().services.clone(),
        tickets: alex.bundle.body().tickets.clone(),
    }
}

fn good(alex: &Person) -> Vec<Case> {
    let ascii = json!({ "kind": "text", "content": hex("hello"), "fallback": null });
    let move_ = Payload {
        kind: "vnd.example.move".into(),
        content: vec![1, 2],
        fallback: Some("moved".into()),
        reply: None,
        timer: None,
    };
    let reply = Payload {
        reply: Some(MessageRef {
            whose: Whose::Reader,
            message: MessageId {
                stream: StreamId::new([2; 8]),
                seq: 300,
            },
        }),
        timer: Some(86_400),
        ..Payload::text("yes")
    };
    let kem = KemUpdate {
        bundle_hash: alex.bundle.hash(),
        base: alex.psk.id(),
        ciphertext: Box::new([4; 1120]),
    };
    let follows = Follows::sign(&alex.identity, &IdentityKey::new([7; 32]));
    let presentation = Presentation {
        name: "Blair".into(),
        pronouns: Some("they".into()),
    };
    let bare = |body: Body| Body { sent: NOW, ..body };
    let message = json!({ "stream": hex([1; 8]), "seq": 1 });
    [
        ("nothing but the time", bare(Body::default()), json!({})),
        ("text", text("hello"), json!({ "message": message, "payload": ascii })),
        ("payload of another app", Body { payload: Some(move_), ..text("") }, json!({
            "message": message,
            "payload": { "kind": "vnd.example.move", "content": "0102", "fallback": "moved" },
        })),
        ("reply that vanishes", Body { payload: Some(reply), ..text("") }, json!({
            "message": message,
            "payload": {
                "kind": "text", "content": hex("yes"), "fallback": null,
                "reply": { "by_writer": false, "stream": hex([2; 8]), "seq": 300 }, "timer": 86_400,
            },
        })),
        ("received and read", bare(Body { received: vec![ack(1, &[(1, 3), (7, 7)]), ack(2, &[(5, 300)])], read: vec![ack(1, &[(1, 2)])], ..Body::default() }), json!({
            "received": [
                { "stream": hex([1; 8]), "ranges": [[1, 3], [7, 7]] },
                { "stream": hex([2; 8]), "ranges": [[5, 300]] },
            ],
            "read": [{ "stream": hex([1; 8]), "ranges": [[1, 2]] }],
        })),
        ("tickets and stock", bare(Body { tickets: Some(grant(alex)), stock: Some(4), ..Body::default() }), json!({ "tickets": hex(encode(&grant(alex))), "stock": 4 })),
        ("bundle", bare(Body { bundle: Some(vec![9; 40]), ..Body::default() }), json!({ "bundle": hex([9; 40]) })),
        ("encapsulated secret", bare(Body { kem: Some(kem), ..Body::default() }), json!({
            "kem": { "bundle_hash": hex(alex.bundle.hash()), "base": hex(alex.psk.id()), "ciphertext": hex([4; 1120]) },
        })),
        ("presentation", bare(Body { presentation: Some(presentation), ..Body::default() }), json!({ "presentation": { "name": "Blair", "pronouns": "they" } })),
        ("ended", bare(Body { control: Some(Control::Ended), ..Body::default() }), json!({ "control": [1] })),
        ("already used", bare(Body { control: Some(Control::AlreadyUsed), ..Body::default() }), json!({ "control": [2] })),
        ("tickets void", bare(Body { control: Some(Control::TicketsVoidBefore(Timestamp::from_secs(5))), ..Body::default() }), json!({ "control": [3, 5] })),
        ("something unreadable", bare(Body { control: Some(Control::Unreadable), ..Body::default() }), json!({ "control": [4] })),
        ("sent again", Body { written: Some(Timestamp::from_secs(1_700_000_000)), ..text("x") }, json!({
            "message": message, "payload": { "kind": "text", "content": hex("x"), "fallback": null }, "written": 1_700_000_000,
        })),
        ("following identity", bare(Body { follows: Some(follows.clone()), ..Body::default() }), json!({
            "follows": { "identity": hex(follows.identity), "by_old": hex(follows.by_old), "by_new": hex(follows.by_new) },
        })),
        ("group context", bare(Body { context: Some(vec![8]), ..Body::default() }), json!({ "context": "08" })),
    ]
    .into_iter()
    .map(|(name, body, output)| {
        Case::ok(DECODE, name, "Encodes back to the same bytes.", json!({ "body": hex(body.encode()) }), sent(output))
    })
    .collect()
}

/// The output with the time that all these bodies carry.
fn sent(output: Value) -> Value {
    let mut output = output;
    output["sent"] = NOW.as_secs().into();
    output
}

/// `{0: 1, 2: 0}` with more entries.
fn map(entries: &[&[u8]]) -> Vec<u8> {
    let head = [0xa0 | (2 + entries.len() as u8), 0, 1, 2, 0];
    [&head[..], &entries.concat()].concat()
}

fn extensions(cases: &mut Vec<Case>) {
    let bytes = map(&[&[0x18, 99, 0x82, 1, 0x61, b'x']]);
    let unknown = json!([{ "key": 99, "value": "82016178" }]);
    cases.push(Case::ok(
        DECODE,
        "key of a newer app",
        "Kept as it came, and written back.",
        json!({ "body": hex(&bytes) }),
        json!({ "sent": 0, "unknown": unknown }),
    ));
    let reserved = map(&[&[13, 0xf6], &[15, 0x41, 7]]);
    let unknown = json!([{ "key": 13, "value": "f6" }, { "key": 15, "value": "4107" }]);
    cases.push(Case::ok(
        DECODE,
        "reserved keys",
        "For recovery identities: kept until they mean something.",
        json!({ "body": hex(reserved) }),
        json!({ "sent": 0, "unknown": unknown }),
    ));
    let control = map(&[&[11, 0x82, 0x18, 77, 0x61, b'x']]);
    cases.push(Case::ok(
        DECODE,
        "control of a newer app",
        "Ignored; the rest of the body counts.",
        json!({ "body": hex(control) }),
        json!({ "sent": 0 }),
    ));
}

fn following(alex: &Person, cases: &mut Vec<Case>) {
    const VERIFY: &str = "follows/verify";
    let (new, stranger) = (IdentityKey::new([7; 32]), IdentityKey::new([8; 32]));
    let follows = Follows::sign(&alex.identity, &new);
    let input = json!({
        "old": hex(alex.identity.public()),
        "identity": hex(follows.identity),
        "by_old": hex(follows.by_old),
        "by_new": hex(follows.by_new),
    });
    cases.push(Case::ok(
        VERIFY,
        "one identity follows another",
        "By the word of both.",
        input.clone(),
        json!({}),
    ));
    for (name, field, value) in [
        ("follows another identity", "old", hex(stranger.public())),
        (
            "an identity that did not sign",
            "identity",
            hex(stranger.public()),
        ),
        (
            "old signature changed",
            "by_old",
            hex(flipped(follows.by_old, 9)),
        ),
        (
            "new signature changed",
            "by_new",
            hex(flipped(follows.by_new, 9)),
        ),
        ("signatures swapped", "by_new", hex(follows.by_old)),
        (
            "malleated signature",
            "by_new",
            hex(malleated(follows.by_new)),
        ),
    ] {
        cases.push(Case::refused(
            VERIFY,
            name,
            "Not by the word of both.",
            with(&input, field, value),
            "not-authentic",
        ));
    }
}
