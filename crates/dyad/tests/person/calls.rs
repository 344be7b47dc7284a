//! Calls from the command line, which lists, declines and ends them; placing and taking one is for the page.

use crate::stage::{Home, fails};

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
    for args in [&["call", "start", "Blair"][..], &["call", "take"]] {
        let told = home.ok(args);
        assert_eq!(told["type"], "call_in_page");
        assert!(told["url"].as_str().unwrap().contains("/enter?"));
        let text = home.run(args).out;
        assert!(text.contains("camera and microphone"), "{text}");
    }
    let changed = home.ok(&["settings", "--relayed-calls", "yes"]);
    assert_eq!(changed["settings"]["relayed_calls"], true);
}
