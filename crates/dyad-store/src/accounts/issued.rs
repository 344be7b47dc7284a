//! What was issued: one answer per account, class and epoch, given again to whoever asks the same again.
//!
//! Kept by epoch and dropped whole. An answer names no token: only the client that asked can unblind it.
//!
//! | table | key | value |
//! |---|---|---|
//! | `issued`, period = epoch | class (1), account key (32) | version (1), request hash (32), answer |

use super::ACCOUNT_LEN;
use crate::{Backend, StoreError, Table, Transaction};

/// Bytes of the hash that names a request (SHA-256).
pub const REQUEST_HASH_LEN: usize = 32;

const NAME: &str = "issued";
const RECORD_VERSION: u8 = 1;

/// An account's claim to the tokens of one class and epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose.
    pub account: [u8; ACCOUNT_LEN],
    /// Number of the class.
    pub class: u8,
    /// Number of the epoch.
    pub epoch: u32,
    /// By which the same request is recognised.
    pub request_hash: [u8; REQUEST_HASH_LEN],
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// Nothing was issued before; the answer is kept and may be given out.
    Fresh,
    /// This very request was answered before: give this, and nothing else.
    Same(Vec<u8>),
    /// Another request was answered before: refuse.
    Conflict,
}

/// What was issued on this claim, if anything; never [`Issue::Fresh`]. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn find(backend: &dyn Backend, claim: &Claim) -> Result<Option<Issue>, StoreError> {
    let record = backend.get(claim.table(), &claim.key())?;
    record.map(|record| compare(&record, claim)).transpose()
}

/// Keeps an answer, unless one is kept already.
///
/// # Errors
/// As [`find`].
pub fn keep(tx: &mut Transaction<'_>, claim: &Claim, answer: &[u8]) -> Result<Issue, StoreError> {
    if let Some(record) = tx.get(claim.table(), &claim.key())? {
        return compare(&record, claim);
    }
    let mut record = Vec::with_capacity(1 + REQUEST_HASH_LEN + answer.len());
    record.push(RECORD_VERSION);
    record.extend_from_slice(&claim.request_hash);
    record.extend_from_slice(answer);
    tx.put(claim.table(), claim.key(), record);
    Ok(Issue::Fresh)
}

/// Forgets all epochs before `oldest`. Returns how many were dropped.
///
/// # Errors
/// When the store cannot be read.
pub fn drop_before(tx: &mut Transaction<'_>, oldest: u32) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for epoch in tx.periods(NAME)? {
        if epoch < oldest {
            tx.drop_period(Table::in_period(NAME, epoch));
            dropped += 1;
        }
    }
    Ok(dropped)
}

impl Claim {
    const fn table(&self) -> Table {
        Table::in_period(NAME, self.epoch)
    }

    fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + ACCOUNT_LEN);
        key.push(self.class);
        key.extend_from_slice(&self.account);
        key
    }
}

fn compare(record: &[u8], claim: &Claim) -> Result<Issue, StoreError> {
    let (request_hash, answer) = record
        .strip_prefix(&[RECORD_VERSION])
        .and_then(<[u8]>::split_first_chunk::<REQUEST_HASH_LEN>)
        .ok_or_else(|| StoreError::Damaged {
            what: "a record of issued tokens".to_owned(),
        })?;
    Ok(if *request_hash == claim.request_hash {
        Issue::Same(answer.to_vec())
    } else {
        Issue::Conflict
    })
}
