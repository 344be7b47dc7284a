//! Files: sealing, and reading what was done to the sealed form since.

use std::io::{Cursor, Read};

use dyad_protocol::api::blob::SEALED_CHUNK_LEN;
use dyad_protocol::attachment::{FileKey, OpenError, Opener, Reader};
use dyad_protocol::hash::sha256;
use serde_json::{Value, json};

use super::{Input, Outcome};
use crate::generate::attachments::sealed;

pub fn run(operation: &str, input: &Input<'_>) -> Option<Outcome> {
    Some(match operation {
        "file/seal" => seal(input),
        "file/read" => read(input),
        _ => return None,
    })
}

fn seal(input: &Input<'_>) -> Outcome {
    let (bytes, known) = sealed(input.array("key"), &input.bytes("file"));
    let first = &bytes[..SEALED_CHUNK_LEN];
    Ok(json!({
        "size": known.size,
        "file_sha256": hex::encode(known.sha256),
        "chunks": known.blob.chunks(),
        "first_bytes": hex::encode(&first[..32]),
        "first_tag": hex::encode(&first[SEALED_CHUNK_LEN - 16..]),
        "sealed_sha256": hex::encode(sha256(&bytes)),
    }))
}

fn read(input: &Input<'_>) -> Outcome {
    let (bytes, _) = sealed(input.array("key"), &input.bytes("file"));
    let bytes = changed(bytes, input.value("change"));
    let key = FileKey::new(input.array("read_with"));
    let opener = Opener::new(&key, input.number("size")).ok_or("length")?;
    if bytes.len() as u64 != opener.blob().bytes() {
        return Err("length");
    }
    let mut file = Vec::new();
    match Reader::new(Cursor::new(bytes), opener).read_to_end(&mut file) {
        Ok(_) => {}
        Err(error) => {
            let why = error.get_ref().and_then(|e| e.downcast_ref::<OpenError>());
            return Err(match why {
                Some(OpenError::NotAuthentic) => "not-authentic",
                Some(OpenError::Padding) => "malformed",
                _ => "length",
            });
        }
    }
    if sha256(&file) != input.array("sha256") {
        return Err("not-authentic");
    }
    Ok(json!({ "file_sha256": hex::encode(sha256(&file)) }))
}

/// What somebody did to the sealed form.
fn changed(mut bytes: Vec<u8>, change: &Value) -> Vec<u8> {
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    if let Some(at) = change.get("flip") {
        bytes[number(at)] ^= 1;
    }
    if let Some(len) = change.get("cut_to") {
        bytes.truncate(number(len));
    }
    if let Some(chunks) = change.get("chunks") {
        bytes = chunks
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|n| bytes[number(n) * SEALED_CHUNK_LEN..][..SEALED_CHUNK_LEN].to_vec())
            .collect();
    }
    bytes
}
