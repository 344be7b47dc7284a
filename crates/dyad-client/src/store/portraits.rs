//! Pictures beside names: what each profile of ours shows, what was last said of it to whom, and what contacts show.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{bytes, secs};
use crate::error::Result;
use crate::file::Portrait;

/// How long a picture that no service took is left alone before it is tried anew, seconds.
const REFUSED: u64 = DAY;

/// What was last said to a contact, or by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Last {
    pub(crate) order: Option<u64>,
    /// The message, as long as it is there.
    pub(crate) message: Option<u64>,
}

/// What a profile of ours shows.
pub(crate) fn of_profile(connection: &Connection, profile: u64) -> Result<Option<Portrait>> {
    Ok(connection
        .prepare_cached("SELECT picture FROM profile_pictures WHERE profile = ?1")?
        .query_row([profile], |row| row.get(0).map(Portrait::kept))
        .optional()?)
}

/// `true` if that is news.
pub(crate) fn set_of_profile(
    connection: &Connection,
    profile: u64,
    picture: Option<&Portrait>,
) -> Result<bool> {
    let changed = match picture {
        None => connection.execute("DELETE FROM profile_pictures WHERE profile = ?1", [profile])?,
        Some(picture) => connection.execute(
            "INSERT INTO profile_pictures VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET picture = ?2, sha256 = ?3 WHERE sha256 <> ?3",
            params![profile, picture.jpeg(), picture.sha256()],
        )?,
    };
    Ok(changed == 1)
}

/// What a contact shows.
pub(crate) fn of_contact(connection: &Connection, id: &RelationshipId) -> Result<Option<Portrait>> {
    let found: Option<Option<Vec<u8>>> = connection
        .prepare_cached("SELECT picture FROM pictures_heard WHERE relationship = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(Portrait::kept))
}

/// `true` if that is news. What was heard of it stands there already.
pub(crate) fn set_of_contact(
    connection: &Connection,
    id: &RelationshipId,
    picture: Option<&Portrait>,
) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE pictures_heard SET picture = ?2, sha256 = ?3 WHERE relationship = ?1 AND sha256 IS NOT ?3",
        params![
            id.as_bytes(),
            picture.map(Portrait::jpeg),
            picture.map(Portrait::sha256)
        ],
    )?;
    Ok(changed == 1)
}

/// Whether a contact shows any.
pub(crate) fn has_one(connection: &Connection, id: &RelationshipId) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM pictures_heard WHERE relationship = ?1 AND sha256 IS NOT NULL)",
        )?
        .query_row([id.as_bytes()], |row| row.get(0))?)
}

const DUE: &str = "relationships r LEFT JOIN profile_pictures p ON p.profile = r.profile \
    LEFT JOIN pictures_said s ON s.relationship = r.id WHERE r.status = 1 AND p.sha256 IS NOT s.sha256";

/// With whom we can speak and who was last told something else than their profile of ours shows.
pub(crate) fn due(connection: &Connection) -> Result<Vec<RelationshipId>> {
    let mut statement = connection.prepare_cached(&format!("SELECT r.id FROM {DUE}"))?;
    let rows = statement.query_map([], |row| bytes(row, 0, RelationshipId::from_slice))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What this contact is to be told: the inner `None`, that there is none. `None`: they know.
pub(crate) fn wanted(
    connection: &Connection,
    id: &RelationshipId,
) -> Result<Option<Option<Portrait>>> {
    let found: Option<Option<Vec<u8>>> = connection
        .prepare_cached(&format!("SELECT p.picture FROM {DUE} AND r.id = ?1"))?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.map(|picture| picture.map(Portrait::kept)))
}

/// To whom it has to be said anew: it waits to be sent and cannot be, or has not arrived as long as its blob was kept.
pub(crate) fn lost(connection: &Connection, now: Timestamp) -> Result<Vec<RelationshipId>> {
    let mut statement = connection.prepare_cached(
        // 3 and 4: confirmed, read. Stage 5: refused.
        "SELECT s.relationship FROM pictures_said s JOIN messages m ON m.id = s.message JOIN files f ON f.message = m.id
         JOIN relationships r ON r.id = s.relationship
         WHERE (m.stream IS NULL AND (r.status <> 1 OR (f.stage = 5 AND f.next_attempt <= ?2)))
         OR (m.stream IS NOT NULL AND r.status = 1 AND m.state NOT IN (3, 4) AND f.ends <= ?1)",
    )?;
    let rows = statement.query_map(params![secs(now), secs(now.minus(REFUSED))], |row| {
        bytes(row, 0, RelationshipId::from_slice)
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was last said to a contact.
pub(crate) fn said(connection: &Connection, to: &RelationshipId) -> Result<Last> {
    last(connection, "pictures_said", to)
}

pub(crate) fn set_said(
    connection: &Connection,
    to: &RelationshipId,
    order: u64,
    picture: Option<&Portrait>,
    message: u64,
) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO pictures_said VALUES (?1, ?2, ?3, ?4)",
        params![to.as_bytes(), order, picture.map(Portrait::sha256), message],
    )?;
    Ok(())
}

/// Nobody knows what the contact knows: whatever is shown is to be said.
pub(crate) fn set_unsaid(connection: &Connection, to: &RelationshipId) -> Result<()> {
    connection.execute(
        "UPDATE pictures_said SET sha256 = x'', message = NULL WHERE relationship = ?1",
        [to.as_bytes()],
    )?;
    Ok(())
}

/// What a contact last said.
pub(crate) fn heard(connection: &Connection, from: &RelationshipId) -> Result<Last> {
    last(connection, "pictures_heard", from)
}

pub(crate) fn set_heard(
    connection: &Connection,
    from: &RelationshipId,
    order: u64,
    message: Option<u64>,
) -> Result<()> {
    connection.execute(
        "INSERT INTO pictures_heard (relationship, place, message) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET place = ?2, message = ?3",
        params![from.as_bytes(), order, message],
    )?;
    Ok(())
}

/// Whose picture the file of this message is.
pub(crate) fn whose(connection: &Connection, message: u64) -> Result<Option<RelationshipId>> {
    Ok(connection
        .prepare_cached("SELECT relationship FROM pictures_heard WHERE message = ?1")?
        .query_row([message], |row| bytes(row, 0, RelationshipId::from_slice))
        .optional()?)
}

/// A message about a picture has done what it had to do, or another has come after it.
pub(crate) fn forget_message(connection: &Connection, message: u64) -> Result<()> {
    connection.execute(
        "DELETE FROM messages WHERE id = ?1 AND hidden = 1",
        [message],
    )?;
    Ok(())
}

fn last(connection: &Connection, table: &str, of: &RelationshipId) -> Result<Last> {
    let sql = format!("SELECT place, message FROM {table} WHERE relationship = ?1");
    let found = connection
        .prepare_cached(&sql)?
        .query_row([of.as_bytes()], |row| {
            Ok(Last {
                order: row.get(0)?,
                message: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}
