//! Reading typed values out of rows.

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;

/// A fixed-length value by its `from_slice`.
pub(super) fn bytes<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> rusqlite::Result<T> {
    let blob = row.get_ref(column)?.as_blob()?;
    parse(blob).ok_or_else(|| unreadable(column, "a stored value has the wrong length"))
}

/// The same, where it may be missing.
pub(super) fn some_bytes<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_blob_or_null()? {
        None => Ok(None),
        Some(blob) => parse(blob)
            .map(Some)
            .ok_or_else(|| unreadable(column, "a stored value has the wrong length")),
    }
}

pub(super) fn host(row: &Row<'_>, column: usize) -> rusqlite::Result<HostName> {
    row.get_ref(column)?
        .as_str()?
        .parse()
        .map_err(|_| unreadable(column, "a stored host name is malformed"))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_secs)
}

pub(super) fn some_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<u64>>(column)?.map(Timestamp::from_secs))
}

/// A small value kept as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}

pub(super) fn unreadable(column: usize, why: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, why.into())
}

/// Seconds, as SQLite's signed integers can hold them.
pub(super) fn secs(at: Timestamp) -> i64 {
    i64::try_from(at.as_secs()).unwrap_or(i64::MAX)
}
