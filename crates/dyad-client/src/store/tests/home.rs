//! Opening a home: bad keys, damaged files, other processes, no keyring.

use super::*;

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
            "store::tests::home::child_without_a_keyring",
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
