//! Calls: where each stands, the pieces of what is still coming, and what the contact's browser said to ours.

use dyad_protocol::content::{Call, CallStep, Said};
use dyad_protocol::id::{CallId, RelationshipId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, json, secs, some_time, time};
use crate::call::Progress;
use crate::error::{ClientError, Result};
use crate::view::{CallSignal, CallState, CallView, Direction, LastView, MessageView};

/// Words of a contact's browser that are kept for ours: more than any connection takes.
const MAX_SIGNALS: u32 = 128;
/// Calls of one contact of which something came before the beginning; more are not begun.
const MAX_EARLY: u32 = 16;
/// How long calls are remembered that stand in no conversation, so that late words about them do nothing.
const MEMORY: u64 = 100 * DAY;

/// A call as its driver needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRow {
    /// Local number.
    pub(crate) number: u64,
    pub(crate) id: CallId,
    pub(crate) relationship: RelationshipId,
    /// The message that shows it.
    pub(crate) message: Option<u64>,
    pub(crate) progress: Progress,
    pub(crate) video: bool,
}

const COLUMNS: &str = "c.number, c.id, c.relationship, c.message, c.progress, c.video";

/// A new one. `None` if the contact has begun too many that never came.
pub(crate) fn insert(
    connection: &Connection,
    of: &RelationshipId,
    id: &CallId,
    progress: Progress,
    video: bool,
    now: Timestamp,
) -> Result<Option<CallRow>> {
    connection.execute(
        "DELETE FROM calls WHERE message IS NULL AND live = 0 AND began < ?1",
        [secs(now.minus(MEMORY))],
    )?;
    let early: u32 = connection.query_row(
        "SELECT count(*) FROM calls WHERE relationship = ?1 AND message IS NULL AND live",
        [of.as_bytes()],
        |row| row.get(0),
    )?;
    if early >= MAX_EARLY {
        return Ok(None);
    }
    connection.execute(
        "INSERT INTO calls (id, relationship, progress, live, until, video, began) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)",
        params![
            id.as_bytes(),
            of.as_bytes(),
            written(&progress)?,
            secs(progress.until),
            video,
            secs(now)
        ],
    )?;
    get(connection, connection.last_insert_rowid().unsigned_abs())
}

pub(crate) fn get(connection: &Connection, number: u64) -> Result<Option<CallRow>> {
    one(connection, "c.number = ?1", params![number])
}

pub(crate) fn find(
    connection: &Connection,
    of: &RelationshipId,
    id: &CallId,
) -> Result<Option<CallRow>> {
    let by = params![of.as_bytes(), id.as_bytes()];
    one(connection, "c.relationship = ?1 AND c.id = ?2", by)
}

/// Those that are not over, the oldest first.
pub(crate) fn live(connection: &Connection) -> Result<Vec<CallRow>> {
    let sql = format!("SELECT {COLUMNS} FROM calls c WHERE c.live ORDER BY c.number");
    Ok(connection
        .prepare_cached(&sql)?
        .query_map([], call)?
        .collect::<rusqlite::Result<_>>()?)
}

/// When the next ends by itself.
pub(crate) fn next_end(connection: &Connection) -> Result<Option<Timestamp>> {
    Ok(connection
        .prepare_cached("SELECT min(until) FROM calls WHERE live")?
        .query_row([], |row| some_time(row, 0))?)
}

/// This message shows it.
pub(crate) fn set_message(
    connection: &Connection,
    number: u64,
    message: u64,
    began: Timestamp,
    video: bool,
) -> Result<()> {
    connection.execute(
        "UPDATE calls SET message = ?2, began = ?3, video = ?4 WHERE number = ?1",
        params![number, message, secs(began), video],
    )?;
    Ok(())
}

/// It goes on. What is over needs nothing of what was said any more.
pub(crate) fn update(connection: &Connection, number: u64, progress: &Progress) -> Result<()> {
    let over = progress.state.is_over();
    connection.execute(
        "UPDATE calls SET progress = ?2, live = ?3, until = ?4 WHERE number = ?1",
        params![number, written(progress)?, !over, secs(progress.until)],
    )?;
    if over {
        for table in ["call_pieces", "call_signals"] {
            connection.execute(&format!("DELETE FROM {table} WHERE call = ?1"), [number])?;
        }
    }
    Ok(())
}

/// What of ours was said for a call that is over and may still be on its way, is not said again.
pub(crate) fn forget_words(connection: &Connection, message: u64) -> Result<()> {
    connection.execute(
        "DELETE FROM acts WHERE about = ?1 AND json_extract(payload, '$.kind') = ?2",
        params![message, Said::CALL],
    )?;
    Ok(())
}

/// A call that the person has dealt with is nothing that waits to be read. 4: read; 7: received.
pub(crate) fn seen(connection: &Connection, message: u64, now: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE messages SET state = 4, state_since = ?2 WHERE id = ?1 AND state = 7",
        params![message, secs(now)],
    )?;
    Ok(())
}

/// A call that was given up for another one is not shown.
pub(crate) fn hide(connection: &Connection, message: u64) -> Result<()> {
    connection.execute(
        "UPDATE messages SET hidden = 1, state = iif(state = 7, 4, state) WHERE id = ?1",
        [message],
    )?;
    Ok(())
}

/// Keeps a piece of a description. Gives all of it if it was the last that was missing.
pub(crate) fn collect(
    connection: &Connection,
    number: u64,
    piece: &Call,
) -> Result<Option<Vec<u8>>> {
    let (part, parts) = piece.part;
    connection.execute(
        "INSERT INTO call_pieces VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![
            number,
            piece.step.number(),
            piece.round,
            parts,
            part,
            piece.piece
        ],
    )?;
    let pieces: Vec<Vec<u8>> = connection
        .prepare_cached(
            "SELECT bytes FROM call_pieces WHERE call = ?1 AND step = ?2 AND round = ?3 AND parts = ?4 ORDER BY part",
        )?
        .query_map(
            params![number, piece.step.number(), piece.round, parts],
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok((pieces.len() == usize::from(parts)).then(|| pieces.concat()))
}

/// Keeps something for the browser, once.
pub(crate) fn pass_on(
    connection: &Connection,
    number: u64,
    step: CallStep,
    round: u8,
    description: Option<&str>,
    candidates: &[String],
) -> Result<bool> {
    if description.is_some() {
        let newest: Option<u8> = connection.query_row(
            "SELECT max(round) FROM call_signals WHERE call = ?1 AND step = ?2 AND description IS NOT NULL",
            params![number, written(&step)?],
            |row| row.get(0),
        )?;
        if newest >= Some(round) {
            return Ok(false);
        }
        // A connection that is made anew often enough would leave no room for what makes it: what came before the
        // description before this one is of no use any more.
        connection.execute(
            "DELETE FROM call_signals WHERE call = ?1 AND id <
             (SELECT max(id) FROM call_signals WHERE call = ?1 AND description IS NOT NULL)",
            [number],
        )?;
    }
    let kept: u32 = connection.query_row(
        "SELECT count(*) FROM call_signals WHERE call = ?1",
        [number],
        |row| row.get(0),
    )?;
    if kept >= MAX_SIGNALS {
        return Ok(false);
    }
    let candidates = serde_json::to_string(candidates).unwrap_or_default();
    let inserted = connection.execute(
        "INSERT INTO call_signals (call, step, round, description, candidates) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![number, written(&step)?, round, description, candidates],
    )?;
    Ok(inserted == 1)
}

/// What came after the one of that number, in its order.
pub(crate) fn signals(connection: &Connection, number: u64, after: u64) -> Result<Vec<CallSignal>> {
    Ok(connection
        .prepare_cached(
            "SELECT id, step, round, description, candidates FROM call_signals WHERE call = ?1 AND id > ?2 ORDER BY id",
        )?
        .query_map(params![number, after.min(i64::MAX as u64)], |row| {
            Ok(CallSignal {
                id: row.get(0)?,
                step: json(row, 1)?,
                round: row.get(2)?,
                description: row.get(3)?,
                candidates: json(row, 4)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

const VIEW: &str = "SELECT c.number, c.message, r.nick, c.relationship, c.progress, c.video, c.began \
    FROM calls c JOIN relationships r ON r.id = c.relationship";

pub(crate) fn view(connection: &Connection, number: u64) -> Result<Option<CallView>> {
    Ok(connection
        .prepare_cached(&format!("{VIEW} WHERE c.number = ?1"))?
        .query_row([number], shown)
        .optional()?)
}

/// The newest first; none that came without its beginning, or was given up for another.
pub(crate) fn list(connection: &Connection, limit: u32) -> Result<Vec<CallView>> {
    let sql = format!(
        "{VIEW} JOIN messages m ON m.id = c.message AND m.hidden = 0 ORDER BY c.number DESC LIMIT ?1"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_map([limit], shown)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Completes a message that shows a call.
pub(super) fn attach(connection: &Connection, message: &mut MessageView) -> Result<()> {
    if message.kind == Said::CALL && !message.deleted {
        message.call = connection
            .prepare_cached(&format!("{VIEW} WHERE c.message = ?1"))?
            .query_row([message.id], shown)
            .optional()?;
    }
    Ok(())
}

/// The same for the last message with somebody.
pub(super) fn attach_last(
    connection: &Connection,
    with: &RelationshipId,
    last: &mut LastView,
) -> Result<()> {
    if last.kind == Said::CALL && !last.deleted {
        let sql = format!(
            "{VIEW} WHERE c.message = (SELECT max(id) FROM messages WHERE relationship = ?1 AND hidden = 0)"
        );
        last.call = connection
            .prepare_cached(&sql)?
            .query_row([with.as_bytes()], shown)
            .optional()?;
    }
    Ok(())
}

fn one(
    connection: &Connection,
    which: &str,
    values: impl rusqlite::Params,
) -> Result<Option<CallRow>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM calls c WHERE {which}"))?
        .query_row(values, call)
        .optional()?)
}

fn call(row: &Row<'_>) -> rusqlite::Result<CallRow> {
    Ok(CallRow {
        number: row.get(0)?,
        id: bytes(row, 1, CallId::from_slice)?,
        relationship: bytes(row, 2, RelationshipId::from_slice)?,
        message: row.get(3)?,
        progress: json(row, 4)?,
        video: row.get(5)?,
    })
}

fn shown(row: &Row<'_>) -> rusqlite::Result<CallView> {
    let progress: Progress = json(row, 4)?;
    let rings = matches!(
        progress.state,
        CallState::Ringing | CallState::Calling | CallState::RingingThere
    );
    let talked = progress.connected.zip(progress.ended);
    Ok(CallView {
        id: row.get(0)?,
        message: row.get(1)?,
        contact: row.get(2)?,
        relationship: bytes(row, 3, RelationshipId::from_slice)?,
        direction: if progress.ours {
            Direction::Out
        } else {
            Direction::In
        },
        video: row.get(5)?,
        state: progress.state,
        began: time(row, 6)?,
        rings_until: rings.then_some(progress.until),
        connected_at: progress.connected,
        ended_at: progress.ended,
        seconds: talked.map(|(from, to)| to.since(from)),
    })
}

fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| ClientError::other("call", format!("It cannot be written down: {error}.")))
}
