//! The tables, and how an older store becomes a newer one.

use rusqlite::Connection;

use super::trouble::damaged;
use super::unlock::newer;
use crate::error::Result;

/// Version of the tables below, kept in the database header (`PRAGMA user_version`).
pub(super) const SCHEMA_VERSION: u32 = 1;
/// Tells this file from other SQLite files (`PRAGMA application_id`): "Dyad".
const APPLICATION_ID: u32 = 0x4479_6164;

/// Makes the tables, unless they are there.
pub(super) fn create(connection: &Connection) -> Result<()> {
    match version(connection)? {
        0 => {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            ))?;
            Ok(())
        }
        _ => migrate(connection),
    }
}

/// Brings an existing store up to date; refuses one that is ahead.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    match version(connection)? {
        SCHEMA_VERSION => Ok(()),
        // The crash that left a database without tables happened before anything was in it.
        0 => create(connection),
        found if found > SCHEMA_VERSION => Err(newer("The local store")),
        _ => Err(damaged("its version is unknown")),
    }
}

fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

const TABLES: &str = r"
-- Small values by name, as JSON.
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One contact each; state is the engine's, the other columns are copies for looking up.
CREATE TABLE relationships (
  id BLOB PRIMARY KEY, nick TEXT NOT NULL, nick_key TEXT NOT NULL UNIQUE, state BLOB NOT NULL,
  status INTEGER NOT NULL, deadline INTEGER, name TEXT, pronouns TEXT, verified_at INTEGER,
  repairs INTEGER NOT NULL, created INTEGER NOT NULL, commitment BLOB UNIQUE
) WITHOUT ROWID;
CREATE INDEX relationships_deadline ON relationships (deadline) WHERE deadline IS NOT NULL;

CREATE TABLE invitations (
  id BLOB PRIMARY KEY, state BLOB NOT NULL, name TEXT, reuse INTEGER NOT NULL, created INTEGER NOT NULL,
  expires INTEGER NOT NULL, ends INTEGER NOT NULL, uses INTEGER NOT NULL, open INTEGER NOT NULL, locator BLOB NOT NULL UNIQUE,
  withdraw_key BLOB NOT NULL, host TEXT NOT NULL, hosted INTEGER NOT NULL
) WITHOUT ROWID;

-- Whose a fetched message is: exactly one of the two is set.
CREATE TABLE addresses (address BLOB PRIMARY KEY, relationship BLOB, invitation BLOB) WITHOUT ROWID;
CREATE INDEX addresses_relationship ON addresses (relationship) WHERE relationship IS NOT NULL;

-- The conversation. direction: 0 in, 1 out. content only where it is not the text itself.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, relationship BLOB NOT NULL REFERENCES relationships(id),
  direction INTEGER NOT NULL, stream BLOB, seq INTEGER, sent INTEGER NOT NULL, received INTEGER,
  kind TEXT NOT NULL, content BLOB, fallback TEXT, text TEXT NOT NULL, state INTEGER NOT NULL, state_since INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_identity ON messages (relationship, direction, stream, seq) WHERE stream IS NOT NULL;
CREATE INDEX messages_relationship ON messages (relationship, id);
CREATE INDEX messages_unread ON messages (relationship) WHERE state = 7;
CREATE VIRTUAL TABLE messages_text USING fts5(
  text, content='messages', content_rowid='id', prefix='2 3', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
  INSERT INTO messages_text (rowid, text) VALUES (new.id, new.text); END;
CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
  INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.id, old.text); END;

-- Sealed messages on their way out. ticket: set once a sender service has it.
CREATE TABLE outbox (
  id BLOB PRIMARY KEY, relationship BLOB, receiver TEXT NOT NULL, receiver_key BLOB NOT NULL,
  address BLOB NOT NULL, sealed BLOB, class INTEGER NOT NULL, expires INTEGER NOT NULL, created INTEGER NOT NULL,
  payload INTEGER NOT NULL, last_error TEXT, sender TEXT, ticket BLOB, accepted INTEGER, next_status INTEGER,
  overdue INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (created) WHERE ticket IS NULL;
CREATE INDEX outbox_status ON outbox (next_status) WHERE ticket IS NOT NULL;
-- The very bytes given to a sender service: repeated until it gives a definite answer.
CREATE TABLE submissions (
  outgoing BLOB NOT NULL REFERENCES outbox(id) ON DELETE CASCADE, sender TEXT NOT NULL,
  bytes BLOB NOT NULL, good_until INTEGER NOT NULL, PRIMARY KEY (outgoing, sender)
) WITHOUT ROWID;
-- Sender services that will not take a message, whatever the token.
CREATE TABLE refusals (
  outgoing BLOB NOT NULL REFERENCES outbox(id) ON DELETE CASCADE, sender TEXT NOT NULL, PRIMARY KEY (outgoing, sender)
) WITHOUT ROWID;

CREATE TABLE tokens (
  token BLOB PRIMARY KEY, issuer TEXT NOT NULL, redeemer TEXT NOT NULL, class INTEGER NOT NULL, epoch INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tokens_use ON tokens (redeemer, class, epoch);
-- state: 0 asked for, 1 received, 2 refused for good.
CREATE TABLE token_batches (
  issuer TEXT NOT NULL, class INTEGER NOT NULL, epoch INTEGER NOT NULL, redeemer TEXT NOT NULL, key BLOB NOT NULL,
  seed BLOB, count INTEGER NOT NULL, state INTEGER NOT NULL, problem TEXT, PRIMARY KEY (issuer, class, epoch)
) WITHOUT ROWID;

CREATE TABLE providers (
  host TEXT PRIMARY KEY, account_key BLOB NOT NULL, code TEXT, added INTEGER NOT NULL, removed INTEGER,
  enrolled INTEGER NOT NULL, quotas TEXT NOT NULL, key_hash BLOB NOT NULL, document BLOB NOT NULL,
  document_at INTEGER NOT NULL, key_changed INTEGER NOT NULL, last_ok INTEGER, last_error TEXT, failed_since INTEGER
) WITHOUT ROWID;
-- What strangers' hosts publish, fetched through our own sender services.
CREATE TABLE documents (host TEXT PRIMARY KEY, json BLOB NOT NULL, fetched INTEGER NOT NULL, problem TEXT) WITHOUT ROWID;

-- Our mailboxes; root is missing until the receiver has answered.
CREATE TABLE mailboxes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, address_key BLOB NOT NULL, access_key BLOB NOT NULL,
  token BLOB, root BLOB UNIQUE, created INTEGER NOT NULL, ends INTEGER NOT NULL, minting TEXT NOT NULL,
  minting_until INTEGER NOT NULL, position INTEGER NOT NULL DEFAULT 0, retired INTEGER, refused INTEGER
);
-- Fetched and acknowledged, not yet opened.
CREATE TABLE inbox (
  root BLOB NOT NULL, position INTEGER NOT NULL, address BLOB NOT NULL, sealed BLOB NOT NULL,
  fetched INTEGER NOT NULL, PRIMARY KEY (root, position)
) WITHOUT ROWID;

-- Things to do at services, repeated until done or pointless.
CREATE TABLE errands (
  id INTEGER PRIMARY KEY AUTOINCREMENT, errand TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, last_error TEXT
);
CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, relationship BLOB, kind TEXT NOT NULL, text TEXT NOT NULL
);
";
