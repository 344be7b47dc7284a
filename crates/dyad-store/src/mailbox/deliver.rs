//! Putting a message into a mailbox: once, within the limits of its address, or not at all.

use dyad_protocol::address::{AddressKind, ResolvedAddress};
use dyad_protocol::api::fetch::Position;
use dyad_protocol::id::SealedHash;
use dyad_protocol::limits::{LONG_TERM_DAILY_LIMIT, MAX_MAILBOX_ENTRIES, MAX_USE_RECORDS};
use dyad_protocol::time::{ExpiryPeriod, Timestamp};

use super::{
    Count, ENTRY, Mailbox, REPLAY, REVOKED, USE, VERSION, address_key, entry_key, find_in,
    latest_expiry,
};
use crate::{StoreError, Table, Transaction};

/// Bytes of a sealed message's hash by which it is recognised.
const HASH_LEN: usize = 16;

/// A message whose address was resolved.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Where to.
    pub address: &'a ResolvedAddress,
    /// Number of the transit key that opened the sender address.
    pub transit: u32,
    /// Hash of the sealed message.
    pub hash: &'a SealedHash,
    /// The sealed message.
    pub sealed: &'a [u8],
}

/// What became of a delivery. All but the first drop the message, and only counters may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in the mailbox, at this place.
    Stored(Position),
    /// It lies or lay there already.
    Duplicate,
    /// The address was used as often as it may be.
    UsedUp,
    /// The owner revoked the address.
    Revoked,
    /// The address expired, or claims to live longer than any may.
    Expired,
    /// The mailbox has as many use or replay records as it may.
    TooManyRecords,
    /// The mailbox holds as many messages as it may.
    Full,
    /// The mailbox has ended.
    Gone,
}

/// Puts a message into the mailbox of its address if nothing speaks against it, with the record that
/// this address was used and this message seen.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when a record makes no sense.
pub fn deliver(
    tx: &mut Transaction<'_>,
    delivery: &Delivery<'_>,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let Delivery { address, .. } = *delivery;
    let Some(mut mailbox) = find_in(tx, &address.root, now)? else {
        return Ok(Outcome::Gone);
    };
    if address.expiry.has_expired(now) || address.expiry > latest_expiry(address.kind, now) {
        return Ok(Outcome::Expired);
    }
    if mailbox.revoked > 0 && tx.contains(REVOKED, &address_key(&address.root, &address.id))? {
        return Ok(Outcome::Revoked);
    }
    // Before anything is recorded: what is dropped for want of room has not used its address.
    let full = mailbox.waiting() >= u64::from(MAX_MAILBOX_ENTRIES);
    let refused = match address.kind {
        AddressKind::Ticket => use_ticket(tx, &mut mailbox, delivery, full, now)?,
        AddressKind::LongTerm => use_long_term(tx, &mut mailbox, delivery, full, now)?,
    };
    if let Some(outcome) = refused {
        return Ok(outcome);
    }
    let position = mailbox.next;
    mailbox.next += 1;
    let mut entry = Vec::with_capacity(1 + 8 + 16 + delivery.sealed.len());
    entry.push(VERSION);
    entry.extend_from_slice(&now.as_secs().to_be_bytes());
    entry.extend_from_slice(address.id.as_bytes());
    entry.extend_from_slice(delivery.sealed);
    tx.put(ENTRY, entry_key(&address.root, position), entry);
    mailbox.put(tx, &address.root);
    Ok(Outcome::Stored(Position(position)))
}

/// One message ever. The record says which, so that the same one coming again is known as such.
fn use_ticket(
    tx: &mut Transaction<'_>,
    mailbox: &mut Mailbox,
    delivery: &Delivery<'_>,
    full: bool,
    now: Timestamp,
) -> Result<Option<Outcome>, StoreError> {
    let address = delivery.address;
    let table = use_table(address.expiry);
    let key = address_key(&address.root, &address.id);
    let record = [&[VERSION][..], short(delivery.hash)].concat();
    match tx.get(table, &key)? {
        Some(used) if used == record => return Ok(Some(Outcome::Duplicate)),
        Some(_) => return Ok(Some(Outcome::UsedUp)),
        None if full => return Ok(Some(Outcome::Full)),
        None => {}
    }
    if !add_use(mailbox, address.expiry, now) {
        return Ok(Some(Outcome::TooManyRecords));
    }
    tx.put(table, key, record);
    Ok(None)
}

/// So many messages a day, each once while the transit key lives to which it was sealed.
fn use_long_term(
    tx: &mut Transaction<'_>,
    mailbox: &mut Mailbox,
    delivery: &Delivery<'_>,
    full: bool,
    now: Timestamp,
) -> Result<Option<Outcome>, StoreError> {
    let address = delivery.address;
    let replay = Table::in_period(REPLAY, delivery.transit);
    let seen = [&address.root.as_bytes()[..], short(delivery.hash)].concat();
    if tx.contains(replay, &seen)? {
        return Ok(Some(Outcome::Duplicate));
    }
    if full {
        return Ok(Some(Outcome::Full));
    }
    let table = use_table(address.expiry);
    let key = address_key(&address.root, &address.id);
    let today = now.day();
    let used = tx.get(table, &key)?;
    let used_today = match used.as_deref() {
        None => 0,
        Some([VERSION, day @ .., a, b, c, d]) if day == today.to_be_bytes() => {
            u32::from_be_bytes([*a, *b, *c, *d])
        }
        Some(_) => 0,
    };
    if used_today >= LONG_TERM_DAILY_LIMIT {
        return Ok(Some(Outcome::UsedUp));
    }
    // Counted on a copy: nothing may change unless both fit.
    let mut counted = mailbox.clone();
    let fits = (used.is_some() || add_use(&mut counted, address.expiry, now))
        && add_replay(&mut counted, delivery.transit);
    if !fits {
        return Ok(Some(Outcome::TooManyRecords));
    }
    *mailbox = counted;
    let mut record = vec![VERSION];
    record.extend_from_slice(&today.to_be_bytes());
    record.extend_from_slice(&(used_today + 1).to_be_bytes());
    tx.put(table, key, record);
    tx.put(replay, seen, []);
    Ok(None)
}

fn add_use(mailbox: &mut Mailbox, expiry: ExpiryPeriod, now: Timestamp) -> bool {
    let live = |count: &Count| {
        let month = u16::try_from(count.period).unwrap_or(u16::MAX);
        !ExpiryPeriod::from_number(month).has_expired(now)
    };
    mailbox.uses.retain(live);
    add(&mut mailbox.uses, u32::from(expiry.number()))
}

fn add_replay(mailbox: &mut Mailbox, transit: u32) -> bool {
    // Two transit keys live; which of the two this is, the number alone does not tell.
    mailbox
        .replays
        .retain(|count| count.period.saturating_add(1) >= transit);
    add(&mut mailbox.replays, transit)
}

fn add(counts: &mut Vec<Count>, period: u32) -> bool {
    let total: u32 = counts.iter().map(|count| count.records).sum();
    if total >= MAX_USE_RECORDS {
        return false;
    }
    match counts.iter_mut().find(|count| count.period == period) {
        Some(count) => count.records += 1,
        None => counts.push(Count { period, records: 1 }),
    }
    true
}

fn use_table(expiry: ExpiryPeriod) -> Table {
    Table::in_period(USE, u32::from(expiry.number()))
}

fn short(hash: &SealedHash) -> &[u8] {
    &hash.as_bytes()[..HASH_LEN]
}
