//! Small values by name.

use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::id::RelationshipId;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::row::json;
use crate::error::Result;

/// How long messages may be held back to mix with others.
pub(crate) const TRAFFIC: &str = "traffic";
/// What the person decided about the app.
pub(crate) const APP: &str = "app";
/// By what entries of ours in games are known to be ours.
pub(crate) const GAME_SECRET: &str = "game-secret";
/// Seconds by which the machine's clock is off.
pub(crate) const CLOCK_OFFSET: &str = "clock-offset";
/// The time when a provider last confirmed ours.
pub(crate) const CLOCK_CONFIRMED: &str = "clock-confirmed";
/// When the file of the store was made, as its file system says.
pub(crate) const BORN: &str = "born";
/// A leap of time that waits for agreement.
pub(crate) const CLOCK_HELD: &str = "clock-held";

pub(crate) fn get<T: DeserializeOwned>(connection: &Connection, key: &str) -> Result<Option<T>> {
    Ok(connection
        .query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| {
            json(row, 0)
        })
        .optional()?)
}

pub(crate) fn set(connection: &Connection, key: &str, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(value).unwrap_or_default();
    connection.execute(
        "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![key, text],
    )?;
    Ok(())
}

/// How long messages to this contact may be held back; what holds for all if nothing was said of them.
pub(crate) fn traffic(connection: &Connection, of: &RelationshipId) -> Result<TrafficClass> {
    Ok(match get(connection, &traffic_key(of))? {
        Some(class) => class,
        None => get(connection, TRAFFIC)?.unwrap_or_default(),
    })
}

pub(crate) fn set_traffic(
    connection: &Connection,
    of: &RelationshipId,
    class: TrafficClass,
) -> Result<()> {
    set(connection, &traffic_key(of), &class)
}

/// What was said of a contact goes with them.
pub(crate) fn forget_traffic(connection: &Connection, of: &RelationshipId) -> Result<()> {
    connection.execute("DELETE FROM settings WHERE key = ?1", [traffic_key(of)])?;
    Ok(())
}

fn traffic_key(of: &RelationshipId) -> String {
    format!("{TRAFFIC}:{of}")
}
