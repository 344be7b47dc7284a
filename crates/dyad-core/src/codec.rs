//! Stored states: a version byte, then CBOR (RFC 8949) with field names as keys. Fields that a later
//! release adds have defaults; unknown ones are skipped.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StateError;

/// Version of both states.
const STATE_VERSION: u8 = 1;

pub(crate) fn encode(state: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![STATE_VERSION];
    // Serialising into memory cannot fail: no type of a state refuses it.
    bytes.extend(minicbor_serde::to_vec(state).unwrap_or_default());
    bytes
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StateError> {
    match bytes.split_first() {
        None => Err(StateError::Damaged("nothing there".into())),
        Some((&STATE_VERSION, rest)) => {
            minicbor_serde::from_slice(rest).map_err(|error| StateError::Damaged(error.to_string()))
        }
        Some((&found, _)) => Err(StateError::Newer { found }),
    }
}
