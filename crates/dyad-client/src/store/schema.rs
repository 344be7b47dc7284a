//! The tables, and how an older store becomes a newer one.

use rusqlite::Connection;

use super::unlock::newer;
use crate::error::Result;

/// Version of the tables below, kept in the database header (`PRAGMA user_version`).
pub(super) const SCHEMA_VERSION: u32 = 5;
/// Tells this file from other SQLite files (`PRAGMA application_id`): "Dyad".
const APPLICATION_ID: u32 = 0x4479_6164;

/// Makes the tables, unless they are there.
pub(super) fn create(connection: &Connection) -> Result<()> {
    match version(connection)? {
        0 => advance(connection, 0),
        _ => migrate(connection),
    }
}

/// Brings an existing store up to date; refuses one that is ahead.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    match version(connection)? {
        SCHEMA_VERSION => Ok(()),
        found if found > SCHEMA_VERSION => Err(newer("The local store")),
        // 0: the crash that left a database without tables happened before anything was in it.
        found => advance(connection, found),
    }
}

/// All steps from version `from` to this one, in one transaction.
fn advance(connection: &Connection, from: u32) -> Result<()> {
    let steps = STEPS.get(from as usize..).unwrap_or_default().concat();
    let batch = format!(
        "BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    );
    connection.execute_batch(&batch).map_err(|error| {
        // A step that failed half-way leaves the store as it was.
        let _ = connection.execute_batch("ROLLBACK");
        error.into()
    })
}

fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// What makes each version out of the one before. Never change one that was released.
const STEPS: [&str; SCHEMA_VERSION as usize] = [FIRST, SECOND, THIRD, FOURTH, FIFTH];

/// Version 1.
pub(super) const FIRST: &str = r"
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

/// Version 2: what is done to messages after they were written, messages that vanish, the person's own marks, and
/// several profiles.
const SECOND: &str = r"
-- hidden: of a kind that this release does not know and that has nothing to show. deleted: the text is gone.
-- ours, theirs: reactions. timer: seconds; of the kind 'timer' the new setting.
ALTER TABLE messages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reply_direction INTEGER;
ALTER TABLE messages ADD COLUMN reply_stream BLOB;
ALTER TABLE messages ADD COLUMN reply_seq INTEGER;
ALTER TABLE messages ADD COLUMN edited_at INTEGER;
ALTER TABLE messages ADD COLUMN edit_order INTEGER;
ALTER TABLE messages ADD COLUMN ours TEXT;
ALTER TABLE messages ADD COLUMN ours_order INTEGER;
ALTER TABLE messages ADD COLUMN theirs TEXT;
ALTER TABLE messages ADD COLUMN theirs_order INTEGER;
ALTER TABLE messages ADD COLUMN timer INTEGER;
ALTER TABLE messages ADD COLUMN expires_at INTEGER;
CREATE INDEX messages_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX messages_failed ON messages (relationship) WHERE state IN (5, 6);
CREATE TRIGGER messages_changed AFTER UPDATE OF text ON messages WHEN old.text IS NOT new.text BEGIN
  INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO messages_text (rowid, text) VALUES (new.id, new.text); END;
-- Words of deleted messages leave the index at once, not when it is next merged.
INSERT INTO messages_text (messages_text, rank) VALUES ('secure-delete', 1);

-- What we did to messages, until the contact's app confirms it. about: the message here.
CREATE TABLE acts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, relationship BLOB NOT NULL, about INTEGER, stream BLOB, seq INTEGER, payload TEXT NOT NULL
);
CREATE UNIQUE INDEX acts_identity ON acts (relationship, stream, seq) WHERE stream IS NOT NULL;
CREATE INDEX acts_about ON acts (about) WHERE about IS NOT NULL;
-- What a contact did to messages of theirs that have not come yet. kind: 0 edit, 1 reaction, 2 deletion.
CREATE TABLE early (
  relationship BLOB NOT NULL, stream BLOB NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,
  place INTEGER NOT NULL, text TEXT, sent INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (relationship, stream, seq, kind)
) WITHOUT ROWID;
CREATE INDEX early_age ON early (relationship, at);
-- Messages of contacts that have vanished here: nothing brings them back.
CREATE TABLE gone (
  relationship BLOB NOT NULL, stream BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (relationship, stream, seq)
) WITHOUT ROWID;
CREATE INDEX gone_age ON gone (at);

ALTER TABLE relationships ADD COLUMN draft TEXT;
ALTER TABLE relationships ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relationships ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relationships ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relationships ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE relationships ADD COLUMN timer INTEGER;
ALTER TABLE relationships ADD COLUMN timer_order INTEGER;
ALTER TABLE relationships ADD COLUMN profile INTEGER NOT NULL DEFAULT 1;
ALTER TABLE invitations ADD COLUMN profile INTEGER NOT NULL DEFAULT 1;

-- Which message a sealed one carries.
ALTER TABLE outbox ADD COLUMN stream BLOB;
ALTER TABLE outbox ADD COLUMN seq INTEGER;
CREATE INDEX outbox_message ON outbox (relationship, stream, seq) WHERE stream IS NOT NULL;

-- How the person presents themselves. Exactly one is the default.
CREATE TABLE profiles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, pronouns TEXT, read_receipts INTEGER NOT NULL,
  colour INTEGER NOT NULL, letters TEXT NOT NULL, is_default INTEGER NOT NULL
);
INSERT INTO profiles (id, name, pronouns, read_receipts, colour, letters, is_default) VALUES (
  1, coalesce((SELECT json_extract(value, '$.presentation.name') FROM settings WHERE key = 'profile'), ''),
  (SELECT json_extract(value, '$.presentation.pronouns') FROM settings WHERE key = 'profile'),
  coalesce((SELECT json_extract(value, '$.read_receipts') FROM settings WHERE key = 'profile'), 0), 0, '', 1);
INSERT INTO settings SELECT 'traffic', json_quote(json_extract(value, '$.traffic')) FROM settings
  WHERE key = 'profile' AND json_extract(value, '$.traffic') IS NOT NULL;
DELETE FROM settings WHERE key = 'profile';
";

/// Version 3: files.
const THIRD: &str = r"
-- What is kept as a blob: its ciphertext lies in the folder `blobs` under the name `disk`. Without a message it is only
-- still to be cleared away. stage: 0 offered, 1 wanted, 2 here, 3 expired, 4 not what was sent, 5 refused. done: parts.
-- request: the very bytes given to a service, with tokens that are taken until request_until.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER UNIQUE REFERENCES messages(id) ON DELETE SET NULL,
  ours INTEGER NOT NULL, disk BLOB NOT NULL UNIQUE, name TEXT NOT NULL, media_type TEXT, width INTEGER, height INTEGER,
  preview BLOB, key BLOB NOT NULL, size INTEGER NOT NULL, sha256 BLOB NOT NULL,
  host TEXT, locator BLOB, ends INTEGER, secret BLOB, created INTEGER NOT NULL DEFAULT 0,
  uploaded INTEGER NOT NULL DEFAULT 0,
  request BLOB, request_first INTEGER, request_until INTEGER, request_via TEXT,
  stage INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER NOT NULL, last_error TEXT
);
CREATE INDEX files_wanted ON files (next_attempt) WHERE stage = 1;
";

/// Version 4: games, other apps of the person, and calls.
const FOURTH: &str = r"
-- state: the chain of entries, as JSON. ours: we asked for it. open: the invitation is not answered.
CREATE TABLE games (
  id INTEGER PRIMARY KEY AUTOINCREMENT, relationship BLOB NOT NULL, game BLOB NOT NULL, ours INTEGER NOT NULL,
  state TEXT NOT NULL, open INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL
);
CREATE UNIQUE INDEX games_identity ON games (relationship, game);
-- Which step a message is. game: missing until the invitation has come. text: the move. standing: 0 counts, 1 waits, 2 void.
CREATE TABLE game_steps (
  message INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE, relationship BLOB NOT NULL, wire BLOB NOT NULL,
  game INTEGER REFERENCES games(id) ON DELETE CASCADE, hash BLOB, number INTEGER NOT NULL, step INTEGER NOT NULL, text TEXT,
  standing INTEGER NOT NULL
);
CREATE INDEX game_steps_game ON game_steps (game, message);
CREATE INDEX game_steps_early ON game_steps (relationship, wire) WHERE game IS NULL;

-- The kind that the blob of a 'long' is content of, if it is no text.
ALTER TABLE messages ADD COLUMN carries TEXT;

-- How every message stands for whoever follows. All changes are counted: `last` is the count at the last change of the
-- message, `first` at the one that made it what it is. One that is gone leaves its row for a while; gone: when that was
-- noted, 0 until then.
CREATE TABLE feed (
  message INTEGER PRIMARY KEY, relationship BLOB NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, gone INTEGER
);
CREATE TABLE feed_count (n INTEGER NOT NULL);
INSERT INTO feed SELECT id, relationship, kind, id, id, NULL FROM messages;
INSERT INTO feed_count SELECT coalesce(max(id), 0) FROM messages;
CREATE UNIQUE INDEX feed_last ON feed (last);
CREATE INDEX feed_kind ON feed (kind, first);
CREATE INDEX feed_gone ON feed (gone) WHERE gone IS NOT NULL;
CREATE TRIGGER feed_inserted AFTER INSERT ON messages BEGIN
  UPDATE feed_count SET n = n + 1;
  INSERT INTO feed SELECT new.id, new.relationship, new.kind, n, n, NULL FROM feed_count; END;
-- Theirs is what it carries only when all of it is here; ours is from the beginning. That the person has seen what an app
-- was told before is not told to the app.
CREATE TRIGGER feed_changed AFTER UPDATE OF kind, carries, text, state, deleted, ours, theirs, expires_at ON messages
WHEN new.direction = 1 OR instr(new.kind, '.') = 0 OR old.kind IS NOT new.kind OR old.deleted IS NOT new.deleted
  OR old.ours IS NOT new.ours OR old.theirs IS NOT new.theirs BEGIN
  UPDATE feed_count SET n = n + 1;
  UPDATE feed SET last = (SELECT n FROM feed_count) WHERE message = new.id;
  UPDATE feed SET kind = iif(new.direction = 1, coalesce(new.carries, new.kind), new.kind), first = last
    WHERE message = new.id AND kind <> iif(new.direction = 1, coalesce(new.carries, new.kind), new.kind); END;
CREATE TRIGGER feed_deleted AFTER DELETE ON messages BEGIN
  UPDATE feed_count SET n = n + 1;
  UPDATE feed SET last = (SELECT n FROM feed_count), gone = 0 WHERE message = old.id; END;

-- Other programs of the person. token: the hash of what such a program shows; missing until it has fetched it. secret:
-- what its ids are made with. types: JSON.
CREATE TABLE apps (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, types TEXT NOT NULL,
  messages INTEGER NOT NULL, all_contacts INTEGER NOT NULL, token BLOB UNIQUE, secret BLOB NOT NULL, created INTEGER NOT NULL,
  last_used INTEGER
);
CREATE TABLE app_contacts (
  app INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE, relationship BLOB NOT NULL, PRIMARY KEY (app, relationship)
) WITHOUT ROWID;
-- Tokens of apps that were, so that they can be told why they are refused.
CREATE TABLE app_revoked (token BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
-- Programs that ask to become apps. secret: the hash of what they poll with. wrong: codes that were none.
CREATE TABLE pairings (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, types TEXT NOT NULL, messages INTEGER NOT NULL,
  secret BLOB NOT NULL, code TEXT NOT NULL UNIQUE, asked INTEGER NOT NULL, ends INTEGER NOT NULL, wrong INTEGER NOT NULL DEFAULT 0,
  app INTEGER REFERENCES apps(id) ON DELETE CASCADE, denied INTEGER NOT NULL DEFAULT 0
);
-- What an app sent under a key of its own, so that it is sent once however often the app says it.
CREATE TABLE app_sends (
  app INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE, key TEXT NOT NULL, digest BLOB NOT NULL, message INTEGER NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (app, key)
) WITHOUT ROWID;

-- live: not over. progress: JSON. until: when it ends by itself. Without a message it is not shown: nothing but words that
-- came before the beginning.
CREATE TABLE calls (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, relationship BLOB NOT NULL,
  message INTEGER UNIQUE REFERENCES messages(id) ON DELETE SET NULL, progress TEXT NOT NULL, live INTEGER NOT NULL,
  until INTEGER NOT NULL, video INTEGER NOT NULL, began INTEGER NOT NULL, UNIQUE (relationship, id)
);
CREATE INDEX calls_live ON calls (until) WHERE live;
-- Descriptions of which not all is here.
CREATE TABLE call_pieces (
  call INTEGER NOT NULL REFERENCES calls(number) ON DELETE CASCADE, step INTEGER NOT NULL, round INTEGER NOT NULL,
  parts INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (call, step, round, parts, part)
) WITHOUT ROWID;
-- What the contact's browser said to ours. candidates: JSON.
CREATE TABLE call_signals (
  id INTEGER PRIMARY KEY AUTOINCREMENT, call INTEGER NOT NULL REFERENCES calls(number) ON DELETE CASCADE,
  step TEXT NOT NULL, round INTEGER NOT NULL, description TEXT, candidates TEXT NOT NULL,
  UNIQUE (call, step, round, candidates)
);
";

/// Version 5: long texts in edits, drafts of mails, games that are taken up again after a restore, and how far files
/// are for other apps of the person; pictures beside names.
const FIFTH: &str = r"
-- Ours: the new text of this message, which says nothing of it before it is at a service.
ALTER TABLE files ADD COLUMN edits INTEGER REFERENCES messages(id) ON DELETE SET NULL;
CREATE UNIQUE INDEX files_edits ON files (edits) WHERE edits IS NOT NULL;
-- Of an edit that does not fit into a message: the content of the 'long' that it makes.
ALTER TABLE early ADD COLUMN content BLOB;
-- A mail that is being written, as JSON.
ALTER TABLE relationships ADD COLUMN mail_draft TEXT;
-- How many entries there were when we last asked for those that may be missing, if we did by ourselves.
ALTER TABLE games ADD COLUMN asked INTEGER;
-- How often the contact was told what was played, on that day.
ALTER TABLE games ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE games ADD COLUMN told_day INTEGER;
-- Not what belongs to a payload of another app, which is told of only when all of it is here.
CREATE TRIGGER feed_file AFTER UPDATE OF stage, uploaded ON files
WHEN new.message IS NOT NULL AND (old.stage IS NOT new.stage OR old.uploaded IS NOT new.uploaded)
  AND EXISTS (SELECT 1 FROM feed WHERE message = new.message AND instr(kind, '.') = 0) BEGIN
  UPDATE feed_count SET n = n + 1;
  UPDATE feed SET last = (SELECT n FROM feed_count) WHERE message = new.message; END;
-- What our profiles show. A picture is always one that was made here, out of what was given.
CREATE TABLE profile_pictures (
  profile INTEGER PRIMARY KEY REFERENCES profiles(id) ON DELETE CASCADE, picture BLOB NOT NULL, sha256 BLOB NOT NULL
);
-- What was last said to whom, and by whom. place: the order. message: the hidden one that says it, while it is needed.
-- sha256: of the picture, missing for none; where it is empty nobody knows what the contact knows.
CREATE TABLE pictures_said (
  relationship BLOB PRIMARY KEY REFERENCES relationships(id) ON DELETE CASCADE, place INTEGER NOT NULL, sha256 BLOB,
  message INTEGER UNIQUE REFERENCES messages(id) ON DELETE SET NULL
);
CREATE TABLE pictures_heard (
  relationship BLOB PRIMARY KEY REFERENCES relationships(id) ON DELETE CASCADE, place INTEGER NOT NULL,
  message INTEGER UNIQUE REFERENCES messages(id) ON DELETE SET NULL, sha256 BLOB, picture BLOB
);
";
