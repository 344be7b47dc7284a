//! Other programs: what the commands say of them, and where programs find the app.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use crate::stage::{Home, fails, keys};

/// Asks as a program does; gives what was answered.
fn ask(socket: &Path, path: &str, body: &Value) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    let body = body.to_string();
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

#[test]
fn programs_ask_are_let_in_changed_and_let_out() {
    let mut home = Home::new();
    home.up(&[
        "--listen",
        "127.0.0.1:0",
        "--page",
        "127.0.0.1:0",
        "--name",
        "Alex",
    ]);
    let place = home.ok(&["apps", "where"]);
    assert_eq!(keys(&place), ["socket", "type", "url"]);
    assert!(place["url"].as_str().unwrap().ends_with("/api/v1"));
    let socket = home.path().join("api.sock");
    assert_eq!(place["socket"], socket.to_str().unwrap());
    let mode = fs::metadata(&socket).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);

    assert_eq!(home.ok(&["apps"]), json!({ "type": "apps", "apps": [] }));
    let wants = json!({ "name": "To-do", "types": ["vnd.example.todo"] });
    let asked = ask(&socket, "/pairings", &wants);
    let pending = home.ok(&["apps", "pending"]);
    let request = &pending["requests"][0];
    assert_eq!(
        keys(request),
        ["asked", "ends", "messages", "name", "number", "types"]
    );
    let text = home.run(&["apps", "pending"]).out;
    let code = asked["code"].as_str().unwrap();
    assert!(
        text.contains("To-do") && !text.contains(code),
        "the program shows the code: {text}"
    );

    fails(
        &home.script(&["apps", "allow", "222222"]),
        2,
        "wrong-code",
        "Nothing was allowed",
    );
    fails(
        &home.script(&["apps", "allow", code, "--contact", "Casey"]),
        2,
        "unknown-nick",
        "Casey",
    );
    fails(
        &home.script(&["apps", "allow", code, "--messages"]),
        2,
        "messages-not-asked",
        "To-do",
    );
    let allowed = home.ok(&["apps", "allow", &code.to_lowercase(), "--all-contacts"]);
    let app = &allowed["app"];
    let fields = [
        "all_contacts",
        "contacts",
        "created",
        "last_used",
        "messages",
        "name",
        "paired",
        "types",
    ];
    assert_eq!(keys(app), fields);
    let poll = format!("/pairings/{}", asked["id"].as_str().unwrap());
    let answer = ask(&socket, &poll, &json!({ "secret": asked["secret"] }));
    assert!(answer["token"].as_str().unwrap().starts_with("dyad_"));
    let text = home.run(&["apps"]).out;
    assert!(
        text.contains("all, those to come as well") && text.contains("it sees none"),
        "{text}"
    );
    let changed = home.ok(&["apps", "change", "to-do", "--all-contacts", "no"]);
    assert_eq!(changed["app"]["all_contacts"], false);

    let second = ask(
        &socket,
        "/pairings",
        &json!({ "name": "Other", "types": ["a.b"] }),
    );
    let number = home.ok(&["apps", "pending"])["requests"][0]["number"].to_string();
    assert_eq!(
        home.ok(&["apps", "deny", &number])["request"]["name"],
        "Other"
    );
    let poll = format!("/pairings/{}", second["id"].as_str().unwrap());
    let answer = ask(&socket, &poll, &json!({ "secret": second["secret"] }));
    assert_eq!(answer, json!({ "state": "denied" }));
    fails(
        &home.script(&["apps", "deny", "77"]),
        2,
        "unknown-request",
        "pending",
    );
    home.ok(&["apps", "revoke", "To-do"]);
    fails(
        &home.script(&["apps", "revoke", "To-do"]),
        2,
        "unknown-app",
        "To-do",
    );

    home.ok(&["lock"]);
    assert_eq!(ask(&socket, "/pairings", &wants)["code"], "app-locked");
    assert_eq!(home.signal("-TERM"), Some(0));
    assert!(!socket.exists());
    fails(
        &home.script(&["apps", "where"]),
        2,
        "not-running",
        "dyad up",
    );
}

#[test]
fn without_a_page_programs_use_the_socket() {
    let mut home = Home::new();
    home.up(&["--listen", "127.0.0.1:0", "--no-page"]);
    assert_eq!(home.ok(&["apps", "where"])["url"], Value::Null);
    let wants = json!({ "name": "To-do", "types": ["text"] });
    let refused = ask(&home.path().join("api.sock"), "/pairings", &wants);
    assert_eq!(
        (&refused["status"], &refused["code"]),
        (&json!(400), &json!("bad-type"))
    );
}
