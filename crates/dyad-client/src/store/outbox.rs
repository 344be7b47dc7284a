//! Sealed messages on their way out, and what was said to which sender service about them.

use dyad_protocol::address::RecipientAddress;
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{HostName, MessageId, RelationshipId, StreamId, SubmissionTicket};
use dyad_protocol::sign::ServiceKeyHash;
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, host, secs, some_bytes, some_time, time};
use crate::error::Result;

/// The engine's name for a sealed message, as bytes.
pub(crate) type OutgoingKey = [u8; 16];

/// A sealed message that no sender service has yet.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) id: OutgoingKey,
    /// Whose; none for an answer to somebody who is no contact.
    pub(crate) relationship: Option<RelationshipId>,
    pub(crate) receiver: ServiceRecord,
    pub(crate) address: RecipientAddress,
    pub(crate) sealed: SealedMessage,
    pub(crate) class: TrafficClass,
    pub(crate) expires: Timestamp,
    pub(crate) created: Timestamp,
    /// Whether a person's message is in it, and not only an acknowledgement.
    pub(crate) payload: bool,
    /// Which, if it is one.
    pub(crate) message: Option<MessageId>,
    pub(crate) last_error: Option<String>,
}

/// A sealed message whose fate is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Submitted {
    pub(crate) id: OutgoingKey,
    pub(crate) relationship: Option<RelationshipId>,
    pub(crate) receiver: HostName,
    pub(crate) sender: HostName,
    pub(crate) ticket: SubmissionTicket,
    pub(crate) accepted: Timestamp,
    /// Whether the engine was told that it is overdue.
    pub(crate) overdue: bool,
}

pub(crate) fn insert(connection: &Connection, item: &Waiting) -> Result<()> {
    connection.execute(
        "INSERT INTO outbox (id, relationship, receiver, receiver_key, address, sealed, class, expires, created, payload, stream, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            item.id, item.relationship.as_ref().map(RelationshipId::as_bytes), item.receiver.host.as_str(),
            item.receiver.key_hash.as_bytes(), item.address.as_bytes().as_slice(), item.sealed.as_bytes().as_slice(),
            item.class as u8, secs(item.expires), secs(item.created), item.payload,
            item.message.as_ref().map(|m| m.stream.as_bytes()), item.message.as_ref().map(|m| m.seq)
        ],
    )?;
    Ok(())
}

const WAITING: &str = "id, relationship, receiver, receiver_key, address, sealed, class, expires, created, payload, last_error, stream, seq";

/// Messages for one receiver taken into one round.
const OF_ONE_RECEIVER: u32 = 32;

/// What waits for receivers that are `wanted`: people's messages before mere acknowledgements, the oldest first,
/// the receivers in turn. Many for one that cannot be reached never stand in the way of the others.
pub(crate) fn waiting(
    connection: &Connection,
    limit: usize,
    wanted: impl Fn(&HostName) -> bool,
) -> Result<Vec<Waiting>> {
    let sql = format!(
        "SELECT {WAITING} FROM outbox JOIN (
           SELECT id AS ranked, row_number() OVER (PARTITION BY receiver ORDER BY payload DESC, created, id) AS turn
           FROM outbox WHERE ticket IS NULL) ON ranked = id
         WHERE turn <= ?1 ORDER BY payload DESC, turn, created, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([OF_ONE_RECEIVER], waiting_row)?;
    Ok(rows
        .filter(|row| {
            row.as_ref()
                .map_or(true, |item| wanted(&item.receiver.host))
        })
        .take(limit)
        .collect::<rusqlite::Result<_>>()?)
}

/// Whether it still waits.
pub(crate) fn is_waiting(connection: &Connection, id: &OutgoingKey) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ?1 AND ticket IS NULL)",
        [id],
        |row| row.get(0),
    )?)
}

/// No longer needed, if no service has been asked yet.
pub(crate) fn withdraw(connection: &Connection, id: &OutgoingKey) -> Result<()> {
    connection.execute(
        "DELETE FROM outbox WHERE id = ?1 AND ticket IS NULL AND NOT EXISTS (SELECT 1 FROM submissions WHERE outgoing = ?1)",
        [id],
    )?;
    Ok(())
}

pub(crate) fn remove(connection: &Connection, id: &OutgoingKey) -> Result<()> {
    connection.execute("DELETE FROM outbox WHERE id = ?1", [id])?;
    Ok(())
}

pub(crate) fn set_error(connection: &Connection, id: &OutgoingKey, error: &str) -> Result<()> {
    connection.execute(
        "UPDATE outbox SET last_error = ?2 WHERE id = ?1 AND last_error IS NOT ?2",
        params![id, error],
    )?;
    Ok(())
}

/// A sender service has it on disk. `false` if it is not waiting any more.
pub(crate) fn accepted(
    connection: &Connection,
    id: &OutgoingKey,
    sender: &HostName,
    ticket: &SubmissionTicket,
    now: Timestamp,
    next_status: Timestamp,
) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE outbox SET sender = ?2, ticket = ?3, accepted = ?4, next_status = ?5, sealed = NULL, last_error = NULL
         WHERE id = ?1 AND ticket IS NULL",
        params![id, sender.as_str(), ticket.as_bytes(), secs(now), secs(next_status)],
    )?;
    connection.execute("DELETE FROM submissions WHERE outgoing = ?1", [id])?;
    Ok(changed == 1)
}

/// What should be asked about now, or later than `horizon`: only a clock that was wrong can have said so.
pub(crate) fn status_due(
    connection: &Connection,
    now: Timestamp,
    horizon: Timestamp,
    limit: u32,
) -> Result<Vec<Submitted>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, relationship, receiver, sender, ticket, accepted, overdue FROM outbox
         WHERE ticket IS NOT NULL AND (next_status <= ?1 OR next_status > ?2) ORDER BY next_status LIMIT ?3",
    )?;
    Ok(statement
        .query_map(params![secs(now), secs(horizon), limit], submitted_row)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn next_status(connection: &Connection) -> Result<Option<Timestamp>> {
    Ok(connection.query_row(
        "SELECT min(next_status) FROM outbox WHERE ticket IS NOT NULL",
        [],
        |row| super::row::some_time(row, 0),
    )?)
}

/// Still on its way: ask again later.
pub(crate) fn ask_again(
    connection: &Connection,
    id: &OutgoingKey,
    at: Timestamp,
    error: Option<&str>,
) -> Result<()> {
    connection.execute(
        "UPDATE outbox SET next_status = ?2, last_error = ?3 WHERE id = ?1",
        params![id, secs(at), error],
    )?;
    Ok(())
}

/// Nothing is asked for later than `at`: the clock that said otherwise was wrong.
pub(crate) fn ask_at_latest(connection: &Connection, at: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE outbox SET next_status = ?1 WHERE ticket IS NOT NULL AND next_status > ?1",
        [secs(at)],
    )?;
    Ok(())
}

pub(crate) fn set_overdue(connection: &Connection, id: &OutgoingKey) -> Result<()> {
    connection.execute("UPDATE outbox SET overdue = 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// The bytes last given to this sender service, if they may be given again.
pub(crate) fn submission(
    connection: &Connection,
    id: &OutgoingKey,
    sender: &HostName,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .query_row(
            "SELECT bytes FROM submissions WHERE outgoing = ?1 AND sender = ?2 AND good_until > ?3",
            params![id, sender.as_str(), secs(now)],
            |row| row.get(0),
        )
        .optional()?)
}

pub(crate) fn put_submission(
    connection: &Connection,
    id: &OutgoingKey,
    sender: &HostName,
    body: &[u8],
    good_until: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO submissions VALUES (?1, ?2, ?3, ?4)",
        params![id, sender.as_str(), body, secs(good_until)],
    )?;
    Ok(())
}

pub(crate) fn drop_submission(
    connection: &Connection,
    id: &OutgoingKey,
    sender: &HostName,
) -> Result<()> {
    connection.execute(
        "DELETE FROM submissions WHERE outgoing = ?1 AND sender = ?2",
        params![id, sender.as_str()],
    )?;
    Ok(())
}

pub(crate) fn refuse(connection: &Connection, id: &OutgoingKey, sender: &HostName) -> Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO refusals VALUES (?1, ?2)",
        params![id, sender.as_str()],
    )?;
    Ok(())
}

pub(crate) fn refused_by(connection: &Connection, id: &OutgoingKey) -> Result<Vec<HostName>> {
    let mut statement =
        connection.prepare_cached("SELECT sender FROM refusals WHERE outgoing = ?1")?;
    Ok(statement
        .query_map([id], |row| host(row, 0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// How many wait here, and how many are with a sender service.
pub(crate) fn counts(connection: &Connection) -> Result<(u64, u64)> {
    Ok(connection.query_row(
        "SELECT count(*) FILTER (WHERE ticket IS NULL), count(*) FILTER (WHERE ticket IS NOT NULL) FROM outbox",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

fn waiting_row(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get(0)?,
        relationship: some_bytes(row, 1, RelationshipId::from_slice)?,
        receiver: ServiceRecord {
            host: host(row, 2)?,
            key_hash: bytes(row, 3, ServiceKeyHash::from_slice)?,
        },
        address: bytes(row, 4, RecipientAddress::from_slice)?,
        sealed: bytes(row, 5, SealedMessage::from_slice)?,
        class: if row.get::<_, u8>(6)? == TrafficClass::Prompt as u8 {
            TrafficClass::Prompt
        } else {
            TrafficClass::Relaxed
        },
        expires: time(row, 7)?,
        created: time(row, 8)?,
        payload: row.get(9)?,
        last_error: row.get(10)?,
        message: some_bytes(row, 11, StreamId::from_slice)?
            .zip(row.get(12)?)
            .map(|(stream, seq)| MessageId { stream, seq }),
    })
}

/// One sealed copy of a message, where it is.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) receiver: HostName,
    /// The sender service that has it, and since when.
    pub(crate) accepted: Option<(HostName, Timestamp)>,
    pub(crate) last_error: Option<String>,
    pub(crate) next_status: Option<Timestamp>,
}

/// All copies of a message that are on their way, the newest first.
pub(crate) fn copies(
    connection: &Connection,
    to: &RelationshipId,
    message: &MessageId,
) -> Result<Vec<Copy>> {
    let mut statement = connection.prepare_cached(
        "SELECT receiver, sender, accepted, last_error, next_status FROM outbox
         WHERE relationship = ?1 AND stream = ?2 AND seq = ?3 ORDER BY created DESC, id",
    )?;
    let rows = statement.query_map(
        params![to.as_bytes(), message.stream.as_bytes(), message.seq],
        |row| {
            let accepted = some_time(row, 2)?;
            Ok(Copy {
                receiver: host(row, 0)?,
                accepted: match accepted {
                    Some(at) => Some((host(row, 1)?, at)),
                    None => None,
                },
                last_error: row.get(3)?,
                next_status: some_time(row, 4)?,
            })
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn submitted_row(row: &Row<'_>) -> rusqlite::Result<Submitted> {
    Ok(Submitted {
        id: row.get(0)?,
        relationship: some_bytes(row, 1, RelationshipId::from_slice)?,
        receiver: host(row, 2)?,
        sender: host(row, 3)?,
        ticket: bytes(row, 4, SubmissionTicket::from_slice)?,
        accepted: time(row, 5)?,
        overdue: row.get(6)?,
    })
}

/// What is known to be wrong with a receiver, from messages on their way to it.
pub(crate) fn trouble_with(connection: &Connection, receiver: &HostName) -> Result<Option<String>> {
    Ok(connection
        .query_row(
            "SELECT last_error FROM outbox WHERE receiver = ?1 AND ticket IS NOT NULL AND last_error IS NOT NULL ORDER BY accepted DESC LIMIT 1",
            [receiver.as_str()],
            |row| row.get(0),
        )
        .optional()?)
}

/// How many messages wait for each reason, and since when. What a sender service has is stuck only if it
/// was written before `patience`: a receiver may ask to wait a little.
pub(crate) fn stuck(
    connection: &Connection,
    patience: Timestamp,
) -> Result<Vec<(u64, String, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), last_error, min(created) FROM outbox WHERE last_error IS NOT NULL AND (ticket IS NULL OR created < ?1) GROUP BY last_error ORDER BY 3",
    )?;
    let rows = statement.query_map([secs(patience)], |row| {
        Ok((row.get(0)?, row.get(1)?, time(row, 2)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether anything for this contact waits here.
pub(crate) fn waits_for(connection: &Connection, contact: &RelationshipId) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE relationship = ?1 AND ticket IS NULL)",
        [contact.as_bytes()],
        |row| row.get(0),
    )?)
}
