//! Sender services that a receiver knows: the key each last proved to have, and since when.
//!
//! A key stays known long after it must be asked for again, so that a changed one has to follow it.
//!
//! | table | key | value |
//! |---|---|---|
//! | `sender_peer` | host name | version (1), key (32), first seen (8), confirmed (8) |

use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::ServicePublic;
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

/// Seconds after which a host that never came again is forgotten: half a year.
pub const MEMORY: u64 = 182 * DAY;

const TABLE: Table = Table::new("sender_peer");
const VERSION: u8 = 1;

/// What is known of a sender service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: ServicePublic,
    /// When its key was learned for the first time.
    pub first_seen: Timestamp,
    /// When its document last confirmed the key.
    pub confirmed: Timestamp,
}

/// What is known of `host`. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn find(backend: &dyn Backend, host: &HostName) -> Result<Option<Peer>, StoreError> {
    let record = backend.get(TABLE, host.as_str().as_bytes())?;
    record.as_deref().map(parse).transpose()
}

/// Notes that `host` has this key now, and returns what is known from now on.
///
/// # Errors
/// As [`find`].
pub fn confirm(
    tx: &mut Transaction<'_>,
    host: &HostName,
    key: &ServicePublic,
    now: Timestamp,
) -> Result<Peer, StoreError> {
    let name = host.as_str().as_bytes();
    let known = tx.get(TABLE, name)?.as_deref().map(parse).transpose()?;
    let peer = Peer {
        key: *key,
        first_seen: known.map_or(now, |known| known.first_seen.min(now)),
        confirmed: now,
    };
    let mut record = vec![VERSION];
    record.extend_from_slice(key.as_bytes());
    record.extend_from_slice(&peer.first_seen.as_secs().to_be_bytes());
    record.extend_from_slice(&peer.confirmed.as_secs().to_be_bytes());
    tx.put(TABLE, name, record);
    Ok(peer)
}

/// Forgets hosts that were not confirmed for [`MEMORY`], at most `limit` of those that follow `after` in
/// the order of names. Returns where to go on; `None` at the end.
///
/// # Errors
/// As [`find`].
pub fn forget(
    tx: &mut Transaction<'_>,
    after: &[u8],
    limit: usize,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut from = after.to_vec();
    from.push(0);
    let found = tx.scan(TABLE, &from, None, limit)?;
    let end = (found.len() == limit).then(|| found.last().map(|(name, _)| name.clone()));
    for (name, record) in found {
        if now.since(parse(&record)?.confirmed) > MEMORY {
            tx.delete(TABLE, name);
        }
    }
    Ok(end.flatten())
}

fn parse(record: &[u8]) -> Result<Peer, StoreError> {
    parse_fields(record).ok_or_else(|| StoreError::Damaged {
        what: "the record of a sender service".to_owned(),
    })
}

fn parse_fields(record: &[u8]) -> Option<Peer> {
    let (&VERSION, rest) = record.split_first()? else {
        return None;
    };
    let (key, rest) = rest.split_first_chunk::<32>()?;
    let (first_seen, confirmed) = rest.split_first_chunk::<8>()?;
    Some(Peer {
        key: ServicePublic::new(*key),
        first_seen: Timestamp::from_secs(u64::from_be_bytes(*first_seen)),
        confirmed: Timestamp::from_secs(u64::from_be_bytes(confirmed.try_into().ok()?)),
    })
}
