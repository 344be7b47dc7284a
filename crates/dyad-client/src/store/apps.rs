//! Other programs of the person: what each may see, and what it sent.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, json, secs, some_time, time};
use crate::error::Result;

/// How long the tokens of apps that were are remembered, seconds.
const REVOKED_KNOWN: u64 = 400 * DAY;
/// How long it is remembered under which key an app sent something, seconds.
const SENDS_KNOWN: u64 = 7 * DAY;

/// The hash of something that a program shows.
pub(crate) type Hash = [u8; 32];

/// An app.
#[derive(Clone)]
pub(crate) struct AppRow {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    pub(crate) messages: bool,
    pub(crate) all_contacts: bool,
    /// Whether it has its token.
    pub(crate) paired: bool,
    /// What its ids are made with.
    pub(crate) secret: [u8; 32],
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

const COLUMNS: &str =
    "id, name, types, messages, all_contacts, token IS NOT NULL, secret, created, last_used";

/// What the person allows a new app.
pub(crate) struct NewApp<'a> {
    pub(crate) name: &'a str,
    pub(crate) types: &'a [String],
    pub(crate) messages: bool,
    pub(crate) all_contacts: bool,
    pub(crate) secret: [u8; 32],
}

pub(crate) fn insert(connection: &Connection, app: &NewApp<'_>, now: Timestamp) -> Result<u64> {
    connection.execute(
        "INSERT INTO apps (name, name_key, types, messages, all_contacts, secret, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            app.name,
            name_key(app.name),
            list(app.types),
            app.messages,
            app.all_contacts,
            app.secret,
            secs(now)
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// A list, as it stands in its column.
pub(crate) fn list(items: &[String]) -> String {
    serde_json::to_string(items).unwrap_or_default()
}

/// Names are compared without case.
pub(crate) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The name, with a number behind it if there is an app of that name.
pub(crate) fn free_name(connection: &Connection, wanted: &str) -> Result<String> {
    let mut name = wanted.to_owned();
    let mut number = 1_u64;
    while by_name(connection, &name)?.is_some() {
        number += 1;
        name = format!("{wanted} {number}");
    }
    Ok(name)
}

/// In the order in which they came.
pub(crate) fn all(connection: &Connection) -> Result<Vec<AppRow>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM apps ORDER BY id"))?;
    Ok(statement
        .query_map([], row)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn by_name(connection: &Connection, name: &str) -> Result<Option<AppRow>> {
    one(connection, "name_key = ?1", params![name_key(name)])
}

pub(crate) fn by_id(connection: &Connection, id: u64) -> Result<Option<AppRow>> {
    one(connection, "id = ?1", params![id])
}

pub(crate) fn by_token(connection: &Connection, token: &Hash) -> Result<Option<AppRow>> {
    one(connection, "token = ?1", params![token])
}

fn one(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Option<AppRow>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM apps WHERE {condition}"))?
        .query_row(values, row)
        .optional()?)
}

/// It has fetched its token.
pub(crate) fn set_token(connection: &Connection, id: u64, token: &Hash) -> Result<()> {
    connection.execute(
        "UPDATE apps SET token = ?2 WHERE id = ?1",
        params![id, token],
    )?;
    Ok(())
}

pub(crate) fn set_used(connection: &Connection, id: u64, now: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE apps SET last_used = ?2 WHERE id = ?1",
        params![id, secs(now)],
    )?;
    Ok(())
}

pub(crate) fn set_scope(
    connection: &Connection,
    id: u64,
    messages: bool,
    all_contacts: bool,
) -> Result<()> {
    connection.execute(
        "UPDATE apps SET messages = ?2, all_contacts = ?3 WHERE id = ?1",
        params![id, messages, all_contacts],
    )?;
    Ok(())
}

/// The app is no more; its token is known as one that was.
pub(crate) fn remove(connection: &Connection, id: u64, now: Timestamp) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO app_revoked SELECT token, ?2 FROM apps WHERE id = ?1 AND token IS NOT NULL",
        params![id, secs(now)],
    )?;
    connection.execute("DELETE FROM apps WHERE id = ?1", [id])?;
    connection.execute(
        "DELETE FROM app_revoked WHERE at < ?1",
        [secs(now.minus(REVOKED_KNOWN))],
    )?;
    Ok(())
}

/// Whether it is the token of an app that was.
pub(crate) fn was_revoked(connection: &Connection, token: &Hash) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM app_revoked WHERE token = ?1)")?
        .query_row([token], |row| row.get(0))?)
}

/// The relationships that an app was granted one by one.
pub(crate) fn contacts(connection: &Connection, app: u64) -> Result<Vec<RelationshipId>> {
    let mut statement = connection.prepare_cached(
        "SELECT relationship FROM app_contacts WHERE app = ?1 ORDER BY relationship",
    )?;
    Ok(statement
        .query_map([app], |row| bytes(row, 0, RelationshipId::from_slice))?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn grant(connection: &Connection, app: u64, to: &RelationshipId) -> Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO app_contacts VALUES (?1, ?2)",
        params![app, to.as_bytes()],
    )?;
    Ok(())
}

pub(crate) fn withdraw(connection: &Connection, app: u64, from: &RelationshipId) -> Result<()> {
    connection.execute(
        "DELETE FROM app_contacts WHERE app = ?1 AND relationship = ?2",
        params![app, from.as_bytes()],
    )?;
    Ok(())
}

/// What an app sent under this key: the hash of what it said, and the message.
pub(crate) fn sent(connection: &Connection, app: u64, key: &str) -> Result<Option<(Hash, u64)>> {
    Ok(connection
        .prepare_cached("SELECT digest, message FROM app_sends WHERE app = ?1 AND key = ?2")?
        .query_row(params![app, key], |row| {
            Ok((bytes(row, 0, |b| b.try_into().ok())?, row.get(1)?))
        })
        .optional()?)
}

pub(crate) fn note_sent(
    connection: &Connection,
    app: u64,
    key: &str,
    digest: &Hash,
    message: u64,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "DELETE FROM app_sends WHERE app = ?1 AND at < ?2",
        params![app, secs(now.minus(SENDS_KNOWN))],
    )?;
    connection.execute(
        "INSERT INTO app_sends VALUES (?1, ?2, ?3, ?4, ?5)",
        params![app, key, digest, message, secs(now)],
    )?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<AppRow> {
    Ok(AppRow {
        id: row.get(0)?,
        name: row.get(1)?,
        types: json(row, 2)?,
        messages: row.get(3)?,
        all_contacts: row.get(4)?,
        paired: row.get(5)?,
        secret: bytes(row, 6, |b| b.try_into().ok())?,
        created: time(row, 7)?,
        last_used: some_time(row, 8)?,
    })
}
