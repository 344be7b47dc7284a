//! The spent set: a token spends once, and the same request may ask again.
//!
//! Kept by epoch, so that an epoch whose tokens are no longer accepted is dropped whole.
//!
//! | table | key | value |
//! |---|---|---|
//! | `spent`, period = epoch | class (1 byte), nonce (32) | version (1 byte), request hash (32), answer |

use crate::{StoreError, Table, Transaction};

/// Bytes of a token's nonce (RFC 9578, section 2).
pub const NONCE_LEN: usize = 32;

/// Bytes of the hash that names a request (SHA-256).
pub const REQUEST_HASH_LEN: usize = 32;

/// Version byte of a spent record.
const RECORD_VERSION: u8 = 1;

const NAME: &str = "spent";

/// What became of an attempt to spend a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spend {
    /// The token was not spent before; it is now, for this request.
    Fresh,
    /// This very request spent it before: give it the same answer again.
    Same(Vec<u8>),
    /// Another request spent it before: refuse.
    Conflict,
}

/// Spends a token for a request, or tells that it was spent before.
///
/// `class` and `epoch` are those of the key that verified the token. Everything the request is to
/// cause belongs into the same transaction.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn spend(
    tx: &mut Transaction<'_>,
    class: u8,
    epoch: u32,
    nonce: &[u8; NONCE_LEN],
    request_hash: &[u8; REQUEST_HASH_LEN],
    answer: &[u8],
) -> Result<Spend, StoreError> {
    let table = Table::in_period(NAME, epoch);
    let mut key = Vec::with_capacity(1 + NONCE_LEN);
    key.push(class);
    key.extend_from_slice(nonce);

    let Some(record) = tx.get(table, &key)? else {
        let mut record = Vec::with_capacity(1 + REQUEST_HASH_LEN + answer.len());
        record.push(RECORD_VERSION);
        record.extend_from_slice(request_hash);
        record.extend_from_slice(answer);
        tx.put(table, key, record);
        return Ok(Spend::Fresh);
    };
    let (spent_by, first_answer) = parse(&record)?;
    Ok(if spent_by == request_hash {
        Spend::Same(first_answer.to_vec())
    } else {
        Spend::Conflict
    })
}

/// Forgets all epochs before `oldest_live_epoch`, whose tokens are refused by then anyway. Returns how
/// many were dropped.
///
/// # Errors
/// When the store cannot be read.
pub fn drop_before(tx: &mut Transaction<'_>, oldest_live_epoch: u32) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for epoch in tx.periods(NAME)? {
        if epoch < oldest_live_epoch {
            tx.drop_period(Table::in_period(NAME, epoch));
            dropped += 1;
        }
    }
    Ok(dropped)
}

fn parse(record: &[u8]) -> Result<(&[u8; REQUEST_HASH_LEN], &[u8]), StoreError> {
    match record.split_first() {
        Some((&RECORD_VERSION, rest)) => rest.split_first_chunk(),
        _ => None,
    }
    .ok_or_else(|| StoreError::Damaged {
        what: "a record of the spent set".to_owned(),
    })
}
