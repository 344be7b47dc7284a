//! Messages that wait: in by submission, out in the order in which they are due.

use std::ops::ControlFlow;

use dyad_protocol::id::{HostName, SubmissionTicket};
use dyad_protocol::time::Timestamp;

use super::fates::fates_of;
use super::hosts::{host_in, put_host, put_totals, totals_in};
use super::records::{self, Fate, MessageRecord};
use crate::{Backend, StoreError, Table, Transaction};

pub(super) const QUEUE: Table = Table::new("queue");

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
    /// From [`super::ticket`].
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
    put_host(tx, &host, &state);
    put_totals(tx, totals);
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

/// The length in front keeps the keys of one host apart from those of another that begins alike.
fn host_prefix(host: &HostName) -> Vec<u8> {
    let name = host.as_str().as_bytes();
    let mut prefix = Vec::with_capacity(1 + name.len() + 40);
    // A host name has at most 255 bytes.
    prefix.push(name.len() as u8);
    prefix.extend_from_slice(name);
    prefix
}

pub(super) fn queue_key(host: &HostName, message: &MessageKey) -> Vec<u8> {
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
