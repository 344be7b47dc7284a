//! How the person presents themselves: one row each, exactly one of them the default.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::Result;
use crate::view::{BadgeView, ProfileView};

const COLUMNS: &str = "id, name, pronouns, read_receipts, colour, letters, is_default, \
    (SELECT lower(hex(substr(sha256, 1, 8))) FROM profile_pictures WHERE profile = profiles.id)";

/// In the order in which they were made.
pub(crate) fn all(connection: &Connection) -> Result<Vec<ProfileView>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM profiles ORDER BY id"))?;
    Ok(statement
        .query_map([], profile)?
        .collect::<rusqlite::Result<_>>()?)
}

/// The one of this number; 0 is the default.
pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<ProfileView>> {
    let sql = format!("SELECT {COLUMNS} FROM profiles WHERE id = ?1 OR (?1 = 0 AND is_default)");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], profile)
        .optional()?)
}

/// The one of this number, or the default where there is none.
pub(crate) fn shown(connection: &Connection, id: u64) -> Result<ProfileView> {
    if let Some(found) = get(connection, id)? {
        return Ok(found);
    }
    Ok(get(connection, 0)?.unwrap_or_default())
}

pub(crate) fn insert(connection: &Connection, profile: &ProfileView) -> Result<u64> {
    connection.execute(
        "INSERT INTO profiles (name, pronouns, read_receipts, colour, letters, is_default) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        params![
            profile.name,
            profile.pronouns,
            profile.read_receipts,
            profile.badge.colour,
            profile.badge.letters
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

pub(crate) fn update(connection: &Connection, profile: &ProfileView) -> Result<()> {
    connection.execute(
        "UPDATE profiles SET name = ?2, pronouns = ?3, read_receipts = ?4, colour = ?5, letters = ?6 WHERE id = ?1",
        params![
            profile.id,
            profile.name,
            profile.pronouns,
            profile.read_receipts,
            profile.badge.colour,
            profile.badge.letters
        ],
    )?;
    Ok(())
}

pub(crate) fn make_default(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("UPDATE profiles SET is_default = (id = ?1)", [id])?;
    Ok(())
}

/// Removes one; who saw it sees `instead`.
pub(crate) fn remove(connection: &Connection, id: u64, instead: u64) -> Result<()> {
    for table in ["relationships", "invitations"] {
        connection.execute(
            &format!("UPDATE {table} SET profile = ?2 WHERE profile = ?1"),
            params![id, instead],
        )?;
    }
    connection.execute("DELETE FROM profiles WHERE id = ?1", [id])?;
    Ok(())
}

fn profile(row: &Row<'_>) -> rusqlite::Result<ProfileView> {
    Ok(ProfileView {
        id: row.get(0)?,
        name: row.get(1)?,
        pronouns: row.get(2)?,
        read_receipts: row.get(3)?,
        badge: BadgeView {
            colour: row.get(4)?,
            letters: row.get(5)?,
        },
        default: row.get(6)?,
        picture: row.get(7)?,
    })
}
