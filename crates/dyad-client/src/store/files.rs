//! Files and long texts: where their ciphertext is, here and at a service, and how far it has come.
//!
//! A row without a message is only still to be cleared away from the disk.

use dyad_protocol::api::blob::BlobSecret;
use dyad_protocol::attachment::FileKey;
use dyad_protocol::content::{File, Link};
use dyad_protocol::id::{BlobLocator, HostName};
use dyad_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{bytes, secs, some_bytes, some_time, time, unreadable};
use crate::error::Result;

/// Name of a ciphertext in its folder.
pub(crate) type DiskName = [u8; 16];

/// How far a file is. Numbers are stored: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    /// A service has it, here it is not.
    Offered = 0,
    /// To be uploaded, or fetched.
    Wanted = 1,
    /// All of it is here, and ours is at a service.
    Here = 2,
    /// No service has it any more.
    Expired = 3,
    /// What a service had is not what was sent.
    Changed = 4,
    /// Ours: no service takes it.
    Refused = 5,
}

impl Stage {
    const ALL: [Self; 6] = [
        Self::Offered,
        Self::Wanted,
        Self::Here,
        Self::Expired,
        Self::Changed,
        Self::Refused,
    ];

    pub(super) fn from_number(number: u8) -> Self {
        Self::ALL
            .into_iter()
            .find(|stage| *stage as u8 == number)
            .unwrap_or(Self::Changed)
    }
}

/// What is known of a file before it is anywhere.
#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    pub(crate) disk: DiskName,
    pub(crate) name: String,
    pub(crate) media_type: Option<String>,
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) preview: Option<Vec<u8>>,
    pub(crate) key: FileKey,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

/// A file on its way.
#[derive(Debug, Clone)]
pub(crate) struct FileRow {
    pub(crate) id: u64,
    /// The message that speaks of it.
    pub(crate) message: Option<u64>,
    pub(crate) ours: bool,
    pub(crate) file: NewFile,
    pub(crate) host: Option<HostName>,
    pub(crate) locator: Option<BlobLocator>,
    pub(crate) ends: Option<Timestamp>,
    /// Ours: may write it.
    pub(crate) secret: Option<BlobSecret>,
    /// Ours: the blob is on record at `host`.
    pub(crate) created: bool,
    /// Ours: all of it is there, and the message has gone.
    pub(crate) uploaded: bool,
    /// Ours: the message has gone long ago, and this is to be its text from now on.
    pub(crate) edit: bool,
    /// The very bytes that were given to a service: repeated until it gives a definite answer.
    pub(crate) request: Option<StoredRequest>,
    pub(crate) stage: Stage,
    /// Parts that have come, or gone.
    pub(crate) done: u32,
    pub(crate) attempts: u32,
    pub(crate) next_attempt: Timestamp,
    /// What went wrong last.
    pub(crate) last_error: Option<String>,
}

/// A request that is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRequest {
    pub(crate) body: Vec<u8>,
    /// To whom it is made.
    pub(crate) via: HostName,
    /// Theirs: the first part that it asks for.
    pub(crate) first: u32,
    /// The tokens in it are taken so long.
    pub(crate) good_until: Timestamp,
}

impl FileRow {
    /// Whether it is on its way to a service, and not from one.
    pub(crate) fn is_upload(&self) -> bool {
        self.ours && !self.uploaded
    }

    /// The link to it, once it is at a service.
    pub(crate) fn link(&self) -> Option<Link> {
        Some(Link {
            host: self.host.clone()?,
            locator: self.locator?,
            key: self.file.key.clone(),
            size: self.file.size,
            sha256: self.file.sha256,
            ends: self.ends?,
        })
    }

    /// As a message says it.
    pub(crate) fn said(&self, words: Option<String>) -> Option<File> {
        Some(File {
            link: self.link()?,
            name: self.file.name.clone(),
            media_type: self.file.media_type.clone(),
            words,
            dimensions: self.file.dimensions,
            preview: self.file.preview.clone(),
        })
    }
}

/// One of ours: sealed on disk, to be uploaded.
pub(crate) fn insert_ours(
    connection: &Connection,
    message: u64,
    file: &NewFile,
    now: Timestamp,
) -> Result<()> {
    insert(connection, message, true, file, None, Stage::Wanted, now)
}

/// One of ours: the text that a message of ours is to have, sealed on disk, to be uploaded.
pub(crate) fn insert_edit(
    connection: &Connection,
    message: u64,
    file: &NewFile,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO files (edits, ours, disk, name, key, size, sha256, stage, next_attempt)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            message,
            file.disk,
            file.name,
            file.key.expose(),
            file.size,
            file.sha256,
            Stage::Wanted as u8,
            secs(now)
        ],
    )?;
    Ok(())
}

/// One of theirs.
pub(crate) fn insert_theirs(
    connection: &Connection,
    message: u64,
    file: &NewFile,
    link: &Link,
    stage: Stage,
    now: Timestamp,
) -> Result<()> {
    insert(connection, message, false, file, Some(link), stage, now)
}

fn insert(
    connection: &Connection,
    message: u64,
    ours: bool,
    file: &NewFile,
    link: Option<&Link>,
    stage: Stage,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO files (message, ours, disk, name, media_type, width, height, preview, key, size, sha256, host, locator,
         ends, stage, next_attempt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            message,
            ours,
            file.disk,
            file.name,
            file.media_type,
            file.dimensions.map(|(width, _)| width),
            file.dimensions.map(|(_, height)| height),
            file.preview,
            file.key.expose(),
            file.size,
            file.sha256,
            link.map(|link| link.host.as_str()),
            link.map(|link| *link.locator.as_bytes()),
            link.map(|link| secs(link.ends)),
            stage as u8,
            secs(now)
        ],
    )?;
    Ok(())
}

const COLUMNS: &str = "id, coalesce(message, edits), ours, disk, name, media_type, width, height, preview, key, size, sha256, host, locator, \
    ends, secret, created, request, request_first, request_until, stage, done, attempts, next_attempt, uploaded, request_via, \
    edits IS NOT NULL, last_error";

/// The file of a message.
pub(crate) fn of_message(connection: &Connection, message: u64) -> Result<Option<FileRow>> {
    let sql = format!("SELECT {COLUMNS} FROM files WHERE message = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([message], row)
        .optional()?)
}

pub(crate) fn get(connection: &Connection, id: u64) -> Result<Option<FileRow>> {
    let sql = format!("SELECT {COLUMNS} FROM files WHERE id = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], row)
        .optional()?)
}

/// Those that are to be uploaded or fetched, whoever waited longest first.
pub(crate) fn wanted(connection: &Connection) -> Result<Vec<FileRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM files WHERE stage = 1 AND coalesce(message, edits) IS NOT NULL ORDER BY next_attempt, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map([], row)?
        .collect::<rusqlite::Result<_>>()?)
}

/// What is no message's any more.
pub(crate) fn abandoned(connection: &Connection) -> Result<Vec<(u64, DiskName)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, disk FROM files WHERE message IS NULL AND edits IS NULL LIMIT 1000",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, bytes(row, 1, |b| b.try_into().ok())?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether the file on disk with this name is anybody's.
pub(crate) fn knows(connection: &Connection, disk: &DiskName) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM files WHERE disk = ?1)")?
        .query_row([disk], |row| row.get(0))?)
}

pub(crate) fn delete(connection: &Connection, id: u64) -> Result<()> {
    connection.execute("DELETE FROM files WHERE id = ?1", [id])?;
    Ok(())
}

/// The message is no more, or has other words: the file is to go, and what was to take its place.
pub(crate) fn detach(connection: &Connection, message: u64) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE files SET message = NULL, edits = NULL, stage = 0 WHERE message = ?1 OR edits = ?1",
        )?
        .execute([message])?;
    Ok(changed > 0)
}

/// Moves on; what went wrong before is forgotten.
pub(crate) fn set_stage(
    connection: &Connection,
    id: u64,
    stage: Stage,
    why: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE files SET stage = ?2, attempts = 0, next_attempt = ?3, last_error = ?4 WHERE id = ?1",
        params![id, stage as u8, secs(now), why],
    )?;
    Ok(())
}

/// So many parts have gone or come; others may have their turn first.
pub(crate) fn set_done(connection: &Connection, id: u64, done: u32, now: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE files SET done = ?2, attempts = 0, next_attempt = ?3, last_error = NULL WHERE id = ?1",
        )?
        .execute(params![id, done, secs(now)])?;
    Ok(())
}

/// To be tried again then.
pub(crate) fn failed(connection: &Connection, id: u64, why: &str, next: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE files SET attempts = attempts + 1, last_error = ?2, next_attempt = ?3 WHERE id = ?1",
        params![id, why, secs(next)],
    )?;
    Ok(())
}

/// Ours is all there, and its message goes.
pub(crate) fn set_uploaded(connection: &Connection, id: u64, now: Timestamp) -> Result<()> {
    connection.execute("UPDATE files SET uploaded = 1 WHERE id = ?1", [id])?;
    set_stage(connection, id, Stage::Here, None, now)
}

/// What is about to be said to a service.
pub(crate) fn set_request(
    connection: &Connection,
    id: u64,
    request: Option<&StoredRequest>,
) -> Result<()> {
    connection.execute(
        "UPDATE files SET request = ?2, request_first = ?3, request_until = ?4, request_via = ?5 WHERE id = ?1",
        params![
            id,
            request.map(|r| r.body.as_slice()),
            request.map(|r| r.first),
            request.map(|r| secs(r.good_until)),
            request.map(|r| r.via.as_str())
        ],
    )?;
    Ok(())
}

/// Ours is to be kept there.
pub(crate) fn place(
    connection: &Connection,
    id: u64,
    host: &HostName,
    secret: &BlobSecret,
    ends: Timestamp,
) -> Result<()> {
    connection.execute(
        "UPDATE files SET host = ?2, secret = ?3, locator = ?4, ends = ?5, created = 0, done = 0 WHERE id = ?1",
        params![
            id,
            host.as_str(),
            secret.expose(),
            secret.locator().as_bytes(),
            secs(ends)
        ],
    )?;
    Ok(())
}

/// Ours has to be placed anew.
pub(crate) fn displace(connection: &Connection, id: u64) -> Result<()> {
    connection.execute(
        "UPDATE files SET host = NULL, secret = NULL, locator = NULL, ends = NULL, created = 0, done = 0, request = NULL
         WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

/// The service has it on record, until then.
pub(crate) fn set_created(connection: &Connection, id: u64, ends: Option<Timestamp>) -> Result<()> {
    connection.execute(
        "UPDATE files SET created = 1, request = NULL, ends = coalesce(?2, ends) WHERE id = ?1",
        params![id, ends.map(secs)],
    )?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let host: Option<String> = row.get(12)?;
    let dimensions = row
        .get::<_, Option<u32>>(6)?
        .zip(row.get::<_, Option<u32>>(7)?);
    let request: Option<Vec<u8>> = row.get(17)?;
    let via: Option<String> = row.get(25)?;
    let via = via.and_then(|host| host.parse().ok());
    let request = match (
        request,
        row.get::<_, Option<u32>>(18)?,
        some_time(row, 19)?.zip(via),
    ) {
        (Some(body), first, Some((good_until, via))) => Some(StoredRequest {
            body,
            via,
            first: first.unwrap_or(0),
            good_until,
        }),
        _ => None,
    };
    Ok(FileRow {
        id: row.get(0)?,
        message: row.get(1)?,
        ours: row.get(2)?,
        file: NewFile {
            disk: bytes(row, 3, |b| b.try_into().ok())?,
            name: row.get(4)?,
            media_type: row.get(5)?,
            dimensions,
            preview: row.get(8)?,
            key: bytes(row, 9, |b| b.try_into().ok().map(FileKey::new))?,
            size: row.get(10)?,
            sha256: bytes(row, 11, |b| b.try_into().ok())?,
        },
        host: host
            .map(|host| host.parse())
            .transpose()
            .map_err(|_| unreadable(12, "a stored host name is malformed"))?,
        locator: some_bytes(row, 13, BlobLocator::from_slice)?,
        ends: some_time(row, 14)?,
        secret: some_bytes(row, 15, |b| b.try_into().ok().map(BlobSecret::new))?,
        created: row.get(16)?,
        request,
        stage: Stage::from_number(row.get(20)?),
        done: row.get(21)?,
        attempts: row.get(22)?,
        next_attempt: time(row, 23)?,
        uploaded: row.get(24)?,
        edit: row.get(26)?,
        last_error: row.get(27)?,
    })
}
