//! Edits that do not fit into a message: the new text of one of ours until it is at a service, and of one of theirs until
//! it is here.

use dyad_protocol::body::Payload;
use dyad_protocol::content::{Link, Said};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::files::{self, FileRow, NewFile};
use super::row::secs;
use crate::error::Result;

/// As a message says it whose text does not fit: the content of a `long`.
pub(crate) fn content(link: &Link, beginning: &str) -> Option<Vec<u8>> {
    let said = Said::Long {
        link: link.clone(),
        beginning: beginning.to_owned(),
    };
    said.payload(None).map(|payload| payload.content)
}

/// What such a content says.
pub(crate) fn link(content: Vec<u8>, beginning: &str) -> Option<Link> {
    let payload = Payload {
        kind: Said::LONG.to_owned(),
        content,
        fallback: Some(beginning.to_owned()),
        reply: None,
        timer: None,
    };
    match Said::of(&payload) {
        Ok(Said::Long { link, .. }) => Some(link),
        _ => None,
    }
}

/// A message of ours gets a text that has to be brought to a service first. Until then it stays what it is for the
/// contact, also if it is sent again.
pub(crate) fn begin(
    connection: &Connection,
    message: u64,
    order: u64,
    text: &str,
    file: &NewFile,
    now: Timestamp,
) -> Result<()> {
    forget(connection, message)?;
    connection
        .prepare_cached(
            "UPDATE messages SET content = coalesce(content, CAST(text AS BLOB)), text = ?2, edit_order = ?3, edited_at = ?4
             WHERE id = ?1",
        )?
        .execute(params![message, text, order, secs(now)])?;
    files::insert_edit(connection, message, file, now)
}

/// The new text of a message of ours that is not at a service yet.
pub(crate) fn on_its_way(connection: &Connection, message: u64) -> Result<Option<FileRow>> {
    let id = connection
        .prepare_cached("SELECT id FROM files WHERE edits = ?1")?
        .query_row([message], |row| row.get(0))
        .optional()?;
    id.map_or(Ok(None), |id| files::get(connection, id))
}

/// It is replaced, or not wanted any more.
pub(crate) fn forget(connection: &Connection, message: u64) -> Result<()> {
    connection
        .prepare_cached("UPDATE files SET edits = NULL, stage = 0 WHERE edits = ?1")?
        .execute([message])?;
    Ok(())
}

/// It is at a service: from now on it is what the message says. What the message had before is to go.
pub(crate) fn finish(
    connection: &Connection,
    message: u64,
    file: u64,
    content: &[u8],
    beginning: &str,
) -> Result<()> {
    connection.execute(
        "UPDATE files SET message = NULL, stage = 0 WHERE message = ?1",
        [message],
    )?;
    connection.execute(
        "UPDATE files SET message = ?1, edits = NULL WHERE id = ?2",
        [message, file],
    )?;
    connection.execute(
        "UPDATE messages SET kind = ?2, content = ?3, fallback = ?4 WHERE id = ?1",
        params![message, Said::LONG, content, beginning],
    )?;
    Ok(())
}

/// What a text of ours says that waits for its file and that nobody has heard of: another text, which waits too, or
/// one that goes at once.
pub(crate) fn rewrite(
    connection: &Connection,
    message: u64,
    text: &str,
    beginning: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE messages SET text = ?2, kind = iif(?3 IS NULL, 'text', kind), content = iif(?3 IS NULL, NULL, content),
         fallback = ?3, expires_at = iif(?3 IS NULL, ?4 + timer, NULL), state = 0, state_since = ?4 WHERE id = ?1",
        params![message, text, beginning, secs(now)],
    )?;
    Ok(())
}

/// Where the rest is of a text of theirs that an edit made long, if nothing fetches it yet.
pub(crate) fn unfetched(connection: &Connection, message: u64) -> Result<Option<Link>> {
    let found: Option<(Vec<u8>, String)> = connection
        .prepare_cached(
            "SELECT content, coalesce(fallback, '') FROM messages WHERE id = ?1 AND direction = 0 AND deleted = 0 AND kind = 'long'
             AND edit_order IS NOT NULL AND content IS NOT NULL AND NOT EXISTS (SELECT 1 FROM files WHERE message = ?1)",
        )?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(content, beginning)| link(content, &beginning)))
}
