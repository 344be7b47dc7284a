//! What travels between services and from the app to its sender service.

use dyad_protocol::address::SenderAddress;
use dyad_protocol::api::submit::{Submission, TrafficClass};
use dyad_protocol::batch::{Item, sign};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::hash::hash;
use dyad_protocol::id::{BatchId, DedupId};
use dyad_protocol::label;
use dyad_protocol::limits::{BATCH_SKEW, ITEM_LEN, SEALED_LEN};
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::Token;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{NOW, host, random};
use super::*;

const VERIFY: &str = "batch/verify";
const DECODE: &str = "submission/decode";

/// An item whose insides are nobody's business here: one repeated byte, so that the files stay small.
fn item(byte: u8) -> Item {
    Item {
        address: SenderAddress::new([byte; SenderAddress::LEN]),
        sealed: SealedMessage::from_slice(&[byte; SEALED_LEN]).unwrap(),
    }
}

fn items(bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![];
    bytes.iter().for_each(|byte| item(*byte).write(&mut all));
    all
}

/// Header in hexadecimal, then each run of equal bytes as a repetition.
fn compact(bytes: &[u8], header_len: usize) -> Value {
    let mut parts = vec![hex(&bytes[..header_len])];
    for run in bytes[header_len..].chunk_by(|a, b| a == b) {
        parts.push(json!({ "repeat": hex::encode(&run[..1]), "times": run.len() }));
    }
    Value::from(parts)
}

pub fn file() -> File {
    let mut rng = rng("batch");
    let key = ServiceKey::random(&mut rng);
    let id = BatchId::new(random(&mut rng));
    let (from, to) = (host("sender.example"), host("receiver.example"));
    let header_len = 1 + 15 + 17 + 8 + 16 + 64;
    let make = |time: Timestamp, items: &[u8]| sign(&key, &from, &to, time, id, items);
    let input = |bytes: &[u8]| {
        json!({
            "batch": compact(bytes, header_len.min(bytes.len())),
            "key": hex(key.public()),
            "receiver": to.as_str(),
            "now": NOW.as_secs(),
        })
    };
    let output = |count: usize| json!({ "sender": from.as_str(), "id": hex(id), "items": count });
    let two = make(NOW, &items(&[1, 2]));
    let mut cases = vec![
        Case::ok(
            VERIFY,
            "one item",
            "The smallest batch.",
            input(&make(NOW, &items(&[1]))),
            output(1),
        ),
        Case::ok(
            VERIFY,
            "two items",
            "Their order is that of the bytes.",
            input(&two),
            output(2),
        ),
        Case::ok(
            VERIFY,
            "256 items",
            "The largest batch.",
            input(&make(NOW, &items(&[7; 256]))),
            output(256),
        ),
        Case::ok(
            VERIFY,
            "an hour behind",
            "The most that clocks may differ.",
            input(&make(NOW.minus(BATCH_SKEW), &items(&[1]))),
            output(1),
        ),
        Case::ok(
            VERIFY,
            "an hour ahead",
            "The most that clocks may differ.",
            input(&make(NOW.plus(BATCH_SKEW), &items(&[1]))),
            output(1),
        ),
    ];
    let mut refused = |name: &str, description: &str, input: Value, error: &str| {
        cases.push(Case::refused(VERIFY, name, description, input, error));
    };
    refused("empty", "Nothing at all.", input(&[]), "length");
    refused(
        "version 0",
        "No such version.",
        input(&patched(&two, 0, &[0])),
        "version",
    );
    refused(
        "version 2",
        "A version of a later release.",
        input(&patched(&two, 0, &[2])),
        "version",
    );
    refused(
        "header cut off",
        "It ends inside the signature.",
        input(&two[..header_len - 1]),
        "malformed",
    );
    refused(
        "no items",
        "Nothing to deliver.",
        input(&make(NOW, &[])),
        "length",
    );
    refused(
        "257 items",
        "One more than a batch may hold, though signed.",
        input(&make(NOW, &items(&[7; 257]))),
        "length",
    );
    refused(
        "truncated",
        "The last byte is missing.",
        input(&truncated(&two)),
        "length",
    );
    refused(
        "trailing byte",
        "One byte too many.",
        input(&extended(&two)),
        "length",
    );
    refused(
        "host in capitals",
        "One host has one spelling.",
        input(&patched(&two, 2, b"S")),
        "malformed",
    );
    refused(
        "an hour and a second behind",
        "Too old.",
        input(&make(NOW.minus(BATCH_SKEW + 1), &items(&[1]))),
        "expired",
    );
    refused(
        "an hour and a second ahead",
        "Too new.",
        input(&make(NOW.plus(BATCH_SKEW + 1), &items(&[1]))),
        "expired",
    );
    refused(
        "for another receiver",
        "A batch that was taken from elsewhere.",
        with(&input(&two), "receiver", "other.example".into()),
        "not-authentic",
    );
    refused(
        "wrong key",
        "Not the key that the sender's document names.",
        with(
            &input(&two),
            "key",
            hex(ServiceKey::random(&mut rng).public()),
        ),
        "not-authentic",
    );
    refused(
        "swapped items",
        "Their order is signed.",
        input(&patched(&two, header_len, &items(&[2, 1]))),
        "not-authentic",
    );
    refused(
        "changed item",
        "One bit of it.",
        input(&flipped(&two, header_len + 200)),
        "not-authentic",
    );
    refused(
        "item left out",
        "The second.",
        input(&two[..two.len() - ITEM_LEN]),
        "not-authentic",
    );
    refused(
        "another id",
        "A batch that was seen cannot pass as a new one.",
        input(&flipped(&two, 41)),
        "not-authentic",
    );
    refused(
        "another time",
        "An old batch cannot pass as a new one.",
        input(&flipped(&two, 40)),
        "not-authentic",
    );
    refused(
        "another sender",
        "The host that is held to account.",
        input(&patched(&two, 2, b"z")),
        "not-authentic",
    );
    refused(
        "malleated signature",
        "The group order added to its second half.",
        {
            let at = header_len - 64;
            input(&patched(&two, at, &malleated(&two[at..header_len])))
        },
        "not-authentic",
    );
    File {
        name: "batch.json",
        about: "Delivery batches. That a batch id comes only once is for the receiver's store to check.",
        cases,
    }
}

pub fn submission_file() -> File {
    let mut rng = rng("submission");
    let mut cases = vec![];
    for (name, class, dedup) in [
        ("prompt", TrafficClass::Prompt, None),
        ("relaxed", TrafficClass::Relaxed, None),
        (
            "with a de-duplication id",
            TrafficClass::Relaxed,
            Some(DedupId::new([0xdd; 16])),
        ),
    ] {
        let submission = submission(class, dedup, &mut rng);
        let bytes = submission.encode();
        let output = json!({
            "class": class as u8,
            "token": hex(submission.token),
            "receiver": submission.receiver.as_str(),
            "dedup": dedup.map_or(Value::Null, hex),
            "item": json!([{ "repeat": "05", "times": ITEM_LEN }]),
            "request_hash": hex(hash(label::SUBMIT, &[&bytes])),
        });
        cases.push(Case::ok(
            DECODE,
            name,
            "The same bytes again are the same request: they have the same hash.",
            json!({ "submission": compact(&bytes, bytes.len() - ITEM_LEN) }),
            output,
        ));
    }
    let bytes = submission(
        TrafficClass::Prompt,
        Some(DedupId::new([0xdd; 16])),
        &mut rng,
    )
    .encode();
    let header_len = bytes.len() - ITEM_LEN;
    let flag_at = header_len - 17;
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "version 0",
            "No such version.",
            patched(&bytes, 0, &[0]),
            "version",
        ),
        (
            "version 2",
            "A version of a later release.",
            patched(&bytes, 0, &[2]),
            "version",
        ),
        (
            "header cut off",
            "It ends inside the token.",
            bytes[..100].to_vec(),
            "malformed",
        ),
        (
            "no item",
            "The header alone.",
            bytes[..header_len].to_vec(),
            "length",
        ),
        (
            "truncated",
            "The last byte is missing.",
            truncated(&bytes),
            "length",
        ),
        (
            "trailing byte",
            "One byte too many.",
            extended(&bytes),
            "length",
        ),
        (
            "two items",
            "A submission is one message.",
            [&bytes[..], &items(&[6])].concat(),
            "length",
        ),
        (
            "class 0",
            "No such traffic class.",
            patched(&bytes, 1, &[0]),
            "malformed",
        ),
        (
            "class 3",
            "A class of a later release.",
            patched(&bytes, 1, &[3]),
            "malformed",
        ),
        (
            "flag 2",
            "Neither with nor without a de-duplication id.",
            patched(&bytes, flag_at, &[2]),
            "malformed",
        ),
        (
            "host that is none",
            "A slash in a name.",
            patched(&bytes, 165, b"/"),
            "malformed",
        ),
        (
            "host without letters",
            "Length zero: the name's bytes are read as what follows.",
            patched(&bytes, 164, &[0]),
            "malformed",
        ),
    ] {
        let len = header_len.min(bytes.len());
        cases.push(Case::refused(
            DECODE,
            name,
            description,
            json!({ "submission": compact(&bytes, len) }),
            error,
        ));
    }
    File {
        name: "submission.json",
        about: "Submissions of one message to a sender service. That the token is good and unspent is checked elsewhere.",
        cases,
    }
}

fn submission(class: TrafficClass, dedup: Option<DedupId>, rng: &mut ChaCha20Rng) -> Submission {
    Submission {
        token: Token::new(random(rng)),
        class,
        receiver: host("receiver.example"),
        dedup,
        item: item(5),
    }
}
