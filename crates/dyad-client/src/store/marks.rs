//! What the person arranges about a contact on their own side, and the time after which messages vanish.

use dyad_protocol::id::RelationshipId;
use rusqlite::{Connection, OptionalExtension, params};

use super::settings;
use crate::error::Result;
use crate::view::{FlagsChange, MailDraft};

pub(crate) fn set_draft(
    connection: &Connection,
    of: &RelationshipId,
    text: Option<&str>,
) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE relationships SET draft = ?2 WHERE id = ?1 AND draft IS NOT ?2",
        params![of.as_bytes(), text],
    )?;
    Ok(changed == 1)
}

pub(crate) fn set_mail_draft(
    connection: &Connection,
    of: &RelationshipId,
    draft: Option<&MailDraft>,
) -> Result<()> {
    // Texts and numbers always serialise.
    let written = draft.and_then(|draft| serde_json::to_string(draft).ok());
    connection.execute(
        "UPDATE relationships SET mail_draft = ?2 WHERE id = ?1",
        params![of.as_bytes(), written],
    )?;
    Ok(())
}

pub(crate) fn mail_draft(
    connection: &Connection,
    of: &RelationshipId,
) -> Result<Option<MailDraft>> {
    let written: Option<String> = connection
        .prepare_cached("SELECT mail_draft FROM relationships WHERE id = ?1")?
        .query_row([of.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten();
    // One that a later release wrote otherwise is as good as none.
    Ok(written.and_then(|json| serde_json::from_str(&json).ok()))
}

pub(crate) fn set_flags(
    connection: &Connection,
    of: &RelationshipId,
    change: &FlagsChange,
) -> Result<()> {
    connection.execute(
        "UPDATE relationships SET pinned = coalesce(?2, pinned), muted = coalesce(?3, muted),
         archived = coalesce(?4, archived), marked_unread = coalesce(?5, marked_unread) WHERE id = ?1",
        params![
            of.as_bytes(),
            change.pinned,
            change.muted,
            change.archived,
            change.marked_unread
        ],
    )?;
    Ok(())
}

/// Takes a conversation out of the archive, since there is something new in it; a muted one stays. Gives whether it
/// was there.
pub(crate) fn bring_back(connection: &Connection, of: &RelationshipId) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE relationships SET archived = 0 WHERE id = ?1 AND archived AND NOT muted",
        )?
        .execute([of.as_bytes()])?;
    Ok(changed == 1)
}

pub(crate) fn set_profile(
    connection: &Connection,
    of: &RelationshipId,
    profile: u64,
) -> Result<()> {
    connection.execute(
        "UPDATE relationships SET profile = ?2 WHERE id = ?1",
        params![of.as_bytes(), profile],
    )?;
    Ok(())
}

/// The profile that a contact sees.
pub(crate) fn profile(connection: &Connection, of: &RelationshipId) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached("SELECT profile FROM relationships WHERE id = ?1")?
        .query_row([of.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Seconds after which messages written now vanish.
pub(crate) fn timer(connection: &Connection, of: &RelationshipId) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached("SELECT timer FROM relationships WHERE id = ?1")?
        .query_row([of.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten())
}

/// Which change of the timer counts now.
pub(crate) fn timer_order(connection: &Connection, of: &RelationshipId) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached("SELECT timer_order FROM relationships WHERE id = ?1")?
        .query_row([of.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten())
}

/// Sets the timer unless a later change counts; of two at the same moment the shorter time. `true` if it counts.
pub(crate) fn set_timer(
    connection: &Connection,
    of: &RelationshipId,
    order: u64,
    seconds: Option<u64>,
) -> Result<bool> {
    const NEVER: u64 = i64::MAX as u64;
    let changed = connection.execute(
        "UPDATE relationships SET timer = ?3, timer_order = ?2 WHERE id = ?1 AND (coalesce(timer_order, -1) < ?2
         OR (timer_order = ?2 AND coalesce(?3, ?4) < coalesce(timer, ?4)))",
        params![of.as_bytes(), order, seconds, NEVER],
    )?;
    Ok(changed == 1)
}

/// Forgets a contact and everything that was written. What still has to be said to services stays.
pub(crate) fn forget(connection: &Connection, of: &RelationshipId) -> Result<()> {
    for table in [
        "calls",
        "messages",
        "games",
        "feed",
        "app_contacts",
        "acts",
        "early",
        "gone",
        "addresses",
        "notices",
    ] {
        connection.execute(
            &format!("DELETE FROM {table} WHERE relationship = ?1"),
            [of.as_bytes()],
        )?;
    }
    connection.execute("DELETE FROM relationships WHERE id = ?1", [of.as_bytes()])?;
    settings::forget_traffic(connection, of)
}
