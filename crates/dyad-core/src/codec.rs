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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Serialize)]
    struct Later {
        kept: u32,
        added: Vec<(u8, Option<String>)>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Earlier {
        kept: u32,
        #[serde(default)]
        missing: Option<u8>,
    }

    #[test]
    fn fields_that_a_release_does_not_know_are_skipped_and_missing_ones_have_defaults() {
        let bytes = encode(&Later {
            kept: 7,
            added: vec![(1, Some("x".into())), (2, None)],
        });
        assert_eq!(
            decode::<Earlier>(&bytes),
            Ok(Earlier {
                kept: 7,
                missing: None
            })
        );
    }
}
