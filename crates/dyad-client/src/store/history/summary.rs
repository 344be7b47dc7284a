//! What is counted, and what a list of contacts says.

use dyad_protocol::id::RelationshipId;
use rusqlite::{Connection, OptionalExtension};

use super::view::{direction, excerpt, shown_kind};
use crate::error::Result;
use crate::store::calls;
use crate::store::columns::state_from;
use crate::store::row::time;
use crate::view::LastView;

/// What a list of contacts says about the messages with one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Theirs, not marked as read.
    pub(crate) unread: u64,
    /// Ours that failed or were not confirmed in 14 days.
    pub(crate) failed: u64,
    pub(crate) last: Option<LastView>,
}

pub(crate) fn summary(connection: &Connection, with: &RelationshipId) -> Result<Summary> {
    let count = |condition: &str| -> Result<u64> {
        let sql = format!("SELECT count(*) FROM messages WHERE relationship = ?1 AND {condition}");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([with.as_bytes()], |row| row.get(0))?)
    };
    let mut last = connection
        .prepare_cached(
            "SELECT direction, kind, coalesce(nullif(substr(text, 1, 600), ''), (SELECT name FROM files WHERE message = messages.id), ''),
             coalesce(received, sent), state, deleted FROM messages
             WHERE relationship = ?1 AND hidden = 0 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([with.as_bytes()], |row| {
            Ok(LastView {
                direction: direction(row.get(0)?),
                kind: shown_kind(row.get(1)?),
                text: excerpt(&row.get::<_, String>(2)?),
                at: time(row, 3)?,
                state: state_from(row.get(4)?),
                deleted: row.get(5)?,
                call: None,
            })
        })
        .optional()?;
    if let Some(last) = &mut last {
        calls::attach_last(connection, with, last)?;
    }
    Ok(Summary {
        unread: count("state = 7")?,
        failed: count("state IN (5, 6) AND hidden = 0")?,
        last,
    })
}

/// All messages, and ours that no contact's app has confirmed.
pub(crate) fn counts(connection: &Connection) -> Result<(u64, u64)> {
    Ok(connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE direction = 1 AND state IN (0, 1, 2, 5)) FROM messages WHERE hidden = 0",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}
