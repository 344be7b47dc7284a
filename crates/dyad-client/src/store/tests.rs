//! The store against bad keys, bad disks, other processes and sudden death.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dyad_protocol::address::RecipientAddress;
use dyad_protocol::api::fetch::{Entry, Position};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Payload;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{AddressId, MessageId, RelationshipId, RootAddress, StreamId};
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::ServiceKeyHash;
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;

use super::history::Page;
use super::relationships::Columns;
use super::*;
use crate::ErrorKind;
use crate::options::ClientRng;
use crate::view::{ContactStatus, MessageState};

mod changed;
mod versions;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ID: RelationshipId = RelationshipId::new([7; 16]);

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(text.to_owned().into())
}

fn create(home: &Path) -> Store {
    let mut rng = ClientRng::system();
    Store::create(
        home,
        &passphrase("correct horse"),
        KdfCost::MINIMAL,
        &Database::File,
        &mut rng.0,
    )
    .unwrap()
}

fn open(home: &Path, text: &str) -> Result<Store> {
    Store::open(home, &passphrase(text), &Database::File)
}

fn contact(store: &Store, nick: &str, id: RelationshipId) {
    let columns = Columns {
        status: ContactStatus::Active,
        deadline: None,
        name: None,
        pronouns: None,
        verified_at: None,
        repairs: 0,
    };
    store
        .write(|tx| relationships::insert(tx, &id, nick, b"state", &columns, None, NOW))
        .unwrap();
}

fn incoming(store: &Store, seq: u64, text: &str) -> Option<u64> {
    let message = MessageId {
        stream: StreamId::new([1; 8]),
        seq,
    };
    store
        .write(|tx| history::insert_incoming(tx, &ID, &message, NOW, &Payload::text(text), NOW))
        .unwrap()
}

/// All files but the lock, which is rewritten by whoever opens.
fn files(home: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("lock"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_profile_is_opened_by_its_passphrase_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(open(home.path(), "x").unwrap_err().code, "no-profile");
    assert!(files(home.path()).is_empty());
    let store = create(home.path());
    contact(&store, "Blair", ID);
    drop(store);

    let before = files(home.path());
    let error = open(home.path(), "battery staple").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Config, "wrong-passphrase")
    );
    assert_eq!(files(home.path()), before);

    let store = open(home.path(), "correct horse").unwrap();
    assert!(
        store
            .read(|c| relationships::by_nick(c, "BLAIR"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn nothing_readable_is_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    incoming(&store, 1, "a very recognisable sentence");
    for (path, bytes) in files(home.path()) {
        let found = bytes.windows(12).any(|part| part == b"recognisable");
        assert!(!found, "{}", path.display());
    }
    drop(store);
    for (_, bytes) in files(home.path()) {
        assert!(!bytes.starts_with(b"SQLite format 3"));
    }
}

#[test]
fn a_damaged_file_is_reported_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    drop(store);
    let paths = open::paths(home.path());
    let good = std::fs::read(&paths.database).unwrap();
    for (place, byte) in [(0, 1), (good.len() / 2, 1), (good.len() - 1, 0x80)] {
        let mut bad = good.clone();
        bad[place] ^= byte;
        std::fs::write(&paths.database, &bad).unwrap();
        let error = open(home.path(), "correct horse").unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_str()),
            (ErrorKind::Config, "damaged"),
            "byte {place}"
        );
        assert!(error.message.contains("kept"), "{error}");
        assert_eq!(std::fs::read(&paths.database).unwrap(), bad);
    }
    for cut in [0, 100, good.len() - 1000] {
        std::fs::write(&paths.database, &good[..cut]).unwrap();
        assert_eq!(
            open(home.path(), "correct horse").unwrap_err().code,
            "damaged",
            "cut at {cut}"
        );
    }
    std::fs::write(&paths.database, &good).unwrap();
    assert!(open(home.path(), "correct horse").is_ok());

    let header = std::fs::read(&paths.key).unwrap();
    std::fs::write(&paths.key, b"{\"version\": 1}").unwrap();
    assert_eq!(
        open(home.path(), "correct horse").unwrap_err().code,
        "damaged"
    );
    std::fs::remove_file(&paths.key).unwrap();
    assert_eq!(
        open(home.path(), "correct horse").unwrap_err().code,
        "damaged"
    );
    std::fs::write(&paths.key, header).unwrap();
    std::fs::remove_file(&paths.database).unwrap();
    assert_eq!(
        open(home.path(), "correct horse").unwrap_err().code,
        "damaged"
    );
}

#[test]
fn a_newer_store_is_refused_unchanged() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    store
        .connection
        .lock()
        .pragma_update(None, "user_version", schema::SCHEMA_VERSION + 1)
        .unwrap();
    drop(store);
    let error = open(home.path(), "correct horse").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Config, "newer")
    );
    let key = open::paths(home.path()).key;
    std::fs::write(&key, b"{\"version\": 2, \"more\": true}").unwrap();
    assert_eq!(
        open(home.path(), "correct horse").unwrap_err().code,
        "newer"
    );
}

#[test]
fn an_existing_profile_is_never_overwritten() {
    let home = tempfile::tempdir().unwrap();
    drop(create(home.path()));
    let before = files(home.path());
    let mut rng = ClientRng::system();
    let again = Store::create(
        home.path(),
        &passphrase("other"),
        KdfCost::MINIMAL,
        &Database::File,
        &mut rng.0,
    );
    assert_eq!(again.unwrap_err().code, "exists");
    assert_eq!(files(home.path()), before);
}

#[test]
fn making_a_profile_begins_again_after_a_crash_in_the_middle() {
    let home = tempfile::tempdir().unwrap();
    let paths = open::paths(home.path());
    std::fs::write(&paths.unfinished, b"half").unwrap();
    std::fs::write(&paths.key, b"{\"ver").unwrap();
    assert!(!exists(home.path()));
    drop(create(home.path()));
    assert!(exists(home.path()) && !paths.unfinished.exists());
    assert!(open(home.path(), "correct horse").is_ok());

    std::fs::remove_file(&paths.database).unwrap();
    let key = std::fs::read(&paths.key).unwrap();
    let mut rng = ClientRng::system();
    let again = Store::create(
        home.path(),
        &passphrase("other"),
        KdfCost::MINIMAL,
        &Database::File,
        &mut rng.0,
    );
    assert_eq!(
        again.unwrap_err().code,
        "damaged",
        "the database may be in a backup"
    );
    assert_eq!(std::fs::read(&paths.key).unwrap(), key);
}

#[test]
fn a_second_opener_learns_who_has_it() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    let error = open(home.path(), "correct horse").unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Config, "locked")
    );
    let own = std::process::id();
    assert!(error.message.contains(&format!("process {own}")), "{error}");
    assert_eq!(holder(home.path()), Some(own));
    drop(store);
    assert_eq!(holder(home.path()), None);
    assert!(open(home.path(), "correct horse").is_ok());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().unwrap();
    let home = outer.path().join("home");
    let store = create(&home);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home), 0o700);
    assert_eq!(mode(&open::paths(&home).database), 0o600);
    assert_eq!(mode(&open::paths(&home).key), 0o600);
    drop(store);
}

#[test]
fn a_message_appears_once_however_often_it_comes() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    assert!(incoming(&store, 1, "hello").is_some());
    assert!(incoming(&store, 1, "hello").is_none());
    assert_eq!(
        store
            .read(|c| history::list(c, None, Page::Newest, 10))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_fetched_message_is_stored_once_with_its_position() {
    let memory = MemoryDatabase::new().unwrap();
    let store = Store::open(Path::new(""), &Unlock::Keyring, &Database::Memory(memory)).unwrap();
    let root = RootAddress::new([3; 16]);
    store
        .write(|tx| {
            tx.execute(
                "INSERT INTO mailboxes (receiver, address_key, access_key, root, created, ends, minting, minting_until)
                 VALUES ('a.example', zeroblob(32), zeroblob(32), ?1, 0, 0, '', 0)",
                [root.as_bytes()],
            )?;
            Ok(())
        })
        .unwrap();
    let entry = |root, position| Entry {
        root,
        position: Position(position),
        address: AddressId::new([0; 16]),
        sealed: SealedMessage::from_slice(&[0; SEALED_LEN]).unwrap(),
    };
    let stored = |entry: &Entry| store.write(|tx| inbox::store(tx, entry, NOW)).unwrap();
    assert!(stored(&entry(root, 5)));
    assert!(!stored(&entry(root, 5)));
    assert!(!stored(&entry(root, 4)));
    assert!(!stored(&entry(RootAddress::new([9; 16]), 1)));
    let fetched = store.read(inbox::next).unwrap().unwrap();
    store.write(|tx| inbox::remove(tx, &fetched)).unwrap();
    assert!(
        !stored(&entry(root, 5)),
        "removed, but its position is remembered"
    );
    assert!(stored(&entry(root, 6)));
}

#[test]
fn searching_finds_words_by_their_beginning_without_accents_or_case() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    incoming(&store, 1, "Das Café öffnet um neun");
    incoming(&store, 2, "see you at nine");
    let found = |words: &str| {
        let found = store.read(|c| history::search(c, words, 10)).unwrap();
        found
            .into_iter()
            .map(|message| message.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("caf OFF"), ["Das Café öffnet um neun"]);
    assert_eq!(found("n"), ["see you at nine", "Das Café öffnet um neun"]);
    assert!(found("café nine").is_empty());
    assert!(found("").is_empty());
    for odd in ["\"", "NEAR(", "a OR", "* -", "col:x"] {
        found(odd);
    }
}

#[test]
fn messages_that_wait_for_one_receiver_do_not_hold_up_others() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    let waits = |number: u16, receiver: &str, payload| outbox::Waiting {
        id: [number.to_be_bytes(); 8].concat().try_into().unwrap(),
        relationship: Some(ID),
        receiver: ServiceRecord {
            host: receiver.parse().unwrap(),
            key_hash: ServiceKeyHash::new([1; 32]),
        },
        address: RecipientAddress::from_slice(&[1; RecipientAddress::LEN]).unwrap(),
        sealed: SealedMessage::from_slice(&[1; SEALED_LEN]).unwrap(),
        class: TrafficClass::Prompt,
        expires: NOW.plus(86_400),
        created: NOW.plus(number.into()),
        payload,
        message: None,
        last_error: None,
    };
    store
        .write(|tx| {
            for number in 0..300 {
                outbox::insert(tx, &waits(number, "away.example", true))?;
            }
            outbox::insert(tx, &waits(300, "here.example", true))?;
            outbox::insert(tx, &waits(301, "here.example", false))
        })
        .unwrap();
    let receivers = |limit, skip: &str| -> Vec<String> {
        let items = store.read(|c| outbox::waiting(c, limit, |host| host.to_string() != skip));
        items
            .unwrap()
            .into_iter()
            .map(|item| item.receiver.host.to_string())
            .collect()
    };
    assert_eq!(receivers(256, "").len(), 32 + 2, "so many of one receiver");
    assert_eq!(receivers(2, ""), ["away.example", "here.example"]);
    assert_eq!(receivers(256, "away.example"), ["here.example"; 2]);
}

#[test]
fn two_contacts_of_one_name_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Alex", ID);
    let next = store.read(|c| relationships::free_nick(c, "alex")).unwrap();
    assert_eq!(next, "alex 2");
    contact(&store, &next, RelationshipId::new([8; 16]));
    assert_eq!(
        store.read(|c| relationships::free_nick(c, "ALEX")).unwrap(),
        "ALEX 3"
    );
}

#[test]
fn a_full_disk_stops_a_step_whole_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path());
    contact(&store, "Blair", ID);
    incoming(&store, 1, "before");
    let pages: u32 = store
        .connection
        .lock()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store
        .connection
        .lock()
        .pragma_update(None, "max_page_count", pages + 2)
        .unwrap();
    let large = "x".repeat(100_000);
    let message = MessageId {
        stream: StreamId::new([1; 8]),
        seq: 2,
    };
    let error = store
        .write(|tx| {
            relationships::rename(tx, &ID, "Halfway")?;
            history::insert_incoming(tx, &ID, &message, NOW, &Payload::text(large.clone()), NOW)
        })
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::TryLater, DISK_FULL)
    );
    assert!(
        store
            .read(|c| relationships::by_nick(c, "Blair"))
            .unwrap()
            .is_some()
    );
    store
        .connection
        .lock()
        .pragma_update(None, "max_page_count", 1_000_000)
        .unwrap();
    assert!(incoming(&store, 2, &large).is_some());
    assert_eq!(
        store
            .read(|c| history::list(c, None, Page::Newest, 10))
            .unwrap()
            .len(),
        2
    );
}

/// In the child process, where no keyring can be reached.
#[test]
#[ignore = "the other half of the next test"]
fn child_without_a_keyring() {
    let home = PathBuf::from(std::env::var_os("DYAD_TEST_HOME").unwrap());
    let mut rng = ClientRng::system();
    let made = Store::create(
        &home,
        &Unlock::Keyring,
        KdfCost::MINIMAL,
        &Database::File,
        &mut rng.0,
    );
    let error = made.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Config, "no-keyring")
    );
    assert!(error.message.contains("passphrase"), "{error}");
}

#[test]
fn a_machine_without_a_keyring_says_so_and_takes_a_passphrase() {
    let home = tempfile::tempdir().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "store::tests::child_without_a_keyring",
        ])
        .env("DYAD_TEST_HOME", home.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    assert!(!exists(home.path()));
    drop(create(home.path()));
    assert!(open(home.path(), "correct horse").is_ok());
}

/// In the child process: writes messages until it is killed, saying each number after it is stored.
#[test]
#[ignore = "the other half of the next test"]
fn child_that_writes_until_killed() {
    let home = PathBuf::from(std::env::var_os("DYAD_TEST_HOME").unwrap());
    let store = open(&home, "correct horse").unwrap();
    let first = store
        .read(|c| history::list(c, None, Page::Newest, 1))
        .unwrap()
        .last()
        .map_or(1, |m| m.id + 1);
    for seq in first.. {
        incoming(&store, seq, &format!("message {seq}")).unwrap();
        eprintln!("stored {seq}");
    }
}

#[test]
fn what_was_stored_survives_kill_9_and_the_lock_does_not() {
    use std::io::{BufRead, BufReader};
    let home = tempfile::tempdir().unwrap();
    contact(&create(home.path()), "Blair", ID);
    let mut said = 0;
    for round in 0..5_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "store::tests::child_that_writes_until_killed",
            ])
            .env("DYAD_TEST_HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let numbers = lines.map_while(std::result::Result::ok);
        for number in numbers.filter_map(|line| {
            line.strip_prefix("stored ")
                .and_then(|n| n.parse::<u64>().ok())
        }) {
            said = number;
            if said >= (round + 1) * 10 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(home.path(), "correct horse").unwrap();
        let kept = store
            .read(|c| history::list(c, None, Page::Newest, 10_000))
            .unwrap();
        assert!(
            kept.len() as u64 >= said,
            "{} kept, {said} reported",
            kept.len()
        );
        let whole = |(index, message): (usize, &crate::view::MessageView)| {
            message.text == format!("message {}", index + 1)
                && message.state == MessageState::Received
        };
        assert!(kept.iter().enumerate().all(whole));
    }
    assert!(said >= 50);
}
