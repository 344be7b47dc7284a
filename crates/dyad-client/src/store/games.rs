//! Games, and which message is which step of which.

mod entries;

pub(crate) use entries::{entries_of, line_of, to_chess, wire_side};

use dyad_chess::{Game, Hash, Played, Side, Standing, Status, Step};
use dyad_protocol::content::{GameColour, GameEntry};
use dyad_protocol::id::{GameId, RelationshipId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use self::entries::{kind_from, kind_number, kind_of, standing_from, standing_number, to_wire};
use super::row::{bytes, json, secs, time};
use crate::error::{ClientError, Result};
use crate::view::{GameStatus, GameStepKind, GameStepView, GameView};

/// Steps of one contact whose invitation has not come; the oldest are given up first. Nobody needs more than one game's.
const MAX_EARLY: u32 = 16;
/// Invitations of one contact that wait for an answer; beyond it none is taken.
pub(crate) const MAX_OPEN: u32 = 64;

/// Answers about one game in a day: more than the longest game takes.
const MAX_TOLD: u32 = 200;

/// A game as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct GameRow {
    pub(crate) id: u64,
    pub(crate) relationship: RelationshipId,
    pub(crate) nick: String,
    pub(crate) wire: GameId,
    pub(crate) ours: bool,
    pub(crate) game: Game,
    created: Timestamp,
    changed: Timestamp,
}

impl GameRow {
    /// Our side.
    pub(crate) const fn side(&self) -> Side {
        if self.ours {
            Side::Inviter
        } else {
            Side::Invited
        }
    }

    /// As the person sees it.
    pub(crate) fn view(&self) -> GameView {
        let played = self.game.played();
        let side = self.side();
        let our_turn = played.turn() == Some(side);
        let playing = played.status == Status::Playing;
        let (status, ending) = seen(played.status, side);
        GameView {
            id: self.id,
            what: GameEntry::CHESS.to_owned(),
            contact: self.nick.clone(),
            relationship: self.relationship,
            ours: self.ours,
            colour: if played.white == side {
                GameColour::White
            } else {
                GameColour::Black
            },
            status,
            ending,
            our_turn,
            draw_offered: our_turn && playing && played.offered,
            can_claim: our_turn && played.can_claim(),
            check: played.position.in_check(),
            squares: played.position.squares(),
            fen: played.position.fen(),
            legal: if our_turn && playing {
                played.position.legal()
            } else {
                Vec::new()
            },
            moves: played.san,
            last: played.last,
            begun: self.created,
            changed: self.changed,
        }
    }

    /// The wire's entry of a step of ours, with its hash.
    pub(crate) fn wire_entry(&self, number: u32, before: Hash, step: &Step) -> Option<GameEntry> {
        Some(GameEntry {
            game: self.wire,
            number,
            before: Some(before.0),
            step: to_wire(step)?,
            proof: None,
        })
    }
}

const fn seen(status: Status, side: Side) -> (GameStatus, Option<dyad_chess::Ending>) {
    match status {
        Status::Invited => (GameStatus::Invited, None),
        Status::Declined => (GameStatus::Declined, None),
        Status::Withdrawn => (GameStatus::Withdrawn, None),
        Status::Playing => (GameStatus::Playing, None),
        Status::Over { ending, winner } => {
            let status = match (winner, side) {
                (None, _) => GameStatus::Drawn,
                (Some(Side::Inviter), Side::Inviter) | (Some(Side::Invited), Side::Invited) => {
                    GameStatus::Won
                }
                _ => GameStatus::Lost,
            };
            (status, Some(ending))
        }
    }
}

/// Begins one with its invitation.
pub(crate) fn insert(
    connection: &Connection,
    with: &RelationshipId,
    ours: bool,
    wire: &GameId,
    game: &Game,
    now: Timestamp,
) -> Result<u64> {
    connection.execute(
        "INSERT INTO games (relationship, game, ours, state, open, created, changed) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)",
        params![with.as_bytes(), wire.as_bytes(), ours, written(game)?, secs(now)],
    )?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

/// Keeps what a game has become.
pub(crate) fn save(connection: &Connection, row: &GameRow, now: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE games SET state = ?2, open = ?3, changed = ?4 WHERE id = ?1",
        params![
            row.id,
            written(&row.game)?,
            row.game.played().is_open(),
            secs(now)
        ],
    )?;
    Ok(())
}

const COLUMNS: &str =
    "SELECT g.id, g.relationship, r.nick, g.game, g.ours, g.state, g.created, g.changed
    FROM games g JOIN relationships r ON r.id = g.relationship";

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<GameRow>> {
    Ok(connection
        .prepare_cached(&format!("{COLUMNS} WHERE g.id = ?1"))?
        .query_row([id], game)
        .optional()?)
}

pub(crate) fn find(
    connection: &Connection,
    with: &RelationshipId,
    wire: &GameId,
) -> Result<Option<GameRow>> {
    Ok(connection
        .prepare_cached(&format!(
            "{COLUMNS} WHERE g.relationship = ?1 AND g.game = ?2"
        ))?
        .query_row(params![with.as_bytes(), wire.as_bytes()], game)
        .optional()?)
}

/// Those with one contact, or all; what changed last comes first.
pub(crate) fn list(connection: &Connection, with: Option<&RelationshipId>) -> Result<Vec<GameRow>> {
    let sql = format!(
        "{COLUMNS} WHERE ?1 IS NULL OR g.relationship = ?1 ORDER BY g.changed DESC, g.id DESC LIMIT 500"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_map([with.map(RelationshipId::as_bytes)], game)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Invitations of a contact that are not answered.
pub(crate) fn open_of(connection: &Connection, with: &RelationshipId) -> Result<u32> {
    Ok(connection.query_row(
        "SELECT count(*) FROM games WHERE relationship = ?1 AND ours = 0 AND open = 1",
        [with.as_bytes()],
        |row| row.get(0),
    )?)
}

/// Writes down which step a message is; of which game may be known later.
pub(crate) fn insert_step(
    connection: &Connection,
    message: u64,
    with: &RelationshipId,
    entry: &GameEntry,
    of: Option<(u64, Hash)>,
) -> Result<()> {
    let (kind, uci) = kind_of(&entry.step);
    connection.execute(
        "INSERT INTO game_steps (message, relationship, wire, game, hash, number, step, text, standing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            message,
            with.as_bytes(),
            entry.game.as_bytes(),
            of.map(|(game, _)| game),
            of.map(|(_, hash)| hash.0),
            entry.number,
            kind_number(kind),
            uci,
            standing_number(Standing::Waits)
        ],
    )?;
    if of.is_none() {
        connection.execute(
            "UPDATE game_steps SET standing = 2 WHERE game IS NULL AND standing = 1 AND relationship = ?1 AND message NOT IN
             (SELECT message FROM game_steps WHERE game IS NULL AND standing = 1 AND relationship = ?1 ORDER BY message DESC LIMIT ?2)",
            params![with.as_bytes(), MAX_EARLY],
        )?;
    }
    Ok(())
}

/// What became of entries that a contact said again: shown in the place where they came.
pub(crate) fn insert_taken(
    connection: &Connection,
    message: u64,
    row: &GameRow,
    kind: GameStepKind,
    number: u32,
    text: Option<&str>,
) -> Result<()> {
    // What was not taken is no entry, and never counts.
    let tip = row
        .game
        .chain()
        .last()
        .map_or([0; 32], |entry| entry.hash.0);
    let hash = if kind == GameStepKind::TakenUp {
        tip
    } else {
        [0; 32]
    };
    connection.execute(
        "INSERT INTO game_steps (message, relationship, wire, game, hash, number, step, text, standing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            message,
            row.relationship.as_bytes(),
            row.wire.as_bytes(),
            row.id,
            hash,
            number,
            kind_number(kind),
            text,
            standing_number(Standing::Waits)
        ],
    )?;
    Ok(())
}

/// Whether the person has been told that what a contact says of a game cannot be believed, as long as nothing changes.
pub(crate) fn is_told_of_doubt(connection: &Connection, game: u64, len: usize) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM game_steps WHERE game = ?1 AND step = ?2 AND number = ?3)",
        params![game, kind_number(GameStepKind::NotTaken), len as u64],
        |row| row.get(0),
    )?)
}

/// Notes that we ask for what may be missing. `false`: we did already, and there are no more entries since.
pub(crate) fn ask_once(connection: &Connection, game: u64, len: usize) -> Result<bool> {
    let changed = connection.execute(
        "UPDATE games SET asked = ?2 WHERE id = ?1 AND asked IS NOT ?2",
        params![game, len as u64],
    )?;
    Ok(changed == 1)
}

/// Notes that we tell the contact what was played. `false`: they have been told often enough today.
pub(crate) fn may_tell(connection: &Connection, game: u64, now: Timestamp) -> Result<bool> {
    let day = now.as_secs() / DAY;
    let changed = connection.execute(
        "UPDATE games SET told = iif(told_day IS ?2, told, 0) + 1, told_day = ?2 WHERE id = ?1 AND (told_day IS NOT ?2 OR told < ?3)",
        params![game, day, MAX_TOLD],
    )?;
    Ok(changed == 1)
}

/// An invitation of ours that the contact has not answered.
pub(crate) fn open_ours(connection: &Connection, with: &RelationshipId) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached(
            "SELECT id FROM games WHERE relationship = ?1 AND ours = 1 AND open = 1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([with.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// A step that belongs to no game, and never will.
pub(crate) fn set_void(connection: &Connection, message: u64) -> Result<()> {
    connection.execute(
        "UPDATE game_steps SET standing = 2 WHERE message = ?1",
        [message],
    )?;
    Ok(())
}

/// Messages of a game whose invitation came only now, with what they say.
pub(crate) fn early(
    connection: &Connection,
    with: &RelationshipId,
    wire: &GameId,
) -> Result<Vec<(u64, Vec<u8>)>> {
    Ok(connection
        .prepare_cached(
            "SELECT s.message, m.content FROM game_steps s JOIN messages m ON m.id = s.message
             WHERE s.game IS NULL AND s.standing = 1 AND s.relationship = ?1 AND s.wire = ?2 AND m.content IS NOT NULL
             ORDER BY s.number, s.message",
        )?
        .query_map(params![with.as_bytes(), wire.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Now it is known to which game a message belongs.
pub(crate) fn assign(connection: &Connection, message: u64, game: u64, hash: Hash) -> Result<()> {
    connection.execute(
        "UPDATE game_steps SET game = ?2, hash = ?3 WHERE message = ?1",
        params![message, game, hash.0],
    )?;
    Ok(())
}

/// A message that says again what was said: it is not shown.
pub(crate) fn hide(connection: &Connection, message: u64) -> Result<()> {
    connection.execute("DELETE FROM game_steps WHERE message = ?1", [message])?;
    connection.execute(
        "UPDATE messages SET hidden = 1, text = '', state = 4 WHERE id = ?1",
        [message],
    )?;
    Ok(())
}

/// Brings the steps of a game up to date. Gives the messages that now say something else.
pub(crate) fn settle(connection: &Connection, row: &GameRow) -> Result<Vec<u64>> {
    let played = row.game.played();
    let steps: Vec<StepRow> = connection
        .prepare_cached(
            "SELECT message, hash, standing, number, text FROM game_steps WHERE game = ?1",
        )?
        .query_map([row.id], step_row)?
        .collect::<rusqlite::Result<_>>()?;
    let mut changed = Vec::new();
    for before in steps {
        let standing = row.game.standing(&before.hash);
        let text = match standing {
            Standing::Counts => san(&played, before.number).or_else(|| before.text.clone()),
            _ => before.text.clone(),
        };
        if standing != before.standing || text != before.text {
            connection
                .prepare_cached(
                    "UPDATE game_steps SET standing = ?2, text = ?3 WHERE message = ?1",
                )?
                .execute(params![before.message, standing_number(standing), text])?;
            changed.push(before.message);
        }
    }
    Ok(changed)
}

/// A step as it is stored.
struct StepRow {
    message: u64,
    hash: Hash,
    standing: Standing,
    number: u32,
    text: Option<String>,
}

fn step_row(row: &Row<'_>) -> rusqlite::Result<StepRow> {
    Ok(StepRow {
        message: row.get(0)?,
        hash: Hash(row.get(1)?),
        standing: standing_from(row.get(2)?),
        number: row.get(3)?,
        text: row.get(4)?,
    })
}

/// The last message of a game that is not deleted: it shows the board.
pub(crate) fn last_message(connection: &Connection, game: u64) -> Result<Option<u64>> {
    Ok(connection
        .prepare_cached(
            "SELECT max(s.message) FROM game_steps s JOIN messages m ON m.id = s.message
             WHERE s.game = ?1 AND s.standing <> 2 AND m.deleted = 0",
        )?
        .query_row([game], |row| row.get(0))?)
}

/// What a message says of a game.
pub(crate) fn step(connection: &Connection, message: u64) -> Result<Option<GameStepView>> {
    let found = connection
        .prepare_cached(
            "SELECT game, number, step, text, standing FROM game_steps WHERE message = ?1",
        )?
        .query_row([message], |row| {
            Ok(GameStepView {
                game: row.get(0)?,
                number: row.get(1)?,
                step: kind_from(row.get(2)?),
                text: row.get(3)?,
                standing: standing_from(row.get(4)?),
                board: None,
            })
        })
        .optional()?;
    let Some(mut step) = found else {
        return Ok(None);
    };
    if let Some(id) = step.game
        && last_message(connection, id)? == Some(message)
    {
        step.board = get(connection, id)?.map(|row| row.view());
    }
    Ok(Some(step))
}

/// Moves stand at the places after the invitation and its answer.
fn san(played: &Played, number: u32) -> Option<String> {
    let at = (number as usize).checked_sub(2)?;
    played.san.get(at).cloned()
}

fn game(row: &Row<'_>) -> rusqlite::Result<GameRow> {
    Ok(GameRow {
        id: row.get(0)?,
        relationship: bytes(row, 1, RelationshipId::from_slice)?,
        nick: row.get(2)?,
        wire: bytes(row, 3, GameId::from_slice)?,
        ours: row.get(4)?,
        game: json(row, 5)?,
        created: time(row, 6)?,
        changed: time(row, 7)?,
    })
}

fn written(game: &Game) -> Result<String> {
    serde_json::to_string(game)
        .map_err(|error| ClientError::other("game", format!("It cannot be written down: {error}.")))
}
