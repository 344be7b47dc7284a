//! What payloads say: edits, deletions, reactions, timers.

use dyad_protocol::attachment::{FileKey, MAX_FILE_LEN};
use dyad_protocol::body::Payload;
use dyad_protocol::content::{
    File as SentFile, Link, MAX_LONG_LEN, MAX_ORDER, MAX_TIMER, MessageRef, Said, Whose,
};
use dyad_protocol::id::{BlobLocator, MessageId, StreamId};
use dyad_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::{Case, File, hex};

mod calls;
mod files;
mod mails;
mod pictures;
mod refused;

pub(super) const READ: &str = "payload/read";

pub fn file() -> File {
    let mut cases = good();
    reactions(&mut cases);
    refused::add(&mut cases);
    files::refused(&mut cases);
    mails::add(&mut cases);
    super::games::add(&mut cases);
    calls::add(&mut cases);
    pictures::add(&mut cases);
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

pub(super) fn input(payload: &Payload) -> Value {
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
            link,
        } => json!({
            "said": "edit",
            "of": id(target),
            "order": order,
            "text": text,
            "link": link.as_ref().map(link_output),
        }),
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
        Said::Mail(mail) => mails::mail_output(mail),
        Said::Share(share) => mails::share_output(share),
        Said::ContactRequest(request) => mails::request_output(request),
        Said::Game(entry) => super::games::output(entry),
        Said::GameAgain(again) => super::games::again_output(again),
        Said::Carried { link, kind } => {
            json!({ "said": "carried", "link": link_output(link), "kind": kind })
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
        Said::Picture(picture) => pictures::output(picture),
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
                link: None,
            },
        ),
        (
            "edit that does not fit",
            Said::Edit {
                target: target(),
                order: 1_800_000_001,
                text: "Once upon a time".into(),
                link: Some(link(MAX_LONG_LEN)),
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
        (
            "another app's kind that does not fit",
            Said::Carried {
                link: link(MAX_LONG_LEN),
                kind: "vnd.example.todo".into(),
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
