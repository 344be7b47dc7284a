//! Files and long texts that are malformed.

use dyad_protocol::attachment::MAX_FILE_LEN;
use dyad_protocol::content::{MAX_LONG_LEN, Said};
use dyad_protocol::time::Timestamp;
use serde_json::json;

use super::{Case, READ, SentFile, hex, input, link, picture, target};

pub(super) fn refused(cases: &mut Vec<Case>) {
    let mut case = |name: &str, description: &str, said: Said, beginning: Option<&str>| {
        if let Some(mut payload) = said.payload(Some("a file")) {
            if payload.kind == Said::LONG {
                payload.fallback = beginning.map(str::to_owned);
            }
            cases.push(Case::refused(
                READ,
                name,
                description,
                input(&payload),
                "malformed",
            ));
        }
    };
    let file = |change: fn(&mut SentFile)| {
        let mut file = picture();
        change(&mut file);
        Said::File(file)
    };
    case(
        "file without a name",
        "At least one byte.",
        file(|f| f.name.clear()),
        None,
    );
    case(
        "name of 256 bytes",
        "At most 255.",
        file(|f| f.name = "x".repeat(256)),
        None,
    );
    case(
        "media type of 128 bytes",
        "At most 127.",
        file(|f| f.media_type = Some("x".repeat(128))),
        None,
    );
    case(
        "preview of 65 bytes",
        "At most 64.",
        file(|f| f.preview = Some(vec![0; 65])),
        None,
    );
    case(
        "file larger than any",
        "2^31 and one.",
        file(|f| f.link.size = MAX_FILE_LEN + 1),
        None,
    );
    case(
        "kept until 2^63",
        "Seconds go to 2^63-1.",
        file(|f| f.link.ends = Timestamp::from_secs(1 << 63)),
        None,
    );
    let long = |size| Said::Long {
        link: link(size),
        beginning: "Once".into(),
    };
    case(
        "long text without a beginning",
        "It stands in the fallback.",
        long(5),
        None,
    );
    case(
        "long text that begins with nothing",
        "At least one byte.",
        long(5),
        Some(""),
    );
    case(
        "long text beyond 1 MiB",
        "One byte more.",
        long(MAX_LONG_LEN + 1),
        Some("Once"),
    );
    let long_edit = |size, text: &str| Said::Edit {
        target: target(),
        order: 1,
        text: text.into(),
        link: Some(link(size)),
    };
    case(
        "edit beyond 1 MiB",
        "One byte more.",
        long_edit(MAX_LONG_LEN + 1, "Once"),
        Some("Once"),
    );
    case(
        "edit that does not fit and begins with nothing",
        "At least one byte.",
        long_edit(5, ""),
        Some(""),
    );
    let carried = |size, kind: &str| Said::Carried {
        link: link(size),
        kind: kind.into(),
    };
    for (name, description, kind) in [
        (
            "long of the kind text",
            "That is a long without a kind.",
            "text",
        ),
        ("long of the kind delete", "None of Dyad's own.", "delete"),
        (
            "long of a kind in capitals",
            "Lower case.",
            "vnd.Example.todo",
        ),
        ("long of a kind in Dyad's name", "Reserved.", "dyad.todo"),
    ] {
        case(name, description, carried(5, kind), Some("Once"));
    }
    case(
        "another app's content beyond 1 MiB",
        "One byte more.",
        carried(MAX_LONG_LEN + 1, "vnd.example.todo"),
        None,
    );
    let whole = [
        &[0xa2, 0, 0xa6, 0, 0x6c][..],
        b"dyad.example",
        &[1, 0x50],
        &[5; 16],
        &[2, 0x58, 32],
        &[6; 32],
        &[3, 9],
        &[4, 0x58, 32],
        &[7; 32],
        &[5, 0x0a, 1, 0x61, b'x'],
    ]
    .concat();
    let mut raw = |name: &str, description: &str, content: Vec<u8>| {
        let input = json!({ "kind": "file", "content": hex(content), "fallback": null });
        cases.push(Case::refused(READ, name, description, input, "malformed"));
    };
    let place = |of: &[u8]| {
        whole
            .windows(of.len())
            .position(|w| w == of)
            .unwrap_or_default()
    };
    raw(
        "file without a link",
        "Where would it be?",
        vec![0xa1, 1, 0x61, b'x'],
    );
    let host = place(b"dyad");
    raw(
        "link to a host with a space",
        "No such host.",
        super::super::patched(&whole, host, b" "),
    );
    let mut short = whole.clone();
    short[place(&[1, 0x50]) + 1] = 0x4f;
    short.remove(place(&[5; 16]));
    raw("locator of fifteen bytes", "Sixteen.", short);
    for (name, from, to) in [
        ("link without a host", place(&[0, 0x6c]), place(&[1, 0x50])),
        (
            "link without a locator",
            place(&[1, 0x50]),
            place(&[2, 0x58]),
        ),
        ("link without a key", place(&[2, 0x58]), place(&[3, 9])),
        ("link without a size", place(&[3, 9]), place(&[4, 0x58])),
        ("link without a hash", place(&[4, 0x58]), place(&[5, 0x0a])),
        (
            "link without an end",
            place(&[5, 0x0a]),
            place(&[5, 0x0a]) + 2,
        ),
    ] {
        let mut lacking = whole.clone();
        lacking.drain(from..to);
        lacking[2] = 0xa5;
        raw(name, "All six are required.", lacking);
    }
}
