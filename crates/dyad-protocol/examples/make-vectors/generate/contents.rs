//! What payloads say: edits, deletions, reactions, timers.

use dyad_protocol::attachment::{FileKey, MAX_FILE_LEN};
use dyad_protocol::body::Payload;
use dyad_protocol::content::{
    CALL_PIECE_LEN, Call, CallMedia, CallStep, File as SentFile, Link, MAX_LONG_LEN, MAX_ORDER,
    MAX_TIMER, MessageRef, Said, Whose,
};
use dyad_protocol::id::{BlobLocator, CallId, MessageId, StreamId};
use dyad_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::{Case, File, hex};

const READ: &str = "payload/read";

pub fn file() -> File {
    let mut cases = good();
    reactions(&mut cases);
    refused(&mut cases);
    files_refused(&mut cases);
    calls(&mut cases);
    File {
        name: "content.json",
        about: "What payloads of the known kinds say.",
        cases,
    }
}

fn target() -> MessageId {
    MessageId {
        stream: StreamId::new([1; 8]),
        seq: 7,
    }
}

fn input(payload: &Payload) -> Value {
    json!({ "kind": payload.kind, "content": hex(&payload.content), "fallback": payload.fallback })
}

/// As it stands in the cases, for the generator and for those who run them.
pub fn output(said: &Said) -> Value {
    let id = |message: &MessageId| json!({ "stream": hex(message.stream), "seq": message.seq });
    match said {
        Said::Text(text) => json!({ "said": "text", "text": text }),
        Said::Edit {
            target,
            order,
            text,
        } => json!({ "said": "edit", "of": id(target), "order": order, "text": text }),
        Said::Delete { target } => json!({ "said": "delete", "of": id(target) }),
        Said::Reaction {
            target,
            order,
            sign,
        } => json!({
            "said": "reaction",
            "to": id(&target.message),
            "by_writer": target.whose == Whose::Writer,
            "order": order,
            "sign": sign,
        }),
        Said::Timer { order, seconds } => {
            json!({ "said": "timer", "order": order, "seconds": seconds })
        }
        Said::File(file) => json!({
            "said": "file",
            "link": link_output(&file.link),
            "name": file.name,
            "media_type": file.media_type,
            "words": file.words,
            "dimensions": file.dimensions.map(|(width, height)| [width, height]),
            "preview": file.preview.as_ref().map(hex),
        }),
        Said::Long { link, beginning } => {
            json!({ "said": "long", "link": link_output(link), "beginning": beginning })
        }
        Said::Call(call) => json!({
            "said": "call",
            "id": hex(call.id),
            "step": call.step.number(),
            "piece": hex(&call.piece),
            "part": call.part.0,
            "parts": call.part.1,
            "audio": call.media.map(|media| media.audio),
            "video": call.media.map(|media| media.video),
            "expires": call.expires.map(|at| at.as_secs()),
            "candidates": call.candidates,
            "round": call.round,
        }),
        Said::Unknown => json!({ "said": "unknown" }),
    }
}

fn link_output(link: &Link) -> Value {
    json!({
        "host": link.host.as_str(),
        "locator": hex(link.locator),
        "key": hex(link.key.expose()),
        "size": link.size,
        "sha256": hex(link.sha256),
        "ends": link.ends.as_secs(),
    })
}

fn link(size: u64) -> Link {
    Link {
        host: super::cast::host("dyad.example"),
        locator: BlobLocator::new([5; 16]),
        key: FileKey::new([6; 32]),
        size,
        sha256: [7; 32],
        ends: Timestamp::from_secs(1_800_000_000),
    }
}

fn picture() -> SentFile {
    SentFile {
        link: link(1234),
        name: "a cat.jpg".into(),
        media_type: Some("image/jpeg".into()),
        words: Some("look!".into()),
        dimensions: Some((640, 480)),
        preview: Some(vec![9; 25]),
    }
}

fn good() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        ("text", Said::Text("hello".into())),
        (
            "edit",
            Said::Edit {
                target: target(),
                order: 1_800_000_000,
                text: "hallo".into(),
            },
        ),
        ("deletion", Said::Delete { target: target() }),
        (
            "reaction to the writer's own",
            sign(Whose::Writer, 5, Some("👍")),
        ),
        (
            "reaction to the reader's",
            sign(Whose::Reader, MAX_ORDER, Some("❤️")),
        ),
        ("reaction taken back", sign(Whose::Reader, 6, None)),
        (
            "timer of a day",
            Said::Timer {
                order: 1_800_000_000,
                seconds: Some(86_400),
            },
        ),
        (
            "longest timer",
            Said::Timer {
                order: 0,
                seconds: Some(MAX_TIMER),
            },
        ),
        (
            "no timer",
            Said::Timer {
                order: 2,
                seconds: None,
            },
        ),
    ]
    .into_iter()
    .chain([
        ("file", Said::File(picture())),
        (
            "file without anything else",
            Said::File(SentFile {
                link: link(MAX_FILE_LEN),
                name: "x".into(),
                media_type: None,
                words: None,
                dimensions: None,
                preview: None,
            }),
        ),
        (
            "long text",
            Said::Long {
                link: link(MAX_LONG_LEN),
                beginning: "Once upon a time".into(),
            },
        ),
    ])
    .filter_map(|(name, said)| {
        let payload = said.payload(Some("in words"))?;
        Some(Case::ok(
            READ,
            name,
            "Written back to the same bytes.",
            input(&payload),
            output(&said),
        ))
    })
    .collect();
    let other = Payload {
        kind: "vnd.example.move".into(),
        content: vec![1, 2],
        ..Payload::text("")
    };
    cases.push(Case::ok(
        READ,
        "another app's kind",
        "Its content is not looked at.",
        input(&other),
        output(&Said::Unknown),
    ));
    cases
}

fn sign(whose: Whose, order: u64, sign: Option<&str>) -> Said {
    Said::Reaction {
        target: MessageRef {
            whose,
            message: target(),
        },
        order,
        sign: sign.map(str::to_owned),
    }
}

fn reactions(cases: &mut Vec<Case>) {
    let tower = format!("a{}", "\u{301}".repeat(16));
    let taken = [
        ("skin tone", "👍🏽"),
        ("joined people", "👩\u{200d}👩\u{200d}👧"),
        ("flag", "🇩🇪"),
        ("keycap", "1️⃣"),
        ("letter", "ж"),
    ];
    for (name, text) in taken {
        let said = sign(Whose::Reader, 1, Some(text));
        if let Some(payload) = said.payload(None) {
            cases.push(Case::ok(
                READ,
                &format!("reaction: {name}"),
                "One sign.",
                input(&payload),
                output(&said),
            ));
        }
    }
    for (name, text) in [
        ("nothing", ""),
        ("two signs", "👍👍"),
        ("two flags", "🇩🇪🇫🇷"),
        ("a word", "ok"),
        ("space", " "),
        ("line feed", "\n"),
        ("direction", "\u{202e}x"),
        ("invisible", "\u{200b}"),
        ("a joiner at the end", "👍\u{200d}"),
        ("longer than 32 bytes", tower.as_str()),
    ] {
        let said = sign(Whose::Reader, 1, Some(text));
        if let Some(payload) = said.payload(None) {
            cases.push(Case::refused(
                READ,
                &format!("reaction: {name}"),
                "Not one sign that can be seen.",
                input(&payload),
                "malformed",
            ));
        }
    }
}

fn refused(cases: &mut Vec<Case>) {
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

fn files_refused(cases: &mut Vec<Case>) {
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
        super::patched(&whole, host, b" "),
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

fn calls(cases: &mut Vec<Case>) {
    let id = CallId::new([8; 16]);
    let offer = Call {
        piece: vec![1, 2, 3],
        media: Some(CallMedia {
            audio: true,
            video: true,
        }),
        expires: Some(Timestamp::from_secs(1_800_000_060)),
        ..Call::plain(id, CallStep::Offer)
    };
    let taken = [
        ("call: offer", offer.clone()),
        (
            "call: last part of a long offer",
            Call {
                piece: vec![9; CALL_PIECE_LEN],
                part: (7, 8),
                ..offer.clone()
            },
        ),
        (
            "call: answer with sound only, second round",
            Call {
                step: CallStep::Answer,
                media: Some(CallMedia {
                    audio: true,
                    video: false,
                }),
                expires: None,
                round: 1,
                ..offer.clone()
            },
        ),
        (
            "call: candidates",
            Call {
                candidates: vec!["candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host".into()],
                ..Call::plain(id, CallStep::Candidates)
            },
        ),
        ("call: ringing", Call::plain(id, CallStep::Ringing)),
        ("call: declined", Call::plain(id, CallStep::Decline)),
        ("call: busy", Call::plain(id, CallStep::Busy)),
        ("call: over", Call::plain(id, CallStep::HangUp)),
    ];
    for (name, call) in taken {
        let said = Said::Call(call);
        if let Some(payload) = said.payload(Some("A call")) {
            cases.push(Case::ok(
                READ,
                name,
                "Written back to the same bytes.",
                input(&payload),
                output(&said),
            ));
        }
    }
    let with = |change: fn(&mut Call)| {
        let mut call = offer.clone();
        change(&mut call);
        call
    };
    let refused = [
        (
            "call: offer of nothing",
            "At least one byte of a description.",
            with(|c| c.piece.clear()),
        ),
        (
            "call: piece of 961 bytes",
            "At most 960.",
            with(|c| c.piece = vec![0; CALL_PIECE_LEN + 1]),
        ),
        (
            "call: ninth part",
            "At most eight.",
            with(|c| c.part = (8, 9)),
        ),
        (
            "call: part after the last",
            "Parts are counted from 0.",
            with(|c| c.part = (2, 2)),
        ),
        (
            "call: offer that rings for ever",
            "When does it stop?",
            with(|c| c.expires = None),
        ),
        (
            "call: offer of unknown media",
            "Sound, pictures, or both.",
            with(|c| c.media = None),
        ),
        (
            "call: no candidates",
            "At least one.",
            with(|c| c.step = CallStep::Candidates),
        ),
        (
            "call: candidate of 256 bytes",
            "At most 255.",
            Call {
                candidates: vec!["x".repeat(256)],
                ..Call::plain(id, CallStep::Candidates)
            },
        ),
    ];
    for (name, description, call) in refused {
        if let Some(payload) = Said::Call(call).payload(None) {
            cases.push(Case::refused(
                READ,
                name,
                description,
                input(&payload),
                "malformed",
            ));
        }
    }
    let unknown = [&[0xa2, 0, 0x50][..], &[8; 16], &[1, 7]].concat();
    let nameless = vec![0xa1, 1, 6];
    for (name, description, content) in [
        ("call: step 7", "There are seven.", unknown),
        ("call: no id", "Which call?", nameless),
    ] {
        let input = json!({ "kind": "call", "content": hex(content), "fallback": null });
        cases.push(Case::refused(READ, name, description, input, "malformed"));
    }
}
