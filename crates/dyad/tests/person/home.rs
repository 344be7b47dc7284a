//! The home: its lock, its key, and what it says when it is not as it should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::stage::{Home, done, fails, snapshot};

#[test]
fn a_home_is_for_its_owner_only() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&home.path()), 0);
    assert_eq!(mode(&home.path().join("profile.db")), 0);
}

#[test]
fn nothing_that_was_written_can_be_read_from_the_files() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alexandrina Unmistakable"]);
    for (path, bytes) in snapshot(&home.path()) {
        let found = bytes.windows(12).any(|part| part == b"Unmistakable");
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn a_wrong_passphrase_changes_nothing() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let before = snapshot(&home.path());
    let wrong = done(
        home.command(&["me", "--json"])
            .env("DYAD_PASSPHRASE", "wrong"),
    );
    fails(&wrong, 78, "wrong-passphrase", "passphrase is wrong");
    assert_eq!(files(&before), files(&snapshot(&home.path())));
    assert_eq!(home.ok(&["me"])["profile"]["name"], "Alex");
}

#[test]
fn a_damaged_store_is_named_and_left_as_it_is() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let path = home.path().join("profile.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[..middle] {
        *byte ^= 0x5a;
    }
    fs::write(&path, &bytes).unwrap();
    fails(&home.script(&["me"]), 78, "damaged", "damaged");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_store_of_a_newer_release_is_named_and_left_as_it_is() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let path = home.path().join("profile.key");
    let mut header: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    header["version"] = 200.into();
    fs::write(&path, header.to_string()).unwrap();
    let before = snapshot(&home.path());
    fails(&home.script(&["me"]), 78, "newer", "newer");
    assert_eq!(files(&before), files(&snapshot(&home.path())));
}

/// What counts: the lock file holds the process id of whoever came last.
fn files(all: &[(std::path::PathBuf, Vec<u8>)]) -> Vec<&(std::path::PathBuf, Vec<u8>)> {
    all.iter()
        .filter(|(path, _)| !path.ends_with("lock"))
        .collect()
}

#[test]
fn how_one_is_called_can_be_set_and_taken_back() {
    let home = Home::new();
    let me = home.ok(&[
        "me",
        "--name",
        "Alex",
        "--pronouns",
        "they/them",
        "--read-receipts",
        "yes",
    ]);
    assert_eq!(
        me,
        serde_json::json!({
            "type": "me",
            "profile": {
                "id": 1, "name": "Alex", "pronouns": "they/them", "read_receipts": true,
                "badge": { "colour": 0, "letters": "" }, "default": true, "picture": null
            }
        })
    );
    home.ok(&["me", "--pronouns", ""]);
    assert_eq!(
        home.ok(&["me"])["profile"]["pronouns"],
        serde_json::Value::Null
    );
    assert_eq!(
        home.run(&["me"]).out,
        "Name           Alex\nWhen you read  contacts are told\n"
    );
}

#[test]
fn empty_lists_say_what_to_do_and_are_empty_for_scripts() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    for (args, key, hint) in [
        (&["contacts"][..], "contacts", "dyad invite"),
        (&["invitations"], "invitations", "dyad invite"),
        (&["inbox"], "messages", "dyad sync"),
        (&["provider", "list"], "providers", "dyad provider add URL"),
        (&["search", "hello"], "messages", "No message"),
    ] {
        assert_eq!(home.ok(args)[key], serde_json::json!([]), "{args:?}");
        let text = home.run(args).out;
        assert!(text.contains(hint), "{args:?}: {text}");
    }
}

#[test]
fn without_a_provider_what_needs_one_says_so() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let (code, _, message) = home.script(&["invite"]).error();
    assert_eq!(code, 78, "{message}");
    assert!(message.contains("provider"), "{message}");
}
