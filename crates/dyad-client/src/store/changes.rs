//! What is done to messages after they were written: edits, deletions, reactions, vanishing. Everything that a
//! contact does here is bounded, and comes to the same in whatever order it arrives.

use dyad_protocol::content::Link;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::acts;
use super::edits;
use super::feed;
use super::files;
use super::row::{bytes, secs, time};
use crate::error::Result;
use crate::view::Direction;

/// Acts of one contact that wait for their messages; the oldest are forgotten first.
const MAX_EARLY: u32 = 256;
/// How long acts wait for their messages, and how long vanished messages are remembered, seconds: longer than any
/// service keeps a message.
const MEMORY: u64 = 100 * DAY;
/// Messages that vanish in one transaction.
const VANISHING: u32 = 500;

/// A message as those who change it need to know it.
#[derive(Debug, Clone)]
pub(crate) struct Changeable {
    pub(crate) id: u64,
    pub(crate) relationship: RelationshipId,
    pub(crate) direction: Direction,
    pub(crate) message: Option<MessageId>,
    pub(crate) kind: String,
    pub(crate) deleted: bool,
    pub(crate) edit_order: Option<u64>,
    pub(crate) our_order: Option<u64>,
}

/// What somebody did to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Its author gave it another text.
    Edit {
        /// The greatest counts.
        order: u64,
        /// The text, or how it begins.
        text: String,
        /// Where all of it is, if it does not fit into a message.
        link: Option<Link>,
        /// When.
        at: Timestamp,
    },
    /// A reaction.
    Reaction {
        /// Whose.
        by: Direction,
        /// The greatest counts.
        order: u64,
        /// The sign; none takes it back.
        sign: Option<String>,
    },
    /// Its text is gone, for good.
    Delete,
}

const COLUMNS: &str = "id, relationship, direction, stream, seq, coalesce(carries, kind), deleted, edit_order, ours_order";

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<Changeable>> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ?1 AND hidden = 0");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], changeable)
        .optional()?)
}

pub(crate) fn find(
    connection: &Connection,
    with: &RelationshipId,
    direction: Direction,
    message: &MessageId,
) -> Result<Option<Changeable>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE relationship = ?1 AND direction = ?2 AND stream = ?3 AND seq = ?4 AND hidden = 0"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(
            params![
                with.as_bytes(),
                direction == Direction::Out,
                message.stream.as_bytes(),
                message.seq
            ],
            changeable,
        )
        .optional()?)
}

/// Does it, unless something later was done before. `true` if that changed anything.
pub(crate) fn apply(connection: &Connection, to: u64, act: &Act, now: Timestamp) -> Result<bool> {
    let changed = match act {
        Act::Edit {
            order,
            text,
            link,
            at,
        } => connection
            .prepare_cached(
                // What was long before: whoever has not fetched it need not any more.
                "UPDATE messages SET text = ?3, edit_order = ?2, edited_at = ?4, kind = iif(?5 IS NULL, 'text', 'long'),
                 content = ?5, fallback = iif(?5 IS NULL, NULL, ?3)
                 WHERE id = ?1 AND deleted = 0 AND kind IN ('text', 'long') AND carries IS NULL AND coalesce(edit_order, -1) < ?2",
            )?
            .execute(params![
                to,
                order,
                text,
                secs(*at),
                link.as_ref().and_then(|link| edits::content(link, text))
            ])?,
        Act::Reaction { by, order, sign } => {
            let who = match by {
                Direction::Out => "ours",
                Direction::In => "theirs",
            };
            let sql = format!(
                "UPDATE messages SET {who} = ?3, {who}_order = ?2 WHERE id = ?1 AND deleted = 0 AND coalesce({who}_order, -1) < ?2"
            );
            connection
                .prepare_cached(&sql)?
                .execute(params![to, order, sign])?
        }
        // What is deleted is not unread any more. 4: read; 7: received.
        Act::Delete => {
            acts::forget_about(connection, to)?;
            connection.execute(
                "UPDATE messages SET deleted = 1, text = '', content = NULL, fallback = NULL, ours = NULL, theirs = NULL,
                 edited_at = NULL, reply_direction = NULL, reply_stream = NULL, reply_seq = NULL,
                 state_since = iif(state = 7, ?2, state_since), state = iif(state = 7, 4, state)
                 WHERE id = ?1 AND deleted = 0",
                params![to, secs(now)],
            )?
        }
    };
    if changed == 1 && matches!(act, Act::Edit { .. } | Act::Delete) {
        files::detach(connection, to)?;
    }
    Ok(changed == 1)
}

/// Keeps what a contact did to a message of theirs that has not come yet. What was done later counts.
pub(crate) fn wait(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
    act: &Act,
    now: Timestamp,
) -> Result<()> {
    if is_gone(connection, from, message)? {
        return Ok(());
    }
    let (kind, order, text, at, content) = match act {
        Act::Edit {
            order,
            text,
            link,
            at,
        } => {
            let content = link.as_ref().and_then(|link| edits::content(link, text));
            (0_u8, *order, Some(text.as_str()), *at, content)
        }
        Act::Reaction { order, sign, .. } => (1, *order, sign.as_deref(), now, None),
        Act::Delete => (2, 0, None, now, None),
    };
    connection
        .prepare_cached(
            "INSERT INTO early (relationship, stream, seq, kind, place, text, sent, at, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT DO UPDATE SET place = ?5, text = ?6, sent = ?7, content = ?9 WHERE place < ?5",
        )?
        .execute(params![
            from.as_bytes(),
            message.stream.as_bytes(),
            message.seq,
            kind,
            order,
            text,
            secs(at),
            secs(now),
            content
        ])?;
    let waiting: u32 = connection
        .prepare_cached("SELECT count(*) FROM early WHERE relationship = ?1")?
        .query_row([from.as_bytes()], |row| row.get(0))?;
    if waiting > MAX_EARLY {
        connection
            .prepare_cached(
                "DELETE FROM early WHERE (relationship, stream, seq, kind) IN
                 (SELECT relationship, stream, seq, kind FROM early WHERE relationship = ?1 ORDER BY at LIMIT ?2)",
            )?
            .execute(params![from.as_bytes(), waiting - MAX_EARLY])?;
    }
    Ok(())
}

/// The message has come: what was done to it before is done now.
pub(crate) fn catch_up(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
    id: u64,
    now: Timestamp,
) -> Result<()> {
    let early: Vec<Act> = connection
        .prepare_cached(
            "SELECT kind, place, text, sent, content FROM early WHERE relationship = ?1 AND stream = ?2 AND seq = ?3 ORDER BY kind",
        )?
        .query_map(
            params![from.as_bytes(), message.stream.as_bytes(), message.seq],
            early_act,
        )?
        .collect::<rusqlite::Result<_>>()?;
    for act in &early {
        apply(connection, id, act, now)?;
    }
    if !early.is_empty() {
        connection.execute(
            "DELETE FROM early WHERE relationship = ?1 AND stream = ?2 AND seq = ?3",
            params![from.as_bytes(), message.stream.as_bytes(), message.seq],
        )?;
    }
    Ok(())
}

/// Whether a message of a contact has vanished here.
pub(crate) fn is_gone(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM gone WHERE relationship = ?1 AND stream = ?2 AND seq = ?3)",
        )?
        .query_row(
            params![from.as_bytes(), message.stream.as_bytes(), message.seq],
            |row| row.get(0),
        )?)
}

/// When the next message vanishes.
pub(crate) fn next_expiry(connection: &Connection) -> Result<Option<Timestamp>> {
    Ok(connection
        .prepare_cached("SELECT min(expires_at) FROM messages WHERE expires_at IS NOT NULL")?
        .query_row([], |row| super::row::some_time(row, 0))?)
}

/// Removes messages whose time is over, some at a time. Gives what was removed: number and contact.
pub(crate) fn vanish(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<(u64, RelationshipId, String)>> {
    let due: Vec<(Changeable, String)> = connection
        .prepare_cached(
            "SELECT m.id, m.relationship, m.direction, m.stream, m.seq, m.kind, m.deleted, m.edit_order, m.ours_order, r.nick
             FROM messages m JOIN relationships r ON r.id = m.relationship
             WHERE m.expires_at <= ?1 ORDER BY m.expires_at LIMIT ?2",
        )?
        .query_map(params![secs(now), VANISHING], |row| {
            Ok((changeable(row)?, row.get(9)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (message, _) in &due {
        remove(connection, message, now)?;
    }
    if !due.is_empty() {
        prune(connection, now)?;
    }
    Ok(due
        .into_iter()
        .map(|(message, nick)| (message.id, message.relationship, nick))
        .collect())
}

fn remove(connection: &Connection, message: &Changeable, now: Timestamp) -> Result<()> {
    if let (Direction::In, Some(identity)) = (message.direction, &message.message) {
        connection
            .prepare_cached("INSERT OR REPLACE INTO gone VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                message.relationship.as_bytes(),
                identity.stream.as_bytes(),
                identity.seq,
                secs(now)
            ])?;
    }
    acts::forget_about(connection, message.id)?;
    connection
        .prepare_cached("DELETE FROM messages WHERE id = ?1")?
        .execute([message.id])?;
    Ok(())
}

fn prune(connection: &Connection, now: Timestamp) -> Result<()> {
    let before = secs(now.minus(MEMORY));
    connection.execute("DELETE FROM gone WHERE at < ?1", [before])?;
    connection.execute("DELETE FROM early WHERE at < ?1", [before])?;
    feed::prune(connection, before, secs(now))?;
    Ok(())
}

fn changeable(row: &Row<'_>) -> rusqlite::Result<Changeable> {
    let stream = super::row::some_bytes(row, 3, StreamId::from_slice)?;
    let seq: Option<u64> = row.get(4)?;
    Ok(Changeable {
        id: row.get(0)?,
        relationship: bytes(row, 1, RelationshipId::from_slice)?,
        direction: if row.get(2)? {
            Direction::Out
        } else {
            Direction::In
        },
        message: stream
            .zip(seq)
            .map(|(stream, seq)| MessageId { stream, seq }),
        kind: row.get(5)?,
        deleted: row.get(6)?,
        edit_order: row.get(7)?,
        our_order: row.get(8)?,
    })
}

fn early_act(row: &Row<'_>) -> rusqlite::Result<Act> {
    let (order, text): (u64, Option<String>) = (row.get(1)?, row.get(2)?);
    Ok(match row.get::<_, u8>(0)? {
        0 => {
            let text = text.unwrap_or_default();
            Act::Edit {
                order,
                link: row
                    .get::<_, Option<Vec<u8>>>(4)?
                    .and_then(|content| edits::link(content, &text)),
                text,
                at: time(row, 3)?,
            }
        }
        1 => Act::Reaction {
            by: Direction::In,
            order,
            sign: text,
        },
        _ => Act::Delete,
    })
}
