//! Our mailboxes: keys, how far each is fetched, and which one new addresses are made for.

use dyad_protocol::address::MintingKey;
use dyad_protocol::api::fetch::Position;
use dyad_protocol::id::{HostName, RootAddress};
use dyad_protocol::sign::{AccessKey, AddressSigningKey};
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::Token;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{host, json, secs, some_bytes, some_time, time};
use crate::error::Result;

/// One mailbox. Without a root it is still being asked for.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    pub(crate) id: u64,
    pub(crate) receiver: HostName,
    pub(crate) address_key: AddressSigningKey,
    pub(crate) access_key: AccessKey,
    pub(crate) token: Option<Token>,
    pub(crate) root: Option<RootAddress>,
    pub(crate) created: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) minting: MintingKey,
    pub(crate) minting_until: Timestamp,
    pub(crate) position: Position,
    /// Since when no new addresses are made for it.
    pub(crate) retired: Option<Timestamp>,
    /// Since when the receiver refuses to open it.
    pub(crate) refused: Option<Timestamp>,
}

/// What is decided before the receiver is asked.
#[derive(Debug)]
pub(crate) struct NewMailbox<'a> {
    pub(crate) receiver: &'a HostName,
    pub(crate) address_key: &'a AddressSigningKey,
    pub(crate) access_key: &'a AccessKey,
    pub(crate) token: &'a Token,
    pub(crate) minting: &'a MintingKey,
    pub(crate) minting_until: Timestamp,
    pub(crate) now: Timestamp,
}

/// Stored before the request is sent, so that the same request can be repeated.
pub(crate) fn insert(connection: &Connection, new: &NewMailbox<'_>) -> Result<()> {
    connection.execute(
        "INSERT INTO mailboxes (receiver, address_key, access_key, token, created, ends, minting, minting_until)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)",
        params![
            new.receiver.as_str(), new.address_key.expose(), new.access_key.expose(), new.token.as_bytes().as_slice(),
            secs(new.now), serde_json::to_string(new.minting).unwrap_or_default(), secs(new.minting_until)
        ],
    )?;
    Ok(())
}

/// The receiver has made it.
pub(crate) fn opened(
    connection: &Connection,
    id: u64,
    root: &RootAddress,
    ends: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE mailboxes SET root = ?2, ends = ?3, token = NULL WHERE id = ?1",
        params![id, root.as_bytes(), secs(ends)],
    )?;
    Ok(())
}

pub(crate) fn set_minting(
    connection: &Connection,
    id: u64,
    key: &MintingKey,
    until: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE mailboxes SET minting = ?2, minting_until = ?3 WHERE id = ?1",
        params![
            id,
            serde_json::to_string(key).unwrap_or_default(),
            secs(until)
        ],
    )?;
    Ok(())
}

/// No new addresses for the older mailboxes of a receiver (`keep`: the new one), or for any.
pub(crate) fn retire(
    connection: &Connection,
    receiver: &HostName,
    keep: Option<u64>,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE mailboxes SET retired = ?3 WHERE receiver = ?1 AND retired IS NULL AND root IS NOT NULL AND id IS NOT ?2",
        params![receiver.as_str(), keep, secs(now)],
    )?;
    Ok(())
}

/// Whether the receiver opens it. Gives `true` if that changed.
pub(crate) fn set_refused(
    connection: &Connection,
    root: &RootAddress,
    refused: Option<Timestamp>,
) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE mailboxes SET refused = ?2 WHERE root = ?1 AND (refused IS NULL) <> (?2 IS NULL)",
        params![root.as_bytes(), refused.map(secs)],
    )?;
    Ok(changed > 0)
}

pub(crate) fn delete(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("DELETE FROM mailboxes WHERE id = ?1", [id])?;
    Ok(())
}

const COLUMNS: &str = "id, receiver, address_key, access_key, token, root, created, ends, minting, minting_until, position, retired, refused";

/// Newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Mailbox>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM mailboxes ORDER BY id DESC"))?;
    Ok(statement
        .query_map([], mailbox)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Newest first.
pub(crate) fn at(connection: &Connection, receiver: &HostName) -> Result<Vec<Mailbox>> {
    let sql = format!("SELECT {COLUMNS} FROM mailboxes WHERE receiver = ?1 ORDER BY id DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map([receiver.as_str()], mailbox)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn by_root(connection: &Connection, root: &RootAddress) -> Result<Option<Mailbox>> {
    let sql = format!("SELECT {COLUMNS} FROM mailboxes WHERE root = ?1");
    Ok(connection
        .query_row(&sql, [root.as_bytes()], mailbox)
        .optional()?)
}

fn mailbox(row: &Row<'_>) -> rusqlite::Result<Mailbox> {
    Ok(Mailbox {
        id: row.get(0)?,
        receiver: host(row, 1)?,
        address_key: AddressSigningKey::new(row.get(2)?),
        access_key: AccessKey::new(row.get(3)?),
        token: some_bytes(row, 4, Token::from_slice)?,
        root: some_bytes(row, 5, RootAddress::from_slice)?,
        created: time(row, 6)?,
        ends: time(row, 7)?,
        minting: json(row, 8)?,
        minting_until: time(row, 9)?,
        position: Position(row.get(10)?),
        retired: some_time(row, 11)?,
        refused: some_time(row, 12)?,
    })
}
