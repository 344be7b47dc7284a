//! Bodies that no reader may take.

use dyad_protocol::codec::encode;
use serde_json::json;

use super::super::cast::Person;
use super::super::{Case, extended, hex, truncated};
use super::{DECODE, grant, map};

pub fn add(alex: &Person, cases: &mut Vec<Case>) {
    let deep = [&[0x18, 99][..], &[0x81; 40], &[0]].concat();
    let mut foreign = grant(alex);
    foreign.tickets[0].service = 9;
    let foreign = encode(&foreign);
    let tickets = |grant: &[u8]| {
        let len = (grant.len() as u16).to_be_bytes();
        map(&[&[6, 0x59, len[0], len[1]], grant])
    };
    let many = map(&[&[
        &[4, 0x91][..],
        &[0x82, 0x48, 1, 1, 1, 1, 1, 1, 1, 1, 0x80].repeat(17),
    ]
    .concat()]);
    let message = |bytes: &[u8]| map(&[&[&[1][..], bytes].concat()]);
    let received = |ranges: &[u8]| {
        map(&[&[&[4, 0x81, 0x82, 0x48, 1, 1, 1, 1, 1, 1, 1, 1][..], ranges].concat()])
    };
    let long_kind = [&[3, 0xa2, 0, 0x78, 65][..], &[b'k'; 65], &[1, 0x40]].concat();
    let long_name = [&[10, 0xa1, 0, 0x79, 1, 1][..], &[b'n'; 257]].concat();
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "malformed"),
        ("empty map", "No version.", vec![0xa0], "malformed"),
        (
            "no version",
            "Only the time.",
            vec![0xa1, 2, 0],
            "malformed",
        ),
        (
            "version 2",
            "A version of a later release.",
            vec![0xa2, 0, 2, 2, 0],
            "version",
        ),
        ("not a map", "A number.", vec![1], "malformed"),
        (
            "indefinite length",
            "Definite lengths only.",
            vec![0xbf, 0, 1, 0xff],
            "malformed",
        ),
        (
            "truncated",
            "The map promises one more entry.",
            vec![0xa3, 0, 1, 2, 0],
            "malformed",
        ),
        (
            "trailing byte",
            "Something follows the map.",
            extended(map(&[])),
            "length",
        ),
        (
            "doubled key",
            "The time twice: readers could disagree.",
            vec![0xa3, 0, 1, 2, 0, 2, 0],
            "malformed",
        ),
        (
            "keys out of order",
            "Ascending only.",
            vec![0xa2, 2, 0, 0, 1],
            "malformed",
        ),
        (
            "negative key",
            "Keys are unsigned.",
            map(&[&[0x20, 0]]),
            "malformed",
        ),
        (
            "text key",
            "Keys are integers.",
            map(&[&[0x61, b'a', 0]]),
            "malformed",
        ),
        (
            "too deep",
            "40 nested arrays under an unknown key.",
            map(&[&deep]),
            "malformed",
        ),
        (
            "65 entries",
            "At most 64 in a map.",
            vec![0xb8, 65, 0, 1],
            "malformed",
        ),
        (
            "sequence number 0",
            "They begin at 1.",
            message(&[0x82, 0x48, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
            "malformed",
        ),
        (
            "stream of seven bytes",
            "Eight.",
            message(&[0x82, 0x47, 1, 1, 1, 1, 1, 1, 1, 1]),
            "malformed",
        ),
        (
            "message identity of three",
            "Stream and number, nothing else.",
            message(&[0x83, 0x48, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
            "malformed",
        ),
        (
            "payload without kind",
            "Nobody would know what it is.",
            map(&[&[3, 0xa1, 1, 0x40]]),
            "malformed",
        ),
        (
            "payload with an empty kind",
            "Nobody would know what it is.",
            map(&[&[3, 0xa2, 0, 0x60, 1, 0x40]]),
            "malformed",
        ),
        (
            "kind too long",
            "65 bytes.",
            map(&[&long_kind]),
            "malformed",
        ),
        (
            "kind that is no UTF-8",
            "A byte ff in text.",
            map(&[&[3, 0xa2, 0, 0x61, 0xff, 1, 0x40]]),
            "malformed",
        ),
        (
            "reply to a third person's message",
            "Whose is 0 or 1.",
            map(&[&[
                &[3, 0xa3, 0, 0x64][..],
                b"text",
                &[1, 0x40, 3, 0x83, 2, 0x48],
                &[1; 8],
                &[1],
            ]
            .concat()]),
            "malformed",
        ),
        (
            "message that vanishes at once",
            "A timer is at least a second.",
            map(&[&[&[3, 0xa3, 0, 0x64][..], b"text", &[1, 0x40, 4, 0]].concat()]),
            "malformed",
        ),
        (
            "range of three numbers",
            "Ranges come in pairs.",
            received(&[0x83, 1, 2, 3]),
            "malformed",
        ),
        (
            "range that ends before it begins",
            "From 3 to 1.",
            received(&[0x82, 3, 1]),
            "malformed",
        ),
        (
            "range from 0",
            "Numbers begin at 1.",
            received(&[0x82, 0, 1]),
            "malformed",
        ),
        (
            "overlapping ranges",
            "1 to 3 and 3 to 5.",
            received(&[0x84, 1, 3, 3, 5]),
            "malformed",
        ),
        (
            "adjacent ranges",
            "1 to 3 and 4 to 5 is 1 to 5.",
            received(&[0x84, 1, 3, 4, 5]),
            "malformed",
        ),
        (
            "65 ranges",
            "At most 64 in an acknowledgement.",
            received(&[0x98, 130, 1, 1]),
            "malformed",
        ),
        ("17 streams", "At most 16 in a body.", many, "malformed"),
        (
            "ticket of a service that is not there",
            "Index 9 of 2.",
            tickets(&foreign),
            "malformed",
        ),
        (
            "tickets with a trailing byte",
            "Fixed encoding, nothing after it.",
            tickets(&extended(encode(&grant(alex)))),
            "length",
        ),
        (
            "tickets, truncated",
            "Cut off.",
            tickets(&truncated(encode(&grant(alex)))),
            "length",
        ),
        (
            "stock of 256",
            "One byte.",
            map(&[&[7, 0x19, 1, 0]]),
            "malformed",
        ),
        (
            "encapsulated secret too short",
            "One byte of ciphertext.",
            map(&[&[
                &[9, 0x83, 0x58, 32][..],
                &[1; 32],
                &[0x48, 1, 1, 1, 1, 1, 1, 1, 1, 0x41, 1],
            ]
            .concat()]),
            "malformed",
        ),
        ("name too long", "257 bytes.", map(&[&long_name]), "length"),
        (
            "control without a number",
            "An empty array.",
            map(&[&[11, 0x80]]),
            "malformed",
        ),
    ] {
        cases.push(Case::refused(
            DECODE,
            name,
            description,
            json!({ "body": hex(bytes) }),
            error,
        ));
    }
    let long = json!({ "body": { "repeat": "a0", "times": 2893 } });
    cases.push(Case::refused(
        DECODE,
        "oversized",
        "Longer than an envelope holds.",
        long,
        "length",
    ));
}
