//! The conversation: every message in and out with how far it has come, and full-text search.

use dyad_protocol::body::Payload;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, secs, some_time, time};
use crate::error::Result;
use crate::view::{Direction, MessageState, MessageView};

/// Writes one of ours down; its identity comes with [`number`].
pub(crate) fn insert_outgoing(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    now: Timestamp,
) -> Result<u64> {
    connection.execute(
        "INSERT INTO messages (relationship, direction, sent, kind, content, fallback, text, state, state_since)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?2)",
        params![
            to.as_bytes(), secs(now), payload.kind, kept_content(payload), payload.fallback,
            payload.shown().unwrap_or_default(), state_number(MessageState::Waiting)
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Writes one of theirs down; `None` if it is there already.
pub(crate) fn insert_incoming(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
    sent: Timestamp,
    payload: &Payload,
    now: Timestamp,
) -> Result<Option<u64>> {
    let inserted = connection.execute(
        "INSERT INTO messages (relationship, direction, stream, seq, sent, received, kind, content, fallback, text, state, state_since)
         VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?5) ON CONFLICT DO NOTHING",
        params![
            from.as_bytes(), message.stream.as_bytes(), message.seq, secs(sent), secs(now), payload.kind,
            kept_content(payload), payload.fallback, payload.shown().unwrap_or_default(), state_number(MessageState::Received)
        ],
    )?;
    Ok((inserted == 1).then(|| connection.last_insert_rowid().unsigned_abs()))
}

/// Text is kept once, as text.
fn kept_content(payload: &Payload) -> Option<&[u8]> {
    let is_its_text = payload.kind == Payload::TEXT && payload.shown().is_some();
    (!is_its_text).then_some(payload.content.as_slice())
}

/// The engine gave a message of ours its identity.
pub(crate) fn number(connection: &Connection, local: u64, message: &MessageId) -> Result<()> {
    connection.execute(
        "UPDATE messages SET stream = ?2, seq = ?3 WHERE id = ?1 AND direction = 1",
        params![local, message.stream.as_bytes(), message.seq],
    )?;
    Ok(())
}

/// A message of ours got further. Gives its local number if that is news.
pub(crate) fn set_state(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
    state: MessageState,
    now: Timestamp,
) -> Result<Option<u64>> {
    let found = connection
        .query_row(
            "UPDATE messages SET state = ?4, state_since = ?5
             WHERE relationship = ?1 AND direction = 1 AND stream = ?2 AND seq = ?3 AND state <> ?4 RETURNING id",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq, state_number(state), secs(now)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found)
}

/// What a message of ours says, to send it again.
pub(crate) fn payload(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
) -> Result<Option<Payload>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text FROM messages WHERE relationship = ?1 AND direction = 1 AND stream = ?2 AND seq = ?3",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq],
            |row| {
                let (content, text): (Option<Vec<u8>>, String) = (row.get(1)?, row.get(3)?);
                Ok(Payload { kind: row.get(0)?, content: content.unwrap_or(text.into_bytes()), fallback: row.get(2)?, reply: None, timer: None })
            },
        )
        .optional()?)
}

/// Marks theirs as read. Gives the identities that were not read before, by contact.
pub(crate) fn mark_read(
    connection: &Connection,
    ids: &[u64],
    now: Timestamp,
) -> Result<Vec<(RelationshipId, MessageId)>> {
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET state = ?2, state_since = ?3 WHERE id = ?1 AND state = ?4 RETURNING relationship, stream, seq",
    )?;
    let mut changed = Vec::new();
    for id in ids {
        let found = statement
            .query_row(
                params![
                    id,
                    state_number(MessageState::Read),
                    secs(now),
                    state_number(MessageState::Received)
                ],
                |row| {
                    let message = MessageId {
                        stream: bytes(row, 1, StreamId::from_slice)?,
                        seq: row.get(2)?,
                    };
                    Ok((bytes(row, 0, RelationshipId::from_slice)?, message))
                },
            )
            .optional()?;
        changed.extend(found);
    }
    Ok(changed)
}

const COLUMNS: &str = "m.id, r.nick, m.relationship, m.direction, m.sent, m.received, m.kind, m.text, m.state, m.state_since";
const FROM: &str = "messages m JOIN relationships r ON r.id = m.relationship";

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<MessageView>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE m.id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], view)
        .optional()?)
}

/// Oldest first: those after `since`, or else the newest `limit`.
pub(crate) fn list(
    connection: &Connection,
    with: Option<&RelationshipId>,
    since: Option<u64>,
    limit: u32,
) -> Result<Vec<MessageView>> {
    let who = if with.is_some() {
        "m.relationship = ?1"
    } else {
        "?1 IS NULL"
    };
    let order = if since.is_some() { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE {who} AND m.id > ?2 ORDER BY m.id {order} LIMIT ?3"
    );
    let mut found = select(
        connection,
        &sql,
        params![
            with.map(RelationshipId::as_bytes),
            since.unwrap_or(0),
            limit
        ],
    )?;
    if since.is_none() {
        found.reverse();
    }
    Ok(found)
}

/// Messages that hold all words, the last letters of each left open; newest first.
pub(crate) fn search(connection: &Connection, words: &str, limit: u32) -> Result<Vec<MessageView>> {
    let query = words
        .split_whitespace()
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" ");
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE m.id IN (SELECT rowid FROM messages_text WHERE messages_text MATCH ?1) ORDER BY m.id DESC LIMIT ?2"
    );
    select(connection, &sql, params![query, limit])
}

/// Unread messages of a contact, and when the last one came or went.
pub(crate) fn summary(
    connection: &Connection,
    with: &RelationshipId,
) -> Result<(u64, Option<Timestamp>)> {
    let unread = connection
        .prepare_cached("SELECT count(*) FROM messages WHERE relationship = ?1 AND state = 7")?
        .query_row([with.as_bytes()], |row| row.get(0))?;
    let last = connection
        .prepare_cached("SELECT coalesce(received, sent) FROM messages WHERE relationship = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([with.as_bytes()], |row| time(row, 0))
        .optional()?;
    Ok((unread, last))
}

/// All messages, and ours that no contact's app has confirmed.
pub(crate) fn counts(connection: &Connection) -> Result<(u64, u64)> {
    Ok(connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE direction = 1 AND state IN (0, 1, 2, 5)) FROM messages",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Ours that were not confirmed in 14 days.
pub(crate) fn unconfirmed(connection: &Connection) -> Result<Vec<MessageView>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE m.state = 5 AND m.direction = 1 ORDER BY m.id LIMIT 100"
    );
    select(connection, &sql, [])
}

fn select(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<MessageView>> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement
        .query_map(values, view)?
        .collect::<rusqlite::Result<_>>()?)
}

fn view(row: &Row<'_>) -> rusqlite::Result<MessageView> {
    Ok(MessageView {
        id: row.get(0)?,
        contact: row.get(1)?,
        relationship: bytes(row, 2, RelationshipId::from_slice)?,
        direction: if row.get(3)? {
            Direction::Out
        } else {
            Direction::In
        },
        sent: time(row, 4)?,
        received: some_time(row, 5)?,
        kind: row.get(6)?,
        text: row.get(7)?,
        state: state_from(row.get(8)?),
        state_since: time(row, 9)?,
        reply_to: None,
        edited_at: None,
        deleted: false,
        reactions: Vec::new(),
        timer: None,
        expires_at: None,
    })
}

/// Numbers are stored: never change one.
const fn state_number(state: MessageState) -> u8 {
    match state {
        MessageState::Waiting => 0,
        MessageState::Accepted => 1,
        MessageState::Delivered => 2,
        MessageState::Confirmed => 3,
        MessageState::Read => 4,
        MessageState::Unconfirmed => 5,
        MessageState::Failed => 6,
        MessageState::Received => 7,
    }
}

const fn state_from(number: u8) -> MessageState {
    match number {
        0 => MessageState::Waiting,
        1 => MessageState::Accepted,
        2 => MessageState::Delivered,
        3 => MessageState::Confirmed,
        4 => MessageState::Read,
        5 => MessageState::Unconfirmed,
        7 => MessageState::Received,
        _ => MessageState::Failed,
    }
}
