//! How every message stands, in the order of its last change: for programs that follow and come back after a while. The
//! rows are written by triggers, in the transaction that changes the message.

use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::state_from;
use super::row::{bytes, some_time, time};
use crate::error::Result;
use crate::view::{Direction, PayloadView};

/// Who wants to know of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// These relationships; `None`: all.
    pub(crate) relationships: Option<Vec<RelationshipId>>,
    /// These kinds.
    pub(crate) kinds: Vec<String>,
    /// Whatever the person sees as well.
    pub(crate) messages: bool,
}

/// A message that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) message: u64,
    pub(crate) relationship: RelationshipId,
    pub(crate) kind: String,
    pub(crate) last: u64,
    pub(crate) gone: bool,
}

/// How many changes there were.
pub(crate) fn count(connection: &Connection) -> Result<u64> {
    Ok(connection
        .prepare_cached("SELECT n FROM feed_count")?
        .query_row([], |row| row.get(0))?)
}

/// With whom a message is, also one that is not shown.
pub(crate) fn relationship(
    connection: &Connection,
    message: u64,
) -> Result<Option<RelationshipId>> {
    Ok(connection
        .prepare_cached("SELECT relationship FROM messages WHERE id = ?1")?
        .query_row([message], |row| bytes(row, 0, RelationshipId::from_slice))
        .optional()?)
}

/// How both name a message, once it has a name.
pub(crate) fn name(connection: &Connection, message: u64) -> Result<Option<MessageId>> {
    let found = connection
        .prepare_cached("SELECT stream, seq FROM messages WHERE id = ?1 AND stream IS NOT NULL")?
        .query_row([bounded(message)], |row| {
            Ok(MessageId {
                stream: bytes(row, 0, StreamId::from_slice)?,
                seq: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// Of these, in JSON: SQLite takes lists so.
fn lists(wanted: &Wanted) -> (Option<String>, String) {
    let json = |items: Vec<String>| serde_json::to_string(&items).unwrap_or_default();
    let of = wanted
        .relationships
        .as_ref()
        .map(|ids| json(ids.iter().map(|id| hex(id.as_bytes())).collect()));
    (of, json(wanted.kinds.clone()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

const OF: &str = "(?1 IS NULL OR hex(f.relationship) IN (SELECT value FROM json_each(?1)))";
const KIND: &str = "f.kind IN (SELECT value FROM json_each(?2))";

/// What changed after the count `after`, at most so many.
pub(crate) fn after(
    connection: &Connection,
    wanted: &Wanted,
    after: u64,
    limit: u32,
) -> Result<Vec<Moved>> {
    let (of, kinds) = lists(wanted);
    let sql = format!(
        "SELECT f.message, f.relationship, f.kind, f.last, f.gone IS NOT NULL FROM feed f
         WHERE f.last > ?3 AND {OF} AND (?4 OR {KIND}) ORDER BY f.last LIMIT ?5"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![of, kinds, bounded(after), wanted.messages, limit],
        |row| {
            Ok(Moved {
                message: row.get(0)?,
                relationship: bytes(row, 1, RelationshipId::from_slice)?,
                kind: row.get(2)?,
                last: row.get(3)?,
                gone: row.get(4)?,
            })
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

const COLUMNS: &str = "f.message, f.first, f.relationship, f.kind, m.direction, m.kind, m.content, m.fallback, m.sent, m.received, \
    m.state, m.state_since, m.deleted, q.id";
const FROM: &str = "feed f CROSS JOIN messages m ON m.id = f.message \
    LEFT JOIN messages q ON q.relationship = m.relationship AND q.direction = m.reply_direction AND q.stream = m.reply_stream AND q.seq = m.reply_seq";

/// Payloads of the kinds that are wanted, in the order in which they became what they are.
pub(crate) fn payloads(
    connection: &Connection,
    wanted: &Wanted,
    after: u64,
    limit: u32,
) -> Result<Vec<PayloadView>> {
    let (of, kinds) = lists(wanted);
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE {OF} AND {KIND} AND f.first > ?3 AND m.deleted = 0 ORDER BY f.first LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![of, kinds, bounded(after), limit], payload)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One payload, whatever its kind.
pub(crate) fn get(connection: &Connection, message: u64) -> Result<Option<PayloadView>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE f.message = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([bounded(message)], payload)
        .optional()?)
}

/// Forgets what has been gone since before then; what went since the last time is noted as having gone now.
pub(crate) fn prune(connection: &Connection, before: i64, now: i64) -> Result<()> {
    connection.execute("DELETE FROM feed WHERE gone > 0 AND gone < ?1", [before])?;
    connection.execute("UPDATE feed SET gone = ?1 WHERE gone = 0", [now])?;
    Ok(())
}

/// As a number that SQLite can hold.
fn bounded(number: u64) -> u64 {
    number.min(i64::MAX.unsigned_abs())
}

fn payload(row: &Row<'_>) -> rusqlite::Result<PayloadView> {
    let (kind, kept_kind): (String, String) = (row.get(3)?, row.get(5)?);
    let content: Option<Vec<u8>> = row.get(6)?;
    Ok(PayloadView {
        id: row.get(0)?,
        place: row.get(1)?,
        relationship: bytes(row, 2, RelationshipId::from_slice)?,
        direction: if row.get(4)? {
            Direction::Out
        } else {
            Direction::In
        },
        // Of one that did not fit only the link stands there.
        content: content.filter(|_| kind == kept_kind),
        kind,
        fallback: row.get(7)?,
        sent: time(row, 8)?,
        received: some_time(row, 9)?,
        state: state_from(row.get(10)?),
        state_since: time(row, 11)?,
        deleted: row.get(12)?,
        reply_to: row.get(13)?,
    })
}
