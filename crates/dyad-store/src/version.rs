//! The version of the whole store's format.
//!
//! One number, written when a store is new and checked whenever one is opened, so that an older
//! program refuses what it would misread. Records have version bytes of their own besides.

use crate::{Backend, StoreError, Table, Write};

/// The format version this program writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

const TABLE: Table = Table::new("meta");
const KEY: &[u8] = b"version";

/// Checks that this program can read the store; marks a new store with [`FORMAT_VERSION`].
///
/// # Errors
/// [`StoreError::NewerVersion`] for a store of a later program; [`StoreError::Damaged`] when the mark
/// is no number; otherwise what the back end reports.
pub fn check_version(backend: &dyn Backend) -> Result<(), StoreError> {
    let Some(mark) = backend.get(TABLE, KEY)? else {
        return backend.write(&[Write::Put {
            table: TABLE,
            key: KEY.to_vec(),
            value: FORMAT_VERSION.to_be_bytes().to_vec(),
        }]);
    };
    let found = <[u8; 4]>::try_from(mark.as_slice())
        .map(u32::from_be_bytes)
        .map_err(|_| StoreError::Damaged {
            what: "the mark of the format version".to_owned(),
        })?;
    match found {
        FORMAT_VERSION => Ok(()),
        0 => Err(StoreError::Damaged {
            what: "format version 0 never existed".to_owned(),
        }),
        _ => Err(StoreError::NewerVersion {
            found,
            known: FORMAT_VERSION,
        }),
    }
}
