//! The conversation: every message in and out with how far it has come, and full-text search. What is done to messages
//! later is next door, in `changes`.

use dyad_protocol::api::blob::{BlobSize, PART_LEN};
use dyad_protocol::body::Payload;
use dyad_protocol::codec::to_base64;
use dyad_protocol::content::Said;
use dyad_protocol::id::{MessageId, RelationshipId, StreamId};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::changes;
use super::columns::{Shown, kept_content, outgoing_payload, state_from, state_number};
use super::files::Stage;
use super::games;
use super::row::{bytes, secs, some_time, time};
use crate::error::Result;
use crate::view::{
    Direction, FileState, FileView, LastView, MAX_EXCERPT, MessageState, MessageView, QuotedView,
    ReactionView,
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
    insert_ours(connection, to, payload, &shown, expires, now)
}

/// Writes one of ours down that waits for its file: `payload` lacks the link, and its time does not run yet.
pub(crate) fn insert_waiting(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    text: &str,
    now: Timestamp,
) -> Result<u64> {
    let shown = Shown {
        text: text.into(),
        ..Shown::of(payload, Direction::Out)
    };
    insert_ours(connection, to, payload, &shown, None, now)
}

fn insert_ours(
    connection: &Connection,
    to: &RelationshipId,
    payload: &Payload,
    shown: &Shown<'_>,
    expires: Option<i64>,
    now: Timestamp,
) -> Result<u64> {
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

/// What a message of ours says that waits for its file; the link is still missing.
pub(crate) fn waiting(connection: &Connection, id: u64) -> Result<Option<(Payload, String)>> {
    Ok(connection
        .query_row(
            "SELECT kind, content, fallback, text, reply_direction, reply_stream, reply_seq, timer FROM messages
             WHERE id = ?1 AND direction = 1 AND stream IS NULL AND deleted = 0 AND kind IN ('file', 'long')",
            [id],
            |row| Ok((outgoing_payload(row)?, row.get(3)?)),
        )
        .optional()?)
}

/// The file is at a service: its message can go, and its time begins.
pub(crate) fn set_content(
    connection: &Connection,
    id: u64,
    content: &[u8],
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE messages SET content = ?2, expires_at = ?3 + timer WHERE id = ?1",
        params![id, content, secs(now)],
    )?;
    Ok(())
}

/// A message of ours that no service will ever take.
pub(crate) fn set_local_state(
    connection: &Connection,
    id: u64,
    state: MessageState,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE messages SET state = ?2, state_since = ?3 WHERE id = ?1",
        params![id, state_number(state), secs(now)],
    )?;
    Ok(())
}

/// Whether a message that has just come is still one with a file: not edited, deleted or gone before it came.
pub(crate) fn waits_for_file(connection: &Connection, id: u64) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND deleted = 0 AND kind IN ('file', 'long'))",
        [id],
        |row| row.get(0),
    )?)
}

/// A long text is here.
pub(crate) fn set_text(connection: &Connection, id: u64, text: &str) -> Result<()> {
    connection.execute(
        "UPDATE messages SET text = ?2 WHERE id = ?1 AND deleted = 0",
        params![id, text],
    )?;
    Ok(())
}

/// A message that was never sent goes without a trace.
pub(crate) fn forget_waiting(connection: &Connection, id: u64) -> Result<()> {
    connection.execute(
        "DELETE FROM messages WHERE id = ?1 AND direction = 1 AND stream IS NULL",
        [id],
    )?;
    Ok(())
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
    m.edited_at, m.deleted, m.ours, m.theirs, m.timer, m.expires_at, m.reply_direction, q.id, \
    coalesce(nullif(substr(q.text, 1, 600), ''), qf.name), f.name, f.media_type, f.width, f.height, f.preview, f.size, f.stage, f.done, f.ends, \
    f.last_error, f.next_attempt, f.uploaded";
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
        .map(|message| with_game(connection, message))
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
            "SELECT direction, kind, coalesce(nullif(substr(text, 1, 600), ''), (SELECT name FROM files WHERE message = messages.id), ''),
             coalesce(received, sent), state, deleted FROM messages
             WHERE relationship = ?1 AND hidden = 0 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([with.as_bytes()], |row| {
            Ok(LastView {
                direction: direction(row.get(0)?),
                kind: shown_kind(row.get(1)?),
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
    let found: Vec<MessageView> = statement
        .query_map(values, view)?
        .collect::<rusqlite::Result<_>>()?;
    found
        .into_iter()
        .map(|message| with_game(connection, message))
        .collect()
}

fn with_game(connection: &Connection, mut message: MessageView) -> Result<MessageView> {
    if message.kind == Said::GAME && !message.deleted {
        message.game = games::step(connection, message.id)?.map(Box::new);
    }
    Ok(message)
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
        file: file(row)?,
        game: None,
        kind: shown_kind(row.get(6)?),
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

/// A long text is a text in every respect.
fn shown_kind(kind: String) -> String {
    if kind == Said::LONG {
        Payload::TEXT.to_owned()
    } else {
        kind
    }
}

fn file(row: &Row<'_>) -> rusqlite::Result<Option<FileView>> {
    let Some(name) = row.get::<_, Option<String>>(19)? else {
        return Ok(None);
    };
    let (ours, kind): (bool, String) = (row.get(3)?, row.get(6)?);
    let upload = ours && !row.get::<_, bool>(30)?;
    let (size, done): (u64, u32) = (row.get(24)?, row.get(26)?);
    let dimensions = row
        .get::<_, Option<u32>>(21)?
        .zip(row.get::<_, Option<u32>>(22)?);
    let stage = Stage::from_number(row.get(25)?);
    let whole = BlobSize::for_plaintext(size)
        .map_or(0, BlobSize::bytes)
        .max(1);
    let moved = u64::from(done) * PART_LEN as u64;
    Ok(Some(FileView {
        long_text: kind == Said::LONG,
        name,
        media_type: row.get(20)?,
        size,
        dimensions,
        preview: row.get::<_, Option<Vec<u8>>>(23)?.map(|b| to_base64(&b)),
        state: match (stage, upload) {
            (Stage::Offered, _) => FileState::Offered,
            (Stage::Wanted, true) => FileState::Uploading,
            (Stage::Wanted, false) => FileState::Fetching,
            (Stage::Here, _) => FileState::Here,
            (Stage::Expired, _) => FileState::Expired,
            (Stage::Changed, _) => FileState::Changed,
            (Stage::Refused, _) => FileState::Refused,
        },
        // Of the padded form, as it moves; shown in bytes of the file.
        done: match stage {
            Stage::Here => size,
            _ => (u128::from(moved.min(whole)) * u128::from(size) / u128::from(whole)) as u64,
        },
        kept_until: some_time(row, 27)?,
        why: row.get(28)?,
        next_attempt: match stage {
            Stage::Wanted => some_time(row, 29)?,
            _ => None,
        },
    }))
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
