//! The person's providers, and what strangers' hosts publish.

use dyad_protocol::api::account::Quota;
use dyad_protocol::document::Document;
use dyad_protocol::id::HostName;
use dyad_protocol::sign::{AccountKey, ServiceKeyHash};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, host, json, secs, some_time, time, unreadable};
use crate::error::Result;

/// One provider of ours.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) host: HostName,
    pub(crate) account_key: AccountKey,
    pub(crate) code: Option<String>,
    pub(crate) added: Timestamp,
    /// Since when it is used only to fetch from.
    pub(crate) removed: Option<Timestamp>,
    pub(crate) enrolled: bool,
    pub(crate) quotas: Vec<Quota>,
    /// The key it must be known by, or one that follows it.
    pub(crate) key_hash: ServiceKeyHash,
    /// What it published last, under that key.
    pub(crate) document: Document,
    pub(crate) document_at: Timestamp,
    /// It now shows another key that does not follow.
    pub(crate) key_changed: bool,
    pub(crate) last_ok: Option<Timestamp>,
    pub(crate) last_error: Option<String>,
    pub(crate) failed_since: Option<Timestamp>,
}

/// Pins a provider. `json` is its document as served.
pub(crate) fn insert(
    connection: &Connection,
    document: &Document,
    json: &[u8],
    account_key: &AccountKey,
    code: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO providers (host, account_key, code, added, enrolled, quotas, key_hash, document, document_at, key_changed, last_ok)
         VALUES (?1, ?2, ?3, ?4, 0, '[]', ?5, ?6, ?4, 0, ?4)",
        params![
            document.body().host.as_str(), account_key.expose(), code, secs(now),
            document.body().key.key_hash().as_bytes(), json
        ],
    )?;
    Ok(())
}

/// Used again after having been removed.
pub(crate) fn restore(connection: &Connection, host: &HostName, code: Option<&str>) -> Result<()> {
    connection.execute(
        "UPDATE providers SET removed = NULL, enrolled = 0, code = coalesce(?2, code) WHERE host = ?1",
        params![host.as_str(), code],
    )?;
    Ok(())
}

pub(crate) fn set_enrolled(
    connection: &Connection,
    host: &HostName,
    quotas: &[Quota],
) -> Result<()> {
    connection.execute(
        "UPDATE providers SET enrolled = 1, quotas = ?2 WHERE host = ?1",
        params![
            host.as_str(),
            serde_json::to_string(quotas).unwrap_or_default()
        ],
    )?;
    Ok(())
}

/// A newer document under the pinned key, or one that follows it.
pub(crate) fn set_document(
    connection: &Connection,
    document: &Document,
    json: &[u8],
    now: Timestamp,
) -> Result<()> {
    let body = document.body();
    connection.execute(
        "UPDATE providers SET document = ?2, document_at = ?3, key_hash = ?4, key_changed = 0 WHERE host = ?1",
        params![body.host.as_str(), json, secs(now), body.key.key_hash().as_bytes()],
    )?;
    Ok(())
}

pub(crate) fn set_key_changed(connection: &Connection, host: &HostName) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE providers SET key_changed = 1 WHERE host = ?1 AND key_changed = 0",
        [host.as_str()],
    )?;
    Ok(changed == 1)
}

/// The outcome of an exchange; written at most once a minute if nothing changed.
pub(crate) fn set_health(
    connection: &Connection,
    host: &HostName,
    error: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    match error {
        None => connection.execute(
            "UPDATE providers SET last_ok = ?2, last_error = NULL, failed_since = NULL
             WHERE host = ?1 AND (last_error IS NOT NULL OR last_ok IS NULL OR last_ok < ?3)",
            params![host.as_str(), secs(now), secs(now.minus(60))],
        )?,
        Some(error) => connection.execute(
            "UPDATE providers SET last_error = ?3, failed_since = coalesce(failed_since, ?2) WHERE host = ?1 AND last_error IS NOT ?3",
            params![host.as_str(), secs(now), error],
        )?,
    };
    Ok(())
}

/// Its document is looked at again before it is relied on.
pub(crate) fn doubt(connection: &Connection, host: &HostName) -> Result<()> {
    connection.execute(
        "UPDATE providers SET document_at = 0 WHERE host = ?1",
        params![host.as_str()],
    )?;
    Ok(())
}

pub(crate) fn set_removed(connection: &Connection, host: &HostName, now: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE providers SET removed = coalesce(removed, ?2) WHERE host = ?1",
        params![host.as_str(), secs(now)],
    )?;
    Ok(())
}

/// Forgets it, its tokens and its mailboxes.
pub(crate) fn delete(connection: &Connection, host: &HostName) -> Result<()> {
    for sql in [
        "DELETE FROM tokens WHERE issuer = ?1",
        "DELETE FROM token_batches WHERE issuer = ?1",
        "DELETE FROM mailboxes WHERE receiver = ?1",
        "DELETE FROM submissions WHERE sender = ?1",
        "DELETE FROM providers WHERE host = ?1",
    ] {
        connection.execute(sql, [host.as_str()])?;
    }
    Ok(())
}

const COLUMNS: &str = "host, account_key, code, added, removed, enrolled, quotas, key_hash, document, document_at, key_changed, last_ok, last_error, failed_since";

pub(crate) fn all(connection: &Connection) -> Result<Vec<Provider>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM providers ORDER BY added, host"
    ))?;
    Ok(statement
        .query_map([], provider)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn get(connection: &Connection, host: &HostName) -> Result<Option<Provider>> {
    let sql = format!("SELECT {COLUMNS} FROM providers WHERE host = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([host.as_str()], provider)
        .optional()?)
}

fn provider(row: &Row<'_>) -> rusqlite::Result<Provider> {
    let host = host(row, 0)?;
    let document = Document::reread(row.get_ref(8)?.as_blob()?, &host)
        .map_err(|_| unreadable(8, "a stored provider document cannot be read"))?;
    Ok(Provider {
        host,
        account_key: AccountKey::new(row.get(1)?),
        code: row.get(2)?,
        added: time(row, 3)?,
        removed: some_time(row, 4)?,
        enrolled: row.get(5)?,
        quotas: json(row, 6)?,
        key_hash: bytes(row, 7, ServiceKeyHash::from_slice)?,
        document,
        document_at: time(row, 9)?,
        key_changed: row.get(10)?,
        last_ok: some_time(row, 11)?,
        last_error: row.get(12)?,
        failed_since: some_time(row, 13)?,
    })
}

/// A stranger's document and when it was fetched.
pub(crate) fn document(
    connection: &Connection,
    host: &HostName,
) -> Result<Option<(Document, Timestamp)>> {
    Ok(connection
        .query_row(
            "SELECT json, fetched FROM documents WHERE host = ?1",
            [host.as_str()],
            |row| {
                let document = Document::reread(row.get_ref(0)?.as_blob()?, host)
                    .map_err(|_| unreadable(0, "a stored service document cannot be read"))?;
                Ok((document, time(row, 1)?))
            },
        )
        .optional()?)
}

pub(crate) fn put_document(
    connection: &Connection,
    host: &HostName,
    json: &[u8],
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO documents VALUES (?1, ?2, ?3, NULL) ON CONFLICT (host) DO UPDATE SET json = ?2, fetched = ?3, problem = NULL",
        params![host.as_str(), json, secs(now)],
    )?;
    Ok(())
}

/// Why a stranger's document could not be renewed.
pub(crate) fn set_document_problem(
    connection: &Connection,
    host: &HostName,
    problem: &str,
) -> Result<()> {
    connection.execute(
        "UPDATE documents SET problem = ?2 WHERE host = ?1",
        params![host.as_str(), problem],
    )?;
    Ok(())
}

pub(crate) fn document_problem(connection: &Connection, host: &HostName) -> Result<Option<String>> {
    let found = connection
        .query_row(
            "SELECT problem FROM documents WHERE host = ?1",
            [host.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.flatten())
}

/// Its account has to be made, or its quota learnt, again.
pub(crate) fn set_unenrolled(connection: &Connection, host: &HostName) -> Result<()> {
    connection.execute(
        "UPDATE providers SET enrolled = 0 WHERE host = ?1",
        [host.as_str()],
    )?;
    Ok(())
}

/// Documents are to be fetched again, however fresh.
pub(crate) fn outdate(connection: &rusqlite::Transaction<'_>) -> Result<()> {
    connection.execute("UPDATE providers SET document_at = 0", [])?;
    Ok(())
}
