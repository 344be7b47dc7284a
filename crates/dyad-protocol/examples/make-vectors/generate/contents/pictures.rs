//! What payloads say of the picture that somebody shows.

use dyad_protocol::content::{MAX_ORDER, MAX_PICTURE_LEN, Picture, Said};
use serde_json::{Value, json};

use super::{Case, READ, input, link, link_output};

pub(super) fn output(picture: &Picture) -> Value {
    json!({
        "said": "picture",
        "order": picture.order,
        "link": picture.link.as_ref().map(link_output),
    })
}

pub(super) fn add(cases: &mut Vec<Case>) {
    let of = |order, size: Option<u64>| Picture {
        order,
        link: size.map(link),
    };
    for (name, description, picture) in [
        (
            "picture",
            "Written back to the same bytes.",
            of(1_800_000_000, Some(MAX_PICTURE_LEN)),
        ),
        (
            "picture taken away",
            "Written back to the same bytes.",
            of(MAX_ORDER, None),
        ),
    ] {
        let shown = output(&picture);
        if let Some(payload) = Said::Picture(picture).payload(None) {
            cases.push(Case::ok(READ, name, description, input(&payload), shown));
        }
    }
    for (name, description, picture) in [
        (
            "picture: beyond 64 KiB",
            "One byte more.",
            of(1, Some(MAX_PICTURE_LEN + 1)),
        ),
        ("picture: empty", "At least one byte.", of(1, Some(0))),
        (
            "picture: order 2^63",
            "Orders go to 2^63-1.",
            of(MAX_ORDER + 1, None),
        ),
    ] {
        if let Some(payload) = Said::Picture(picture).payload(None) {
            let input = input(&payload);
            cases.push(Case::refused(READ, name, description, input, "malformed"));
        }
    }
    for (name, description, content) in [
        ("picture: no order", "It is required.", "a0"),
        (
            "picture: link that says nothing",
            "All of a link is required.",
            "a2000301a0",
        ),
    ] {
        let input = json!({ "kind": "picture", "content": content, "fallback": null });
        cases.push(Case::refused(READ, name, description, input, "malformed"));
    }
}
