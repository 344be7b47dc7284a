//! The delivery queue of a sender service: for each receiver host, messages in the order in which
//! they are due, and for each submission its fate.
//!
//! Owns: what waits for whom, how often a host was tried, what a submission ticket answers. Does not
//! know: when to try, how, or what a message is; an item is opaque bytes.
//!
//! | table | key | value |
//! |---|---|---|
//! | `queue` | host (1 + n), due (8), ticket (32) | version, enqueued (8), refusals (1), item |
//! | `queue_hosts` | host (n) | version, waiting (8), attempts (4), failures (4), next attempt (8), last failure (1) |
//! | `queue_totals` | `all` | version, messages (8), hosts (8) |
//! | `submissions`, period = week of submission | ticket (32) | version, fate: waiting (due, attempts before, refused, host), delivered (at), given up (at, reason) |
//! | `dedup`, period = day of submission | de-duplication id (16) | version, ticket (32) |
//!
//! A failed attempt changes the host's record, not those of its messages: a host that is down for days
//! costs one small write an attempt, however much waits for it. Fates and de-duplication ids are
//! dropped by period, whole.

mod dedup;
mod records;

use std::ops::ControlFlow;

use dyad_protocol::api::submit::{DeliveryFailure, SubmissionStatus};
use dyad_protocol::id::{HostName, SubmissionTicket};
use dyad_protocol::limits::{DAY, QUEUE_LIFETIME};
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

pub use self::dedup::{DEDUP_WINDOW, first_with, remember};
use self::records::{Fate, MessageRecord};
pub use self::records::{HostState, Totals};

const QUEUE: Table = Table::new("queue");
const HOSTS: Table = Table::new("queue_hosts");
const TOTALS: Table = Table::new("queue_totals");
const TOTALS_KEY: &[u8] = b"all";
const SUBMISSIONS: &str = "submissions";

/// How long a submission's fate can be asked for after it is settled, in seconds.
pub const FATE_MEMORY: u64 = 30 * DAY;

/// Fates are dropped a week at a time, in seconds: few periods live at once.
const FATE_PERIOD: u64 = 7 * DAY;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages in all.
    pub messages: u64,
    /// Messages for one host.
    pub messages_per_host: u64,
    /// Hosts that anything waits for.
    pub hosts: u64,
}

/// A message to be queued.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The receiver service.
    pub host: HostName,
    /// From [`ticket`].
    pub ticket: SubmissionTicket,
    /// From when on it may be sent.
    pub due: Timestamp,
    /// What is sent, opaque.
    pub item: Vec<u8>,
}

impl std::fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            host: _,
            ticket: _,
            due,
            item,
        } = self;
        f.debug_struct("NewMessage")
            .field("due", due)
            .field("item_bytes", &item.len())
            .finish_non_exhaustive()
    }
}

/// What became of an attempt to queue a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits.
    Waiting,
    /// The queue as a whole is full; nothing was changed.
    QueueFull,
    /// Too much waits for this host; nothing was changed.
    HostFull,
}

/// Which message of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey {
    /// From when on it may be sent.
    pub due: Timestamp,
    /// Its ticket, which also puts messages due in one second into an order that says nothing.
    pub ticket: SubmissionTicket,
}

/// A message that waits.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub key: MessageKey,
    /// When it was submitted.
    pub enqueued: Timestamp,
    /// How often the receiver refused it when it was sent alone.
    pub refusals: u8,
    /// What is sent, opaque.
    pub item: Vec<u8>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            key: _,
            enqueued,
            refusals,
            item,
        } = self;
        f.debug_struct("Waiting")
            .field("enqueued", enqueued)
            .field("refusals", refusals)
            .field("item_bytes", &item.len())
            .finish_non_exhaustive()
    }
}

/// Messages of one host that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The longest due first.
    pub messages: Vec<Waiting>,
    /// When the first message after these is due; may be in the past if more are due than were wanted.
    pub next: Option<Timestamp>,
}

/// A submission ticket: the period in which its fate is kept, then what makes it unguessable.
#[must_use]
pub fn ticket(now: Timestamp, random: [u8; 28]) -> SubmissionTicket {
    let mut bytes = [0; 32];
    let (period, rest) = bytes.split_at_mut(4);
    period.copy_from_slice(&period_of(now).to_be_bytes());
    rest.copy_from_slice(&random);
    SubmissionTicket::new(bytes)
}

/// Queues a message, if there is room.
///
/// # Errors
/// When the store cannot be read.
pub fn enqueue(
    tx: &mut Transaction<'_>,
    message: NewMessage,
    now: Timestamp,
    limits: &QueueLimits,
) -> Result<Enqueued, StoreError> {
    let NewMessage {
        host,
        ticket,
        due,
        item,
    } = message;
    let mut totals = totals_in(tx)?;
    let known = host_in(tx, &host)?;
    if totals.messages >= limits.messages || (known.is_none() && totals.hosts >= limits.hosts) {
        return Ok(Enqueued::QueueFull);
    }
    let is_new = known.is_none();
    let mut state = known.unwrap_or_default();
    if state.waiting >= limits.messages_per_host {
        return Ok(Enqueued::HostFull);
    }
    state.waiting += 1;
    totals.messages += 1;
    totals.hosts += u64::from(is_new);

    let key = MessageKey { due, ticket };
    let record = MessageRecord {
        enqueued: now,
        refusals: 0,
        item,
    };
    tx.put(QUEUE, queue_key(&host, &key), record.encode());
    let fate = Fate::Waiting {
        due,
        attempts_before: state.attempts,
        refused: false,
        host: host.clone(),
    };
    tx.put(fates_of(&ticket), *ticket.as_bytes(), fate.encode());
    tx.put(HOSTS, host.as_str(), state.encode());
    tx.put(TOTALS, TOTALS_KEY, totals.encode());
    Ok(Enqueued::Waiting)
}

/// The first `want` messages for `host` that are due at `now`. The search begins at
/// those due from `from` on: a queue leaves many deleted keys behind, which are slow to step over.
///
/// # Errors
/// When the store cannot be read.
pub fn due(
    backend: &dyn Backend,
    host: &HostName,
    from: Timestamp,
    now: Timestamp,
    want: usize,
) -> Result<Due, StoreError> {
    let mut found = Due {
        messages: Vec::new(),
        next: None,
    };
    let mut damaged = None;
    let prefix = host_prefix(host);
    let start = [&prefix[..], &from.as_secs().to_be_bytes()].concat();
    let end = [&prefix[..], &[0xff; 41]].concat();
    backend.scan(QUEUE, &start, Some(&end), &mut |key, value| {
        let entry = parse_queue_key(key, prefix.len())
            .and_then(|key| MessageRecord::parse(value).map(|record| (key, record)));
        let (key, record) = match entry {
            Ok(entry) => entry,
            Err(error) => {
                damaged = Some(error);
                return ControlFlow::Break(());
            }
        };
        if key.due > now || found.messages.len() == want {
            found.next = Some(key.due);
            return ControlFlow::Break(());
        }
        found.messages.push(Waiting {
            key,
            enqueued: record.enqueued,
            refusals: record.refusals,
            item: record.item,
        });
        ControlFlow::Continue(())
    })?;
    match damaged {
        Some(error) => Err(error),
        None => Ok(found),
    }
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
        tx.put(HOSTS, host.as_str(), state.encode());
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

/// An attempt at a host failed; the next is not before `next_attempt`.
///
/// # Errors
/// When the store cannot be read.
pub fn attempt_failed(
    tx: &mut Transaction<'_>,
    host: &HostName,
    failure: DeliveryFailure,
    next_attempt: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut state) = host_in(tx, host)? else {
        return Ok(());
    };
    state.attempts = state.attempts.saturating_add(1);
    state.failures = state.failures.saturating_add(1);
    state.next_attempt = next_attempt;
    state.last_failure = Some(failure);
    tx.put(HOSTS, host.as_str(), state.encode());
    Ok(())
}

/// The receiver refused a message that was sent alone: it waits until `due`, and others go first.
///
/// # Errors
/// When the store cannot be read.
pub fn postpone(
    tx: &mut Transaction<'_>,
    host: &HostName,
    message: &MessageKey,
    due: Timestamp,
) -> Result<(), StoreError> {
    let old_key = queue_key(host, message);
    let Some(value) = tx.get(QUEUE, &old_key)? else {
        return Ok(());
    };
    let mut record = MessageRecord::parse(&value)?;
    record.refusals = record.refusals.saturating_add(1);
    tx.delete(QUEUE, old_key);
    let key = MessageKey { due, ..*message };
    tx.put(QUEUE, queue_key(host, &key), record.encode());
    let table = fates_of(&message.ticket);
    if let Some(value) = tx.get(table, message.ticket.as_bytes())?
        && let Fate::Waiting {
            attempts_before,
            host,
            ..
        } = Fate::parse(&value)?
    {
        let fate = Fate::Waiting {
            due,
            attempts_before,
            refused: true,
            host,
        };
        tx.put(table, *message.ticket.as_bytes(), fate.encode());
    }
    Ok(())
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

/// Every host that something waits for.
///
/// # Errors
/// When the store cannot be read.
pub fn hosts(backend: &dyn Backend) -> Result<Vec<(HostName, HostState)>, StoreError> {
    let mut found = Vec::new();
    let mut damaged = None;
    backend.scan(HOSTS, b"", None, &mut |key, value| {
        let host = std::str::from_utf8(key)
            .ok()
            .and_then(|name| name.parse().ok());
        match (host, HostState::parse(value)) {
            (Some(host), Ok(state)) => {
                found.push((host, state));
                ControlFlow::Continue(())
            }
            _ => {
                damaged = Some(records::damaged("a host of the queue"));
                ControlFlow::Break(())
            }
        }
    })?;
    match damaged {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// What is known of a host; `None` if nothing waits for it.
///
/// # Errors
/// When the store cannot be read.
pub fn host_at(backend: &dyn Backend, host: &HostName) -> Result<Option<HostState>, StoreError> {
    let value = backend.get(HOSTS, host.as_str().as_bytes())?;
    value.map(|value| HostState::parse(&value)).transpose()
}

/// How much waits in all.
///
/// # Errors
/// When the store cannot be read.
pub fn totals(backend: &dyn Backend) -> Result<Totals, StoreError> {
    match backend.get(TOTALS, TOTALS_KEY)? {
        Some(value) => Totals::parse(&value),
        None => Ok(Totals::default()),
    }
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
            tx.delete(HOSTS, host.as_str());
            totals.hosts = totals.hosts.saturating_sub(1);
        } else {
            tx.put(HOSTS, host.as_str(), state.encode());
        }
    }
    tx.put(TOTALS, TOTALS_KEY, totals.encode());
    Ok(())
}

fn host_in(tx: &Transaction<'_>, host: &HostName) -> Result<Option<HostState>, StoreError> {
    let value = tx.get(HOSTS, host.as_str().as_bytes())?;
    value.map(|value| HostState::parse(&value)).transpose()
}

fn totals_in(tx: &Transaction<'_>) -> Result<Totals, StoreError> {
    match tx.get(TOTALS, TOTALS_KEY)? {
        Some(value) => Totals::parse(&value),
        None => Ok(Totals::default()),
    }
}

const fn period_of(moment: Timestamp) -> u32 {
    (moment.as_secs() / FATE_PERIOD) as u32
}

fn fates_of(ticket: &SubmissionTicket) -> Table {
    let [a, b, c, d, ..] = *ticket.as_bytes();
    Table::in_period(SUBMISSIONS, u32::from_be_bytes([a, b, c, d]))
}

/// The length in front keeps the keys of one host apart from those of another that begins alike.
fn host_prefix(host: &HostName) -> Vec<u8> {
    let name = host.as_str().as_bytes();
    let mut prefix = Vec::with_capacity(1 + name.len() + 40);
    // A host name has at most 255 bytes.
    prefix.push(name.len() as u8);
    prefix.extend_from_slice(name);
    prefix
}

fn queue_key(host: &HostName, message: &MessageKey) -> Vec<u8> {
    let mut key = host_prefix(host);
    key.extend_from_slice(&message.due.as_secs().to_be_bytes());
    key.extend_from_slice(message.ticket.as_bytes());
    key
}

fn parse_queue_key(key: &[u8], prefix: usize) -> Result<MessageKey, StoreError> {
    key.get(prefix..)
        .and_then(|rest| rest.split_first_chunk::<8>())
        .and_then(|(due, ticket)| {
            Some(MessageKey {
                due: Timestamp::from_secs(u64::from_be_bytes(*due)),
                ticket: SubmissionTicket::from_slice(ticket)?,
            })
        })
        .ok_or_else(|| records::damaged("a key of the queue"))
}
