//! Reading messages, alone and in pages.

use dyad_protocol::content::Said;
use dyad_protocol::id::RelationshipId;
use rusqlite::{Connection, OptionalExtension, params};

use super::view::{edit_view, view};
use crate::error::Result;
use crate::store::{calls, edits, games};
use crate::view::{Direction, MessageView};

const COLUMNS: &str = "m.id, r.nick, m.relationship, m.direction, m.sent, m.received, coalesce(m.carries, m.kind), m.text, m.state, m.state_since, \
    m.edited_at, m.deleted, m.ours, m.theirs, m.timer, m.expires_at, m.reply_direction, q.id, \
    coalesce(nullif(substr(q.text, 1, 600), ''), qf.name), f.name, f.media_type, f.width, f.height, f.preview, f.size, f.stage, f.done, f.ends, \
    f.last_error, f.next_attempt, f.uploaded, \
    iif(m.kind IN ('mail', 'share', 'contact-request'), m.content, NULL)";

/// `q` is the message that is answered, as it is now. A cross join is taken from left to right.
const FROM: &str = "messages m CROSS JOIN relationships r ON r.id = m.relationship \
    LEFT JOIN messages q ON q.relationship = m.relationship AND q.direction = m.reply_direction AND q.stream = m.reply_stream AND q.seq = m.reply_seq \
    LEFT JOIN files f ON f.message = m.id LEFT JOIN files qf ON qf.message = q.id";

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<MessageView>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE m.id = ?1 AND m.hidden = 0");
    connection
        .prepare_cached(&sql)?
        .query_row([id], view)
        .optional()?
        .map(|message| with_rest(connection, message))
        .transpose()
}

/// Which part of the history is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// The newest.
    Newest,
    /// The oldest of those after this number.
    After(u64),
    /// The newest of those before this number.
    Before(u64),
}

/// At most `limit` messages, oldest first.
pub(crate) fn list(
    connection: &Connection,
    with: Option<&RelationshipId>,
    page: Page,
    limit: u32,
) -> Result<Vec<MessageView>> {
    let bound = match page {
        Page::Newest => i64::MAX.unsigned_abs(),
        Page::After(id) | Page::Before(id) => id.min(i64::MAX.unsigned_abs()),
    };
    let mut found = select(
        connection,
        &list_sql(with.is_some(), page),
        params![with.map(RelationshipId::as_bytes), bound, limit],
    )?;
    if !matches!(page, Page::After(_)) {
        found.reverse();
    }
    Ok(found)
}

/// Must be answered along an index: a conversation may have hundreds of thousands of messages.
pub(in crate::store) fn list_sql(of_one: bool, page: Page) -> String {
    // Left to itself, the planner may walk through everybody's messages to find those of one, or sort them all.
    let (hint, who) = if of_one {
        ("INDEXED BY messages_relationship", "m.relationship = ?1")
    } else {
        ("NOT INDEXED", "?1 IS NULL")
    };
    let from = FROM.replacen("messages m", &format!("messages m {hint}"), 1);
    let (side, order) = match page {
        Page::After(_) => ("m.id > ?2", "ASC"),
        Page::Newest | Page::Before(_) => ("m.id < ?2", "DESC"),
    };
    format!(
        "SELECT {COLUMNS} FROM {from} WHERE {who} AND {side} AND m.hidden = 0 ORDER BY m.id {order} LIMIT ?3"
    )
}

/// Messages that hold all words, the last letters of each left open; newest first.
pub(crate) fn search(connection: &Connection, words: &str, limit: u32) -> Result<Vec<MessageView>> {
    let query = words
        .split_whitespace()
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" ");
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE m.id IN (SELECT rowid FROM messages_text WHERE messages_text MATCH ?1) ORDER BY m.id DESC LIMIT ?2"
    );
    select(connection, &sql, params![query, limit])
}

/// Ours that were not confirmed in 14 days.
pub(crate) fn unconfirmed(connection: &Connection) -> Result<Vec<MessageView>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE m.state = 5 AND m.direction = 1 AND m.hidden = 0 ORDER BY m.id LIMIT 100"
    );
    select(connection, &sql, [])
}

fn select(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<MessageView>> {
    let mut statement = connection.prepare_cached(sql)?;
    let found: Vec<MessageView> = statement
        .query_map(values, view)?
        .collect::<rusqlite::Result<_>>()?;
    found
        .into_iter()
        .map(|message| with_rest(connection, message))
        .collect()
}

fn with_rest(connection: &Connection, mut message: MessageView) -> Result<MessageView> {
    if message.kind == Said::GAME && !message.deleted {
        message.game = games::step(connection, message.id)?.map(Box::new);
    }
    if message.direction == Direction::Out && message.edited_at.is_some() && !message.deleted {
        message.edit = edits::on_its_way(connection, message.id)?.map(|row| edit_view(&row));
    }
    calls::attach(connection, &mut message)?;
    Ok(message)
}
