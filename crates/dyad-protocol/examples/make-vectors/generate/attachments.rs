//! Files: how they are sealed, and what must be refused of what was sealed.

use std::convert::Infallible;

use dyad_protocol::api::blob::{CHUNK_LEN, SEALED_CHUNK_LEN};
use dyad_protocol::attachment::{Sealed, Sealer};
use dyad_protocol::hash::sha256;
use rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use super::{Case, File, hex, with};

pub fn file() -> File {
    let mut cases = good();
    refused(&mut cases);
    File {
        name: "attachment.json",
        about: "Files: their sealed form, and what must be refused of it.",
        cases,
    }
}

/// Draws one key: the sealer takes no key from outside, so that none is used twice.
struct Key([u8; 32]);

impl TryRng for Key {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("a key is drawn as bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("a key is drawn as bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Key {}

/// The sealed form of a file under this key.
pub fn sealed(key: [u8; 32], file: &[u8]) -> (Vec<u8>, Sealed) {
    let (mut sealer, _) = Sealer::new(Vec::new(), &mut Key(key));
    sealer.push(file).unwrap();
    sealer.finish().unwrap()
}

fn repeated(byte: u8, times: usize) -> Value {
    json!({ "repeat": hex([byte]), "times": times })
}

fn good() -> Vec<Case> {
    [
        ("nothing", 0),
        ("one byte", 1),
        ("a whole chunk", CHUNK_LEN),
        ("a chunk and a byte", CHUNK_LEN + 1),
        ("nine chunks, in the class of ten", 9 * CHUNK_LEN),
    ]
    .into_iter()
    .map(|(name, size)| {
        let key = sha256(name.as_bytes());
        let (bytes, known) = sealed(key, &vec![0x5a; size]);
        let first = &bytes[..SEALED_CHUNK_LEN];
        Case::ok(
            "file/seal",
            name,
            "Padded to its class, chunk after chunk.",
            json!({ "key": hex(key), "file": repeated(0x5a, size) }),
            json!({
                "size": known.size,
                "file_sha256": hex(known.sha256),
                "chunks": known.blob.chunks(),
                "first_bytes": hex(&first[..32]),
                "first_tag": hex(&first[SEALED_CHUNK_LEN - 16..]),
                "sealed_sha256": hex(sha256(&bytes)),
            }),
        )
    })
    .collect()
}

fn refused(cases: &mut Vec<Case>) {
    const READ: &str = "file/read";
    let size = 2 * CHUNK_LEN + 100;
    let hash = sha256(&vec![7; size]);
    let key = [3; 32];
    let whole = json!({
        "key": hex(key), "file": repeated(7, size), "change": {}, "read_with": hex(key), "size": size, "sha256": hex(hash),
    });
    cases.push(Case::ok(
        READ,
        "unchanged",
        "As it was sealed.",
        whole.clone(),
        json!({ "file_sha256": hex(hash) }),
    ));
    let change = |change: Value| with(&whole, "change", change);
    let last = 3 * SEALED_CHUNK_LEN;
    for (name, description, input, error) in [
        (
            "first bit",
            "Flipped.",
            change(json!({ "flip": 0 })),
            "not-authentic",
        ),
        (
            "a tag",
            "Of the second chunk, flipped.",
            change(json!({ "flip": 2 * SEALED_CHUNK_LEN - 1 })),
            "not-authentic",
        ),
        (
            "padding",
            "Flipped behind the end of the file.",
            change(json!({ "flip": last - 100 })),
            "not-authentic",
        ),
        (
            "a chunk moved",
            "The first two change places.",
            change(json!({ "chunks": [1, 0, 2] })),
            "not-authentic",
        ),
        (
            "a chunk doubled",
            "The first stands for the second.",
            change(json!({ "chunks": [0, 0, 2] })),
            "not-authentic",
        ),
        (
            "a chunk left out",
            "The second.",
            change(json!({ "chunks": [0, 2] })),
            "length",
        ),
        (
            "one chunk too many",
            "The last once more.",
            change(json!({ "chunks": [0, 1, 2, 2] })),
            "length",
        ),
        (
            "cut within a chunk",
            "A byte is missing.",
            change(json!({ "cut_to": last - 1 })),
            "length",
        ),
        (
            "cut off",
            "After two chunks.",
            change(json!({ "cut_to": 2 * SEALED_CHUNK_LEN })),
            "length",
        ),
        (
            "nothing left",
            "No byte.",
            change(json!({ "cut_to": 0 })),
            "length",
        ),
        (
            "cut off, and the size to match",
            "The second chunk does not say that it is the last.",
            with(
                &change(json!({ "cut_to": 2 * SEALED_CHUNK_LEN })),
                "size",
                json!(2 * CHUNK_LEN),
            ),
            "not-authentic",
        ),
        (
            "a size that is too small",
            "What follows it is not zero.",
            with(&whole, "size", json!(size - 1)),
            "malformed",
        ),
        (
            "a size that is too large",
            "The hash is of another file.",
            with(&whole, "size", json!(size + 1)),
            "not-authentic",
        ),
        (
            "a size of another class",
            "There would be four chunks.",
            with(&whole, "size", json!(3 * CHUNK_LEN + 1)),
            "length",
        ),
        (
            "a size beyond the largest",
            "2^31 and one.",
            with(&whole, "size", json!((1_u64 << 31) + 1)),
            "length",
        ),
        (
            "another key",
            "Of another file.",
            with(&whole, "read_with", hex([4; 32])),
            "not-authentic",
        ),
        (
            "another hash",
            "Of another file.",
            with(&whole, "sha256", hex([4; 32])),
            "not-authentic",
        ),
    ] {
        cases.push(Case::refused(READ, name, description, input, error));
    }
}
