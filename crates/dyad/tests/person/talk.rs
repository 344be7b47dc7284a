//! What is done to messages, contacts and the app itself beyond sending: each command, what it prints, and what it
//! refuses.

use serde_json::{Value, json};

use crate::stage::{Home, Provider, fails, friends, keys};

/// Both exchange until `holds`.
fn until(alex: &Home, blair: &Home, what: &str, holds: impl Fn(&Home) -> bool) {
    blair.sync_until(what, |blair| {
        alex.script(&["sync"]);
        holds(blair)
    });
}

fn id(message: &Value) -> String {
    message["id"].to_string()
}

#[test]
fn messages_are_answered_edited_reacted_to_and_deleted() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let question = id(&alex.ok(&["send", "Blair", "Tea?"])["sent"]["message"]);
    until(&alex, &blair, "the question", |b| b.received() == ["Tea?"]);
    let there = id(&blair.messages()[0]);

    let answer = blair.ok(&["send", "Alex", "Yes", "--reply", &there]);
    let answer = &answer["sent"]["message"];
    assert_eq!(
        (
            &answer["reply_to"]["text"],
            &answer["reply_to"]["direction"]
        ),
        (&json!("Tea?"), &json!("in"))
    );
    let reacted = blair.ok(&["react", &there, "👍"]);
    assert_eq!(
        (&reacted["type"], &reacted["change"]),
        (&json!("message_changed"), &json!("reacted"))
    );
    assert_eq!(
        reacted["message"]["reactions"],
        json!([{ "emoji": "👍", "by": "out" }])
    );
    until(&blair, &alex, "answer and reaction", |a| {
        let all = a.messages();
        all.len() == 2 && all[0]["reactions"] == json!([{ "emoji": "👍", "by": "in" }])
    });
    let shown = alex.run(&["inbox", "--peek"]).out;
    assert!(
        shown.contains("> you: Tea?") && shown.contains("👍 Blair"),
        "{shown}"
    );

    let edited = alex.ok(&["edit", &question, "Coffee?"]);
    assert_eq!(edited["message"]["text"], "Coffee?");
    assert!(edited["message"]["edited_at"].is_u64());
    blair.ok(&["react", &there, "--none"]);
    until(&alex, &blair, "the edit", |b| b.received() == ["Coffee?"]);
    let shown = blair.run(&["inbox", "--peek"]).out;
    assert!(
        shown.contains("[edited, new]") || shown.contains("[edited"),
        "{shown}"
    );

    assert_eq!(
        alex.ok(&["delete", &question, "--both"])["change"],
        "deleted_for_both"
    );
    until(&alex, &blair, "the deletion", |b| {
        b.messages()[0]["deleted"] == true
    });
    assert!(blair.run(&["inbox"]).out.contains("(deleted)"));
    assert_eq!(blair.ok(&["search", "coffee"])["messages"], json!([]));
    let mine = id(&blair.messages()[1]);
    assert_eq!(blair.ok(&["delete", &mine])["change"], "deleted_here");
    until(&blair, &alex, "nothing", |a| {
        a.messages()[1]["text"] == "Yes"
    });

    fails(
        &alex.script(&["edit", &question, "x"]),
        2,
        "deleted",
        "deleted",
    );
    fails(
        &alex.script(&["edit", "999", "x"]),
        2,
        "unknown-message",
        "999",
    );
    let theirs = id(&alex.messages()[1]);
    fails(
        &alex.script(&["edit", &theirs, "x"]),
        2,
        "not-yours",
        "your own",
    );
    fails(
        &alex.script(&["delete", &theirs, "--both"]),
        2,
        "not-yours",
        "your own",
    );
    fails(
        &alex.script(&["react", &theirs, "no"]),
        2,
        "bad-reaction",
        "one emoji",
    );
    fails(&alex.script(&["react", &theirs]), 2, "usage", "EMOJI");
    fails(
        &alex.script(&["send", "Blair", "x", "--reply", "999"]),
        2,
        "unknown-message",
        "999",
    );
}

#[test]
fn a_message_that_waits_says_why() {
    let mut provider = Provider::start();
    let (alex, _blair) = friends(&provider);
    provider.stop();
    let sent = alex.script(&["send", "Blair", "hello?"]);
    assert_eq!(sent.code, 75, "{sent:?}");
    let number = id(&sent.json()["sent"]["message"]);
    let why = alex.ok(&["why", &number]);
    assert_eq!(
        keys(&why["why"]),
        [
            "detail",
            "id",
            "next_attempt",
            "since",
            "text",
            "whereabouts"
        ]
    );
    assert_eq!(why["why"]["whereabouts"]["is"], "held");
    let text = why["why"]["text"].as_str().unwrap();
    assert!(
        text.contains("No sender service has it yet") && text.contains("kept"),
        "{text}"
    );
    let shown = alex.run(&["why", &number]).out;
    assert!(
        shown.starts_with(&format!("Message {number}, since ")),
        "{shown}"
    );
    fails(&alex.script(&["why", "999"]), 2, "unknown-message", "999");
}

#[test]
fn messages_vanish_after_the_time_that_either_has_set() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let set = alex.ok(&["contact", "timer", "Blair", "3s"]);
    assert_eq!(
        (&set["change"], &set["contact"]["timer"]),
        (&json!("timer"), &json!(3))
    );
    let sent = alex.ok(&["send", "Blair", "brief"]);
    assert_eq!(sent["sent"]["message"]["timer"], 3);
    until(&alex, &blair, "both", |b| b.messages().len() == 2);
    assert!(
        blair
            .run(&["contact", "show", "Alex"])
            .out
            .contains("3 seconds")
    );
    let shown = blair.run(&["inbox"]).out;
    assert!(
        shown.contains("(messages vanish after 3 seconds from here on)") && shown.contains("brief"),
        "{shown}"
    );
    std::thread::sleep(std::time::Duration::from_secs(4));
    for home in [&alex, &blair] {
        let left = home.messages();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0]["kind"], "timer");
        assert_eq!(home.ok(&["search", "brief"])["messages"], json!([]));
    }
    assert_eq!(
        blair.ok(&["contact", "timer", "Alex", "off"])["contact"]["timer"],
        Value::Null
    );
    fails(
        &alex.script(&["contact", "timer", "Blair", "soon"]),
        2,
        "usage",
        "such as 1d",
    );
    fails(
        &alex.script(&["contact", "timer", "Blair", "400d"]),
        2,
        "bad-timer",
        "stay",
    );
}

#[test]
fn contacts_are_pinned_muted_archived_marked_and_forgotten() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    for (command, field, value) in [
        ("pin", "pinned", true),
        ("unpin", "pinned", false),
        ("mute", "muted", true),
        ("unmute", "muted", false),
        ("archive", "archived", true),
        ("unarchive", "archived", false),
        ("unread", "marked_unread", true),
    ] {
        let changed = alex.ok(&["contact", command, "Blair"]);
        assert_eq!(changed["change"], "flags");
        assert_eq!(changed["contact"][field], value, "{command}");
    }
    assert!(alex.run(&["contacts"]).out.contains("marked"));
    alex.ok(&["inbox", "Blair"]);
    let contact = |home: &Home| home.ok(&["contacts"])["contacts"][0].clone();
    assert_eq!(contact(&alex)["marked_unread"], false, "looked at");
    alex.ok(&["contact", "draft", "Blair", "Dear"]);
    assert_eq!(contact(&alex)["draft"], "Dear");
    alex.ok(&["contact", "draft", "Blair", ""]);
    assert_eq!(contact(&alex)["draft"], Value::Null);

    alex.ok(&["send", "Blair", "the last word"]);
    let last = contact(&alex)["last"].clone();
    assert_eq!(
        (&last["text"], &last["direction"]),
        (&json!("the last word"), &json!("out"))
    );
    until(&alex, &blair, "it", |b| b.received().len() == 1);
    fails(
        &blair.script(&["contact", "forget", "Alex"]),
        2,
        "still-a-contact",
        "block",
    );
    blair.ok(&["contact", "block", "Alex"]);
    assert_eq!(
        blair.ok(&["contact", "forget", "Alex"])["change"],
        "forgotten"
    );
    assert_eq!(blair.ok(&["contacts"])["contacts"], json!([]));
    assert_eq!(blair.messages(), Vec::<Value>::new());
}

#[test]
fn profiles_and_settings_are_changed_piece_by_piece() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let added = alex.ok(&[
        "me",
        "add",
        "--name",
        "Dr. A. Example",
        "--colour",
        "3",
        "--letters",
        "W",
    ]);
    let work = added["profiles"][1].clone();
    assert_eq!(
        (&work["name"], &work["badge"], &work["default"]),
        (
            &json!("Dr. A. Example"),
            &json!({ "colour": 3, "letters": "W" }),
            &json!(false)
        )
    );
    let number = id(&work);
    let changed = alex.ok(&["me", "change", &number, "--pronouns", "she"]);
    assert_eq!(
        (
            &changed["profiles"][1]["name"],
            &changed["profiles"][1]["pronouns"]
        ),
        (&json!("Dr. A. Example"), &json!("she"))
    );
    alex.ok(&["contact", "profile", "Blair", &number]);
    alex.ok(&["send", "Blair", "formally"]);
    until(&alex, &blair, "the other name", |b| {
        b.ok(&["contacts"])["contacts"][0]["name"] == "Dr. A. Example"
    });
    let invited = alex.ok(&["invite", "--profile", &number]);
    assert_eq!(
        invited["created"]["invitation"]["profile"].to_string(),
        number
    );
    assert!(alex.run(&["me", "profiles"]).out.contains("Dr. A. Example"));
    fails(
        &alex.script(&["me", "remove", "1"]),
        2,
        "default-profile",
        "another",
    );
    fails(
        &alex.script(&["me", "change", "99", "--name", "x"]),
        2,
        "unknown-profile",
        "99",
    );
    assert_eq!(
        alex.ok(&["me", "remove", &number])["profiles"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        alex.ok(&["me", "--pronouns", "they"])["profile"]["pronouns"],
        "they"
    );

    let defaults = alex.ok(&["settings"])["settings"].clone();
    assert_eq!(
        defaults,
        json!({ "notifications": "without_content", "lock_after_minutes": 30, "theme": "system", "fetch_up_to": 1_048_576, "traffic": "relaxed", "relayed_calls": false, "language": null })
    );
    alex.ok(&["settings", "--theme", "dark", "--lock-after", "never"]);
    alex.ok(&["settings", "--notifications", "off", "--language", "de"]);
    alex.ok(&["settings", "--traffic", "prompt"]);
    assert_eq!(
        alex.ok(&["settings"])["settings"],
        json!({ "notifications": "off", "lock_after_minutes": null, "theme": "dark", "fetch_up_to": 1_048_576, "traffic": "prompt", "relayed_calls": false, "language": "de" })
    );
    fails(
        &alex.script(&["settings", "--language", "../x"]),
        2,
        "bad-language",
        "de-CH",
    );
    fails(
        &alex.script(&["settings", "--lock-after", "0"]),
        2,
        "bad-lock",
        "never",
    );
    assert!(alex.run(&["settings"]).out.contains("dark"));
}

#[test]
fn older_messages_are_shown_page_by_page() {
    let provider = Provider::start();
    let (alex, _blair) = friends(&provider);
    for text in ["one", "two", "three"] {
        alex.ok(&["send", "Blair", text]);
    }
    let newest = id(&alex.messages()[2]);
    let page = alex.ok(&["inbox", "Blair", "--before", &newest, "--limit", "1"]);
    assert_eq!(page["messages"][0]["text"], "two");
    fails(
        &alex.script(&["inbox", "--before", "3", "--since", "1"]),
        2,
        "usage",
        "cannot be used",
    );
}

#[test]
fn a_text_is_changed_into_a_long_one() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let sent = alex.ok(&["send", "Blair", "short"]);
    let id = sent["sent"]["message"]["id"].to_string();
    blair.sync_until("it arrives", |blair| blair.received() == ["short"]);
    let long = "a long story ".repeat(4_000);
    let done = alex.typed(&["edit", &id, "-"], long.as_bytes());
    assert_eq!(done.code, 0, "{done:?}");
    let message = &done.json()["message"];
    assert_eq!(message["edit"]["state"], "uploading");
    assert!(message["text"].as_str().unwrap().trim() == long.trim());
    blair.sync_until("the new text is there", |blair| {
        alex.script(&["sync"]);
        blair
            .received()
            .iter()
            .any(|text| text.trim() == long.trim())
    });
    let message = &alex.messages()[0];
    assert!(message["edit"].is_null() && !message["edited_at"].is_null());
    let too_long = "x".repeat((1 << 20) + 1);
    let refused = alex.typed(&["edit", &id, "-"], too_long.as_bytes());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("too-long"), "{refused:?}");
    blair.ok(&["sync"]);
}

#[test]
fn the_draft_of_a_mail_is_kept() {
    let provider = Provider::start();
    let (alex, _blair) = friends(&provider);
    assert!(alex.ok(&["mail", "draft", "Blair"])["draft"].is_null());
    let kept = alex.ok(&["mail", "draft", "Blair", "-s", "Tea", "Shall we?"]);
    assert_eq!(
        (&kept["draft"]["subject"], &kept["draft"]["text"]),
        (&"Tea".into(), &"Shall we?".into())
    );
    let shown = alex.run(&["mail", "draft", "Blair"]).out;
    assert!(
        shown.contains("Subject: Tea") && shown.contains("Shall we?"),
        "{shown}"
    );
    assert!(alex.ok(&["mail", "draft", "Blair", "--discard"])["draft"].is_null());
    assert!(alex.ok(&["mail", "draft", "Blair"])["draft"].is_null());
}
