//! The cases, file by file, and how they are written.

mod accounts;
mod addresses;
pub mod attachments;
mod batches;
mod blobs;
mod bodies;
pub mod bundles;
mod cast;
pub mod contents;
mod documents;
mod envelopes;
mod establishes;
mod games;
mod hashes;
mod invitations;
mod tokens;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

/// One file of `vectors/`.
pub struct File {
    pub name: &'static str,
    pub about: &'static str,
    pub cases: Vec<Case>,
}

/// One case: an operation, its input, and what must come of it.
pub struct Case {
    name: String,
    description: String,
    operation: &'static str,
    input: Value,
    expect: Value,
}

/// Every file.
pub fn all() -> Vec<File> {
    vec![
        hashes::file(),
        hashes::psk_file(),
        addresses::recipient_file(),
        addresses::sender_file(),
        envelopes::file(),
        establishes::file(),
        bundles::file(),
        invitations::file(),
        documents::file(),
        batches::file(),
        batches::submission_file(),
        blobs::file(),
        bodies::file(),
        contents::file(),
        attachments::file(),
        tokens::file(),
        accounts::file(),
    ]
}

impl Case {
    /// A case that must succeed with exactly `output`.
    pub fn ok(
        operation: &'static str,
        name: &str,
        description: &str,
        input: Value,
        output: Value,
    ) -> Self {
        Self::new(operation, name, description, input, json!({ "ok": output }))
    }

    /// A case that must be refused with an error of this class.
    pub fn refused(
        operation: &'static str,
        name: &str,
        description: &str,
        input: Value,
        error: &str,
    ) -> Self {
        Self::new(
            operation,
            name,
            description,
            input,
            json!({ "error": error }),
        )
    }

    fn new(
        operation: &'static str,
        name: &str,
        description: &str,
        input: Value,
        expect: Value,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            operation,
            input,
            expect,
        }
    }
}

impl File {
    /// As written: keys sorted, two spaces, one value a line, so that differences read well.
    pub fn render(&self) -> String {
        let cases: Vec<_> = self
            .cases
            .iter()
            .map(|case| {
                json!({
                    "name": case.name,
                    "description": case.description,
                    "operation": case.operation,
                    "input": case.input,
                    "expect": case.expect,
                })
            })
            .collect();
        let mut text = String::new();
        render(
            &json!({ "format": 1, "about": self.about, "cases": cases }),
            0,
            &mut text,
        );
        text.push('\n');
        text
    }
}

/// Independent of the order in which `serde_json` happens to keep keys.
fn render(value: &Value, depth: usize, text: &mut String) {
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                line(text, depth + 1);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                render(&map[key], depth + 1, text);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                line(text, depth + 1);
                render(item, depth + 1, text);
            }
            line(text, depth);
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// The file's own generator of everything random.
pub fn rng(file: &str) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(dyad_protocol::hash::sha256(file.as_bytes()))
}

/// Bytes as they stand in a case.
pub fn hex(bytes: impl AsRef<[u8]>) -> Value {
    Value::from(hex::encode(bytes))
}

/// `input` with one field replaced.
pub fn with(input: &Value, field: &str, value: Value) -> Value {
    let mut map: Map<String, Value> = input.as_object().unwrap().clone();
    assert!(
        map.insert(field.into(), value).is_some(),
        "no field {field}"
    );
    Value::from(map)
}

/// `bytes` with the lowest bit of one byte flipped.
pub fn flipped(bytes: impl AsRef<[u8]>, at: usize) -> Vec<u8> {
    let mut bytes = bytes.as_ref().to_vec();
    bytes[at] ^= 1;
    bytes
}

/// `bytes` with some of them replaced.
pub fn patched(bytes: impl AsRef<[u8]>, at: usize, by: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.as_ref().to_vec();
    bytes[at..at + by.len()].copy_from_slice(by);
    bytes
}

/// `bytes` without the last.
pub fn truncated(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    bytes[..bytes.len() - 1].to_vec()
}

/// `bytes` and a zero.
pub fn extended(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    [bytes.as_ref(), &[0]].concat()
}

/// Adds the order of the group to the second half of an Ed25519 signature: RFC 8032 refuses it,
/// lenient verifiers take it for another valid signature.
pub fn malleated(signature: impl AsRef<[u8]>) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = signature.as_ref().to_vec();
    let mut carry = 0u16;
    for (byte, order) in bytes[32..64].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    bytes
}

/// The X25519 and Ed25519 points that make a shared secret or a signature independent of any secret.
pub const LOW_ORDER_X25519: [u8; 32] = [0; 32];
/// The neutral element: with commitment 1 and response 0 a lenient verifier accepts any message.
pub const SMALL_ORDER_ED25519: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// The signature that fits [`SMALL_ORDER_ED25519`] wherever small orders are not refused.
pub fn universal_signature() -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    bytes
}
