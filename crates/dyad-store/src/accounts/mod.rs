//! Accounts at an issuer: who is known, how one becomes known, and what was given out.
//!
//! Owns: accounts, enrolment [`codes`], and the answers already [`issued`]. Does not know: signatures,
//! tokens, or how much a tier may have; an account's tier is a name to this module.
//!
//! | table | key | value |
//! |---|---|---|
//! | `account` | account key (32) | version (1), created (8), tier (the rest) |

pub mod codes;
pub mod issued;

use crate::{Backend, StoreError, Table, Transaction};

/// Bytes of an account's public key (Ed25519, RFC 8032).
pub const ACCOUNT_LEN: usize = 32;

/// Longest name of a tier, in bytes.
pub const MAX_TIER_LEN: usize = 64;

const TABLE: Table = Table::new("account");
const RECORD_VERSION: u8 = 1;

/// An account that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name of its tier.
    pub tier: String,
    /// When it came to be, in seconds since the Unix epoch.
    pub created: u64,
}

/// What became of an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// The account is known from now on.
    New(Account),
    /// It was known before. Nothing was changed, and no code was used up.
    Known(Account),
    /// The code is unknown, expired, revoked or used up; which of them is nobody's business.
    Refused,
}

/// The account with this key. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn find(
    backend: &dyn Backend,
    account: &[u8; ACCOUNT_LEN],
) -> Result<Option<Account>, StoreError> {
    backend
        .get(TABLE, account)?
        .as_deref()
        .map(parse)
        .transpose()
}

/// Enrols an account without a code.
///
/// # Errors
/// As [`find`].
pub fn enrol_open(
    tx: &mut Transaction<'_>,
    account: &[u8; ACCOUNT_LEN],
    tier: &str,
    now: u64,
) -> Result<Enrolment, StoreError> {
    match known(tx, account)? {
        Some(known) => Ok(Enrolment::Known(known)),
        None => Ok(Enrolment::New(put(tx, account, tier, now))),
    }
}

/// Enrols an account by a code, given as its hash, and uses the code once; the tier is the code's.
///
/// # Errors
/// As [`find`].
pub fn enrol_with_code(
    tx: &mut Transaction<'_>,
    account: &[u8; ACCOUNT_LEN],
    code: &codes::CodeHash,
    now: u64,
) -> Result<Enrolment, StoreError> {
    if let Some(known) = known(tx, account)? {
        return Ok(Enrolment::Known(known));
    }
    match codes::use_once(tx, code, now)? {
        Some(tier) => Ok(Enrolment::New(put(tx, account, &tier, now))),
        None => Ok(Enrolment::Refused),
    }
}

fn known(tx: &Transaction<'_>, account: &[u8; ACCOUNT_LEN]) -> Result<Option<Account>, StoreError> {
    tx.get(TABLE, account)?.as_deref().map(parse).transpose()
}

fn put(tx: &mut Transaction<'_>, account: &[u8; ACCOUNT_LEN], tier: &str, now: u64) -> Account {
    let mut record = Vec::with_capacity(9 + tier.len());
    record.push(RECORD_VERSION);
    record.extend_from_slice(&now.to_be_bytes());
    record.extend_from_slice(tier.as_bytes());
    tx.put(TABLE, account, record);
    Account {
        tier: tier.to_owned(),
        created: now,
    }
}

fn parse(record: &[u8]) -> Result<Account, StoreError> {
    let parsed = || {
        let rest = record.strip_prefix(&[RECORD_VERSION])?;
        let (created, tier) = rest.split_first_chunk()?;
        Some(Account {
            tier: str::from_utf8(tier).ok()?.to_owned(),
            created: u64::from_be_bytes(*created),
        })
    };
    parsed().ok_or_else(|| StoreError::Damaged {
        what: "an account's record".to_owned(),
    })
}
