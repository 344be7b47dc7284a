//! Fetched and acknowledged messages that have not been opened yet.

use dyad_protocol::api::fetch::{Entry, Position};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{AddressId, RootAddress};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{bytes, secs};
use crate::error::Result;

/// One message to open.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) root: RootAddress,
    pub(crate) position: Position,
    pub(crate) address: AddressId,
    pub(crate) sealed: SealedMessage,
}

/// Stores a message and the position in its mailbox. `false`: it was here before, or the mailbox is not ours.
pub(crate) fn store(connection: &Connection, entry: &Entry, now: Timestamp) -> Result<bool> {
    let moved = connection
        .prepare_cached("UPDATE mailboxes SET position = ?2 WHERE root = ?1 AND position < ?2")?
        .execute(params![entry.root.as_bytes(), entry.position.0])?;
    if moved == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO inbox (root, position, address, sealed, fetched) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            entry.root.as_bytes(), entry.position.0, entry.address.as_bytes(), entry.sealed.as_bytes().as_slice(), secs(now)
        ])?;
    Ok(true)
}

/// The message that has waited longest.
pub(crate) fn next(connection: &Connection) -> Result<Option<Fetched>> {
    Ok(connection
        .prepare_cached(
            "SELECT root, position, address, sealed FROM inbox ORDER BY fetched, position LIMIT 1",
        )?
        .query_row([], |row| {
            Ok(Fetched {
                root: bytes(row, 0, RootAddress::from_slice)?,
                position: Position(row.get(1)?),
                address: bytes(row, 2, AddressId::from_slice)?,
                sealed: bytes(row, 3, SealedMessage::from_slice)?,
            })
        })
        .optional()?)
}

pub(crate) fn remove(connection: &Connection, fetched: &Fetched) -> Result<()> {
    connection.execute(
        "DELETE FROM inbox WHERE root = ?1 AND position = ?2",
        params![fetched.root.as_bytes(), fetched.position.0],
    )?;
    Ok(())
}

pub(crate) fn count(connection: &Connection) -> Result<u64> {
    Ok(connection.query_row("SELECT count(*) FROM inbox", [], |row| row.get(0))?)
}

/// Puts a message that could not be opened for a fault of ours behind the others; it is not lost.
pub(crate) fn postpone(connection: &Connection, fetched: &Fetched, now: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE inbox SET fetched = ?3 WHERE root = ?1 AND position = ?2",
        params![fetched.root.as_bytes(), fetched.position.0, secs(now)],
    )?;
    Ok(())
}
