//! Files through interfaces of two people's own: up and down as streams, whole or not at all.

use std::fs;

use serde_json::{Value, json};

use crate::program::Program;
use crate::stage::{Person, pair, until};

const LARGE: usize = 5_000_000;

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

/// What the home keeps of files, by name.
fn kept(person: &Person) -> Vec<String> {
    let Ok(folder) = fs::read_dir(person.home().join("blobs")) else {
        return Vec::new();
    };
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

fn messages(program: &Program, with: &str) -> Vec<Value> {
    let path = format!("/relationships/{with}/messages");
    let all = program.get(&path).done();
    all["messages"].as_array().unwrap().clone()
}

/// Has the newest file brought here, and gives where it is.
fn fetched(program: &Program, with: &str, name: &str) -> String {
    let mut found = None;
    until("it is offered", || {
        let all = messages(program, with);
        found = all.into_iter().find(|m| m["file"]["name"] == name);
        found.is_some()
    });
    let path = format!("/messages/{}/file", found.unwrap()["id"].as_str().unwrap());
    let mut events = program.events(None);
    events.until("it begins", |event| event.name == "ready");
    let early = program.get(&path);
    assert_eq!(early.refusal(), (409, "not-here".to_owned()));
    // Not by which number the person knows it: numbers can be counted.
    assert!(!early.json()["title"].to_string().contains(char::is_numeric));
    let begun = program.post(&path, &Value::Null);
    assert_eq!(begun.status, 202);
    let here = events.until("it is here", |event| {
        event.name == "message"
            && event.data["file"]["name"] == name
            && event.data["file"]["state"] == "here"
    });
    assert_eq!(here.data["file"]["done"], here.data["file"]["size"]);
    let steps = events.seen.iter().filter(|e| e.name == "progress");
    for step in steps {
        assert!(step.id.is_none() && step.data["done"].as_u64() <= step.data["size"].as_u64());
        assert!(path.contains(step.data["id"].as_str().unwrap()));
    }
    path
}

#[test]
fn a_file_goes_up_and_comes_down_the_same() {
    let (alex, blair) = pair();
    let here = Program::paired(&alex, "Reader", &[], true);
    let there = Program::over_loopback(&blair, "Reader");
    let (to, back) = (here.relationship(), there.relationship());

    // Up over the socket, down over loopback.
    let bytes = noise(LARGE);
    let up = format!("/relationships/{to}/files?name=..%2Flarge%2Fnoise.html&text=For%20you");
    let html = [("Content-Type", "text/html")];
    let sent = here.ask("POST", &up, &html, &bytes).done();
    assert_eq!(sent["text"], "For you");
    assert_eq!(
        (&sent["file"]["size"], &sent["file"]["media_type"]),
        (&json!(LARGE), &json!("text/html"))
    );
    let name = sent["file"]["name"].as_str().unwrap();
    assert!(!name.contains('/'), "{name}");
    let file = fetched(&there, &back, name);
    let down = there.get(&file);
    assert!(down.status == 200 && down.body == bytes, "{}", down.status);
    assert_eq!(down.field("content-type"), "application/octet-stream");
    assert_eq!(down.field("x-content-type-options"), "nosniff");
    assert!(down.field("content-disposition").starts_with("attachment;"));
    let some = there.ask("GET", &file, &[("Range", "bytes=65530-131079")], &[]);
    assert!(some.status == 206 && some.body == bytes[65_530..131_080]);
    assert_eq!(
        some.field("content-range"),
        format!("bytes 65530-131079/{LARGE}")
    );
    let none = there.ask("GET", &file, &[("Range", "bytes=5000000-")], &[]);
    assert_eq!(none.status, 416);

    // Up over loopback, down over the socket: a picture is said to be one, by its bytes.
    let mut picture = Vec::from(*b"GIF89a\x01\x00\x01\x00\x80\x01\x00\xff\xff\xff\x00\x00\x00");
    picture.extend_from_slice(b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;");
    let up = format!("/relationships/{back}/files?name=dot.txt&keep_metadata=true");
    there.ask("POST", &up, &[], &picture).done();
    let file = fetched(&here, &to, "dot.txt");
    let down = here.get(&file);
    assert_eq!((down.status, &down.body), (200, &picture));
    assert_eq!(down.field("content-type"), "image/gif");
    assert!(down.field("content-disposition").starts_with("attachment;"));

    // What is here of it is removed, and fetched again.
    let removed = here.ask("DELETE", &file, &[], &[]).done();
    assert_eq!(removed["file"]["state"], "offered");
    fetched(&here, &to, "dot.txt");
    let text = messages(&here, &to)
        .into_iter()
        .find(|message| message["file"].is_null());
    if let Some(text) = text {
        let path = format!("/messages/{}/file", text["id"].as_str().unwrap());
        assert_eq!(here.get(&path).refusal(), (404, "no-file".to_owned()));
    }
}

#[test]
fn half_a_file_is_none_and_a_program_that_was_let_out_sends_none() {
    let (alex, _blair) = pair();
    let here = Program::paired(&alex, "Reader", &[], true);
    let to = here.relationship();
    let before = (messages(&here, &to).len(), kept(&alex).len());
    let up = format!("/relationships/{to}/files?name=half.bin");
    let bytes = noise(LARGE);

    let mut half = here.begin("POST", &up, &[], LARGE);
    half.bring(&bytes[..LARGE / 2]);
    until("it is being sealed", || kept(&alex).len() > before.1);
    let told = half.cut();
    assert!(told.status == 0 || told.refusal() == (400, "upload-cut".to_owned()));
    until("nothing is left", || kept(&alex).len() == before.1);
    assert_eq!(messages(&here, &to).len(), before.0);

    let much = here.begin("POST", &up, &[], 3 << 30).answer();
    assert_eq!(much.refusal(), (413, "file-too-large".to_owned()));
    let nobody = here.ask(
        "POST",
        &format!("/relationships/{to}x/files?name=x"),
        &[],
        b"x",
    );
    assert_eq!(nobody.refusal(), (404, "unknown-relationship".to_owned()));

    // Four at once, and no more.
    let mut begun: Vec<_> = (0..4)
        .map(|_| here.begin("POST", &up, &[], LARGE))
        .collect();
    for one in &mut begun {
        one.bring(&bytes[..100_000]);
    }
    until("all four come", || kept(&alex).len() == before.1 + 4);
    let fifth = here.ask("POST", &up, &[], b"one more");
    assert_eq!(fifth.refusal(), (429, "too-many-uploads".to_owned()));

    // Let out while they come: none of them is sent.
    alex.ok(&["apps", "revoke", "Reader"]);
    for mut one in begun {
        one.bring(&bytes[100_000..]);
        assert_eq!(one.answer().refusal(), (401, "token-revoked".to_owned()));
    }
    until("nothing is left", || kept(&alex).len() == before.1);
    let again = Program::paired(&alex, "Reader", &[], true);
    let to = again.relationship();
    assert_eq!(messages(&again, &to).len(), before.0);
    let list = Program::paired(&alex, "To-do", &["vnd.example.todo"], false);
    let up = format!("/relationships/{}/files?name=x", list.relationship());
    let refused = list.ask("POST", &up, &[], b"a file");
    assert_eq!(refused.refusal(), (403, "messages-not-granted".to_owned()));
}
