//! A receiver's own secrets: diversification keys by schedule, and what its challenges are made with.
//!
//! Each generation is a table of its own, dropped whole when it retires: a back end then removes what held
//! it, where a deleted key of a shared table would stay on disk until that is rewritten some day.
//!
//! | table | key | value |
//! |---|---|---|
//! | `transit_key`, `address_key`, period = number | 1 byte | version (1), created (8), secret (32) |
//! | `challenge_secret` | 1 byte | version (1), secret (32) |

use dyad_protocol::address::Generation;
use dyad_protocol::hpke::X25519Secret;
use dyad_protocol::limits::{ADDRESS_KEY_PERIOD, DAY, TRANSIT_KEY_PERIOD};
use dyad_protocol::time::Timestamp;

use crate::{Backend, StoreError, Table, Transaction};

/// Generations of one schedule that are live at the same time.
pub const LIVE_GENERATIONS: usize = 2;

/// Bytes of the secret behind challenges.
pub const CHALLENGE_SECRET_LEN: usize = 32;

const VERSION: u8 = 1;
const KEY: &[u8] = &[1];
const CHALLENGE_TABLE: Table = Table::new("challenge_secret");

/// Why a key is replaced, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Keys k, to which sender addresses are sealed.
    Transit,
    /// Keys j, to which recipient addresses are encrypted.
    Address,
}

impl Schedule {
    /// Seconds after which the next key takes over.
    #[must_use]
    pub const fn period(self) -> u64 {
        match self {
            Self::Transit => TRANSIT_KEY_PERIOD,
            Self::Address => ADDRESS_KEY_PERIOD,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Transit => "transit_key",
            Self::Address => "address_key",
        }
    }
}

/// One generation of a key.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Counts generations from 1; never used twice.
    pub number: u32,
    /// Since when it is published.
    pub created: Timestamp,
    /// The key.
    pub secret: X25519Secret,
}

impl StoredKey {
    /// Its number as addresses carry it.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        Generation(self.number as u8)
    }
}

/// The live keys of a schedule, newest first. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when a record makes no sense.
pub fn load(backend: &dyn Backend, schedule: Schedule) -> Result<Vec<StoredKey>, StoreError> {
    let numbers = backend.periods(schedule.name())?;
    collect(numbers, |number| {
        backend.get(Table::in_period(schedule.name(), number), KEY)
    })
}

/// Makes `fresh` the newest key if it is due, and drops all but the newest [`LIVE_GENERATIONS`]. Says
/// whether anything was changed.
///
/// A key retires when the one after its successor comes, not at a date: so a clock that jumps ahead for
/// a while costs one generation at most, and never all.
///
/// # Errors
/// As [`load`].
pub fn rotate(
    tx: &mut Transaction<'_>,
    schedule: Schedule,
    fresh: X25519Secret,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let numbers = tx.periods(schedule.name())?;
    let live = collect(numbers, |number| {
        tx.get(Table::in_period(schedule.name(), number), KEY)
    })?;
    let next = match live.first() {
        None => 1,
        // Made while the clock was ahead: it would never be due.
        Some(newest) if newest.created > now.plus(DAY) => {
            put(tx, schedule, newest.number, now, &newest.secret);
            return Ok(true);
        }
        Some(newest) if now.since(newest.created) < schedule.period() => return Ok(false),
        Some(newest) => newest.number + 1,
    };
    put(tx, schedule, next, now, &fresh);
    for retired in live.iter().skip(LIVE_GENERATIONS - 1) {
        tx.drop_period(Table::in_period(schedule.name(), retired.number));
    }
    Ok(true)
}

/// The secret behind challenges; `fresh` becomes it if there is none yet.
///
/// # Errors
/// As [`load`].
pub fn challenge_secret(
    tx: &mut Transaction<'_>,
    fresh: [u8; CHALLENGE_SECRET_LEN],
) -> Result<[u8; CHALLENGE_SECRET_LEN], StoreError> {
    let Some(record) = tx.get(CHALLENGE_TABLE, KEY)? else {
        tx.put(CHALLENGE_TABLE, KEY, [&[VERSION][..], &fresh].concat());
        return Ok(fresh);
    };
    match record.split_first() {
        Some((&VERSION, secret)) => secret.try_into().ok(),
        _ => None,
    }
    .ok_or_else(damaged)
}

fn put(
    tx: &mut Transaction<'_>,
    schedule: Schedule,
    number: u32,
    created: Timestamp,
    secret: &X25519Secret,
) {
    let table = Table::in_period(schedule.name(), number);
    let created = created.as_secs().to_be_bytes();
    tx.put(
        table,
        KEY,
        [&[VERSION][..], &created, secret.expose()].concat(),
    );
}

/// Newest first; a period without its key is one whose drop is under way.
fn collect(
    numbers: Vec<u32>,
    get: impl Fn(u32) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<Vec<StoredKey>, StoreError> {
    let mut keys = Vec::with_capacity(numbers.len());
    for number in numbers.into_iter().rev() {
        if let Some(record) = get(number)? {
            keys.push(parse(number, &record).ok_or_else(damaged)?);
        }
    }
    Ok(keys)
}

fn parse(number: u32, record: &[u8]) -> Option<StoredKey> {
    let (&VERSION, rest) = record.split_first()? else {
        return None;
    };
    let (created, secret) = rest.split_first_chunk()?;
    Some(StoredKey {
        number,
        created: Timestamp::from_secs(u64::from_be_bytes(*created)),
        secret: X25519Secret::new(secret.try_into().ok()?),
    })
}

fn damaged() -> StoreError {
    StoreError::Damaged {
        what: "a key of the receiver".to_owned(),
    }
}
