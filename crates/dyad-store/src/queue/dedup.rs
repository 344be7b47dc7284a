//! So that several devices of one person submit one message once.

use dyad_protocol::id::{DedupId, SubmissionTicket};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use super::records::{self, VERSION};
use crate::{StoreError, Table, Transaction};

/// How long a de-duplication id is remembered, in seconds; up to a day longer, since whole days are
/// dropped. Longer than a device is likely to be kept from noticing that another was faster.
pub const DEDUP_WINDOW: u64 = 3 * DAY;

const NAME: &str = "dedup";

/// The ticket of the first submission with this id, if it is within the window.
///
/// # Errors
/// When the store cannot be read.
pub fn first_with(
    tx: &Transaction<'_>,
    id: &DedupId,
    now: Timestamp,
) -> Result<Option<SubmissionTicket>, StoreError> {
    let oldest = now.minus(DEDUP_WINDOW).day();
    for day in (oldest..=now.day()).rev() {
        if let Some(record) = tx.get(Table::in_period(NAME, day), id.as_bytes())? {
            return parse(&record).map(Some);
        }
    }
    Ok(None)
}

/// Remembers the ticket of the first submission with this id.
pub fn remember(tx: &mut Transaction<'_>, id: &DedupId, ticket: &SubmissionTicket, now: Timestamp) {
    let record = [&[VERSION][..], ticket.as_bytes()].concat();
    tx.put(Table::in_period(NAME, now.day()), *id.as_bytes(), record);
}

/// Drops the days before the window.
pub(super) fn forget(tx: &mut Transaction<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let oldest = now.minus(DEDUP_WINDOW).day();
    let mut dropped = 0;
    for day in tx.periods(NAME)? {
        if day < oldest {
            tx.drop_period(Table::in_period(NAME, day));
            dropped += 1;
        }
    }
    Ok(dropped)
}

fn parse(record: &[u8]) -> Result<SubmissionTicket, StoreError> {
    match record.split_first() {
        Some((&VERSION, ticket)) => SubmissionTicket::from_slice(ticket),
        _ => None,
    }
    .ok_or_else(|| records::damaged("a de-duplication record"))
}
