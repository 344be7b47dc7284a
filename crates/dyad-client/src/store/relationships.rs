//! Contacts: the engine's state of each, and what is looked up by.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, secs, some_time};
use crate::error::Result;
use crate::view::ContactStatus;

/// Copies of what the engine's state says, for looking up without decoding it.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) status: ContactStatus,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) name: Option<String>,
    pub(crate) pronouns: Option<String>,
    pub(crate) verified_at: Option<Timestamp>,
    pub(crate) repairs: u64,
}

/// A contact without the engine's state.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) id: RelationshipId,
    pub(crate) nick: String,
    pub(crate) status: ContactStatus,
    pub(crate) name: Option<String>,
    pub(crate) pronouns: Option<String>,
    pub(crate) verified_at: Option<Timestamp>,
    pub(crate) repairs: u64,
    pub(crate) draft: Option<String>,
    pub(crate) pinned: bool,
    pub(crate) muted: bool,
    pub(crate) archived: bool,
    pub(crate) marked_unread: bool,
    pub(crate) timer: Option<u64>,
    pub(crate) profile: u64,
    pub(crate) picture: Option<String>,
}

/// Nicknames are compared without case.
pub(crate) fn nick_key(nick: &str) -> String {
    nick.trim().to_lowercase()
}

pub(crate) fn insert(
    connection: &Connection,
    id: &RelationshipId,
    nick: &str,
    state: &[u8],
    columns: &Columns,
    commitment: Option<&[u8; 32]>,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO relationships (id, nick, nick_key, state, status, deadline, name, pronouns, verified_at, repairs, created, commitment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            id.as_bytes(), nick, nick_key(nick), state, status_number(columns.status),
            columns.deadline.map(secs), columns.name, columns.pronouns,
            columns.verified_at.map(secs), columns.repairs, secs(now), commitment
        ],
    )?;
    Ok(())
}

pub(crate) fn update(
    connection: &Connection,
    id: &RelationshipId,
    state: &[u8],
    columns: &Columns,
) -> Result<()> {
    connection.execute(
        "UPDATE relationships SET state = ?2, status = ?3, deadline = ?4, name = ?5, pronouns = ?6, verified_at = ?7, repairs = ?8 WHERE id = ?1",
        params![
            id.as_bytes(), state, status_number(columns.status), columns.deadline.map(secs),
            columns.name, columns.pronouns, columns.verified_at.map(secs), columns.repairs
        ],
    )?;
    Ok(())
}

pub(crate) fn state(connection: &Connection, id: &RelationshipId) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .query_row(
            "SELECT state FROM relationships WHERE id = ?1",
            [id.as_bytes()],
            |row| row.get(0),
        )
        .optional()?)
}

const COLUMNS: &str = "id, nick, status, name, pronouns, verified_at, repairs, draft, pinned, muted, archived, marked_unread, timer, profile, \
    (SELECT lower(hex(substr(sha256, 1, 8))) FROM pictures_heard WHERE relationship = relationships.id AND sha256 IS NOT NULL)";

pub(crate) fn all(connection: &Connection) -> Result<Vec<Contact>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM relationships ORDER BY nick_key"
    ))?;
    Ok(statement
        .query_map([], contact)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn get(connection: &Connection, id: &RelationshipId) -> Result<Option<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM relationships WHERE id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id.as_bytes()], contact)
        .optional()?)
}

pub(crate) fn by_nick(connection: &Connection, nick: &str) -> Result<Option<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM relationships WHERE nick_key = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([nick_key(nick)], contact)
        .optional()?)
}

/// Which contact came of accepting the invitation with this hash.
pub(crate) fn by_commitment(
    connection: &Connection,
    commitment: &[u8; 32],
) -> Result<Option<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM relationships WHERE commitment = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([commitment], contact)
        .optional()?)
}

pub(crate) fn rename(connection: &Connection, id: &RelationshipId, nick: &str) -> Result<()> {
    connection.execute(
        "UPDATE relationships SET nick = ?2, nick_key = ?3 WHERE id = ?1",
        params![id.as_bytes(), nick, nick_key(nick)],
    )?;
    Ok(())
}

/// The nickname itself, or with the first number that is free: "Alex", "Alex 2".
pub(crate) fn free_nick(connection: &Connection, wanted: &str) -> Result<String> {
    let wanted = wanted.trim();
    let mut nick = wanted.to_owned();
    let mut number = 1;
    while by_nick(connection, &nick)?.is_some() {
        number += 1;
        nick = format!("{wanted} {number}");
    }
    Ok(nick)
}

/// Relationships whose deadline has passed.
pub(crate) fn due(connection: &Connection, now: Timestamp) -> Result<Vec<RelationshipId>> {
    ids(
        connection,
        "SELECT id FROM relationships WHERE deadline <= ?1 ORDER BY deadline",
        secs(now),
    )
}

/// Relationships that can still exchange anything.
pub(crate) fn living(connection: &Connection) -> Result<Vec<RelationshipId>> {
    ids(
        connection,
        "SELECT id FROM relationships WHERE status <= ?1",
        status_number(ContactStatus::Blocked),
    )
}

pub(crate) fn next_deadline(connection: &Connection) -> Result<Option<Timestamp>> {
    Ok(
        connection.query_row("SELECT min(deadline) FROM relationships", [], |row| {
            some_time(row, 0)
        })?,
    )
}

fn ids(
    connection: &Connection,
    sql: &str,
    value: impl rusqlite::ToSql,
) -> Result<Vec<RelationshipId>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([value], |row| bytes(row, 0, RelationshipId::from_slice))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: bytes(row, 0, RelationshipId::from_slice)?,
        nick: row.get(1)?,
        status: status_from(row.get(2)?),
        name: row.get(3)?,
        pronouns: row.get(4)?,
        verified_at: some_time(row, 5)?,
        repairs: row.get(6)?,
        draft: row.get(7)?,
        pinned: row.get(8)?,
        muted: row.get(9)?,
        archived: row.get(10)?,
        marked_unread: row.get(11)?,
        timer: row.get(12)?,
        profile: row.get(13)?,
        picture: row.get(14)?,
    })
}

/// Numbers are stored: never change one.
const fn status_number(status: ContactStatus) -> u8 {
    match status {
        ContactStatus::Requested => 0,
        ContactStatus::Active => 1,
        ContactStatus::Blocked => 2,
        ContactStatus::EndedByUs => 3,
        ContactStatus::EndedByThem => 4,
        ContactStatus::Refused => 5,
    }
}

const fn status_from(number: u8) -> ContactStatus {
    match number {
        0 => ContactStatus::Requested,
        1 => ContactStatus::Active,
        2 => ContactStatus::Blocked,
        3 => ContactStatus::EndedByUs,
        4 => ContactStatus::EndedByThem,
        _ => ContactStatus::Refused,
    }
}
