//! What arranges calls.

use dyad_protocol::content::{CALL_PIECE_LEN, Call, CallMedia, CallStep, Said};
use dyad_protocol::id::CallId;
use dyad_protocol::time::Timestamp;
use serde_json::json;

use super::{Case, READ, hex, input, output};

pub(super) fn add(cases: &mut Vec<Case>) {
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
