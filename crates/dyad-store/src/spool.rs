//! The spool: what sender services delivered and nobody has looked at yet.
//!
//! Owns: delivered items until they are resolved, the memory of batches, and what could not be resolved
//! three times. Does not know: what is in an item.
//!
//! | table | key | value |
//! |---|---|---|
//! | `spool` | sender (8), sequence (8) | version (1), failures (1), item |
//! | `spool_state` | 1 byte | version (1), next sequence (8), items waiting (8) |
//! | `batch`, period = hour of arrival | sender (8), batch id (16) | - |
//! | `quarantine` | sequence (8) | version (1), since (8), item |

use std::ops::ControlFlow;

use dyad_protocol::hash::sha256;
use dyad_protocol::id::{BatchId, HostName};
use dyad_protocol::limits::BATCH_MEMORY;
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

/// Failures after which an item goes to quarantine.
pub const MAX_FAILURES: u8 = 3;

const SPOOL: Table = Table::new("spool");
const STATE: Table = Table::new("spool_state");
const STATE_KEY: &[u8] = &[1];
const BATCH: &str = "batch";
const QUARANTINE: Table = Table::new("quarantine");
const VERSION: u8 = 1;
const HOUR: u64 = 3_600;

/// A sender service, as the spool sorts by: the beginning of the SHA-256 of its host name. Two hosts that
/// share it would share a turn, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SenderId([u8; 8]);

impl SenderId {
    /// The sender service at `host`.
    #[must_use]
    pub fn of(host: &HostName) -> Self {
        let digest = sha256(host.as_str().as_bytes());
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

/// The place of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpoolKey {
    /// Who delivered it.
    pub sender: SenderId,
    /// Grows with every item of any sender.
    pub sequence: u64,
}

impl SpoolKey {
    fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.sender.0);
        bytes[8..].copy_from_slice(&self.sequence.to_be_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (sender, sequence) = bytes.split_first_chunk()?;
        Some(Self {
            sender: SenderId(*sender),
            sequence: u64::from_be_bytes(sequence.try_into().ok()?),
        })
    }
}

/// An item that waits.
#[derive(Clone, PartialEq, Eq)]
pub struct Spooled {
    /// Its place.
    pub key: SpoolKey,
    /// How often it failed.
    pub failures: u8,
    /// The item, as it came.
    pub item: Vec<u8>,
}

impl std::fmt::Debug for Spooled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            key,
            failures,
            item: _,
        } = self;
        f.debug_struct("Spooled")
            .field("key", key)
            .field("failures", failures)
            .finish_non_exhaustive()
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    /// All its items wait now.
    Stored,
    /// It came before; nothing was stored.
    Duplicate,
    /// More would wait than may; nothing was stored or remembered.
    Full,
}

/// Appends a batch, all of it, unless it came within [`BATCH_MEMORY`] or `max_waiting` items would wait.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the state makes no sense.
pub fn append<'i>(
    tx: &mut Transaction<'_>,
    sender: SenderId,
    batch: &BatchId,
    items: impl ExactSizeIterator<Item = &'i [u8]>,
    now: Timestamp,
    max_waiting: u64,
) -> Result<Append, StoreError> {
    let id = [&sender.0[..], batch.as_bytes()].concat();
    for period in tx.periods(BATCH)? {
        if tx.contains(Table::in_period(BATCH, period), &id)? {
            return Ok(Append::Duplicate);
        }
    }
    let mut state = State::of(tx)?;
    let count = items.len() as u64;
    if state.waiting.saturating_add(count) > max_waiting {
        return Ok(Append::Full);
    }
    for item in items {
        let key = SpoolKey {
            sender,
            sequence: state.next,
        };
        state.next += 1;
        tx.put(SPOOL, key.to_bytes(), record(0, item));
    }
    state.waiting += count;
    state.put(tx);
    tx.put(Table::in_period(BATCH, hour(now)), id, []);
    Ok(Append::Stored)
}

/// Forgets batches that came longer than [`BATCH_MEMORY`] ago. Returns how many hours were dropped.
///
/// # Errors
/// As [`append`].
pub fn forget_batches(tx: &mut Transaction<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let oldest = hour(now.minus(BATCH_MEMORY));
    // Hours ahead are from a clock that was wrong; what they remember is of no use in two hours.
    let newest = hour(now.plus(BATCH_MEMORY));
    let mut dropped = 0;
    for period in tx.periods(BATCH)? {
        if !(oldest..=newest).contains(&period) {
            tx.drop_period(Table::in_period(BATCH, period));
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// The first item at or after a place, of any sender. May block on a disk.
///
/// # Errors
/// As [`append`].
pub fn seek(backend: &dyn Backend, from: SpoolKey) -> Result<Option<SpoolKey>, StoreError> {
    let mut found = None;
    backend.scan(SPOOL, &from.to_bytes(), None, &mut |key, _| {
        found = Some(SpoolKey::parse(key));
        ControlFlow::Break(())
    })?;
    found.map(|key| key.ok_or_else(damaged)).transpose()
}

/// The first item of the sender that comes after `sender` in turn; from the beginning for `None`. May block
/// on a disk.
///
/// # Errors
/// As [`append`].
pub fn seek_after(
    backend: &dyn Backend,
    sender: Option<SenderId>,
) -> Result<Option<SpoolKey>, StoreError> {
    let next = match sender.map(|sender| u64::from_be_bytes(sender.0)) {
        None => 0,
        Some(u64::MAX) => return Ok(None),
        Some(number) => number + 1,
    };
    let sender = SenderId(next.to_be_bytes());
    seek(
        backend,
        SpoolKey {
            sender,
            sequence: 0,
        },
    )
}

/// Up to `limit` items of one sender from a place on. May block on a disk.
///
/// # Errors
/// As [`append`].
pub fn read(
    backend: &dyn Backend,
    from: SpoolKey,
    limit: usize,
) -> Result<Vec<Spooled>, StoreError> {
    let mut items = Vec::new();
    let mut broken = false;
    if limit == 0 {
        return Ok(items);
    }
    backend.scan(SPOOL, &from.to_bytes(), None, &mut |key, value| {
        match (SpoolKey::parse(key), value) {
            (Some(key), _) if key.sender != from.sender => return ControlFlow::Break(()),
            (Some(key), &[VERSION, failures, ref item @ ..]) => items.push(Spooled {
                key,
                failures,
                item: item.to_vec(),
            }),
            _ => broken = true,
        }
        if broken || items.len() == limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if broken { Err(damaged()) } else { Ok(items) }
}

/// Takes items out. The answer says for each whether it was still there: only then is it this
/// transaction's to act on.
///
/// # Errors
/// As [`append`].
pub fn take(tx: &mut Transaction<'_>, keys: &[SpoolKey]) -> Result<Vec<bool>, StoreError> {
    let mut state = State::of(tx)?;
    let mut taken = Vec::with_capacity(keys.len());
    for key in keys {
        let key = key.to_bytes();
        let there = tx.contains(SPOOL, &key)?;
        if there {
            tx.delete(SPOOL, key);
            state.waiting = state.waiting.saturating_sub(1);
        }
        taken.push(there);
    }
    state.put(tx);
    Ok(taken)
}

/// Notes that an item failed. At the [`MAX_FAILURES`]th time it goes to quarantine, and the answer is
/// `true`.
///
/// # Errors
/// As [`append`].
pub fn fail(tx: &mut Transaction<'_>, key: SpoolKey, now: Timestamp) -> Result<bool, StoreError> {
    let place = key.to_bytes();
    let Some(value) = tx.get(SPOOL, &place)? else {
        return Ok(false);
    };
    let [_, failures, item @ ..] = value.as_slice() else {
        return Err(damaged());
    };
    let failures = failures.saturating_add(1);
    if failures < MAX_FAILURES {
        tx.put(SPOOL, place, record(failures, item));
        return Ok(false);
    }
    let mut kept = vec![VERSION];
    kept.extend_from_slice(&now.as_secs().to_be_bytes());
    kept.extend_from_slice(item);
    tx.put(QUARANTINE, key.sequence.to_be_bytes(), kept);
    take(tx, &[key])?;
    Ok(true)
}

/// Ends the quarantine of items that came into it more than `keep` seconds ago, at most `limit`. Returns
/// how many went.
///
/// # Errors
/// As [`append`].
pub fn sweep_quarantine(
    tx: &mut Transaction<'_>,
    keep: u64,
    limit: usize,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut gone = 0;
    // Sequence numbers grow with time, so the oldest come first.
    for (key, value) in tx.scan(QUARANTINE, &[], None, limit)? {
        let since = value.get(1..9).and_then(|since| since.try_into().ok());
        let since = Timestamp::from_secs(since.map_or(0, u64::from_be_bytes));
        if now.since(since) > keep {
            tx.delete(QUARANTINE, key);
            gone += 1;
        }
    }
    Ok(gone)
}

/// Items in quarantine, at most `limit` of them counted. May block on a disk.
///
/// # Errors
/// As [`append`].
pub fn quarantined(backend: &dyn Backend, limit: usize) -> Result<usize, StoreError> {
    let mut count = 0;
    backend.scan(QUARANTINE, &[], None, &mut |_, _| {
        count += 1;
        if count < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(count)
}

/// Items that wait. May block on a disk.
///
/// # Errors
/// As [`append`].
pub fn waiting(backend: &dyn Backend) -> Result<u64, StoreError> {
    Ok(State::parse(backend.get(STATE, STATE_KEY)?)?.waiting)
}

struct State {
    next: u64,
    waiting: u64,
}

impl State {
    fn of(tx: &Transaction<'_>) -> Result<Self, StoreError> {
        Self::parse(tx.get(STATE, STATE_KEY)?)
    }

    fn parse(record: Option<Vec<u8>>) -> Result<Self, StoreError> {
        let Some(record) = record else {
            return Ok(Self {
                next: 1,
                waiting: 0,
            });
        };
        match record.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<8>().and_then(|(next, waiting)| {
                Some(Self {
                    next: u64::from_be_bytes(*next),
                    waiting: u64::from_be_bytes(waiting.try_into().ok()?),
                })
            }),
            _ => None,
        }
        .ok_or_else(damaged)
    }

    fn put(&self, tx: &mut Transaction<'_>) {
        let mut record = vec![VERSION];
        record.extend_from_slice(&self.next.to_be_bytes());
        record.extend_from_slice(&self.waiting.to_be_bytes());
        tx.put(STATE, STATE_KEY, record);
    }
}

fn record(failures: u8, item: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(2 + item.len());
    record.extend_from_slice(&[VERSION, failures]);
    record.extend_from_slice(item);
    record
}

fn hour(moment: Timestamp) -> u32 {
    (moment.as_secs() / HOUR) as u32
}

fn damaged() -> StoreError {
    StoreError::Damaged {
        what: "the spool".to_owned(),
    }
}
