//! Enrolment codes: each is good for so many accounts until it expires or is revoked.
//!
//! Only a code's hash is kept, so that what is on disk enrols nobody, and a look-up by hash tells by its
//! timing nothing about the code.
//!
//! | table | key | value |
//! |---|---|---|
//! | `enrol_code` | hash of the code (32) | version (1), created (8), expires (8), uses (4), left (4), length of tier (1), tier, note (the rest) |

use crate::{Backend, StoreError, Table, Transaction};

/// Hash of a code.
pub type CodeHash = [u8; 32];

/// Bytes of a code's hash by which operators name it.
pub const CODE_ID_LEN: usize = 8;

/// The beginning of a code's hash: names the code without being good for anything.
pub type CodeId = [u8; CODE_ID_LEN];

const TABLE: Table = Table::new("enrol_code");
const RECORD_VERSION: u8 = 1;

/// Codes looked at in one step of a walk through all.
const PAGE: usize = 256;

/// A code, without the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Tier of the accounts that it enrols.
    pub tier: String,
    /// Seconds since the Unix epoch.
    pub created: u64,
    /// It enrols nobody from this moment on; seconds since the Unix epoch.
    pub expires: u64,
    /// Accounts that it was made for.
    pub uses: u32,
    /// Accounts that it can still enrol.
    pub left: u32,
    /// The operator's own words.
    pub note: String,
}

/// Keeps a new code.
pub fn create(tx: &mut Transaction<'_>, hash: &CodeHash, code: &Code) {
    tx.put(TABLE, hash, encode(code));
}

/// All codes by id. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when a record makes no sense.
pub fn list(backend: &dyn Backend) -> Result<Vec<(CodeId, Code)>, StoreError> {
    let mut found = Vec::new();
    let mut trouble = None;
    backend.scan(TABLE, &[], None, &mut |key, value| match id_of(key)
        .and_then(|id| Ok((id, parse(value)?)))
    {
        Ok(entry) => {
            found.push(entry);
            std::ops::ControlFlow::Continue(())
        }
        Err(error) => {
            trouble = Some(error);
            std::ops::ControlFlow::Break(())
        }
    })?;
    match trouble {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// Forgets the code with this id; `false` if there is none.
///
/// # Errors
/// When the store cannot be read.
pub fn revoke(tx: &mut Transaction<'_>, id: &CodeId) -> Result<bool, StoreError> {
    let mut first = [0; 32];
    first[..CODE_ID_LEN].copy_from_slice(id);
    let found = tx.scan(TABLE, &first, None, 1)?;
    match found.into_iter().next() {
        Some((key, _)) if key.starts_with(id) => {
            tx.delete(TABLE, key);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Forgets up to a page of the codes that expired before `moment` (seconds since the Unix epoch),
/// beginning after `after`. Gives where to go on, or `None` at the end.
///
/// # Errors
/// As [`list`].
pub fn forget_expired(
    tx: &mut Transaction<'_>,
    after: Option<CodeHash>,
    moment: u64,
) -> Result<Option<CodeHash>, StoreError> {
    let mut from = after.map(|hash| hash.to_vec()).unwrap_or_default();
    if !from.is_empty() {
        // The smallest key behind it.
        from.push(0);
    }
    let page = tx.scan(TABLE, &from, None, PAGE)?;
    let last = (page.len() == PAGE)
        .then(|| {
            page.last()
                .and_then(|(key, _)| key.as_slice().try_into().ok())
        })
        .flatten();
    for (key, value) in page {
        if parse(&value)?.expires <= moment {
            tx.delete(TABLE, key);
        }
    }
    Ok(last)
}

/// Uses a code once and gives its tier; `None` if it is not good, or no longer.
pub(super) fn use_once(
    tx: &mut Transaction<'_>,
    hash: &CodeHash,
    now: u64,
) -> Result<Option<String>, StoreError> {
    let Some(record) = tx.get(TABLE, hash)? else {
        return Ok(None);
    };
    let mut code = parse(&record)?;
    if code.left == 0 || code.expires <= now {
        return Ok(None);
    }
    code.left -= 1;
    tx.put(TABLE, hash, encode(&code));
    Ok(Some(code.tier))
}

fn encode(code: &Code) -> Vec<u8> {
    let tier = code.tier.as_bytes();
    // Longer names do not get past configuration; a cut one is unknown and gets the default tier.
    let tier = &tier[..tier.len().min(super::MAX_TIER_LEN)];
    let mut record = vec![RECORD_VERSION];
    record.extend_from_slice(&code.created.to_be_bytes());
    record.extend_from_slice(&code.expires.to_be_bytes());
    record.extend_from_slice(&code.uses.to_be_bytes());
    record.extend_from_slice(&code.left.to_be_bytes());
    record.push(tier.len() as u8);
    record.extend_from_slice(tier);
    record.extend_from_slice(code.note.as_bytes());
    record
}

fn parse(record: &[u8]) -> Result<Code, StoreError> {
    let parsed = || {
        let rest = record.strip_prefix(&[RECORD_VERSION])?;
        let (created, rest) = rest.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let (uses, rest) = rest.split_first_chunk()?;
        let (left, rest) = rest.split_first_chunk()?;
        let (&len, rest) = rest.split_first()?;
        let (tier, note) = rest.split_at_checked(len.into())?;
        let text = |bytes| str::from_utf8(bytes).ok().map(str::to_owned);
        Some(Code {
            tier: text(tier)?,
            created: u64::from_be_bytes(*created),
            expires: u64::from_be_bytes(*expires),
            uses: u32::from_be_bytes(*uses),
            left: u32::from_be_bytes(*left),
            note: text(note)?,
        })
    };
    parsed().ok_or_else(damaged)
}

fn id_of(key: &[u8]) -> Result<CodeId, StoreError> {
    key.first_chunk().copied().ok_or_else(damaged)
}

fn damaged() -> StoreError {
    StoreError::Damaged {
        what: "an enrolment code's record".to_owned(),
    }
}
