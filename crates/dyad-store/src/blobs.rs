//! What a sender service knows of the blobs that it keeps: their names, sizes and ends, and which of their
//! parts have come. The bytes themselves are objects elsewhere.
//!
//! A blob's objects are named after a number drawn for it, never used twice, so that what is left of a blob
//! that was removed can never be taken for another's. What is removed here stays *garbage* until its objects
//! are gone, and takes room until then.
//!
//! | table | key | value |
//! |---|---|---|
//! | `blobs` | locator (16) | version, storage id (16), chunks (4), parts missing (4), ends (8), incomplete until (8) |
//! | `blob_parts` | storage id (16), part (4) | SHA-256 of the part |
//! | `blob_ids` | storage id (16) | chunks (4), 1 if it is kept or 2 if it is garbage |
//! | `blob_garbage` | storage id (16) | empty |
//! | `blob_ends` | moment (8), locator (16) | empty |
//! | `blob_totals` | `all` | number (8), bytes (8) |

use dyad_protocol::api::blob::BlobSize;
use dyad_protocol::id::BlobLocator;
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

const BLOBS: Table = Table::new("blobs");
const PARTS: Table = Table::new("blob_parts");
const IDS: Table = Table::new("blob_ids");
const GARBAGE: Table = Table::new("blob_garbage");
const ENDS: Table = Table::new("blob_ends");
const TOTALS: Table = Table::new("blob_totals");
const TOTALS_KEY: &[u8] = b"all";
const VERSION: u8 = 1;
const KEPT: u8 = 1;
const DISCARDED: u8 = 2;

/// Under what the objects of one blob are kept. Drawn at random, never used for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorageId(pub [u8; 16]);

/// A blob as it is on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Where its parts are.
    pub id: StorageId,
    /// How large it is, or will be.
    pub size: BlobSize,
    /// Parts that have not come.
    pub missing: u32,
    /// Until when it is kept.
    pub ends: Timestamp,
    /// Until when all parts must have come.
    pub incomplete_until: Timestamp,
}

impl Blob {
    /// Whether all of it has come.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// When it is removed, as things stand.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        if self.is_complete() {
            self.ends
        } else {
            self.ends.min(self.incomplete_until)
        }
    }
}

/// What became of an attempt to make room for a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creating {
    /// There is room for all of it, and it is on record.
    Created,
    /// There is another of this name; nothing was changed.
    Taken,
    /// There is no room; nothing was changed.
    Full,
}

/// What became of an attempt to record a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It is on record now.
    New,
    /// These very bytes were there.
    Same,
    /// Other bytes were there; nothing was changed.
    Other,
    /// The blob is not there any more, or never had such a part; nothing was changed.
    Gone,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Blobs, complete or not.
    pub blobs: u64,
    /// Bytes set aside for them, and taken by what is not yet removed.
    pub bytes: u64,
}

/// Sets room aside for a blob, unless all together would take more than `capacity` bytes.
///
/// # Errors
/// When the store cannot be read.
pub fn create(
    tx: &mut Transaction<'_>,
    locator: &BlobLocator,
    blob: &Blob,
    capacity: u64,
) -> Result<Creating, StoreError> {
    if tx.contains(BLOBS, locator.as_bytes())? {
        return Ok(Creating::Taken);
    }
    let totals = totals_in(tx)?;
    let bytes = totals.bytes.saturating_add(blob.size.bytes());
    if bytes > capacity {
        return Ok(Creating::Full);
    }
    put_blob(tx, locator, blob);
    tx.put(ENDS, end_key(blob.deadline(), locator), []);
    tx.put(IDS, blob.id.0, id_record(blob.size, KEPT));
    let blobs = totals.blobs + 1;
    put_totals(tx, Totals { blobs, bytes });
    Ok(Creating::Created)
}

/// A blob, complete or not, that has not ended at `now`.
///
/// # Errors
/// When the store cannot be read.
pub fn find(
    backend: &dyn Backend,
    locator: &BlobLocator,
    now: Timestamp,
) -> Result<Option<Blob>, StoreError> {
    let Some(record) = backend.get(BLOBS, locator.as_bytes())? else {
        return Ok(None);
    };
    Ok(Some(parse(&record)?).filter(|blob| now < blob.deadline()))
}

/// The hash of a part that has come.
///
/// # Errors
/// When the store cannot be read.
pub fn part(
    backend: &dyn Backend,
    id: StorageId,
    part: u32,
) -> Result<Option<[u8; 32]>, StoreError> {
    parse_hash(backend.get(PARTS, &part_key(id, part))?)
}

/// The parts that have not come, in ascending inclusive ranges.
///
/// # Errors
/// When the store cannot be read.
pub fn missing(backend: &dyn Backend, blob: &Blob) -> Result<Vec<(u32, u32)>, StoreError> {
    let mut ranges = Vec::new();
    let mut next = 0;
    let (from, to) = (part_key(blob.id, 0), part_key(blob.id, u32::MAX));
    let mut damage = None;
    backend.scan(PARTS, &from, Some(&to), &mut |key, _hash| {
        let Some(part) = key.get(16..).and_then(|n| n.try_into().ok()) else {
            damage = Some(damaged());
            return std::ops::ControlFlow::Break(());
        };
        let part = u32::from_be_bytes(part);
        if part > next {
            ranges.push((next, part - 1));
        }
        next = part + 1;
        std::ops::ControlFlow::Continue(())
    })?;
    if let Some(error) = damage {
        return Err(error);
    }
    if next < blob.size.parts() {
        ranges.push((next, blob.size.parts() - 1));
    }
    Ok(ranges)
}

/// Records that a part is safely kept. The last one makes the blob complete.
///
/// # Errors
/// When the store cannot be read.
pub fn record(
    tx: &mut Transaction<'_>,
    locator: &BlobLocator,
    id: StorageId,
    part: u32,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Recording, StoreError> {
    let Some(found) = tx.get(BLOBS, locator.as_bytes())? else {
        return Ok(Recording::Gone);
    };
    let mut blob = parse(&found)?;
    if blob.id != id || now >= blob.deadline() || part >= blob.size.parts() {
        return Ok(Recording::Gone);
    }
    let key = part_key(id, part);
    if let Some(before) = parse_hash(tx.get(PARTS, &key)?)? {
        return Ok(if before == *hash {
            Recording::Same
        } else {
            Recording::Other
        });
    }
    tx.put(PARTS, key, *hash);
    let before = blob.deadline();
    blob.missing = blob.missing.checked_sub(1).ok_or_else(damaged)?;
    put_blob(tx, locator, &blob);
    if blob.deadline() != before {
        tx.delete(ENDS, end_key(before, locator));
        tx.put(ENDS, end_key(blob.deadline(), locator), []);
    }
    Ok(Recording::New)
}

/// Removes a blob, if it is there. Its objects are garbage from then on.
///
/// # Errors
/// When the store cannot be read.
pub fn remove(
    tx: &mut Transaction<'_>,
    locator: &BlobLocator,
) -> Result<Option<StorageId>, StoreError> {
    let Some(found) = tx.get(BLOBS, locator.as_bytes())? else {
        return Ok(None);
    };
    let blob = parse(&found)?;
    discard(tx, locator, &blob)?;
    Ok(Some(blob.id))
}

/// Removes at most `limit` blobs that have ended at `now`, or did not come completely in time; gives how many.
///
/// # Errors
/// When the store cannot be read.
pub fn expire(tx: &mut Transaction<'_>, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let end = now.plus(1).as_secs().to_be_bytes();
    let ended = tx.scan(ENDS, b"", Some(&end), limit)?;
    for (key, _) in &ended {
        let locator = key
            .get(8..)
            .and_then(BlobLocator::from_slice)
            .ok_or_else(damaged)?;
        let found = tx.get(BLOBS, locator.as_bytes())?.ok_or_else(damaged)?;
        discard(tx, &locator, &parse(&found)?)?;
    }
    Ok(ended.len())
}

/// Up to `limit` blobs that were removed and whose objects may still be there.
///
/// # Errors
/// When the store cannot be read.
pub fn garbage(backend: &dyn Backend, limit: usize) -> Result<Vec<StorageId>, StoreError> {
    let mut ids = Vec::new();
    backend.scan(GARBAGE, b"", None, &mut |key, _| {
        ids.extend(key.try_into().ok().map(StorageId));
        if ids.len() < limit {
            std::ops::ControlFlow::Continue(())
        } else {
            std::ops::ControlFlow::Break(())
        }
    })?;
    Ok(ids)
}

/// The objects of a blob that was removed are gone: its room is free again.
///
/// # Errors
/// When the store cannot be read.
pub fn forget(tx: &mut Transaction<'_>, id: StorageId) -> Result<(), StoreError> {
    let Some(record) = tx.get(IDS, &id.0)? else {
        return Ok(());
    };
    let (size, state) = parse_id(&record)?;
    if state != DISCARDED {
        return Ok(());
    }
    let (from, to) = (part_key(id, 0), part_key(id, u32::MAX));
    for (key, _) in tx.scan(PARTS, &from, Some(&to), usize::MAX)? {
        tx.delete(PARTS, key);
    }
    tx.delete(IDS, id.0);
    tx.delete(GARBAGE, id.0);
    let totals = totals_in(tx)?;
    let bytes = totals.bytes.saturating_sub(size.bytes());
    put_totals(tx, Totals { bytes, ..totals });
    Ok(())
}

/// Whether objects of this name belong to a blob that is kept, or are garbage that is being removed. Others
/// are nobody's.
///
/// # Errors
/// When the store cannot be read.
pub fn knows(backend: &dyn Backend, id: StorageId) -> Result<bool, StoreError> {
    Ok(backend.get(IDS, &id.0)?.is_some())
}

/// How much is kept.
///
/// # Errors
/// When the store cannot be read.
pub fn totals(backend: &dyn Backend) -> Result<Totals, StoreError> {
    parse_totals(backend.get(TOTALS, TOTALS_KEY)?.as_deref())
}

fn discard(tx: &mut Transaction<'_>, locator: &BlobLocator, blob: &Blob) -> Result<(), StoreError> {
    tx.delete(BLOBS, *locator.as_bytes());
    tx.delete(ENDS, end_key(blob.deadline(), locator));
    tx.put(IDS, blob.id.0, id_record(blob.size, DISCARDED));
    tx.put(GARBAGE, blob.id.0, []);
    let totals = totals_in(tx)?;
    let blobs = totals.blobs.saturating_sub(1);
    put_totals(tx, Totals { blobs, ..totals });
    Ok(())
}

fn put_blob(tx: &mut Transaction<'_>, locator: &BlobLocator, blob: &Blob) {
    let mut record = Vec::with_capacity(41);
    record.push(VERSION);
    record.extend_from_slice(&blob.id.0);
    record.extend_from_slice(&blob.size.chunks().to_be_bytes());
    record.extend_from_slice(&blob.missing.to_be_bytes());
    record.extend_from_slice(&blob.ends.as_secs().to_be_bytes());
    record.extend_from_slice(&blob.incomplete_until.as_secs().to_be_bytes());
    tx.put(BLOBS, *locator.as_bytes(), record);
}

fn parse(record: &[u8]) -> Result<Blob, StoreError> {
    let parsed = (|| {
        let (&version, rest) = record.split_first()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (chunks, rest) = rest.split_first_chunk::<4>()?;
        let (missing, rest) = rest.split_first_chunk::<4>()?;
        let (ends, rest) = rest.split_first_chunk::<8>()?;
        let until: &[u8; 8] = rest.try_into().ok()?;
        let size = BlobSize::of_chunks(u32::from_be_bytes(*chunks))?;
        (version == VERSION).then(|| Blob {
            id: StorageId(*id),
            size,
            missing: u32::from_be_bytes(*missing),
            ends: Timestamp::from_secs(u64::from_be_bytes(*ends)),
            incomplete_until: Timestamp::from_secs(u64::from_be_bytes(*until)),
        })
    })();
    parsed.ok_or_else(damaged)
}

fn id_record(size: BlobSize, state: u8) -> Vec<u8> {
    [&size.chunks().to_be_bytes()[..], &[state]].concat()
}

fn parse_id(record: &[u8]) -> Result<(BlobSize, u8), StoreError> {
    let parsed = (|| {
        let (chunks, state) = record.split_first_chunk::<4>()?;
        let [state] = *state else { return None };
        Some((BlobSize::of_chunks(u32::from_be_bytes(*chunks))?, state))
    })();
    parsed.ok_or_else(damaged)
}

fn parse_hash(value: Option<Vec<u8>>) -> Result<Option<[u8; 32]>, StoreError> {
    value
        .map(|hash| hash.try_into().map_err(|_| damaged()))
        .transpose()
}

fn part_key(id: StorageId, part: u32) -> Vec<u8> {
    [&id.0[..], &part.to_be_bytes()].concat()
}

fn end_key(ends: Timestamp, locator: &BlobLocator) -> Vec<u8> {
    [&ends.as_secs().to_be_bytes()[..], locator.as_bytes()].concat()
}

fn totals_in(tx: &Transaction<'_>) -> Result<Totals, StoreError> {
    parse_totals(tx.get(TOTALS, TOTALS_KEY)?.as_deref())
}

fn parse_totals(value: Option<&[u8]>) -> Result<Totals, StoreError> {
    let Some(value) = value else {
        return Ok(Totals::default());
    };
    let parsed = (|| {
        let (blobs, bytes) = value.split_first_chunk::<8>()?;
        Some(Totals {
            blobs: u64::from_be_bytes(*blobs),
            bytes: u64::from_be_bytes(bytes.try_into().ok()?),
        })
    })();
    parsed.ok_or_else(damaged)
}

fn put_totals(tx: &mut Transaction<'_>, totals: Totals) {
    let value = [totals.blobs.to_be_bytes(), totals.bytes.to_be_bytes()].concat();
    tx.put(TOTALS, TOTALS_KEY, value);
}

fn damaged() -> StoreError {
    StoreError::Damaged {
        what: "the records of blobs".to_owned(),
    }
}
