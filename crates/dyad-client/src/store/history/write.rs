//! Writing messages down, and how far they come.

use dyad_protocol::body::Payload;
use dyad_protocol::content::Said;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::store::changes;
use crate::store::columns::{Shown, kept_content, outgoing_payload, state_number};
use crate::store::row::{bytes, secs};
use crate::view::{Direction, MessageState};

/// Writes one of ours down; its identity comes with [`number`].
pub(crate) fn insert_outgoing(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    now: Timestamp,
) -> Result<u64> {
    let shown = Shown::of(payload, Direction::Out);
    let expires = shown.vanishes.map(|seconds| secs(now.plus(seconds)));
    insert_ours(connection, to, payload, &shown, expires, now)
}

/// Writes one of ours down that waits for its file: `payload` lacks the link, and its time does not run yet.
pub(crate) fn insert_waiting(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    text: &str,
    now: Timestamp,
) -> Result<u64> {
    let shown = Shown {
        text: text.into(),
        ..Shown::of(payload, Direction::Out)
    };
    insert_ours(connection, to, payload, &shown, None, now)
}

fn insert_ours(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    shown: &Shown<'_>,
    expires: Option<i64>,
    now: Timestamp,
) -> Result<u64> {
    connection.execute(
        "INSERT INTO messages (relationship, direction, sent, kind, content, fallback, text, state, state_since,
         reply_direction, reply_stream, reply_seq, timer, expires_at, hidden)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?2, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            to.as_bytes(), secs(now), payload.kind, kept_content(payload), payload.fallback, shown.text,
            state_number(MessageState::Waiting), shown.reply_direction, shown.reply_stream, shown.reply_seq,
            shown.timer, expires, shown.hidden
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Writes one of theirs down; `None` if it is there already, or was and has vanished.
pub(crate) fn insert_incoming(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
    sent: Timestamp,
    payload: &Payload,
    now: Timestamp,
) -> Result<Option<u64>> {
    if changes::is_gone(connection, from, message)? {
        return Ok(None);
    }
    let shown = Shown::of(payload, Direction::In);
    // A setting, and what cannot be shown, is nothing that waits to be read.
    let state = if shown.hidden || payload.kind == Said::TIMER {
        MessageState::Read
    } else {
        MessageState::Received
    };
    // Nobody will mark it as read: its time runs from now on.
    let expires = shown
        .vanishes
        .filter(|_| shown.hidden)
        .map(|seconds| secs(now.plus(seconds)));
    let inserted = connection.execute(
        "INSERT INTO messages (relationship, direction, stream, seq, sent, received, kind, content, fallback, text, state,
         state_since, hidden, reply_direction, reply_stream, reply_seq, timer, expires_at)
         VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?5, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT DO NOTHING",
        params![
            from.as_bytes(), message.stream.as_bytes(), message.seq, secs(sent), secs(now), payload.kind,
            kept_content(payload), payload.fallback, shown.text, state_number(state), shown.hidden,
            shown.reply_direction, shown.reply_stream, shown.reply_seq, shown.timer, expires
        ],
    )?;
    if inserted == 0 {
        return Ok(None);
    }
    let id = connection.last_insert_rowid().unsigned_abs();
    changes::catch_up(connection, from, message, id, now)?;
    Ok(Some(id))
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

/// What a message of ours says now, to send it again; `None` if it was deleted or has vanished.
pub(crate) fn payload(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
) -> Result<Option<Payload>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text, reply_direction, reply_stream, reply_seq, timer FROM messages
             WHERE relationship = ?1 AND direction = 1 AND stream = ?2 AND seq = ?3 AND deleted = 0",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq],
            outgoing_payload,
        )
        .optional()?)
}

/// A message of ours that no service will ever take.
pub(crate) fn set_local_state(
    connection: &Connection,
    id: u64,
    state: MessageState,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE messages SET state = ?2, state_since = ?3 WHERE id = ?1",
        params![id, state_number(state), secs(now)],
    )?;
    Ok(())
}

/// Marks theirs as read. Gives the identities that were not read before, by contact.
pub(crate) fn mark_read(
    connection: &Connection,
    ids: &[u64],
    now: Timestamp,
) -> Result<Vec<(RelationshipId, MessageId)>> {
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET state = ?2, state_since = ?3, expires_at = iif(kind = 'timer', NULL, ?3 + timer)
         WHERE id = ?1 AND state = ?4 RETURNING relationship, stream, seq",
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
