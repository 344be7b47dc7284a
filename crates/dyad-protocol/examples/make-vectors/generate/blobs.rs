//! Blobs: their sizes and names, and what asks a sender to keep and a receiver to fetch one.

use dyad_protocol::api::blob::{BlobCreate, BlobFetch, BlobSecret, BlobSize};
use dyad_protocol::id::BlobLocator;
use dyad_protocol::token::Token;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::cast::{host, random};
use super::*;

pub fn file() -> File {
    let mut rng = rng("blob");
    let mut cases = vec![];
    locators(&mut cases, &mut rng);
    sizes(&mut cases);
    creations(&mut cases, &mut rng);
    fetches(&mut cases, &mut rng);
    File {
        name: "blob.json",
        about: "Blobs: sizes, names, and the requests to keep and to fetch them.",
        cases,
    }
}

fn locators(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let drawn = random::<32>(rng);
    for (name, secret) in [
        ("of a secret", drawn),
        ("of another", flipped(drawn, 31).try_into().unwrap()),
    ] {
        cases.push(Case::ok(
            "blob/locator",
            name,
            "The first half of a hash: who knows the name cannot write.",
            json!({ "secret": hex(secret) }),
            json!({ "locator": hex(BlobSecret::new(secret).locator()) }),
        ));
    }
}

fn sizes(cases: &mut Vec<Case>) {
    const OPERATION: &str = "blob/size";
    for chunks in [1, 3, 4, 7, 8, 64, 80, 256, 320, 28_672, 32_768] {
        let size = BlobSize::of_chunks(chunks).unwrap();
        let last = size.parts() - 1;
        cases.push(Case::ok(
            OPERATION,
            &format!("{chunks} chunks"),
            "What follows from the number of chunks. `fetched` is what the last fetch that can be made gives.",
            json!({ "chunks": chunks }),
            json!({
                "bytes": size.bytes(),
                "parts": size.parts(),
                "last_part": size.part_len(last),
                "fetched": size.fetch_len(last - last % 4),
                "tokens": size.tokens(),
            }),
        ));
    }
    for chunks in [0, 9, 11, 15, 17, 255, 28_673, 32_767, 32_769, 40_960] {
        cases.push(Case::refused(
            OPERATION,
            &format!("{chunks} chunks"),
            "No class.",
            json!({ "chunks": chunks }),
            "malformed",
        ));
    }
}

fn creations(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "blob/create";
    let mut made = |chunks: u32| {
        let size = BlobSize::of_chunks(chunks).unwrap();
        BlobCreate {
            locator: BlobLocator::new(random(rng)),
            size,
            days: 30,
            tokens: (0..size.tokens())
                .map(|_| Token::new(random(rng)))
                .collect(),
        }
    };
    let (small, large) = (made(1), made(640));
    for (name, create) in [("one chunk", &small), ("640 chunks", &large)] {
        let bytes = create.encode();
        cases.push(Case::ok(
            OPERATION,
            name,
            "One token for each 256 chunks begun; the hash by which the request is recognised.",
            json!({ "request": hex(&bytes) }),
            json!({
                "locator": hex(create.locator),
                "chunks": create.size.chunks(),
                "days": 30,
                "tokens": create.tokens.iter().map(hex).collect::<Vec<_>>(),
                "request_hash": hex(create.request_hash()),
            }),
        ));
    }
    // version 1, locator 16, chunks 4, days 2, length 2 (162 in two bytes), token 162
    let bytes = small.encode();
    let twice = BlobCreate {
        tokens: vec![large.tokens[0]; 3],
        ..large.clone()
    };
    let many = BlobCreate {
        tokens: large.tokens.clone(),
        ..small.clone()
    };
    let few = BlobCreate {
        tokens: large.tokens[..2].to_vec(),
        ..large.clone()
    };
    let none = BlobCreate {
        tokens: vec![],
        ..small
    };
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "version 2",
            "A version of a later release.",
            patched(&bytes, 0, &[2]),
            "version",
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
            "no chunks",
            "A blob of nothing.",
            patched(&bytes, 17, &[0, 0, 0, 0]),
            "malformed",
        ),
        (
            "nine chunks",
            "Between two classes.",
            patched(&bytes, 17, &[0, 0, 0, 9]),
            "malformed",
        ),
        (
            "too large",
            "Twice the largest class.",
            patched(&bytes, 17, &[0, 1, 0, 0]),
            "malformed",
        ),
        (
            "no days",
            "To be kept for no time.",
            patched(&bytes, 21, &[0, 0]),
            "malformed",
        ),
        (
            "a token twice",
            "It would be spent twice.",
            twice.encode(),
            "malformed",
        ),
        (
            "too many tokens",
            "Three where one is enough.",
            many.encode(),
            "malformed",
        ),
        (
            "too few tokens",
            "Two where three are needed.",
            few.encode(),
            "malformed",
        ),
        ("no token", "For nothing.", none.encode(), "malformed"),
        (
            "half a token",
            "The length counts bytes, and not all of a token is there.",
            patched(truncated(&bytes), 23, &[0x40, 161]),
            "length",
        ),
        (
            "length in four bytes",
            "The same length in more bytes than it needs.",
            [&bytes[..23], &[0x80, 0, 0, 162], &bytes[25..]].concat(),
            "malformed",
        ),
        (
            "length beyond the end",
            "Longer than what is there.",
            patched(&bytes, 23, &[0x7f, 0xff]),
            "length",
        ),
    ] {
        let input = json!({ "request": hex(bytes) });
        cases.push(Case::refused(OPERATION, name, description, input, error));
    }
}

fn fetches(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "blob/fetch";
    let fetch = |first, rng: &mut ChaCha20Rng| BlobFetch {
        token: Token::new(random(rng)),
        host: host("sender.example:8443"),
        locator: BlobLocator::new(random(rng)),
        first,
    };
    for first in [0, 508] {
        let made = fetch(first, rng);
        cases.push(Case::ok(
            OPERATION,
            &format!("from part {first}"),
            "Up to four parts; the hash by which the request is recognised.",
            json!({ "request": hex(made.encode()) }),
            json!({
                "token": hex(made.token),
                "host": made.host.as_str(),
                "locator": hex(made.locator),
                "first": first,
                "request_hash": hex(made.request_hash()),
            }),
        ));
    }
    // version 1, token 162, length 1, host 19, locator 16, first 4
    let bytes = fetch(4, rng).encode();
    let at = bytes.len() - 4;
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "version 2",
            "A version of a later release.",
            patched(&bytes, 0, &[2]),
            "version",
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
            "from part 1",
            "Not a multiple of four.",
            patched(&bytes, at, &[0, 0, 0, 1]),
            "malformed",
        ),
        (
            "from part 512",
            "Beyond the largest blob.",
            patched(&bytes, at, &[0, 0, 2, 0]),
            "malformed",
        ),
        (
            "from the last part there could be",
            "A number that overflows as soon as it is multiplied.",
            patched(&bytes, at, &[0xff, 0xff, 0xff, 0xfc]),
            "malformed",
        ),
        (
            "host in capitals",
            "One host, one spelling.",
            patched(&bytes, 164, b"S"),
            "malformed",
        ),
        (
            "host with a path",
            "No host.",
            patched(&bytes, 170, b"/"),
            "malformed",
        ),
        (
            "no host",
            "Whom should one ask?",
            patched(&bytes, 163, &[0]),
            "malformed",
        ),
    ] {
        let input = json!({ "request": hex(bytes) });
        cases.push(Case::refused(
            OPERATION,
            &format!("fetch: {name}"),
            description,
            input,
            error,
        ));
    }
}
