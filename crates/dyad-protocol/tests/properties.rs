//! Every parser on arbitrary bytes and on damaged valid ones: no panic, memory in proportion, and
//! whatever is accepted is what would have been written.
//!
//! `PROPTEST_CASES` sets how many cases each parser gets (256 if it is not set).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]
// An allocator that counts cannot be written without it.
#![allow(unsafe_code)]

#[path = "support/parsers.rs"]
mod parsers;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

/// Counts what each thread holds, and the most it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // Not there while a thread ends; nothing is measured then.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that `work` held beyond what was held before.
fn peak_of(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    work();
    (PEAK.get() - before).unsigned_abs()
}

/// What a parser may hold: buffers of a fixed size and a multiple of what came in.
fn allowance(input: usize) -> usize {
    64 * 1024 + 32 * input
}

/// Valid inputs, and those of the vectors, which are nearly so.
fn corpus(parser: &str) -> Vec<Vec<u8>> {
    let sources: &[(&str, &str, &str)] = &[
        ("recipient_address", "recipient-address.json", "address"),
        ("sender_address", "sender-address.json", "address"),
        ("envelope", "envelope.json", "sealed"),
        ("establish", "establish.json", "message"),
        ("bundle", "bundle.json", "bundle"),
        ("invitation", "invitation.json", "invitation"),
        ("invitation_hosted", "invitation.json", "hosted"),
        ("invitation_text", "invitation.json", "text"),
        ("document", "document.json", "json"),
        ("batch", "batch.json", "batch"),
        ("submission", "submission.json", "submission"),
        ("blob_create", "blob.json", "request"),
        ("blob_fetch", "blob.json", "request"),
        ("body", "body.json", "body"),
        ("content", "body.json", "body"),
        ("token_request", "token.json", "request"),
        ("token_response", "token.json", "response"),
        ("token", "token.json", "token"),
        ("tokens_request", "account.json", "request"),
    ];
    let mut corpus = parsers::samples(parser);
    for (_, file, field) in sources.iter().filter(|(name, ..)| *name == parser) {
        let path = format!("{}/../../vectors/{file}", env!("CARGO_MANIFEST_DIR"));
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            corpus.extend(
                case["input"]
                    .get(field)
                    .and_then(|value| material(value, field)),
            );
        }
    }
    corpus
}

/// Text as it is, hexadecimal decoded, repetitions only where they are short.
fn material(value: &Value, field: &str) -> Option<Vec<u8>> {
    match value {
        Value::String(text) if matches!(field, "text" | "json") => Some(text.clone().into_bytes()),
        Value::String(text) => hex::decode(text).ok(),
        Value::Array(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(|part| material(part, field)).collect();
            Some(parts?.concat())
        }
        repeated => {
            let times = repeated["times"].as_u64().filter(|times| *times < 8_000)?;
            Some(
                hex::decode(repeated["repeat"].as_str()?)
                    .ok()?
                    .repeat(times as usize),
            )
        }
    }
}

/// One way to damage bytes.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Write(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Append(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    // Where lengths, counts and versions stand, the ends of their ranges find more than chance does.
    let telling = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..8),
        prop::sample::select(vec![
            vec![0],
            vec![0xff],
            vec![0x7f],
            vec![0x40, 0],
            vec![0x7f, 0xff],
            vec![0x80, 0, 0, 0],
            vec![0xbf, 0xff, 0xff, 0xff],
            vec![0xff; 8],
            vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            vec![0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]),
    ];
    prop_oneof![
        (at(), 0u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (at(), telling.clone()).prop_map(|(at, bytes)| Damage::Write(at, bytes)),
        at().prop_map(Damage::Cut),
        (at(), 1u8..64).prop_map(|(at, len)| Damage::Remove(at, len)),
        (at(), telling.clone()).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        telling.prop_map(Damage::Append),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let len = bytes.len();
        match damage {
            Damage::Append(more) => bytes.extend(more),
            _ if len == 0 => {}
            Damage::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Damage::Write(at, by) => {
                let at = at.index(len);
                bytes[at..]
                    .iter_mut()
                    .zip(by)
                    .for_each(|(byte, by)| *byte = *by);
            }
            Damage::Cut(at) => bytes.truncate(at.index(len)),
            Damage::Remove(at, count) => {
                let at = at.index(len);
                bytes.drain(at..len.min(at + usize::from(*count)));
            }
            Damage::Insert(at, more) => {
                drop(bytes.splice(at.index(len)..at.index(len), more.iter().copied()))
            }
        }
    }
    bytes
}

/// Runs one parser on whatever `strategy` gives.
fn check(name: &str, strategy: &impl Strategy<Value = Vec<u8>>) {
    let (_, parser) = parsers::ALL
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    // Fixed keys are made once, outside what is measured.
    parser(&[0]);
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |bytes| {
        let peak = peak_of(|| _ = parser(&bytes));
        prop_assert!(
            peak <= allowance(bytes.len()),
            "{} bytes held for {}",
            peak,
            bytes.len()
        );
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"));
}

fn everything(name: &str) {
    let (_, parser) = parsers::ALL
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    let refused = parsers::samples(name)
        .iter()
        .position(|sample| !parser(sample));
    assert_eq!(refused, None, "a valid one is refused");
    check(name, &prop::collection::vec(any::<u8>(), 0..4096));
    let corpus = corpus(name);
    let seed = prop::sample::select(corpus);
    check(
        name,
        &(seed, prop::collection::vec(damage(), 0..4)).prop_map(|(bytes, by)| damaged(bytes, &by)),
    );
}

macro_rules! parsers {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                everything(stringify!($name));
            }
        )*

        #[test]
        fn every_parser_is_tested_and_fuzzed() {
            let tested = [$(stringify!($name)),*];
            let all: Vec<_> = parsers::ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(tested[..], all[..]);
            for name in all {
                let target = format!("{}/../../fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                assert!(std::fs::read_to_string(target).unwrap().contains(&format!("parsers::{name}(")));
            }
        }
    };
}

parsers!(
    host_name,
    recipient_address,
    sender_address,
    envelope,
    envelope_inside,
    establish,
    establish_inside,
    bundle,
    bundle_inside,
    invitation,
    invitation_hosted,
    invitation_text,
    document,
    document_inside,
    batch,
    submission,
    blob_create,
    blob_fetch,
    body,
    content,
    presentation,
    token_request,
    token_response,
    token,
    tokens_request,
    fetch_request,
    fetch_response,
    client_frame,
    server_frame,
);
