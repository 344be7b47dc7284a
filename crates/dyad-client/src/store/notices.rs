//! What the person was, or should be, told once.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, Row, params};

use super::row::{secs, time};
use crate::error::Result;
use crate::view::NoticeView;

/// Notices kept; older ones go.
const KEPT: u64 = 1_000;

pub(crate) fn insert(
    connection: &Connection,
    about: Option<&RelationshipId>,
    kind: &str,
    text: &str,
    now: Timestamp,
) -> Result<NoticeView> {
    connection.execute(
        "INSERT INTO notices (at, relationship, kind, text) VALUES (?1, ?2, ?3, ?4)",
        params![secs(now), about.map(RelationshipId::as_bytes), kind, text],
    )?;
    let id = connection.last_insert_rowid().unsigned_abs();
    connection.execute(
        "DELETE FROM notices WHERE id <= ?1",
        [id.saturating_sub(KEPT)],
    )?;
    let sql = format!("SELECT {COLUMNS} WHERE n.id = ?1");
    Ok(connection.query_row(&sql, [id], view)?)
}

/// Newest first.
pub(crate) fn latest(connection: &Connection, limit: u32) -> Result<Vec<NoticeView>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} ORDER BY n.id DESC LIMIT ?1"))?;
    Ok(statement
        .query_map([limit], view)?
        .collect::<rusqlite::Result<_>>()?)
}

const COLUMNS: &str = "n.id, n.at, r.nick, n.kind, n.text FROM notices n LEFT JOIN relationships r ON r.id = n.relationship";

fn view(row: &Row<'_>) -> rusqlite::Result<NoticeView> {
    Ok(NoticeView {
        id: row.get(0)?,
        at: time(row, 1)?,
        contact: row.get(2)?,
        kind: row.get(3)?,
        text: row.get(4)?,
    })
}
