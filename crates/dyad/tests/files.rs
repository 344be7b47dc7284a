//! Files with the real program: sent, shown, fetched and saved by command, and going on after apps and the provider were
//! killed in the middle.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod scenario;

use std::fs;
use std::path::Path;
use std::time::Duration;

use scenario::{Person, Provider, lines, wait_until};
use serde_json::Value;

/// For anything that services do by themselves.
const SETTLE: Duration = Duration::from_secs(300);

fn friends(provider: &Provider) -> (Person, Person) {
    let (alex, blair) = (Person::new("Alex"), Person::new("Blair"));
    for person in [&alex, &blair] {
        person.up();
        person.ok(&["provider", "add", &provider.url()]);
    }
    let link = alex.invite("Blair");
    blair.ok(&["accept", &link, "--name", "Alex"]);
    wait_until("both know each other", SETTLE, || {
        alex.send("Blair", "begin")
    });
    (alex, blair)
}

fn files(person: &Person) -> Vec<Value> {
    let answers = lines(&person.run(&["inbox", "--peek", "--limit", "1000"]));
    let messages = answers
        .iter()
        .filter_map(|answer| answer["messages"].as_array())
        .flatten();
    messages
        .filter(|message| message["kind"] == "file")
        .cloned()
        .collect()
}

fn noise(path: &Path, len: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (0..len)
        .map(|i| (i as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn files_go_by_command_and_survive_the_death_of_every_process() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let small = noise(&path("small.bin"), 1_000);
    let other = noise(&path("other.txt"), 70_000);

    let sent = alex.ok(&[
        "send",
        "Blair",
        "--file",
        path("small.bin").to_str().unwrap(),
        "--file",
        path("other.txt").to_str().unwrap(),
        "two of them",
        "--wait=200",
    ]);
    assert_eq!(sent[0]["type"], "files_sent");
    assert_eq!(sent[0]["sent"].as_array().unwrap().len(), 2);
    let there = files(&blair);
    let names: Vec<&str> = there
        .iter()
        .filter_map(|m| m["file"]["name"].as_str())
        .collect();
    assert_eq!(names.len(), 2, "{there:?}");
    assert!(names.contains(&"small.bin") && names.contains(&"other.txt"));
    let first = there
        .iter()
        .find(|m| m["file"]["name"] == "small.bin")
        .unwrap();
    assert_eq!(
        (&first["text"], &first["file"]["state"]),
        (&"two of them".into(), &"offered".into())
    );

    // To a folder, under its own name; and to a file that must not be there yet.
    let to = path("downloads");
    fs::create_dir(&to).unwrap();
    let id = first["id"].to_string();
    let fetched = blair.ok(&["fetch", &id, "-o", to.to_str().unwrap(), "--wait"]);
    assert_eq!(fetched[0]["saved"], to.join("small.bin").to_str().unwrap());
    assert_eq!(fs::read(to.join("small.bin")).unwrap(), small);
    let again = blair.run(&["fetch", &id, "-o", to.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
    let second = there
        .iter()
        .find(|m| m["file"]["name"] == "other.txt")
        .unwrap();
    let target = path("mine.txt");
    let target_text = target.to_str().unwrap();
    blair.ok(&[
        "fetch",
        &second["id"].to_string(),
        "-o",
        target_text,
        "--wait",
    ]);
    assert_eq!(fs::read(&target).unwrap(), other);
    let missing = alex.run(&["send", "Blair", "--file", "/nowhere/at/all"]);
    assert_eq!(missing.status.code(), Some(2));

    // A large one, while everything is killed in turn.
    let large = noise(&path("large.bin"), 40_000_000);
    let large_path = path("large.bin");
    let begun = alex.run(&["send", "Blair", "--file", large_path.to_str().unwrap()]);
    assert!(matches!(begun.status.code(), Some(0 | 75)), "{begun:?}");
    // It was read: what becomes of it now does not matter.
    fs::remove_file(&large_path).unwrap();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        alex.kill();
        alex.up();
        std::thread::sleep(Duration::from_millis(500));
        provider.kill();
        provider.resume();
    }
    wait_until("the large one is offered", SETTLE, || {
        files(&blair).len() == 3
    });
    let id = files(&blair).pop().unwrap()["id"].to_string();
    let begun = blair.run(&["fetch", &id, "--wait=0"]);
    assert!(matches!(begun.status.code(), Some(0 | 75)), "{begun:?}");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(700));
        blair.kill();
        blair.up();
    }
    let target = path("arrived.bin");
    blair.ok(&["fetch", &id, "-o", target.to_str().unwrap(), "--wait=280"]);
    assert!(fs::read(&target).unwrap() == large, "other bytes arrived");
    assert!(!path("arrived.bin.part").exists());
}
