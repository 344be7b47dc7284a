//! Programs that ask to become apps, until the person has answered and the program knows.

use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::apps::{Hash, list};
use super::row::{bytes, json, secs, time};
use crate::error::Result;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Pairing {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    pub(crate) messages: bool,
    /// The hash of what the program polls with.
    pub(crate) secret: Hash,
    pub(crate) code: String,
    pub(crate) asked: Timestamp,
    pub(crate) ends: Timestamp,
    /// What it became.
    pub(crate) app: Option<u64>,
    pub(crate) denied: bool,
}

const COLUMNS: &str = "id, name, types, messages, secret, code, asked, ends, app, denied";

/// Writes one down. Gives its number.
pub(crate) fn insert(connection: &Connection, pairing: &Pairing) -> Result<u64> {
    connection.execute(
        "INSERT INTO pairings (name, types, messages, secret, code, asked, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            pairing.name,
            list(&pairing.types),
            pairing.messages,
            pairing.secret,
            pairing.code,
            secs(pairing.asked),
            secs(pairing.ends)
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Those that the person has not answered, oldest first.
pub(crate) fn pending(connection: &Connection) -> Result<Vec<Pairing>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM pairings WHERE app IS NULL AND denied = 0 ORDER BY id"
    ))?;
    Ok(statement
        .query_map([], row)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<Pairing>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM pairings WHERE id = ?1"))?
        .query_row([id], row)
        .optional()?)
}

pub(crate) fn allowed(connection: &Connection, id: u64, app: u64) -> Result<()> {
    connection.execute(
        "UPDATE pairings SET app = ?2 WHERE id = ?1",
        params![id, app],
    )?;
    Ok(())
}

pub(crate) fn deny(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("UPDATE pairings SET denied = 1 WHERE id = ?1", [id])?;
    Ok(())
}

pub(crate) fn remove(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("DELETE FROM pairings WHERE id = ?1", [id])?;
    Ok(())
}

/// A code was none of theirs. Those that have seen too many wrong ones are denied; says whether any was.
pub(crate) fn wrong_code(connection: &Connection, most: u32) -> Result<bool> {
    connection.execute(
        "UPDATE pairings SET wrong = wrong + 1 WHERE app IS NULL AND denied = 0",
        [],
    )?;
    let denied = connection.execute(
        "UPDATE pairings SET denied = 1 WHERE app IS NULL AND denied = 0 AND wrong >= ?1",
        [most],
    )?;
    Ok(denied > 0)
}

/// Forgets those whose time is over. An app that never came for its token goes with its request.
pub(crate) fn prune(connection: &Connection, now: Timestamp) -> Result<()> {
    connection.execute(
        "DELETE FROM apps WHERE token IS NULL AND id IN (SELECT app FROM pairings WHERE ends <= ?1)",
        [secs(now)],
    )?;
    connection.execute("DELETE FROM pairings WHERE ends <= ?1", [secs(now)])?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<Pairing> {
    Ok(Pairing {
        id: row.get(0)?,
        name: row.get(1)?,
        types: json(row, 2)?,
        messages: row.get(3)?,
        secret: bytes(row, 4, |b| b.try_into().ok())?,
        code: row.get(5)?,
        asked: time(row, 6)?,
        ends: time(row, 7)?,
        app: row.get(8)?,
        denied: row.get(9)?,
    })
}
