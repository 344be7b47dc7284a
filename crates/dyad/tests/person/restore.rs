//! A backup that is put back, with the real program.

use serde_json::json;

use crate::stage::{Home, Provider, friends, put};

fn until(alex: &Home, blair: &Home, texts: &[&str]) {
    blair.sync_until(&texts.join(", "), |blair| {
        alex.script(&["sync"]);
        blair.received() == texts
    });
}

/// What was written after the backup is known at the contact's by the names that what is written now would get again.
#[test]
fn what_is_written_after_a_restore_is_no_repetition() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    alex.ok(&["send", "Blair", "One"]);
    until(&alex, &blair, &["One"]);
    let folder = tempfile::tempdir().unwrap();
    if folder.path().metadata().unwrap().created().is_err() {
        println!("left out: this file system does not say when a file was made");
        return;
    }
    let backup = folder.path().join("backup");
    put(&alex.path(), &backup);
    alex.ok(&["send", "Blair", "Two"]);
    until(&alex, &blair, &["One", "Two"]);

    put(&backup, &alex.path());
    alex.ok(&["send", "Blair", "Three"]);
    until(&alex, &blair, &["One", "Two", "Three"]);
    blair.ok(&["send", "Alex", "Four"]);
    until(&blair, &alex, &["Four"]);
    let known = alex.ok(&["contact", "show", "Blair"])["details"]["provenance"].clone();
    let anew = known.as_array().unwrap().iter().filter(|entry| {
        let kind = entry["kind"].as_str().unwrap();
        // Whichever side was first.
        kind.starts_with("repaired-")
    });
    assert_eq!(anew.count(), 1, "{known}");
    let states: Vec<_> = alex.messages().iter().map(|m| m["state"].clone()).collect();
    assert!(!states.contains(&json!("failed")), "{states:?}");
}
