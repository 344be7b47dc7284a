//! Calls from the command line, which lists, declines and ends them; placing and taking one is for the page.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::stage::{Home, Provider, fails, friends, keys};

#[test]
fn without_calls_each_command_says_what_to_do() {
    let mut home = Home::new();
    let address = home.up(&[
        "--listen",
        "127.0.0.1:0",
        "--page",
        "127.0.0.1:0",
        "--no-open",
    ])["page"]
        .clone();
    assert!(address.is_string());
    assert_eq!(home.ok(&["call", "list"])["calls"], serde_json::json!([]));
    assert!(home.run(&["call", "list"]).out.contains("dyad page"));
    fails(
        &home.script(&["call", "decline"]),
        2,
        "no-such-call",
        "no such call",
    );
    fails(
        &home.script(&["call", "end"]),
        2,
        "no-such-call",
        "no such call",
    );
    fails(
        &home.script(&["call", "end", "7"]),
        2,
        "unknown-call",
        "call 7",
    );
    fails(
        &home.script(&["call", "start", "Blair"]),
        2,
        "unknown-nick",
        "Blair",
    );
    let invited = home.ok(&["invite", "--name", "Blair"]);
    assert!(invited["created"]["link"].is_string());
    // Nothing rings: the page itself.
    let told = home.ok(&["call", "take"]);
    assert_eq!(keys(&told), ["page", "type", "url"]);
    assert_eq!(told["type"], "call_in_page");
    assert!(told["url"].as_str().unwrap().contains("/enter?t="));
    assert!(told["page"].as_str().unwrap().ends_with('/'));
    let text = home.run(&["call", "take"]).out;
    assert!(text.contains("camera and microphone"), "{text}");
    let changed = home.ok(&["settings", "--relayed-calls", "yes"]);
    assert_eq!(changed["settings"]["relayed_calls"], true);
}

#[test]
fn the_address_that_is_printed_lets_a_browser_in_and_leads_to_the_call() {
    let provider = Provider::start();
    let (mut alex, _blair) = friends(&provider);
    alex.up(&[
        "--listen",
        "127.0.0.1:0",
        "--page",
        "127.0.0.1:0",
        "--no-open",
    ]);
    for (args, video) in [
        (&["call", "start", "Blair"][..], ""),
        (&["call", "start", "Blair", "--video"], "&video=1"),
    ] {
        let told = alex.ok(args);
        let (url, page) = (
            told["url"].as_str().unwrap(),
            told["page"].as_str().unwrap(),
        );
        let (root, place) = page.split_once("/call/new?of=").unwrap();
        assert!(
            place.ends_with(video) && place.len() == 32 + video.len(),
            "{page}"
        );
        // Where it leads is not in the address that lets in: nobody can make one that leads elsewhere.
        let token = url.strip_prefix(&format!("{root}/enter?t=")).unwrap();
        assert!(token.chars().all(|c| c.is_ascii_hexdigit()), "{url}");
        let host = root.strip_prefix("http://").unwrap();
        let led = asked(host, &format!("/enter?t={token}"));
        let place = format!("/call/new?of={}", place.replace('&', "&#38;"));
        assert!(
            led.starts_with("HTTP/1.1 200") && led.contains(&place),
            "{led}"
        );
        // Once.
        let again = asked(host, &format!("/enter?t={token}"));
        assert!(again.starts_with("HTTP/1.1 403"), "{again}");
        let strange = asked(host, page.strip_prefix(root).unwrap());
        assert!(strange.starts_with("HTTP/1.1 403"), "{strange}");
    }
    let text = alex.run(&["call", "start", "Blair"]).out;
    assert!(
        text.contains("/enter?t=") && text.contains("/call/new?of="),
        "{text}"
    );
}

/// What the page answers to somebody without a session.
fn asked(host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
