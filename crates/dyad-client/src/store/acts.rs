//! What we did to messages (edits, deletions, reactions), kept until the contact's app confirms it, so that it can be
//! sent again.

use dyad_core::LocalId;
use dyad_protocol::body::Payload;
use dyad_protocol::id::{MessageId, RelationshipId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::json;
use crate::error::{ClientError, Result};

/// Tells the engine's numbers for acts from those for messages. SQLite's row numbers never reach it.
const ACT: u64 = 1 << 63;

/// Writes one down. Gives the number under which the engine is to know it.
pub(crate) fn insert(
    connection: &Connection,
    to: &RelationshipId,
    about: u64,
    payload: &Payload,
) -> Result<LocalId> {
    connection.execute(
        "INSERT INTO acts (relationship, about, payload) VALUES (?1, ?2, ?3)",
        params![to.as_bytes(), about, written(payload)?],
    )?;
    Ok(LocalId(ACT | connection.last_insert_rowid().unsigned_abs()))
}

/// Keeps what a message of ours says whose text is deleted here, until it has arrived.
pub(crate) fn keep(
    connection: &Connection,
    to: &RelationshipId,
    message: &MessageId,
    payload: &Payload,
) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO acts (relationship, stream, seq, payload) VALUES (?1, ?2, ?3, ?4)",
        params![
            to.as_bytes(),
            message.stream.as_bytes(),
            message.seq,
            written(payload)?
        ],
    )?;
    Ok(())
}

/// The engine gave an act its identity. `false`: the number is not one of an act.
pub(crate) fn number(connection: &Connection, local: LocalId, message: &MessageId) -> Result<bool> {
    if local.0 & ACT == 0 {
        return Ok(false);
    }
    connection.execute(
        "UPDATE acts SET stream = ?2, seq = ?3 WHERE id = ?1",
        params![local.0 & !ACT, message.stream.as_bytes(), message.seq],
    )?;
    Ok(true)
}

/// It has arrived, or will not be tried again.
pub(crate) fn settled(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM acts WHERE relationship = ?1 AND stream = ?2 AND seq = ?3")?
        .execute(params![
            of.as_bytes(),
            message.stream.as_bytes(),
            message.seq
        ])?;
    Ok(())
}

/// What it said, to send it again.
pub(crate) fn payload(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
) -> Result<Option<Payload>> {
    Ok(connection
        .query_row(
            "SELECT payload FROM acts WHERE relationship = ?1 AND stream = ?2 AND seq = ?3",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq],
            |row: &Row<'_>| json(row, 0),
        )
        .optional()?)
}

/// It will not be said.
pub(crate) fn forget(connection: &Connection, local: LocalId) -> Result<()> {
    connection.execute("DELETE FROM acts WHERE id = ?1", [local.0 & !ACT])?;
    Ok(())
}

/// Forgets what was said about a message that is no more: edits hold its words.
pub(crate) fn forget_about(connection: &Connection, message: u64) -> Result<()> {
    connection.execute("DELETE FROM acts WHERE about = ?1", [message])?;
    Ok(())
}

fn written(payload: &Payload) -> Result<String> {
    serde_json::to_string(payload)
        .map_err(|error| ClientError::other("act", format!("It cannot be written down: {error}.")))
}
