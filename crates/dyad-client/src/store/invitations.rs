//! Our own invitations.

use dyad_protocol::id::{HostName, InvitationLocator, RelationshipId};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::sign::WithdrawKey;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, host, secs, time};
use crate::error::Result;

/// One invitation with the engine's state.
#[derive(Debug, Clone)]
pub(crate) struct InvitationRow {
    pub(crate) id: RelationshipId,
    pub(crate) state: Vec<u8>,
    pub(crate) name: Option<String>,
    pub(crate) reuse: Reuse,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    /// Until when answers are looked at.
    pub(crate) ends: Timestamp,
    pub(crate) uses: u32,
    pub(crate) open: bool,
    pub(crate) locator: InvitationLocator,
    pub(crate) withdraw_key: WithdrawKey,
    pub(crate) host: HostName,
    pub(crate) hosted: bool,
    /// The profile that whoever answers sees.
    pub(crate) profile: u64,
}

pub(crate) fn insert(connection: &Connection, row: &InvitationRow) -> Result<()> {
    connection.execute(
        "INSERT INTO invitations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            row.id.as_bytes(),
            row.state,
            row.name,
            row.reuse as u8,
            secs(row.created),
            secs(row.expires),
            secs(row.ends),
            row.uses,
            row.open,
            row.locator.as_bytes(),
            row.withdraw_key.expose(),
            row.host.as_str(),
            row.hosted,
            row.profile
        ],
    )?;
    Ok(())
}

/// The next state after an answer.
pub(crate) fn update(
    connection: &Connection,
    id: &RelationshipId,
    state: &[u8],
    uses: u32,
    open: bool,
) -> Result<()> {
    connection.execute(
        "UPDATE invitations SET state = ?2, uses = ?3, open = open AND ?4 WHERE id = ?1",
        params![id.as_bytes(), state, uses, open],
    )?;
    Ok(())
}

pub(crate) fn set_hosted(
    connection: &Connection,
    locator: &InvitationLocator,
    hosted: bool,
) -> Result<()> {
    connection.execute(
        "UPDATE invitations SET hosted = ?2 WHERE locator = ?1",
        params![locator.as_bytes(), hosted],
    )?;
    Ok(())
}

/// Forgets one that is over or withdrawn.
pub(crate) fn delete(connection: &Connection, id: &RelationshipId) -> Result<()> {
    connection.execute("DELETE FROM invitations WHERE id = ?1", [id.as_bytes()])?;
    Ok(())
}

const COLUMNS: &str = "id, state, name, reuse, created, expires, ends, uses, open, locator, withdraw_key, host, hosted, profile";

pub(crate) fn all(connection: &Connection) -> Result<Vec<InvitationRow>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM invitations ORDER BY created"
    ))?;
    Ok(statement
        .query_map([], invitation)?
        .collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn get(connection: &Connection, id: &RelationshipId) -> Result<Option<InvitationRow>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE id = ?1");
    Ok(connection
        .query_row(&sql, [id.as_bytes()], invitation)
        .optional()?)
}

pub(crate) fn by_locator(
    connection: &Connection,
    locator: &InvitationLocator,
) -> Result<Option<InvitationRow>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE locator = ?1");
    Ok(connection
        .query_row(&sql, [locator.as_bytes()], invitation)
        .optional()?)
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<InvitationRow> {
    Ok(InvitationRow {
        id: bytes(row, 0, RelationshipId::from_slice)?,
        state: row.get(1)?,
        name: row.get(2)?,
        reuse: if row.get::<_, u8>(3)? == Reuse::Single as u8 {
            Reuse::Single
        } else {
            Reuse::Multiple
        },
        created: time(row, 4)?,
        expires: time(row, 5)?,
        ends: time(row, 6)?,
        uses: row.get(7)?,
        open: row.get(8)?,
        locator: bytes(row, 9, InvitationLocator::from_slice)?,
        withdraw_key: WithdrawKey::new(row.get(10)?),
        host: host(row, 11)?,
        hosted: row.get(12)?,
        profile: row.get(13)?,
    })
}
