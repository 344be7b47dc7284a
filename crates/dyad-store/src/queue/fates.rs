//! What became of submissions.

use dyad_protocol::api::submit::{DeliveryFailure, SubmissionStatus};
use dyad_protocol::id::{HostName, SubmissionTicket};
use dyad_protocol::limits::{DAY, QUEUE_LIFETIME};
use dyad_protocol::time::Timestamp;

use super::dedup;
use super::hosts::{delete_host, host_at, host_in, put_host, put_totals, totals_in};
use super::records::Fate;
use super::waiting::{MessageKey, QUEUE, queue_key};
use crate::{Backend, StoreError, Table, Transaction};

const SUBMISSIONS: &str = "submissions";

/// How long a submission's fate can be asked for after it is settled, in seconds.
pub const FATE_MEMORY: u64 = 30 * DAY;

/// Fates are dropped a week at a time, in seconds: few periods live at once.
const FATE_PERIOD: u64 = 7 * DAY;

/// A submission ticket: the period in which its fate is kept, then what makes it unguessable.
#[must_use]
pub fn ticket(now: Timestamp, random: [u8; 28]) -> SubmissionTicket {
    let mut bytes = [0; 32];
    let (period, rest) = bytes.split_at_mut(4);
    period.copy_from_slice(&period_of(now).to_be_bytes());
    rest.copy_from_slice(&random);
    SubmissionTicket::new(bytes)
}

/// The receiver has taken these messages: they leave the queue, and the host counts as well again.
///
/// # Errors
/// When the store cannot be read.
pub fn delivered(
    tx: &mut Transaction<'_>,
    host: &HostName,
    messages: &[MessageKey],
    at: Timestamp,
) -> Result<(), StoreError> {
    if let Some(mut state) = host_in(tx, host)? {
        state.failures = 0;
        state.next_attempt = Timestamp::default();
        state.last_failure = None;
        put_host(tx, host, &state);
    }
    settle(tx, host, messages, &Fate::Delivered { at })
}

/// These messages leave the queue undelivered.
///
/// # Errors
/// When the store cannot be read.
pub fn give_up(
    tx: &mut Transaction<'_>,
    host: &HostName,
    messages: &[MessageKey],
    at: Timestamp,
    reason: DeliveryFailure,
) -> Result<(), StoreError> {
    settle(tx, host, messages, &Fate::GivenUp { at, reason })
}

/// The fate of a submission.
///
/// # Errors
/// When the store cannot be read.
pub fn status(
    backend: &dyn Backend,
    ticket: &SubmissionTicket,
) -> Result<SubmissionStatus, StoreError> {
    let Some(value) = backend.get(fates_of(ticket), ticket.as_bytes())? else {
        return Ok(SubmissionStatus::Unknown);
    };
    Ok(match Fate::parse(&value)? {
        Fate::Delivered { at } => SubmissionStatus::Delivered { at },
        Fate::GivenUp { at, reason } => SubmissionStatus::GivenUp { at, reason },
        Fate::Waiting {
            due,
            attempts_before,
            refused,
            host,
        } => {
            let state = host_at(backend, &host)?.unwrap_or_default();
            let attempts = state.attempts.saturating_sub(attempts_before);
            SubmissionStatus::Queued {
                attempts,
                next_attempt: due.max(state.next_attempt),
                last_failure: state
                    .last_failure
                    .filter(|_| attempts > 0)
                    .or(refused.then_some(DeliveryFailure::Rejected)),
            }
        }
    })
}

/// Drops the fates and de-duplication ids that nobody may ask for any more. Gives how many periods.
///
/// # Errors
/// When the store cannot be read.
pub fn forget(tx: &mut Transaction<'_>, now: Timestamp) -> Result<usize, StoreError> {
    // A message is settled at the latest a queue lifetime after the end of its period, give or take a day.
    let oldest = period_of(now.minus(QUEUE_LIFETIME + FATE_MEMORY + DAY));
    let mut dropped = 0;
    for period in tx.periods(SUBMISSIONS)? {
        if period < oldest {
            tx.drop_period(Table::in_period(SUBMISSIONS, period));
            dropped += 1;
        }
    }
    Ok(dropped + dedup::forget(tx, now)?)
}

fn settle(
    tx: &mut Transaction<'_>,
    host: &HostName,
    messages: &[MessageKey],
    fate: &Fate,
) -> Result<(), StoreError> {
    let fate = fate.encode();
    let mut settled = 0;
    for message in messages {
        let key = queue_key(host, message);
        // Told twice, it counts once.
        if !tx.contains(QUEUE, &key)? {
            continue;
        }
        tx.delete(QUEUE, key);
        tx.put(
            fates_of(&message.ticket),
            *message.ticket.as_bytes(),
            fate.clone(),
        );
        settled += 1;
    }
    let mut totals = totals_in(tx)?;
    totals.messages = totals.messages.saturating_sub(settled);
    if let Some(mut state) = host_in(tx, host)? {
        state.waiting = state.waiting.saturating_sub(settled);
        if state.waiting == 0 {
            delete_host(tx, host);
            totals.hosts = totals.hosts.saturating_sub(1);
        } else {
            put_host(tx, host, &state);
        }
    }
    put_totals(tx, totals);
    Ok(())
}

const fn period_of(moment: Timestamp) -> u32 {
    (moment.as_secs() / FATE_PERIOD) as u32
}

pub(super) fn fates_of(ticket: &SubmissionTicket) -> Table {
    let [a, b, c, d, ..] = *ticket.as_bytes();
    Table::in_period(SUBMISSIONS, u32::from_be_bytes([a, b, c, d]))
}
