//! Disks that are full, for real: the app's, the one that a file is saved to, and those of the services that keep files. It is
//! said what happened, nothing is lost or left half written, and everything goes on when there is room again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::{Home, Provider, SOON, fails, friends, introduced};

const FULL: &str = "The disk is full";
const LARGE: usize = 8_000_000;

fn noise(folder: &Path, name: &str, len: usize) -> (PathBuf, Vec<u8>) {
    let bytes: Vec<u8> = (0..len)
        .map(|i| (i as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let path = folder.join(name);
    fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn file_of(home: &Home) -> Option<Value> {
    home.messages().into_iter().find(|m| m["kind"] == "file")
}

/// Waits for something to hold.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < SOON, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The number of the message with the file, once it is there.
fn offered(home: &Home) -> String {
    home.sync_until("the file is offered", |home| file_of(home).is_some());
    file_of(home).unwrap()["id"].to_string()
}

#[test]
fn a_home_on_a_full_disk_says_so_loses_nothing_and_goes_on() {
    let provider = Provider::start();
    let Some((alex, blair)) = Home::small(16).zip(Home::small(32)) else {
        return;
    };
    let (alex, blair) = introduced(
        alex.using("Alex", &[&provider]),
        blair.using("Blair", &[&provider]),
    );
    let folder = tempfile::tempdir().unwrap();
    let (huge, _) = noise(folder.path(), "huge", 40_000_000);
    let (large, bytes) = noise(folder.path(), "large", LARGE);
    let sealed = |home: &Home| home.disk().seen(&home.path().join("blobs"));

    // Attaching what does not fit: nothing is sent, and nothing of it lies about.
    let send = |path: &Path| alex.script(&["send", "Blair", "--file", path.to_str().unwrap()]);
    fails(&send(&huge), 75, "disk-full", FULL);
    fails(&send(&huge), 75, "disk-full", "Nothing was sent");
    assert!(alex.messages().is_empty() && names(&sealed(&alex)).is_empty());

    // Not a byte is left: what is here can be read, and nothing is half written.
    alex.disk().fill(0);
    assert!(alex.messages().is_empty());
    fails(
        &alex.script(&["send", "Blair", "hello"]),
        75,
        "disk-full",
        FULL,
    );
    fails(&send(&large), 75, "disk-full", FULL);
    alex.disk().clear();
    assert!(alex.messages().is_empty() && names(&sealed(&alex)).is_empty());
    alex.ok(&["send", "Blair", "hello"]);
    alex.ok(&["send", "Blair", "--file", large.to_str().unwrap()]);

    // Fetching what does not fit: it waits and says why, and texts still come.
    let id = offered(&blair);
    blair.disk().fill(3_000_000);
    let begun = blair.script(&["fetch", &id, "--wait=5"]);
    assert_eq!(begun.code, 75, "{begun:?}");
    let why = begun.json()["message"]["file"]["why"].to_string();
    assert!(why.contains(FULL), "{why}");
    let told = blair.run(&["fetch", &id, "--wait=0"]).out;
    assert!(told.contains(FULL), "{told}");
    assert!(blair.run(&["status"]).out.contains(FULL));
    assert!(names(&sealed(&blair)).is_empty());
    alex.ok(&["send", "Blair", "can you read this"]);
    blair.sync_until("the text came", |blair| {
        blair
            .received()
            .iter()
            .any(|text| text == "can you read this")
    });

    // It goes on by itself in the process that waits.
    let mut waiting = blair.command(&["fetch", &id, "--wait=100", "--json"]);
    let waiting = waiting.stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(4));
    blair.disk().clear();
    let fetched = waiting.wait_with_output().unwrap();
    assert!(fetched.status.success(), "{fetched:?}");

    // Saving to a full disk: no file, no half file; later it is there.
    blair.disk().fill(1_000_000);
    let to = blair.path().with_file_name("mine");
    let save = || blair.script(&["fetch", &id, "-o", to.to_str().unwrap()]);
    fails(&save(), 75, "disk-full", "Nothing was written");
    let left = names(&blair.disk().seen(to.parent().unwrap()));
    assert!(
        !left.iter().any(|name| name.starts_with("mine")),
        "{left:?}"
    );
    blair.disk().clear();
    assert_eq!(save().code, 0);
    assert!(fs::read(blair.disk().seen(&to)).unwrap() == bytes);
}

#[test]
fn a_service_without_room_for_files_says_so_and_the_file_goes_later() {
    let Some(provider) = Provider::with_small("blobs", 16) else {
        return;
    };
    let (alex, blair) = friends(&provider);
    let folder = tempfile::tempdir().unwrap();
    let (large, bytes) = noise(folder.path(), "large", LARGE);
    provider.disk().fill(6_000_000);
    let sent = alex.script(&["send", "Blair", "--file", large.to_str().unwrap()]);
    assert_eq!(sent.code, 75, "{sent:?}");
    // It was read: what becomes of it now does not matter.
    fs::remove_file(&large).unwrap();
    let id = file_of(&alex).unwrap()["id"].to_string();
    let why = alex.run(&["why", &id]).out;
    assert!(
        why.contains("has no room left") && why.contains("goes on"),
        "{why}"
    );
    let status = alex.run(&["status"]).out;
    assert!(
        status.contains(&format!("the file of message {id}")),
        "{status}"
    );
    // Messages go on; and of what did not fit nothing is left, once the service has ended what it still took.
    alex.ok(&["send", "Blair", "hello"]);
    let blobs = provider.disk().seen(&provider.data().join("blobs"));
    let halves = || -> Vec<String> {
        let kept = names(&blobs).into_iter().filter(|name| name != "filler");
        kept.flat_map(|blob| names(&blobs.join(blob)))
            .filter(|part| !part.bytes().all(|b| b.is_ascii_digit()))
            .collect()
    };
    until("no half part is left", || halves().is_empty());
    provider.disk().clear();
    alex.sync_until("the file has gone", |alex| {
        file_of(alex).unwrap()["state"] != "waiting"
    });
    let id = offered(&blair);
    let to = folder.path().join("arrived");
    blair.ok(&["fetch", &id, "-o", to.to_str().unwrap(), "--wait=60"]);
    assert!(fs::read(&to).unwrap() == bytes);
}

#[test]
fn what_a_receiver_cannot_keep_it_passes_on_all_the_same() {
    let Some(provider) = Provider::with_small("blob-cache", 2) else {
        return;
    };
    let (alex, blair) = friends(&provider);
    let folder = tempfile::tempdir().unwrap();
    let (large, bytes) = noise(folder.path(), "large", LARGE);
    alex.ok(&["send", "Blair", "--file", large.to_str().unwrap()]);
    let id = offered(&blair);
    let to = folder.path().join("arrived");
    blair.ok(&["fetch", &id, "-o", to.to_str().unwrap(), "--wait=60"]);
    assert!(fs::read(&to).unwrap() == bytes);
    let cache = provider.disk().seen(&provider.data().join("blob-cache"));
    assert!(!names(&cache).iter().any(|name| name.starts_with("new-")));
}
