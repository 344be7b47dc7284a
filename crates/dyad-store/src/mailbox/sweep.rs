//! Ending what is past its date: mailboxes, messages nobody fetched, devices that never came back, records
//! that no address can need any more.
//!
//! A pass visits all mailboxes in the order of their root addresses, some at a time. That costs one reading
//! of the records in all; an index by date would cost a write per message.

use std::ops::ControlFlow;

use dyad_protocol::id::RootAddress;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::{ExpiryPeriod, Timestamp};

use super::{ENTRY, MAILBOX, Mailbox, REPLAY, REVOKED, USE, close, entry_key, revoked_of};
use crate::{Backend, StoreError, Table, Transaction};

/// What one step of a pass found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Mailboxes for [`tidy`].
    pub roots: Vec<RootAddress>,
    /// Where the next step goes on; `None` when the pass is complete.
    pub next: Option<RootAddress>,
}

/// What [`tidy`] ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// The mailbox itself.
    pub ended: bool,
    /// Messages that nobody had fetched.
    pub messages: u64,
}

/// Which of the `limit` mailboxes after `after` hold something past its date: `retention` seconds for
/// messages and devices. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when a record makes no sense.
pub fn due(
    backend: &dyn Backend,
    after: Option<&RootAddress>,
    limit: usize,
    retention: u64,
    now: Timestamp,
) -> Result<Due, StoreError> {
    let mut from = after.map_or_else(Vec::new, |root| root.as_bytes().to_vec());
    if after.is_some() {
        from.push(0);
    }
    let mut records = Vec::new();
    backend.scan(MAILBOX, &from, None, &mut |key, value| {
        records.push((RootAddress::from_slice(key), Mailbox::parse(value)));
        if records.len() < limit.max(1) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    let mut due = Due::default();
    if records.len() == limit.max(1) {
        due.next = records.last().and_then(|(root, _)| *root);
    }
    for (root, mailbox) in records {
        // One damaged record must not stop the pass; whoever uses the mailbox is told.
        let (Some(root), Ok(mailbox)) = (root, mailbox) else {
            continue;
        };
        let is_due = now >= mailbox.ends
            || mailbox.revoked > 0
            || mailbox.has_consumer_before(first_day(retention, now))
            || (mailbox.waiting() > 0
                && arrival(backend.get(ENTRY, &entry_key(&root, mailbox.first))?)
                    .is_none_or(|arrived| now.since(arrived) > retention));
        if is_due {
            due.roots.push(root);
        }
    }
    Ok(due)
}

/// Ends what is past its date in one mailbox.
///
/// # Errors
/// As [`due`].
pub fn tidy(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    retention: u64,
    now: Timestamp,
) -> Result<Tidied, StoreError> {
    let Some(record) = tx.get(MAILBOX, root.as_bytes())? else {
        return Ok(Tidied::default());
    };
    let before = Mailbox::parse(&record)?;
    if now >= before.ends {
        close(tx, root)?;
        return Ok(Tidied {
            ended: true,
            messages: before.waiting(),
        });
    }
    let mut mailbox = before.clone();
    while mailbox.waiting() > 0 {
        let key = entry_key(root, mailbox.first);
        let arrived = arrival(tx.get(ENTRY, &key)?);
        if arrived.is_some_and(|arrived| now.since(arrived) <= retention) {
            break;
        }
        tx.delete(ENTRY, key);
        mailbox.first += 1;
    }
    let messages = mailbox.first - before.first;
    mailbox.forget_consumers(tx, root, first_day(retention, now));
    if mailbox.revoked > 0 {
        forget_revoked(tx, root, &mut mailbox, now)?;
    }
    if mailbox != before {
        mailbox.put(tx, root);
    }
    Ok(Tidied {
        ended: false,
        messages,
    })
}

/// Drops the use records of addresses that have expired. Returns how many months were dropped.
///
/// # Errors
/// As [`due`].
pub fn drop_expired_uses(tx: &mut Transaction<'_>, now: Timestamp) -> Result<usize, StoreError> {
    drop_periods(tx, USE, |month| {
        u16::try_from(month).is_ok_and(|month| ExpiryPeriod::from_number(month).has_expired(now))
    })
}

/// Drops the replay records of transit keys before `oldest`. Returns how many were dropped.
///
/// # Errors
/// As [`due`].
pub fn drop_retired_replays(tx: &mut Transaction<'_>, oldest: u32) -> Result<usize, StoreError> {
    drop_periods(tx, REPLAY, |number| number < oldest)
}

fn drop_periods(
    tx: &mut Transaction<'_>,
    name: &'static str,
    is_over: impl Fn(u32) -> bool,
) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for period in tx.periods(name)? {
        if is_over(period) {
            tx.drop_period(Table::in_period(name, period));
            dropped += 1;
        }
    }
    Ok(dropped)
}

fn forget_revoked(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    mailbox: &mut Mailbox,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (key, value) in revoked_of(tx, root)? {
        let until = value.get(1..3).and_then(|until| until.try_into().ok());
        let until = ExpiryPeriod::from_number(until.map_or(0, u16::from_be_bytes));
        if until.has_expired(now) {
            tx.delete(REVOKED, key);
            mailbox.revoked = mailbox.revoked.saturating_sub(1);
        }
    }
    Ok(())
}

/// The first day on which a device must have been seen to be remembered.
const fn first_day(retention: u64, now: Timestamp) -> u32 {
    now.minus(retention.saturating_add(DAY)).day()
}

fn arrival(entry: Option<Vec<u8>>) -> Option<Timestamp> {
    let entry = entry?;
    let arrived = entry.get(1..9)?.try_into().ok()?;
    Some(Timestamp::from_secs(u64::from_be_bytes(arrived)))
}
