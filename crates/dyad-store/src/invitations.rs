//! Encrypted invitations that a sender service hosts until they expire or are withdrawn.
//!
//! | table | key | value |
//! |---|---|---|
//! | `invitations` | locator (16) | version, expires (8), withdraw key (32), ciphertext |
//! | `invitation_ends` | expires (8), locator (16) | empty |
//! | `invitation_totals` | `all` | number (8) |

use dyad_protocol::id::InvitationLocator;
use dyad_protocol::sign::WithdrawPublic;
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

const INVITATIONS: Table = Table::new("invitations");
const ENDS: Table = Table::new("invitation_ends");
const TOTALS: Table = Table::new("invitation_totals");
const TOTALS_KEY: &[u8] = b"all";
const VERSION: u8 = 1;

/// An invitation as it is hosted. `Debug` leaves the ciphertext out.
#[derive(Clone, PartialEq, Eq)]
pub struct Hosted {
    /// Until when.
    pub expires: Timestamp,
    /// Who may withdraw it.
    pub withdraw_key: WithdrawPublic,
    /// What is hosted, opaque.
    pub ciphertext: Vec<u8>,
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            expires,
            withdraw_key: _,
            ciphertext,
        } = self;
        f.debug_struct("Hosted")
            .field("expires", expires)
            .field("ciphertext_bytes", &ciphertext.len())
            .finish_non_exhaustive()
    }
}

/// What became of an attempt to host an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosting {
    /// It is hosted, now or since an earlier identical request.
    Hosted,
    /// Something else is hosted under this name; nothing was changed.
    Taken,
    /// As many as may be are hosted already; nothing was changed.
    Full,
}

/// Hosts an invitation unless `limit` invitations are hosted already.
///
/// # Errors
/// When the store cannot be read.
pub fn host(
    tx: &mut Transaction<'_>,
    locator: &InvitationLocator,
    hosted: &Hosted,
    limit: u64,
) -> Result<Hosting, StoreError> {
    if let Some(record) = tx.get(INVITATIONS, locator.as_bytes())? {
        let same = parse(&record)? == *hosted;
        return Ok(if same {
            Hosting::Hosted
        } else {
            Hosting::Taken
        });
    }
    let number = number_in(tx)?;
    if number >= limit {
        return Ok(Hosting::Full);
    }
    let mut record = Vec::with_capacity(41 + hosted.ciphertext.len());
    record.push(VERSION);
    record.extend_from_slice(&hosted.expires.as_secs().to_be_bytes());
    record.extend_from_slice(hosted.withdraw_key.as_bytes());
    record.extend_from_slice(&hosted.ciphertext);
    tx.put(INVITATIONS, *locator.as_bytes(), record);
    tx.put(ENDS, end_key(hosted.expires, locator), []);
    put_number(tx, number + 1);
    Ok(Hosting::Hosted)
}

/// A hosted invitation that has not expired at `now`.
///
/// # Errors
/// When the store cannot be read.
pub fn find(
    backend: &dyn Backend,
    locator: &InvitationLocator,
    now: Timestamp,
) -> Result<Option<Hosted>, StoreError> {
    let Some(record) = backend.get(INVITATIONS, locator.as_bytes())? else {
        return Ok(None);
    };
    Ok(Some(parse(&record)?).filter(|hosted| now < hosted.expires))
}

/// Deletes an invitation if it is there and `key` may withdraw it. Whether it was there is not told.
///
/// # Errors
/// When the store cannot be read.
pub fn withdraw(
    tx: &mut Transaction<'_>,
    locator: &InvitationLocator,
    key: &WithdrawPublic,
) -> Result<(), StoreError> {
    let Some(record) = tx.get(INVITATIONS, locator.as_bytes())? else {
        return Ok(());
    };
    let hosted = parse(&record)?;
    if hosted.withdraw_key == *key {
        tx.delete(INVITATIONS, *locator.as_bytes());
        tx.delete(ENDS, end_key(hosted.expires, locator));
        let number = number_in(tx)?;
        put_number(tx, number.saturating_sub(1));
    }
    Ok(())
}

/// Deletes at most `limit` invitations that have expired at `now`; gives how many.
///
/// # Errors
/// When the store cannot be read.
pub fn expire(tx: &mut Transaction<'_>, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let end = now.plus(1).as_secs().to_be_bytes();
    let ended = tx.scan(ENDS, b"", Some(&end), limit)?;
    for (key, _) in &ended {
        let locator = key
            .get(8..)
            .and_then(InvitationLocator::from_slice)
            .ok_or_else(damaged)?;
        tx.delete(INVITATIONS, *locator.as_bytes());
        tx.delete(ENDS, key.clone());
    }
    if !ended.is_empty() {
        let number = number_in(tx)?;
        put_number(tx, number.saturating_sub(ended.len() as u64));
    }
    Ok(ended.len())
}

/// How many are hosted.
///
/// # Errors
/// When the store cannot be read.
pub fn number(backend: &dyn Backend) -> Result<u64, StoreError> {
    parse_number(backend.get(TOTALS, TOTALS_KEY)?.as_deref())
}

fn number_in(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    parse_number(tx.get(TOTALS, TOTALS_KEY)?.as_deref())
}

fn parse_number(value: Option<&[u8]>) -> Result<u64, StoreError> {
    let Some(value) = value else { return Ok(0) };
    value
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| damaged())
}

fn put_number(tx: &mut Transaction<'_>, number: u64) {
    tx.put(TOTALS, TOTALS_KEY, number.to_be_bytes());
}

fn end_key(expires: Timestamp, locator: &InvitationLocator) -> Vec<u8> {
    [&expires.as_secs().to_be_bytes()[..], locator.as_bytes()].concat()
}

fn parse(record: &[u8]) -> Result<Hosted, StoreError> {
    let parsed = (|| {
        let (&version, rest) = record.split_first()?;
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        let (key, ciphertext) = rest.split_first_chunk::<32>()?;
        (version == VERSION).then(|| Hosted {
            expires: Timestamp::from_secs(u64::from_be_bytes(*expires)),
            withdraw_key: WithdrawPublic::new(*key),
            ciphertext: ciphertext.to_vec(),
        })
    })();
    parsed.ok_or_else(damaged)
}

fn damaged() -> StoreError {
    StoreError::Damaged {
        what: "the hosted invitations".to_owned(),
    }
}
