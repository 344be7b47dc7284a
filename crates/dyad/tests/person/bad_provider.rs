//! Providers that cannot be reached, say nonsense, have changed, or give nothing any more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::stage::{Home, Provider, fails, free_port, friends};

/// Something that listens and is no provider.
fn impostor(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            answer(&mut stream);
        }
    });
    url
}

fn named(home: &Home) -> Vec<String> {
    let list = home.ok(&["provider", "list"]);
    list["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["host"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_provider_that_is_not_there_or_no_provider_is_told_apart_and_not_added() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let add = |url: &str| {
        let (code, word, message) = home.script(&["provider", "add", url]).error();
        assert_eq!(code, 69, "{url}: {message}");
        (word, message)
    };
    let (word, message) = add(&format!("http://127.0.0.1:{}", free_port()));
    assert_eq!(word, "unreachable", "{message}");
    let pages = impostor(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<h1>Hello</h1>");
    });
    let (word, message) = add(&pages);
    assert!(
        message.contains(pages.trim_start_matches("http://")),
        "{word}: {message}"
    );
    add(&impostor(|stream| {
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    }));
    add(&impostor(|stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
        );
    }));
    add(&impostor(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    }));
    assert_eq!(named(&home), Vec::<String>::new());
}

#[test]
fn a_provider_that_never_answers_is_given_up() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    let silent = impostor(|_| std::thread::sleep(Duration::from_secs(300)));
    let begin = std::time::Instant::now();
    fails(
        &home.script(&["provider", "add", &silent]),
        69,
        "timeout",
        "did not answer in time",
    );
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn addresses_that_are_none_are_refused() {
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    for url in [
        "",
        "http://",
        "https://a b",
        "gopher://dyad.example",
        "https://dyad.example:99999",
        "https://user@dyad.example",
    ] {
        assert_eq!(home.script(&["provider", "add", url]).error().0, 2, "{url}");
    }
    // Without encryption only within this machine.
    assert_eq!(
        home.script(&["provider", "add", "http://dyad.example"])
            .error()
            .0,
        2
    );
    assert_eq!(
        home.script(&["provider", "remove", "dyad.example"])
            .error()
            .0,
        2
    );
}

#[test]
fn a_closed_provider_wants_a_code_and_says_when_it_is_wrong() {
    let provider = Provider::with_issuer("open_registration = false");
    let home = Home::new();
    home.ok(&["me", "--name", "Alex"]);
    fails(
        &home.script(&["provider", "add", &provider.url()]),
        2,
        "code-needed",
        "--code",
    );
    assert_eq!(
        home.script(&["provider", "add", &provider.url(), "--code", "made-up"])
            .error()
            .0,
        2
    );
    assert_eq!(named(&home), Vec::<String>::new());
}

#[test]
fn a_provider_is_added_once_listed_and_removed() {
    let provider = Provider::start();
    let home = Home::with("Alex", &[&provider]);
    fails(
        &home.script(&["provider", "add", &provider.url()]),
        2,
        "already-added",
        "in use already",
    );
    assert_eq!(named(&home), [provider.host()]);
    assert!(
        home.run(&["provider", "list"])
            .out
            .contains("issuer, sender, receiver")
    );
    let removed = home.ok(&["provider", "remove", &provider.host()]);
    assert_eq!(removed["removed"]["host"], provider.host());
}

#[test]
fn a_provider_that_shows_another_key_is_not_used_and_the_person_is_told() {
    let mut provider = Provider::start();
    let (alex, _blair) = friends(&provider);
    provider.stop();
    std::fs::remove_dir_all(provider.data()).unwrap();
    provider.resume();
    let kept = alex.script(&["send", "Blair", "to whom?"]);
    assert_eq!(kept.code, 75, "{kept:?}");
    alex.sync_until("it is noticed", |alex| {
        alex.ok(&["provider", "list"])["providers"][0]["key_changed"] == true
    });
    let text = alex.run(&["provider", "list"]).out;
    assert!(text.contains("another key"), "{text}");
    assert_eq!(alex.messages()[0]["state"], "waiting");
}

#[test]
fn without_tokens_messages_are_kept_and_it_is_said_why() {
    let tier = "open_registration = true\n[issuer.tiers.standard]\nmessage = 12\nmailbox = 4";
    let provider = Provider::with_issuer(tier);
    let (alex, _blair) = friends(&provider);
    let last = (0..30)
        .map(|n| alex.script(&["send", "Blair", &format!("message {n}")]))
        .find(|done| done.code != 0);
    let refused = last.expect("the tokens end");
    assert_eq!(refused.code, 75, "{refused:?}");
    let sent = refused.json();
    assert_eq!(sent["sent"]["message"]["state"], "waiting");
    let note = sent["sent"]["note"].as_str().unwrap();
    assert!(note.contains("token") || note.contains("today"), "{note}");
    let status = alex.run(&["status"]).out;
    assert!(status.contains("0 left of 12 a day"), "{status}");
}

#[test]
fn without_a_mailbox_nobody_is_invited_and_it_is_said_whose_fault_that_is() {
    let tier = "open_registration = true\n[issuer.tiers.standard]\nmessage = 12\nmailbox = 0";
    let provider = Provider::with_issuer(tier);
    let alex = Home::with("Alex", &[&provider]);
    let invited = alex.script(&["invite", "--name", "Blair"]);
    fails(&invited, 75, "no-mailbox-yet", &provider.host());
    fails(&invited, 75, "no-mailbox-yet", "Nothing was changed");
    let list = alex.ok(&["provider", "list"]);
    assert_eq!(list["providers"].as_array().unwrap().len(), 1);

    let other = Provider::start();
    alex.ok(&["provider", "add", &other.url()]);
    alex.ok(&["invite", "--name", "Blair"]);
}
