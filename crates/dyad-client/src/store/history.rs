//! The conversation: every message in and out with how far it has come, and full-text search. What is done to messages
//! later is next door, in `changes`.

use dyad_protocol::body::Payload;
use dyad_protocol::content::{MessageRef, Said, Whose};
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::changes;
use super::row::{bytes, secs, some_bytes, some_time, time};
use crate::error::Result;
use crate::view::{
    Direction, LastView, MAX_EXCERPT, MessageState, MessageView, QuotedView, ReactionView,
};

/// Writes one of ours down; its identity comes with [`number`].
pub(crate) fn insert_outgoing(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    now: Timestamp,
) -> Result<u64> {
    let shown = Shown::of(payload, Direction::Out);
    let expires = shown.vanishes.map(|seconds| secs(now.plus(seconds)));
    connection.execute(
        "INSERT INTO messages (relationship, direction, sent, kind, content, fallback, text, state, state_since,
         reply_direction, reply_stream, reply_seq, timer, expires_at)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?2, ?8, ?9, ?10, ?11, ?12)",
        params![
            to.as_bytes(), secs(now), payload.kind, kept_content(payload), payload.fallback, shown.text,
            state_number(MessageState::Waiting), shown.reply_direction, shown.reply_stream, shown.reply_seq,
            shown.timer, expires
        ],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Writes one of theirs down; `None` if it is there already, or was and has vanished.
pub(crate) fn insert_incoming(
    connection: &Connection,
    from: &RelationshipId,
    message: &MessageId,
    sent: Timestamp,
    payload: &Payload,
    now: Timestamp,
) -> Result<Option<u64>> {
    if changes::is_gone(connection, from, message)? {
        return Ok(None);
    }
    let shown = Shown::of(payload, Direction::In);
    // A setting, and what cannot be shown, is nothing that waits to be read.
    let state = if shown.hidden || payload.kind == Said::TIMER {
        MessageState::Read
    } else {
        MessageState::Received
    };
    let inserted = connection.execute(
        "INSERT INTO messages (relationship, direction, stream, seq, sent, received, kind, content, fallback, text, state,
         state_since, hidden, reply_direction, reply_stream, reply_seq, timer)
         VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?5, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
        params![
            from.as_bytes(), message.stream.as_bytes(), message.seq, secs(sent), secs(now), payload.kind,
            kept_content(payload), payload.fallback, shown.text, state_number(state), shown.hidden,
            shown.reply_direction, shown.reply_stream, shown.reply_seq, shown.timer
        ],
    )?;
    if inserted == 0 {
        return Ok(None);
    }
    let id = connection.last_insert_rowid().unsigned_abs();
    changes::catch_up(connection, from, message, id, now)?;
    Ok(Some(id))
}

/// A payload as it is kept for showing.
struct Shown<'a> {
    text: &'a str,
    hidden: bool,
    /// As it stands in its column.
    timer: Option<u64>,
    /// Seconds until the message itself vanishes.
    vanishes: Option<u64>,
    reply_direction: Option<bool>,
    reply_stream: Option<[u8; 8]>,
    reply_seq: Option<u64>,
}

impl<'a> Shown<'a> {
    fn of(payload: &'a Payload, direction: Direction) -> Self {
        let setting = match Said::of(payload) {
            Ok(Said::Timer { seconds, .. }) => Some(seconds),
            _ => None,
        };
        let ours = |whose| (whose == Whose::Writer) == (direction == Direction::Out);
        Self {
            text: match setting {
                Some(_) => "",
                None => payload.shown().unwrap_or_default(),
            },
            hidden: setting.is_none() && payload.shown().is_none(),
            timer: setting.unwrap_or(payload.timer),
            vanishes: match setting {
                Some(_) => None,
                None => payload.timer,
            },
            reply_direction: payload.reply.map(|reply| ours(reply.whose)),
            reply_stream: payload.reply.map(|reply| *reply.message.stream.as_bytes()),
            reply_seq: payload.reply.map(|reply| reply.message.seq),
        }
    }
}

/// Text is kept once, as text.
fn kept_content(payload: &Payload) -> Option<&[u8]> {
    let is_its_text = payload.kind == Payload::TEXT && payload.shown().is_some();
    (!is_its_text).then_some(payload.content.as_slice())
}

/// The engine gave a message of ours its identity.
pub(crate) fn number(connection: &Connection, local: u64, message: &MessageId) -> Result<()> {
    connection.execute(
        "UPDATE messages SET stream = ?2, seq = ?3 WHERE id = ?1 AND direction = 1",
        params![local, message.stream.as_bytes(), message.seq],
    )?;
    Ok(())
}

/// A message of ours got further. Gives its local number if that is news.
pub(crate) fn set_state(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
    state: MessageState,
    now: Timestamp,
) -> Result<Option<u64>> {
    let found = connection
        .query_row(
            "UPDATE messages SET state = ?4, state_since = ?5
             WHERE relationship = ?1 AND direction = 1 AND stream = ?2 AND seq = ?3 AND state <> ?4 RETURNING id",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq, state_number(state), secs(now)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found)
}

/// What a message of ours says now, to send it again; `None` if it was deleted or has vanished.
pub(crate) fn payload(
    connection: &Connection,
    of: &RelationshipId,
    message: &MessageId,
) -> Result<Option<Payload>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text, reply_direction, reply_stream, reply_seq, timer FROM messages
             WHERE relationship = ?1 AND direction = 1 AND stream = ?2 AND seq = ?3 AND deleted = 0",
            params![of.as_bytes(), message.stream.as_bytes(), message.seq],
            outgoing_payload,
        )
        .optional()?)
}

fn outgoing_payload(row: &Row<'_>) -> rusqlite::Result<Payload> {
    let (kind, content, text): (String, Option<Vec<u8>>, String) =
        (row.get(0)?, row.get(1)?, row.get(3)?);
    let stream = some_bytes(row, 5, StreamId::from_slice)?;
    let reply = match (row.get(4)?, stream, row.get(6)?) {
        (Some(ours), Some(stream), Some(seq)) => Some(MessageRef {
            whose: if ours { Whose::Writer } else { Whose::Reader },
            message: MessageId { stream, seq },
        }),
        _ => None,
    };
    Ok(Payload {
        content: content.unwrap_or(text.into_bytes()),
        fallback: row.get(2)?,
        reply,
        timer: if kind == Said::TIMER {
            None
        } else {
            row.get(7)?
        },
        kind,
    })
}

/// Marks theirs as read. Gives the identities that were not read before, by contact.
pub(crate) fn mark_read(
    connection: &Connection,
    ids: &[u64],
    now: Timestamp,
) -> Result<Vec<(RelationshipId, MessageId)>> {
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET state = ?2, state_since = ?3, expires_at = iif(kind = 'timer', NULL, ?3 + timer)
         WHERE id = ?1 AND state = ?4 RETURNING relationship, stream, seq",
    )?;
    let mut changed = Vec::new();
    for id in ids {
        let found = statement
            .query_row(
                params![
                    id,
                    state_number(MessageState::Read),
                    secs(now),
                    state_number(MessageState::Received)
                ],
                |row| {
                    let message = MessageId {
                        stream: bytes(row, 1, StreamId::from_slice)?,
                        seq: row.get(2)?,
                    };
                    Ok((bytes(row, 0, RelationshipId::from_slice)?, message))
                },
            )
            .optional()?;
        changed.extend(found);
    }
    Ok(changed)
}

const COLUMNS: &str = "m.id, r.nick, m.relationship, m.direction, m.sent, m.received, m.kind, m.text, m.state, m.state_since, \
    m.edited_at, m.deleted, m.ours, m.theirs, m.timer, m.expires_at, m.reply_direction, q.id, substr(q.text, 1, 600)";
/// `q` is the message that is answered, as it is now. A cross join is taken from left to right.
const FROM: &str = "messages m CROSS JOIN relationships r ON r.id = m.relationship \
    LEFT JOIN messages q ON q.relationship = m.relationship AND q.direction = m.reply_direction AND q.stream = m.reply_stream AND q.seq = m.reply_seq";

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<MessageView>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE m.id = ?1 AND m.hidden = 0");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], view)
        .optional()?)
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
pub(super) fn list_sql(of_one: bool, page: Page) -> String {
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

/// What a list of contacts says about the messages with one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Theirs, not marked as read.
    pub(crate) unread: u64,
    /// Ours that failed or were not confirmed in 14 days.
    pub(crate) failed: u64,
    pub(crate) last: Option<LastView>,
}

pub(crate) fn summary(connection: &Connection, with: &RelationshipId) -> Result<Summary> {
    let count = |condition: &str| -> Result<u64> {
        let sql = format!("SELECT count(*) FROM messages WHERE relationship = ?1 AND {condition}");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([with.as_bytes()], |row| row.get(0))?)
    };
    let last = connection
        .prepare_cached(
            "SELECT direction, kind, substr(text, 1, 600), coalesce(received, sent), state, deleted FROM messages
             WHERE relationship = ?1 AND hidden = 0 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([with.as_bytes()], |row| {
            Ok(LastView {
                direction: direction(row.get(0)?),
                kind: row.get(1)?,
                text: excerpt(&row.get::<_, String>(2)?),
                at: time(row, 3)?,
                state: state_from(row.get(4)?),
                deleted: row.get(5)?,
            })
        })
        .optional()?;
    Ok(Summary {
        unread: count("state = 7")?,
        failed: count("state IN (5, 6)")?,
        last,
    })
}

/// All messages, and ours that no contact's app has confirmed.
pub(crate) fn counts(connection: &Connection) -> Result<(u64, u64)> {
    Ok(connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE direction = 1 AND state IN (0, 1, 2, 5)) FROM messages WHERE hidden = 0",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Ours that were not confirmed in 14 days.
pub(crate) fn unconfirmed(connection: &Connection) -> Result<Vec<MessageView>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE m.state = 5 AND m.direction = 1 ORDER BY m.id LIMIT 100"
    );
    select(connection, &sql, [])
}

fn select(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<MessageView>> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement
        .query_map(values, view)?
        .collect::<rusqlite::Result<_>>()?)
}

fn view(row: &Row<'_>) -> rusqlite::Result<MessageView> {
    let deleted = row.get(11)?;
    let (theirs, ours): (Option<String>, Option<String>) = (row.get(13)?, row.get(12)?);
    let reaction = |emoji: Option<String>, by| emoji.map(|emoji| ReactionView { emoji, by });
    let quoted: Option<String> = row.get(18)?;
    let id = row.get(17)?;
    Ok(MessageView {
        id: row.get(0)?,
        contact: row.get(1)?,
        relationship: bytes(row, 2, RelationshipId::from_slice)?,
        direction: direction(row.get(3)?),
        sent: time(row, 4)?,
        received: some_time(row, 5)?,
        kind: row.get(6)?,
        text: row.get(7)?,
        state: state_from(row.get(8)?),
        state_since: time(row, 9)?,
        reply_to: row.get::<_, Option<bool>>(16)?.map(|ours| QuotedView {
            id,
            direction: direction(ours),
            text: excerpt(&quoted.unwrap_or_default()),
        }),
        edited_at: some_time(row, 10)?,
        deleted,
        reactions: reaction(theirs, Direction::In)
            .into_iter()
            .chain(reaction(ours, Direction::Out))
            .collect(),
        timer: row.get(14)?,
        expires_at: some_time(row, 15)?,
    })
}

const fn direction(ours: bool) -> Direction {
    if ours { Direction::Out } else { Direction::In }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_EXCERPT {
        return line;
    }
    let mut cut: String = line.chars().take(MAX_EXCERPT - 1).collect();
    cut.push('…');
    cut
}

/// Numbers are stored: never change one.
const fn state_number(state: MessageState) -> u8 {
    match state {
        MessageState::Waiting => 0,
        MessageState::Accepted => 1,
        MessageState::Delivered => 2,
        MessageState::Confirmed => 3,
        MessageState::Read => 4,
        MessageState::Unconfirmed => 5,
        MessageState::Failed => 6,
        MessageState::Received => 7,
    }
}

const fn state_from(number: u8) -> MessageState {
    match number {
        0 => MessageState::Waiting,
        1 => MessageState::Accepted,
        2 => MessageState::Delivered,
        3 => MessageState::Confirmed,
        4 => MessageState::Read,
        5 => MessageState::Unconfirmed,
        7 => MessageState::Received,
        _ => MessageState::Failed,
    }
}
