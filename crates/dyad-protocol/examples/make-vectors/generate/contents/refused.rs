//! Edits, deletions, reactions and timers that are malformed.

use dyad_protocol::content::Said;
use serde_json::json;

use super::{Case, READ, hex, output, target};

pub(super) fn add(cases: &mut Vec<Case>) {
    let own = [&[0x83, 0, 0x48][..], &[1; 8], &[7]].concat();
    let theirs = [&[0x83, 1, 0x48][..], &[1; 8], &[7]].concat();
    let map = |entries: &[&[u8]]| [&[0xa0 | entries.len() as u8][..], &entries.concat()].concat();
    let about = |reference: &[u8]| [&[0][..], reference].concat();
    let order = |value: &[u8]| [&[1][..], value].concat();
    let great = order(&[0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    for (name, description, kind, content, fallback) in [
        (
            "edit of the reader's message",
            "Nobody changes what another wrote.",
            "edit",
            map(&[&about(&theirs), &order(&[1])]),
            Some("x"),
        ),
        (
            "deletion of the reader's message",
            "Nobody takes back what another wrote.",
            "delete",
            map(&[&about(&theirs)]),
            None,
        ),
        (
            "edit without text",
            "The text stands in the fallback.",
            "edit",
            map(&[&about(&own), &order(&[1])]),
            None,
        ),
        (
            "edit to nothing",
            "That would be a deletion.",
            "edit",
            map(&[&about(&own), &order(&[1])]),
            Some(""),
        ),
        (
            "edit without order",
            "Nobody would know whether it is the last.",
            "edit",
            map(&[&about(&own)]),
            Some("x"),
        ),
        (
            "edit of nothing",
            "No reference.",
            "edit",
            map(&[&order(&[1])]),
            Some("x"),
        ),
        (
            "order of 2^63",
            "Orders go to 2^63-1.",
            "edit",
            map(&[&about(&own), &great]),
            Some("x"),
        ),
        (
            "deletion of nothing",
            "No reference.",
            "delete",
            map(&[]),
            None,
        ),
        (
            "reference of a third person",
            "There are two.",
            "delete",
            map(&[&about(&[&[0x83, 2, 0x48][..], &[1; 8], &[7]].concat())]),
            None,
        ),
        (
            "reference to number 0",
            "They begin at 1.",
            "delete",
            map(&[&about(&[&[0x83, 0, 0x48][..], &[1; 8], &[0]].concat())]),
            None,
        ),
        (
            "reference to a stream of seven bytes",
            "Eight.",
            "delete",
            map(&[&about(&[&[0x83, 0, 0x47][..], &[1; 7], &[7]].concat())]),
            None,
        ),
        (
            "reference of two",
            "Whose, stream and number.",
            "delete",
            map(&[&about(&[&[0x82, 0x48][..], &[1; 8], &[7]].concat())]),
            None,
        ),
        (
            "reaction to nothing",
            "No reference.",
            "reaction",
            map(&[&order(&[1])]),
            None,
        ),
        (
            "timer of no time",
            "0 seconds.",
            "timer",
            vec![0xa2, 0, 1, 1, 0],
            None,
        ),
        (
            "timer longer than 366 days",
            "31,622,401 seconds.",
            "timer",
            vec![0xa2, 0, 1, 1, 0x1a, 0x01, 0xe2, 0x85, 0x01],
            None,
        ),
        (
            "timer without order",
            "Nobody would know whether it is the last.",
            "timer",
            vec![0xa1, 1, 5],
            None,
        ),
        ("not a map", "A list.", "timer", vec![0x80], None),
        ("nothing at all", "No bytes.", "delete", vec![], None),
    ] {
        let input = json!({ "kind": kind, "content": hex(&content), "fallback": fallback });
        cases.push(Case::refused(READ, name, description, input, "malformed"));
    }
    let trailing = [&map(&[&about(&own)])[..], &[0]].concat();
    cases.push(Case::refused(
        READ,
        "trailing byte",
        "Something follows the map.",
        json!({ "kind": "delete", "content": hex(trailing), "fallback": null }),
        "length",
    ));
    let newer = map(&[&about(&own), &[0x18, 77, 0x80]]);
    cases.push(Case::ok(
        READ,
        "key of a newer app",
        "Ignored.",
        json!({ "kind": "delete", "content": hex(newer), "fallback": null }),
        output(&Said::Delete { target: target() }),
    ));
}
