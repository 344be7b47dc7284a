//! Things to do at services besides submitting: repeated until done or pointless.

use dyad_protocol::api::blob::BlobSecret;
use dyad_protocol::id::{AddressId, HostName, InvitationLocator, RootAddress};
use dyad_protocol::sign::{AccessKey, WithdrawKey};
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::Token;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::row::{json, secs, time};
use crate::error::Result;

/// One thing to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Errand {
    /// Addresses of a mailbox are to lead nowhere from now on.
    Revoke {
        receiver: HostName,
        root: RootAddress,
        access_key: AccessKey,
        addresses: Vec<AddressId>,
    },
    /// A mailbox is no longer needed.
    CloseMailbox {
        receiver: HostName,
        root: RootAddress,
        access_key: AccessKey,
    },
    /// An invitation is to be hosted. The token is kept so that the same request can be repeated.
    HostInvitation {
        host: HostName,
        token: Option<Token>,
        locator: InvitationLocator,
        withdraw_key: WithdrawKey,
        expires: Timestamp,
        #[serde(with = "dyad_protocol::codec::serde_bytes")]
        ciphertext: Vec<u8>,
    },
    /// A blob of ours is to go.
    DeleteBlob { host: HostName, secret: BlobSecret },
    /// A hosted invitation is to go.
    WithdrawInvitation {
        host: HostName,
        locator: InvitationLocator,
        withdraw_key: WithdrawKey,
    },
}

/// An errand in the store.
#[derive(Debug, Clone)]
pub(crate) struct ErrandRow {
    pub(crate) id: u64,
    pub(crate) errand: Errand,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) next_attempt: Timestamp,
    pub(crate) last_error: Option<String>,
}

pub(crate) fn insert(
    connection: &Connection,
    errand: &Errand,
    expires: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    connection.execute(
        "INSERT INTO errands (errand, created, expires, next_attempt) VALUES (?1, ?2, ?3, ?2)",
        params![to_text(errand), secs(now), secs(expires)],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Changed before it is attempted: a token was taken for it.
pub(crate) fn update(connection: &Connection, id: u64, errand: &Errand) -> Result<()> {
    connection.execute(
        "UPDATE errands SET errand = ?2 WHERE id = ?1",
        params![id, to_text(errand)],
    )?;
    Ok(())
}

pub(crate) fn done(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("DELETE FROM errands WHERE id = ?1", [id])?;
    Ok(())
}

pub(crate) fn failed(connection: &Connection, id: u64, error: &str, next: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE errands SET attempts = attempts + 1, last_error = ?2, next_attempt = ?3 WHERE id = ?1",
        params![id, error, secs(next)],
    )?;
    Ok(())
}

/// Nothing waits for its next attempt longer than until `at`: the clock that said otherwise was wrong.
pub(crate) fn try_at_latest(connection: &Connection, at: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE errands SET next_attempt = ?1 WHERE next_attempt > ?1",
        [secs(at)],
    )?;
    Ok(())
}

/// All, the one due first first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<ErrandRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, errand, created, expires, attempts, next_attempt, last_error FROM errands ORDER BY next_attempt, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(ErrandRow {
            id: row.get(0)?,
            errand: json(row, 1)?,
            created: time(row, 2)?,
            expires: time(row, 3)?,
            attempts: row.get(4)?,
            next_attempt: time(row, 5)?,
            last_error: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn to_text(errand: &Errand) -> String {
    serde_json::to_string(errand).unwrap_or_default()
}

/// An invitation need not be hosted any more.
pub(crate) fn drop_hosting(connection: &Connection, locator: &InvitationLocator) -> Result<()> {
    for row in all(connection)? {
        if matches!(&row.errand, Errand::HostInvitation { locator: of, .. } if of == locator) {
            done(connection, row.id)?;
        }
    }
    Ok(())
}
