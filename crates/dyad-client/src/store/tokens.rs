//! Tokens in stock, and batches that were asked for.

use dyad_protocol::id::HostName;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{BatchSeed, Token, TokenClass, TokenKeyPublic, TokenScope};
use rusqlite::{Connection, OptionalExtension, params};

use super::providers;
use super::row::{bytes, host, unreadable};
use crate::error::Result;

/// A batch whose tokens have not come yet. The seed is stored before the request is sent: the same
/// request can then be repeated, and a lost answer loses no tokens.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) scope: TokenScope,
    pub(crate) key: TokenKeyPublic,
    pub(crate) seed: BatchSeed,
    pub(crate) count: u16,
}

pub(crate) fn insert_batch(connection: &Connection, batch: &Batch) -> Result<()> {
    let Batch {
        scope,
        key,
        seed,
        count,
    } = batch;
    connection.execute(
        "INSERT INTO token_batches (issuer, class, epoch, redeemer, key, seed, count, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
         ON CONFLICT DO NOTHING",
        params![
            scope.issuer.as_str(), scope.class.number(), scope.epoch.number(), scope.redeemer.as_str(), key.as_bytes(),
            seed.expose(), count
        ],
    )?;
    Ok(())
}

/// Whether this day's batch was asked for, whatever came of it.
pub(crate) fn has_batch(
    connection: &Connection,
    issuer: &HostName,
    class: TokenClass,
    epoch: Epoch,
) -> Result<bool> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM token_batches WHERE issuer = ?1 AND class = ?2 AND epoch = ?3)",
        params![issuer.as_str(), class.number(), epoch.number()],
        |row| row.get(0),
    )?)
}

/// Batches still without an answer.
pub(crate) fn pending(connection: &Connection, issuer: &HostName) -> Result<Vec<Batch>> {
    let mut statement = connection.prepare_cached(
        "SELECT class, epoch, redeemer, key, seed, count FROM token_batches WHERE issuer = ?1 AND state = 0 ORDER BY epoch, count, class",
    )?;
    let rows = statement.query_map([issuer.as_str()], |row| {
        let class = TokenClass::from_number(row.get(0)?)
            .ok_or_else(|| unreadable(0, "an unknown token class"))?;
        Ok(Batch {
            scope: TokenScope {
                issuer: issuer.clone(),
                redeemer: host(row, 2)?,
                class,
                epoch: Epoch::from_number(row.get(1)?),
            },
            key: bytes(row, 3, TokenKeyPublic::from_slice)?,
            seed: BatchSeed::new(row.get(4)?),
            count: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The tokens are here; the seed goes.
pub(crate) fn finish(connection: &Connection, batch: &Batch, tokens: &[Token]) -> Result<()> {
    let Batch { scope, .. } = batch;
    let changed = connection.execute(
        "UPDATE token_batches SET state = 1, seed = NULL, problem = NULL WHERE issuer = ?1 AND class = ?2 AND epoch = ?3 AND state = 0",
        params![scope.issuer.as_str(), scope.class.number(), scope.epoch.number()],
    )?;
    if changed == 0 {
        return Ok(());
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO tokens VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for token in tokens {
        insert.execute(params![
            token.as_bytes().as_slice(),
            scope.issuer.as_str(),
            scope.redeemer.as_str(),
            scope.class.number(),
            scope.epoch.number()
        ])?;
    }
    Ok(())
}

/// No tokens for this day: the issuer refuses for good.
pub(crate) fn refuse(connection: &Connection, batch: &Batch, problem: &str) -> Result<()> {
    connection.execute(
        "UPDATE token_batches SET state = 2, seed = NULL, problem = ?4 WHERE issuer = ?1 AND class = ?2 AND epoch = ?3",
        params![batch.scope.issuer.as_str(), batch.scope.class.number(), batch.scope.epoch.number(), problem],
    )?;
    Ok(())
}

/// Forgets a batch that was asked for with a wrong key or count, so that it is asked for anew.
pub(crate) fn forget(connection: &Connection, batch: &Batch) -> Result<()> {
    connection.execute(
        "DELETE FROM token_batches WHERE issuer = ?1 AND class = ?2 AND epoch = ?3 AND state = 0",
        params![
            batch.scope.issuer.as_str(),
            batch.scope.class.number(),
            batch.scope.epoch.number()
        ],
    )?;
    Ok(())
}

pub(crate) fn set_problem(connection: &Connection, batch: &Batch, problem: &str) -> Result<()> {
    connection.execute(
        "UPDATE token_batches SET problem = ?4 WHERE issuer = ?1 AND class = ?2 AND epoch = ?3 AND problem IS NOT ?4",
        params![batch.scope.issuer.as_str(), batch.scope.class.number(), batch.scope.epoch.number(), problem],
    )?;
    Ok(())
}

/// Tokens of one issuer, made for one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payable {
    pub(crate) issuer: HostName,
    pub(crate) redeemer: HostName,
}

/// What a receiver takes for fetching files. Tokens of the class name the provider's sender, which keeps files, and its
/// receiver takes the same, also on another host: its issuer is the one that issues mailboxes there.
pub(crate) fn fetchable(connection: &Connection, receiver: &HostName) -> Result<Vec<Payable>> {
    let mut payable = Vec::new();
    for provider in providers::all(connection)? {
        let issuer = provider.document.body().issuer.as_ref();
        let Some(issuer) = issuer.filter(|_| provider.removed.is_none() && !provider.key_changed)
        else {
            continue;
        };
        let redeemer = |class| {
            let info = issuer.classes.iter().find(|info| info.class == class)?;
            Some(&info.redeemer)
        };
        let Some(redeemed) = redeemer(TokenClass::Blob) else {
            continue;
        };
        if redeemed == receiver || redeemer(TokenClass::Mailbox) == Some(receiver) {
            payable.push(Payable {
                issuer: provider.host.clone(),
                redeemer: redeemed.clone(),
            });
        }
    }
    Ok(payable)
}

/// Whether an issuer in use makes tokens of this class for this host.
pub(crate) fn issued_for(
    connection: &Connection,
    host: &HostName,
    class: TokenClass,
) -> Result<bool> {
    let in_use = |provider: &providers::Provider| provider.removed.is_none();
    let issues = |provider: &providers::Provider| {
        let issuer = provider.document.body().issuer.as_ref();
        issuer.is_some_and(|issuer| {
            let mut classes = issuer.classes.iter();
            classes.any(|info| info.class == class && info.redeemer == *host)
        })
    };
    let all = providers::all(connection)?;
    Ok(all.iter().filter(|p| in_use(p)).any(issues))
}

/// Takes one of these out of the stock, as [`take`] does.
pub(crate) fn take_of(
    connection: &Connection,
    of: &Payable,
    class: TokenClass,
    now: Timestamp,
) -> Result<Option<(Token, Epoch)>> {
    first(connection, &of.redeemer, Some(&of.issuer), class, now)
}

/// Takes one out of the stock, the one that expires first. The caller's transaction stores its use.
pub(crate) fn take(
    connection: &Connection,
    redeemer: &HostName,
    class: TokenClass,
    now: Timestamp,
) -> Result<Option<(Token, Epoch)>> {
    first(connection, redeemer, None, class, now)
}

fn first(
    connection: &Connection,
    redeemer: &HostName,
    issuer: Option<&HostName>,
    class: TokenClass,
    now: Timestamp,
) -> Result<Option<(Token, Epoch)>> {
    let today = Epoch::containing(now).number();
    Ok(connection
        .query_row(
            "DELETE FROM tokens WHERE token = (SELECT token FROM tokens WHERE redeemer = ?1 AND class = ?2 AND epoch IN (?3, ?4)
             AND (?5 IS NULL OR issuer = ?5) ORDER BY epoch, token LIMIT 1) RETURNING token, epoch",
            params![
                redeemer.as_str(),
                class.number(),
                today.saturating_sub(1),
                today,
                issuer.map(HostName::as_str)
            ],
            |row| Ok((bytes(row, 0, Token::from_slice)?, Epoch::from_number(row.get(1)?))),
        )
        .optional()?)
}

/// Whether there is one to take.
pub(crate) fn any(
    connection: &Connection,
    redeemer: &HostName,
    class: TokenClass,
    now: Timestamp,
) -> Result<bool> {
    let today = Epoch::containing(now).number();
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM tokens WHERE redeemer = ?1 AND class = ?2 AND epoch IN (?3, ?4))")?
        .query_row(
            params![redeemer.as_str(), class.number(), today.saturating_sub(1), today],
            |row| row.get(0),
        )?)
}

/// How many there are to take.
pub(crate) fn usable(
    connection: &Connection,
    redeemer: &HostName,
    class: TokenClass,
    now: Timestamp,
) -> Result<u64> {
    let today = Epoch::containing(now).number();
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM tokens WHERE redeemer = ?1 AND class = ?2 AND epoch IN (?3, ?4)",
        )?
        .query_row(
            params![
                redeemer.as_str(),
                class.number(),
                today.saturating_sub(1),
                today
            ],
            |row| row.get(0),
        )?)
}

/// What is in stock of a class from an issuer: usable now, and later.
pub(crate) fn stock(
    connection: &Connection,
    issuer: &HostName,
    class: TokenClass,
    now: Timestamp,
) -> Result<(u64, u64)> {
    let today = Epoch::containing(now).number();
    Ok(connection.query_row(
        "SELECT count(*) FILTER (WHERE epoch BETWEEN ?3 AND ?4), count(*) FILTER (WHERE epoch > ?4) FROM tokens WHERE issuer = ?1 AND class = ?2",
        params![issuer.as_str(), class.number(), today.saturating_sub(1), today],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Why the latest batch did not come, if it did not.
pub(crate) fn problem(
    connection: &Connection,
    issuer: &HostName,
    class: TokenClass,
) -> Result<Option<String>> {
    let found = connection
        .query_row(
            "SELECT problem FROM token_batches WHERE issuer = ?1 AND class = ?2 ORDER BY epoch DESC LIMIT 1",
            params![issuer.as_str(), class.number()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.flatten())
}

/// Drops what no service takes any more. A clock that jumped ahead must not cost the stock, hence a week.
pub(crate) fn expire(connection: &Connection, now: Timestamp) -> Result<()> {
    let oldest = Epoch::containing(now).number().saturating_sub(7);
    connection.execute("DELETE FROM tokens WHERE epoch < ?1", [oldest])?;
    connection.execute("DELETE FROM token_batches WHERE epoch < ?1", [oldest])?;
    Ok(())
}
