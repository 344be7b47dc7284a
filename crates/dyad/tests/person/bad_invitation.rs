//! Invitations that are not good, or not good any more.

use std::fs;

use crate::stage::{Home, Provider, fails, invite, status_of};

#[test]
fn what_is_no_invitation_is_refused_and_changes_nothing() {
    let provider = Provider::start();
    let home = Home::with("Alex", &[&provider]);
    let good = invite(&home, "Blair");
    let cut = &good[..good.len() - 5];
    for text in [
        "https://dyad.example/",
        "https://dyad.example/i#",
        "https://dyad.example/i#AQAA",
        "https://dyad.example/i#\u{1b}[2J",
        "ftp://dyad.example/i#AQAA",
        "dyad-invitation:AQAA",
        "dyad-invitation:",
        cut,
    ] {
        let (code, word, message) = home.script(&["accept", text]).error();
        assert_eq!(
            (code, word.as_str()),
            (2, "malformed-invitation"),
            "{text}: {message}"
        );
    }
    fails(
        &home.script(&["accept", "https://dyad.example/i#_wAA"]),
        2,
        "newer-invitation",
        "update",
    );
    fails(
        &home.script(&["accept", "/no/such/file"]),
        2,
        "invitation-malformed",
        "/no/such/file",
    );
    assert_eq!(home.ok(&["contacts"])["contacts"], serde_json::json!([]));
}

#[test]
fn ones_own_invitation_is_not_accepted() {
    let provider = Provider::start();
    let home = Home::with("Alex", &[&provider]);
    fails(
        &home.script(&["accept", &invite(&home, "Blair")]),
        2,
        "own-invitation",
        "your own",
    );
}

#[test]
fn an_invitation_is_accepted_once_by_the_same_person() {
    let provider = Provider::start();
    let (alex, blair) = (
        Home::with("Alex", &[&provider]),
        Home::with("Blair", &[&provider]),
    );
    let link = invite(&alex, "Blair");
    blair.ok(&["accept", &link]);
    fails(
        &blair.script(&["accept", &link]),
        2,
        "already-accepted",
        "Alex",
    );
    assert_eq!(
        blair.ok(&["contacts"])["contacts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn of_two_who_accept_one_invitation_the_first_wins_and_the_second_is_told() {
    let provider = Provider::start();
    let alex = Home::with("Alex", &[&provider]);
    let (blair, casey) = (
        Home::with("Blair", &[&provider]),
        Home::with("Casey", &[&provider]),
    );
    let link = invite(&alex, "Blair");
    blair.ok(&["accept", &link]);
    alex.sync_until("the first came", |alex| {
        status_of(alex, "Blair").as_deref() == Some("active")
    });
    // The link may be void by now; whoever fetched it before still answers.
    let second = casey.script(&["accept", &link]);
    if second.code == 0 {
        casey.sync_until("the second is told", |casey| {
            alex.script(&["sync"]);
            status_of(casey, "Alex").as_deref() == Some("refused")
        });
    } else {
        let (code, _, message) = second.error();
        assert_eq!(code, 2, "{message}");
    }
    assert_eq!(
        alex.ok(&["contacts"])["contacts"].as_array().unwrap().len(),
        1
    );
    assert_eq!(status_of(&blair, "Alex").as_deref().unwrap(), "requested");
    blair.sync_until("the first is in", |blair| {
        status_of(blair, "Alex").as_deref() == Some("active")
    });
}

#[test]
fn of_two_who_hold_the_invitation_as_a_file_only_one_gets_in() {
    let provider = Provider::start();
    let alex = Home::with("Alex", &[&provider]);
    let (blair, casey) = (
        Home::with("Blair", &[&provider]),
        Home::with("Casey", &[&provider]),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("for-blair");
    alex.ok(&[
        "invite",
        "--name",
        "Blair",
        "--file",
        file.to_str().unwrap(),
    ]);
    for home in [&blair, &casey] {
        home.ok(&["accept", file.to_str().unwrap()]);
    }
    alex.sync_until("one is in", |alex| {
        status_of(alex, "Blair").as_deref() == Some("active")
    });
    let states = || {
        [
            status_of(&blair, "Alex").unwrap(),
            status_of(&casey, "Alex").unwrap(),
        ]
    };
    alex.sync_until("both know", |_| {
        blair.script(&["sync"]);
        casey.script(&["sync"]);
        let mut states = states();
        states.sort();
        states == ["active", "refused"]
    });
    assert_eq!(
        alex.ok(&["contacts"])["contacts"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn an_invitation_that_the_host_swapped_is_not_used() {
    let provider = Provider::start();
    let (alex, blair) = (
        Home::with("Alex", &[&provider]),
        Home::with("Blair", &[&provider]),
    );
    let (first, second) = (invite(&alex, "Blair"), invite(&alex, "Casey"));
    // The secret of the one with the hash of the other: what the host holds does not fit the link.
    let decode = |link: &str| unbase64(link.rsplit('#').next().unwrap());
    let mixed = [&decode(&first)[..33], &decode(&second)[33..]].concat();
    let link = format!("{}/i#{}", provider.url(), base64(&mixed));
    fails(
        &blair.script(&["accept", &link]),
        2,
        "substituted",
        &provider.host(),
    );
    assert_eq!(blair.ok(&["contacts"])["contacts"], serde_json::json!([]));
}

#[test]
fn a_withdrawn_invitation_is_gone() {
    let provider = Provider::start();
    let (alex, blair) = (
        Home::with("Alex", &[&provider]),
        Home::with("Blair", &[&provider]),
    );
    let link = invite(&alex, "Blair");
    let listed = alex.ok(&["invitations"]);
    let id = listed["invitations"][0]["id"].as_str().unwrap().to_owned();
    let withdrawn = alex.ok(&["withdraw", &id[..8]]);
    assert_eq!(withdrawn["invitation"]["open"], false);
    assert_eq!(alex.script(&["withdraw", "ffffffff"]).error().0, 2);
    alex.script(&["sync"]);
    let (code, word, message) = blair.script(&["accept", &link]).error();
    assert_eq!((code, word.as_str()), (2, "gone"), "{message}");
    let left = alex.ok(&["invitations"]);
    let open = left["invitations"]
        .as_array()
        .unwrap()
        .iter()
        .any(|i| i["open"] == true);
    assert!(!open, "{left}");
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let provider = Provider::start();
    let alex = Home::with("Alex", &[&provider]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("precious");
    fs::write(&file, "precious").unwrap();
    fails(
        &alex.script(&["invite", "--file", file.to_str().unwrap()]),
        2,
        "file-not-created",
        "exists already",
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(
        alex.ok(&["invitations"])["invitations"],
        serde_json::json!([])
    );
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn unbase64(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for c in text.bytes() {
        bits = bits << 6 | ALPHABET.iter().position(|a| *a == c).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn base64(bytes: &[u8]) -> String {
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |byte| byte >> (7 - i % 8) & 1);
    let digit = |i: usize| (0..6).fold(0, |digit, j| digit << 1 | bit(i + j));
    (0..bytes.len() * 8)
        .step_by(6)
        .map(|i| ALPHABET[usize::from(digit(i))] as char)
        .collect()
}
