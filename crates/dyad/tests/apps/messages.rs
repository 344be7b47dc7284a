//! Interfaces of two people's own, one over the socket and one over loopback: what one does, the other hears of.

use serde_json::{Value, json};

use crate::program::{Event, Program};
use crate::stage::pair;

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn is_text(event: &Event, text: &str) -> bool {
    event.name == "message" && event.data["text"] == text
}

#[test]
fn what_one_interface_does_to_messages_the_others_hear_of() {
    let (alex, blair) = pair();
    let here = Program::paired(&alex, "Reader", &[], true);
    let there = Program::over_loopback(&blair, "Reader");
    let list = Program::paired(&blair, "To-do", &["vnd.example.todo"], false);
    let (to, back) = (here.relationship(), there.relationship());
    let (mut alexs, mut blairs) = (here.events(None), there.events(None));
    let mut lists = list.events(None);
    for events in [&mut alexs, &mut blairs, &mut lists] {
        events.until("it begins", |event| event.name == "ready");
    }

    let path = format!("/relationships/{to}/messages");
    let sent = here.post(&path, &json!({ "text": "Shall we?" })).done();
    let sent = format!("/messages/{}", id(&sent));
    let heard = blairs.until("it arrives", |event| is_text(event, "Shall we?"));
    let heard_id = id(&heard.data).to_owned();
    let heard = format!("/messages/{heard_id}");
    assert_ne!(sent, heard, "ids are made for one program");

    // An answer that says to what, and a reaction.
    let path = format!("/relationships/{back}/messages");
    let answer = json!({ "text": "Gladly", "reply_to": heard_id });
    let answer = there.post(&path, &answer).done();
    assert_eq!(answer["reply_to"], heard_id);
    let answered = alexs.until("the answer", |event| is_text(event, "Gladly"));
    assert_eq!(
        format!("/messages/{}", answered.data["reply_to"].as_str().unwrap()),
        sent
    );
    let reaction = json!({ "emoji": "👍" });
    there
        .with("PUT", &format!("{heard}/reaction"), &reaction)
        .done();
    alexs.until("the reaction", |event| {
        event.name == "message" && event.data["reactions"] == json!([{ "emoji": "👍", "by": "in" }])
    });
    let none = there.ask("DELETE", &format!("{heard}/reaction"), &[], &[]);
    assert_eq!(none.done()["reactions"], json!([]));
    alexs.until("taken back", |event| {
        is_text(event, "Shall we?") && event.data["reactions"] == json!([])
    });
    let bad = there.with(
        "PUT",
        &format!("{heard}/reaction"),
        &json!({ "emoji": "a b c" }),
    );
    assert_eq!(bad.refusal(), (400, "bad-reaction".to_owned()));

    // Edited and deleted by whoever wrote it only.
    let edit = json!({ "text": "Shall we, at eight?" });
    let not_theirs = there.with("PATCH", &heard, &edit);
    assert_eq!(not_theirs.refusal(), (409, "not-yours".to_owned()));
    let not_theirs = there.ask("DELETE", &format!("{heard}?for=both"), &[], &[]);
    assert_eq!(not_theirs.refusal(), (409, "not-yours".to_owned()));
    let edited = here.with("PATCH", &sent, &edit).done();
    assert_eq!(edited["text"], "Shall we, at eight?");
    let changed = blairs.until("the edit", |e| is_text(e, "Shall we, at eight?"));
    assert!(changed.data["edited"].is_u64() && id(&changed.data) == heard_id);
    let behind = changed.id.clone().unwrap();

    let read = format!("/relationships/{back}/read");
    let marked = there.post(&read, &json!({ "messages": [heard_id] }));
    assert_eq!(marked.status, 204);
    assert_eq!(there.get(&heard).done()["state"], "read");

    let gone = here
        .ask("DELETE", &format!("{sent}?for=both"), &[], &[])
        .done();
    assert_eq!(
        (&gone["deleted"], &gone["text"]),
        (&json!(true), &json!(""))
    );
    // Heard of by who was not there meanwhile as well.
    there.events(Some(&behind)).until("deleted", |event| {
        event.name == "message" && id(&event.data) == heard_id && event.data["deleted"] == true
    });
    let late = here.with("PATCH", &sent, &edit);
    assert_eq!(late.refusal(), (410, "deleted".to_owned()));
    let mine = format!("/messages/{}?for=here", id(&answer));
    there.ask("DELETE", &mine, &[], &[]).done();

    // The other program was told nothing of all this.
    assert_eq!(lists.so_far().len(), 1);
    for (method, path) in [("GET", heard.as_str()), ("PATCH", &heard), ("GET", &read)] {
        let refused = list.with(method, path, &edit).status;
        assert!(matches!(refused, 403 | 405), "{method} {path}: {refused}");
    }
    blair.ok(&["apps", "revoke", "Reader"]);
    blairs.until("the end", |event| {
        event.name == "end" && event.data["code"] == "token-revoked"
    });
    assert_eq!(
        there.get(&heard).refusal(),
        (401, "token-revoked".to_owned())
    );
}
