//! What each operation of the vectors means in this implementation.

mod files;
mod messages;
mod services;

use std::str::FromStr;

use dyad_protocol::body::KemUpdate;
use dyad_protocol::codec::DecodeError;
use dyad_protocol::hash::{derive, hash};
use dyad_protocol::hpke::{XWingSecret, decapsulate};
use dyad_protocol::id::HostName;
use dyad_protocol::label::{ALL, Label};
use dyad_protocol::psk::{Psk, PskId};
use dyad_protocol::time::Timestamp;
use serde_json::{Value, json};

/// What an operation gives: its output, or the class of its error.
pub type Outcome = Result<Value, &'static str>;

pub fn run(operation: &str, input: &Value) -> Outcome {
    let input = Input(input);
    match operation {
        "hash" => {
            Ok(json!({ "digest": hex::encode(hash(input.label(), &slices(&input.list("parts")))) }))
        }
        "derive" => Ok(json!({ "output": input.derived() })),
        "psk/invitation" => psk(&Psk::from_invitation(
            &input.array("secret"),
            &input.array("bundle_hash"),
        )),
        "psk/relationship" => psk(&input
            .psk()
            .for_relationship(&input.array("secret"), &input.array("transcript"))),
        "psk/renew" => psk(&input
            .psk()
            .renewed(&input.array("secret"), &input.array("transcript"))),
        "psk/decapsulate" => {
            let base = PskId::new(input.array("base"));
            let info = KemUpdate::info(
                &input.array("bundle_hash"),
                &base,
                &input.array("transcript"),
            );
            let key = XWingSecret::new(input.array("xwing_key"));
            let secret = decapsulate(&key, &input.array("ciphertext"), &info).unwrap();
            Ok(json!({ "secret": hex::encode(secret) }))
        }
        _ => messages::run(operation, &input)
            .or_else(|| services::run(operation, &input))
            .or_else(|| files::run(operation, &input))
            .unwrap_or_else(|| panic!("unknown operation {operation}")),
    }
}

fn psk(psk: &Psk) -> Outcome {
    Ok(json!({ "psk": hex::encode(psk.expose()), "id": psk.id().to_string() }))
}

/// The input of a case. A field that is not there, or not of its kind, is a mistake in the case.
pub struct Input<'a>(&'a Value);

impl Input<'_> {
    pub fn value(&self, field: &str) -> &Value {
        self.0
            .get(field)
            .unwrap_or_else(|| panic!("no {field} in {}", self.0))
    }

    pub fn bytes(&self, field: &str) -> Vec<u8> {
        bytes(self.value(field))
    }

    pub fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field)
            .try_into()
            .unwrap_or_else(|_| panic!("{field} is not {N} bytes"))
    }

    pub fn list(&self, field: &str) -> Vec<Vec<u8>> {
        self.value(field)
            .as_array()
            .unwrap()
            .iter()
            .map(bytes)
            .collect()
    }

    pub fn number(&self, field: &str) -> u64 {
        self.value(field)
            .as_u64()
            .unwrap_or_else(|| panic!("{field} is no number"))
    }

    pub fn small(&self, field: &str) -> u16 {
        self.number(field).try_into().unwrap()
    }

    /// Text, or a repetition of it.
    pub fn text(&self, field: &str) -> String {
        match self.value(field) {
            Value::String(text) => text.clone(),
            repeated => {
                let times = repeated["times"].as_u64().unwrap() as usize;
                repeated["repeat"].as_str().unwrap().repeat(times)
            }
        }
    }

    pub fn host(&self, field: &str) -> HostName {
        HostName::from_str(&self.text(field)).unwrap()
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.number("now"))
    }

    pub fn psk(&self) -> Psk {
        Psk::new(self.array("psk"))
    }

    fn label(&self) -> Label {
        let text = self.text("label");
        *ALL.iter()
            .find(|label| label.as_str() == text)
            .unwrap_or_else(|| panic!("no label {text}"))
    }

    fn derived(&self) -> String {
        let (secret, parts) = (self.bytes("secret"), self.list("parts"));
        let parts = slices(&parts);
        match self.number("length") {
            32 => hex::encode(derive::<32>(&secret, self.label(), &parts)),
            64 => hex::encode(derive::<64>(&secret, self.label(), &parts)),
            other => panic!("no case derives {other} bytes"),
        }
    }
}

/// Hexadecimal; a repetition of it; or a list of these, one after another.
fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => hex::decode(text).unwrap(),
        Value::Array(parts) => parts.iter().flat_map(bytes).collect(),
        repeated => bytes(&repeated["repeat"]).repeat(repeated["times"].as_u64().unwrap() as usize),
    }
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

/// The class of a decoding error.
pub fn class(error: DecodeError) -> &'static str {
    match error {
        DecodeError::Length(_) => "length",
        DecodeError::Version { .. } => "version",
        DecodeError::Malformed(_) => "malformed",
        DecodeError::NotAuthentic(_) => "not-authentic",
        DecodeError::Expired(_) => "expired",
    }
}
