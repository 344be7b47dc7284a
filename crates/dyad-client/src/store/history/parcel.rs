//! Messages whose file or content is on its way.

use dyad_protocol::body::Payload;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::store::columns::outgoing_payload;
use crate::store::row::secs;

/// What a message of ours says that waits for its file; the link is still missing.
pub(crate) fn waiting(connection: &Connection, id: u64) -> Result<Option<(Payload, String)>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text, reply_direction, reply_stream, reply_seq, timer FROM messages
             WHERE id = ?1 AND direction = 1 AND stream IS NULL AND deleted = 0 AND kind IN ('file', 'long', 'mail', 'picture')",
            [id],
            |row| Ok((outgoing_payload(row)?, row.get(3)?)),
        )
        .optional()?)
}

/// What a text of ours says that has not gone.
pub(crate) fn unsent(connection: &Connection, id: u64) -> Result<Option<(Payload, String)>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text, reply_direction, reply_stream, reply_seq, timer FROM messages
             WHERE id = ?1 AND direction = 1 AND stream IS NULL AND deleted = 0 AND kind = 'text'",
            [id],
            |row| Ok((outgoing_payload(row)?, row.get(3)?)),
        )
        .optional()?)
}

/// The file is at a service: its message can go, and its time begins.
pub(crate) fn set_content(
    connection: &Connection,
    id: u64,
    content: &[u8],
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE messages SET content = ?2, expires_at = ?3 + timer WHERE id = ?1",
        params![id, content, secs(now)],
    )?;
    Ok(())
}

/// Whether a message that has just come is still one with a file: not edited, deleted or gone before it came.
pub(crate) fn waits_for_file(connection: &Connection, id: u64) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND deleted = 0 AND kind IN ('file', 'long', 'mail', 'picture'))",
        [id],
        |row| row.get(0),
    )?)
}

/// It carries the content of this kind, which is no text.
pub(crate) fn set_carries(connection: &Connection, id: u64, kind: &str) -> Result<()> {
    connection.execute(
        "UPDATE messages SET carries = ?2 WHERE id = ?1",
        params![id, kind],
    )?;
    Ok(())
}

/// What a message carries that is no text.
pub(crate) fn carries(connection: &Connection, id: u64) -> Result<Option<String>> {
    let found = connection
        .query_row("SELECT carries FROM messages WHERE id = ?1", [id], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.flatten())
}

/// What it carries is here: from now on it is as if it had come in one message.
pub(crate) fn unpack(connection: &Connection, id: u64, content: &[u8]) -> Result<()> {
    connection.execute(
        "UPDATE messages SET kind = carries, content = ?2, carries = NULL WHERE id = ?1 AND deleted = 0 AND carries IS NOT NULL",
        params![id, content],
    )?;
    Ok(())
}

/// A long text is here.
pub(crate) fn set_text(connection: &Connection, id: u64, text: &str) -> Result<()> {
    connection.execute(
        "UPDATE messages SET text = ?2 WHERE id = ?1 AND deleted = 0",
        params![id, text],
    )?;
    Ok(())
}

/// A message that was never sent goes without a trace.
pub(crate) fn forget_waiting(connection: &Connection, id: u64) -> Result<()> {
    connection.execute(
        "DELETE FROM messages WHERE id = ?1 AND direction = 1 AND stream IS NULL",
        [id],
    )?;
    Ok(())
}
