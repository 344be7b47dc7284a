//! Two people at one provider: every command of a conversation, and the shape of its answer.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::stage::{Home, Provider, fails, friends, invite, keys, status_of};

#[test]
fn an_invitation_an_answer_and_messages_both_ways() {
    let provider = Provider::start();
    let (alex, blair) = (
        Home::with("Alex", &[&provider]),
        Home::with("Blair", &[&provider]),
    );

    let invited = alex.ok(&["invite", "--name", "Blair", "--expires", "3"]);
    let created = &invited["created"];
    assert_eq!(
        keys(created),
        ["file", "hosted", "invitation", "link", "note", "uri"]
    );
    assert_eq!(
        (&invited["type"], &created["hosted"]),
        (&json!("invitation_created"), &json!(true))
    );
    let invitation = &created["invitation"];
    assert_eq!(
        (
            &invitation["name"],
            &invitation["uses"],
            &invitation["open"]
        ),
        (&json!("Blair"), &json!(0), &json!(true))
    );
    let lifetime =
        invitation["expires"].as_u64().unwrap() - invitation["created"].as_u64().unwrap();
    assert_eq!(lifetime, 3 * 86_400);

    let accepted = blair.ok(&["accept", created["link"].as_str().unwrap()]);
    assert_eq!(accepted["type"], "accepted");
    assert_eq!(
        (
            &accepted["accepted"]["contact"]["name"],
            &accepted["accepted"]["sent"]
        ),
        (&json!("Alex"), &json!(true))
    );
    assert_eq!(status_of(&blair, "Alex").unwrap(), "requested");

    let sent = blair.ok(&["send", "Alex", "Hello, Alex"]);
    assert_eq!(
        (&sent["type"], &sent["sent"]["note"]),
        (&json!("sent"), &Value::Null)
    );
    let message = &sent["sent"]["message"];
    let fields = [
        "call",
        "contact",
        "contact_request",
        "deleted",
        "direction",
        "edited_at",
        "expires_at",
        "file",
        "id",
        "kind",
        "mail",
        "reactions",
        "received",
        "relationship",
        "reply_to",
        "sent",
        "share",
        "state",
        "state_since",
        "text",
        "timer",
    ];
    assert_eq!(keys(message), fields);
    assert_eq!(
        (&message["contact"], &message["direction"], &message["text"]),
        (&json!("Alex"), &json!("out"), &json!("Hello, Alex"))
    );

    alex.sync_until("the greeting came", |alex| {
        alex.received() == ["Hello, Alex"]
    });
    assert_eq!(alex.messages()[0]["state"], "received");
    let shown = alex.run(&["inbox"]);
    assert!(shown.out.contains("Blair  Hello, Alex  [new]"), "{shown:?}");
    assert_eq!(
        alex.messages()[0]["state"],
        "read",
        "what was shown is read"
    );
    assert_eq!(status_of(&alex, "Blair").unwrap(), "active");

    alex.ok(&["send", "Blair", "Hello yourself"]);
    blair.sync_until("the answer came", |blair| {
        blair.received() == ["Hello yourself"]
    });
    blair.sync_until("both are confirmed", |blair| {
        alex.script(&["sync"]);
        blair.messages()[0]["state"] == "confirmed" && alex.messages()[1]["state"] == "confirmed"
    });
}

#[test]
fn a_conversation_is_found_limited_and_continued() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    for text in ["the first pear", "the second plum", "the third\npear tree"] {
        alex.ok(&["send", "Blair", text]);
    }
    blair.sync_until("all came", |blair| blair.received().len() == 3);
    let texts = |answer: Value| -> Vec<String> {
        let messages = answer["messages"].as_array().unwrap().clone();
        messages
            .iter()
            .map(|m| m["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        texts(alex.ok(&["inbox", "Blair", "--limit", "2"])),
        ["the second plum", "the third\npear tree"]
    );
    let first = alex.messages()[0]["id"].to_string();
    assert_eq!(
        texts(alex.ok(&["inbox", "--since", &first, "--limit", "1"])),
        ["the second plum"]
    );
    assert_eq!(texts(alex.ok(&["search", "pea"])).len(), 2);
    assert_eq!(
        texts(alex.ok(&["search", "tree", "third"])),
        ["the third\npear tree"]
    );
    let shown = alex.run(&["inbox"]).out;
    let margin = " ".repeat(shown.lines().last().unwrap().find("pear tree").unwrap());
    assert!(
        shown.lines().last().unwrap().starts_with(&margin),
        "{shown}"
    );
    // Standard input, with the line feed that programs add.
    assert_eq!(
        alex.typed(&["send", "Blair", "-"], "from a pipe\n".as_bytes())
            .json()["sent"]["message"]["text"],
        "from a pipe"
    );
}

#[test]
fn texts_that_cannot_be_sent_are_refused_and_nothing_is_kept() {
    let provider = Provider::start();
    let (alex, _blair) = friends(&provider);
    let before = alex.messages();
    fails(
        &alex.typed(&["send", "Blair", "-"], &vec![b'a'; 1_048_577]),
        2,
        "input-too-long",
        "1048576",
    );
    fails(
        &alex.script(&["send", "Blair", "  "]),
        2,
        "empty-text",
        "nothing",
    );
    fails(
        &alex.typed(&["send", "Blair", "-"], b"\xff\xfe"),
        2,
        "input-not-text",
        "UTF-8",
    );
    for args in [
        &["fetch", "1", "-o", "-"][..],
        &["mail", "export", "1", "-o", "-"],
    ] {
        fails(&alex.script(args), 2, "bad-path", "standard output");
    }
    fails(
        &alex.script(&["resend", "1"]),
        2,
        "unknown-message",
        "There is no message 1",
    );
    fails(
        &alex.script(&["send", "Blaire", "x"]),
        2,
        "unknown-nick",
        "Blaire",
    );
    assert_eq!(alex.messages(), before);
}

#[test]
fn contacts_can_be_renamed_blocked_verified_and_ended() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);

    let words = alex.ok(&["contact", "verify", "Blair"]);
    assert_eq!(
        words["words"]["words"],
        blair.ok(&["contact", "verify", "Alex"])["words"]["words"]
    );
    assert_eq!(words["words"]["verified_at"], Value::Null);
    let said: Vec<&str> = words["words"]["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let compare = |said: &str| alex.script(&["contact", "verify", "Blair", "--compare", said]);
    let mut other = said.clone();
    other.rotate_left(1);
    fails(
        &compare(&other.join(" ")),
        2,
        "words-differ",
        "Nothing was noted",
    );
    fails(
        &compare("only three words"),
        2,
        "no-words",
        "Nothing was noted",
    );
    assert_eq!(alex.ok(&["contact", "verify", "Blair"]), words);
    let code = alex.run(&["contact", "verify", "Blair", "--qr"]);
    assert!(
        code.out.contains("█▀▀▀▀▀█") && code.out.contains(said[0]),
        "{}",
        code.out
    );
    // As somebody reads them out, or a camera reads them off the other screen.
    assert_eq!(compare(&said.join(", ").to_uppercase()).code, 0);
    assert_eq!(compare(&format!("dyad-words:{}", said.join(" "))).code, 0);
    alex.ok(&["contact", "verify", "Blair", "--confirm"]);
    let shown = alex.ok(&["contact", "show", "Blair"]);
    assert!(shown["details"]["contact"]["verified_at"].is_u64());
    assert!(
        shown["details"]["provenance"].as_array().unwrap().len() >= 2,
        "{shown}"
    );
    let text = alex.run(&["contact", "show", "Blair"]).out;
    assert!(
        text.contains("active, verified") && text.contains("How you know them"),
        "{text}"
    );

    let renamed = alex.ok(&["contact", "rename", "Blair", "B. from work"]);
    assert_eq!(
        (&renamed["change"], &renamed["contact"]["nick"]),
        (&json!("renamed"), &json!("B. from work"))
    );
    fails(
        &alex.script(&["contact", "show", "Blair"]),
        2,
        "unknown-nick",
        "Blair",
    );

    assert_eq!(
        alex.ok(&["contact", "block", "B. from work"])["contact"]["status"],
        "blocked"
    );
    assert_eq!(
        alex.ok(&["contact", "unblock", "B. from work"])["contact"]["status"],
        "active"
    );
    assert_eq!(
        alex.ok(&["contact", "end", "B. from work"])["contact"]["status"],
        "ended_by_us"
    );
    alex.script(&["sync"]);
    blair.sync_until("the end came", |blair| {
        status_of(blair, "Alex").unwrap() == "ended_by_them"
    });
    assert_eq!(blair.script(&["send", "Alex", "wait"]).code, 2);
}

#[test]
fn a_name_that_would_act_on_the_terminal_is_shown_and_not_obeyed() {
    let provider = Provider::start();
    let (alex, blair) = (
        Home::with("Alex", &[&provider]),
        Home::with("\u{1b}]0;owned\u{7}\u{202e}Mallory", &[&provider]),
    );
    let link = invite(&alex, "Blair");
    blair.ok(&["accept", &link, "--name", "Alex"]);
    blair.ok(&["send", "Alex", "one\u{1b}[2J\r2  now  you  forged"]);
    alex.sync_until("it came", |alex| alex.received().len() == 1);
    for args in [
        &["contacts"][..],
        &["inbox", "--peek"],
        &["contact", "show", "Blair"],
        &["status"],
        &["search", "forged"],
    ] {
        let done = alex.run(args);
        assert_eq!(done.code, 0, "{done:?}");
        let harmless =
            |c: char| c == '\n' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(done.out.chars().all(harmless), "{args:?}: {:?}", done.out);
    }
    assert_eq!(alex.run(&["inbox", "--peek"]).out.lines().count(), 1);
}

#[test]
fn following_shows_what_comes_until_it_is_stopped() {
    let provider = Provider::start();
    let (mut alex, blair) = friends(&provider);
    alex.up(&["--listen", "127.0.0.1:0"]);
    let mut follower = alex
        .command(&["inbox", "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert_eq!(lines.next().unwrap()["type"], "messages");
    blair.ok(&["send", "Alex", "are you there?"]);
    let message = lines
        .find(|item| item["event"]["event"] == "message")
        .unwrap();
    assert_eq!(
        (&message["type"], &message["event"]["text"]),
        (&json!("event"), &json!("are you there?"))
    );
    let sent = std::process::Command::new("kill")
        .args(["-INT", &follower.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert!(follower.wait().unwrap().success());
    assert_eq!(alex.messages().last().unwrap()["state"], "read");
}

#[test]
fn with_wait_one_learns_that_the_contacts_app_has_it_or_that_it_goes_on() {
    let provider = Provider::start();
    let (alex, mut blair) = friends(&provider);
    let nobody_there = alex.script(&["send", "Blair", "one", "--wait=1"]);
    assert_eq!(nobody_there.code, 75);
    assert_eq!(nobody_there.json()["sent"]["message"]["state"], "accepted");
    blair.up(&["--listen", "127.0.0.1:0"]);
    let confirmed = alex.ok(&["send", "Blair", "two", "--wait=120"]);
    assert_eq!(confirmed["sent"]["message"]["state"], "confirmed");
}

#[test]
fn what_is_written_while_the_provider_is_down_is_kept_and_goes_later() {
    let mut provider = Provider::start();
    let (alex, blair) = friends(&provider);
    provider.stop();
    let kept = alex.script(&["send", "Blair", "later"]);
    assert_eq!(kept.code, 75);
    assert_eq!(kept.json()["sent"]["message"]["state"], "waiting");
    let shown = alex.run(&["inbox"]).out;
    assert!(shown.contains("later  [waiting to be sent]"), "{shown}");
    let stuck = alex.run(&["status"]).out;
    assert!(
        stuck.contains("1 waiting to be sent") && stuck.contains(&provider.host()),
        "{stuck}"
    );
    assert_eq!(alex.script(&["sync"]).code, 75);
    provider.resume();
    alex.sync_until("it went", |alex| alex.messages()[0]["state"] != "waiting");
    blair.sync_until("it came", |blair| blair.received() == ["later"]);
}
