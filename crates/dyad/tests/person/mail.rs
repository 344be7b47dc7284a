//! Mails between two people: one that somebody has as a file, one that is written; read, taken apart, and converted back.
//! And what points elsewhere.

use std::fs;

use serde_json::{Value, json};

use crate::stage::{Home, Provider, fails, friends, invite};

/// A mail as programs write them, with a picture in it and a file beside it, long enough to be a blob.
fn letter() -> String {
    let pages = "It was a long day at the harbour, and this line says so.\r\n".repeat(60);
    format!(
        "Received: from home ([192.0.2.7]) by mx.example; Mon, 23 Nov 2026 12:00:00 +0000\r\n\
From: Casey <casey@mail.example>\r\nTo: Alex <alex@mail.example>\r\nBcc: Secret <secret@mail.example>\r\n\
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the harbour\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\
Message-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n\
--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\
Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne Gr=FC=DFe!\r\n{pages}\
--inner\r\nContent-Type: text/html\r\n\r\n<p>Sch&ouml;ne Gr&uuml;&szlig;e!</p>\r\n--inner--\r\n\
--outer\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%E2%82%AC%20rates.pdf\r\n\
Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n\
--outer\r\nContent-Type: text/plain; name=\"../../notes.txt\"\r\n\r\nremember the bread\r\n--outer--\r\n"
    )
}

fn id(message: &Value) -> String {
    message["id"].to_string()
}

/// Both exchange until the other has so many messages.
fn until(from: &Home, to: &Home, count: usize) {
    to.sync_until("the mail", |to| {
        from.script(&["sync"]);
        to.messages().len() == count
    });
}

#[test]
fn a_mail_from_a_file_arrives_with_all_its_parts_and_goes_back_into_one() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("letter.eml"), letter()).unwrap();

    let sent = alex.ok(&["mail", "send", "Blair", "--eml", &path("letter.eml")]);
    let sent = &sent["sent"]["message"];
    assert_eq!(
        (
            &sent["kind"],
            &sent["mail"]["subject"],
            &sent["mail"]["attachments"]
        ),
        (&json!("mail"), &json!("Grüße from the harbour"), &json!(2))
    );
    assert!(sent["file"].is_object(), "too long for a message: {sent}");
    until(&alex, &blair, 1);
    let there = blair.messages().remove(0);
    assert_eq!(there["mail"]["subject"], "Grüße from the harbour");
    assert_eq!(there["file"]["state"], "offered");
    assert!(
        there["mail"]["beginning"]
            .as_str()
            .unwrap()
            .starts_with("Schöne Grüße! It was")
    );
    let number = id(&there);
    let listed = blair.run(&["inbox", "--peek"]).out;
    assert!(
        listed.contains("[mail: Grüße from the harbour, 2 attachments, not fetched]"),
        "{listed}"
    );
    fails(
        &blair.script(&["mail", "save", "99", "-o", &path("x")]),
        2,
        "unknown-message",
        "99",
    );

    // Reading fetches it.
    let read = blair.ok(&["mail", "read", &number])["mail"].clone();
    assert!(
        read["text"]
            .as_str()
            .unwrap()
            .starts_with("Schöne Grüße!\nIt was")
    );
    assert_eq!(read["from"], json!(["Casey <casey@mail.example>"]));
    let names = |mail: &Value| {
        let all = mail["attachments"].as_array().unwrap().clone();
        all.iter()
            .map(|one| one["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&read), [json!("€ rates.pdf"), json!("notes.txt")]);
    let shown = blair.run(&["mail", "read", &number]).out;
    assert!(
        shown.contains("Subject: Grüße from the harbour")
            && shown.contains("[2] notes.txt, 18 bytes"),
        "{shown}"
    );
    assert_eq!(
        blair.ok(&["search", "harbour"])["messages"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let folder = path("saved");
    fs::create_dir(&folder).unwrap();
    let saved = blair.ok(&["mail", "save", &number, "--attachment", "1", "-o", &folder]);
    assert_eq!(saved["saved"], format!("{folder}/€ rates.pdf"));
    assert_eq!(
        fs::read(format!("{folder}/€ rates.pdf")).unwrap(),
        b"%PDF-1.4"
    );
    fails(
        &blair.script(&["mail", "save", &number, "--attachment", "3", "-o", &folder]),
        2,
        "no-attachment",
        "no number 3",
    );

    // As a file again: the body byte for byte, and nothing of its way.
    let exported = blair.ok(&["mail", "export", &number, "-o", &path("back.eml")]);
    assert_eq!(exported["saved"], path("back.eml"));
    let back = fs::read_to_string(path("back.eml")).unwrap();
    let body = |mail: &str| mail.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&back), body(&letter()));
    assert!(back.contains("Message-ID: <1@mail.example>"));
    for gone in ["Received", "192.0.2.7", "Secret"] {
        assert!(!back.contains(gone), "{gone}: {back}");
    }
    fails(
        &blair.script(&["mail", "export", &number, "-o", &path("back.eml")]),
        2,
        "file-exists",
        "already",
    );

    // An answer is short enough for one message, belongs to the thread, and names nobody until it is exported.
    let answer = blair.typed(
        &[
            "mail",
            "send",
            "Alex",
            "-s",
            "Re: Grüße",
            "--reply",
            &number,
            "-",
        ],
        "Danke!\n".as_bytes(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["sent"]["message"]["file"], Value::Null);
    until(&blair, &alex, 2);
    let got = alex.messages().remove(1);
    assert_eq!(
        (&got["mail"]["subject"], &got["mail"]["beginning"]),
        (&json!("Re: Grüße"), &json!("Danke!"))
    );
    assert_eq!(got["reply_to"]["id"], sent["id"]);
    alex.ok(&["mail", "export", &id(&got), "-o", &path("answer.eml")]);
    let answer = fs::read_to_string(path("answer.eml")).unwrap();
    for part in [
        "From: \"Blair\" <from@dyad.invalid>",
        "To: \"Alex\" <to@dyad.invalid>",
        "In-Reply-To: <1@mail.example>",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    let all = alex.ok(&["mail", "mbox", "Blair", "-o", &path("all.mbox")]);
    assert_eq!(all["mails"], json!({ "written": 2, "missing": 0 }));
    let all = fs::read_to_string(path("all.mbox")).unwrap();
    assert_eq!(all.matches("\nSubject: ").count(), 2, "{all}");
    assert!(all.starts_with("From dyad.invalid "));
}

#[test]
fn a_written_mail_takes_files_with_it_and_what_is_too_much_is_refused() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(path("data.bin"), &bytes).unwrap();
    fs::write(path("empty.eml"), "\n\n").unwrap();
    let large = fs::File::create(path("large.bin")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();

    alex.ok(&[
        "mail",
        "send",
        "Blair",
        "--subject",
        "Data",
        "See inside",
        "--attach",
        &path("data.bin"),
    ]);
    until(&alex, &blair, 1);
    let number = id(&blair.messages()[0]);
    // Nothing that is not here is written under a final name.
    let early = blair.script(&["mail", "mbox", "Alex", "-o", &path("early.mbox")]);
    assert_eq!(early.json()["mails"], json!({ "written": 0, "missing": 1 }));
    blair.ok(&["mail", "save", &number, "-o", &path("copy.bin")]);
    assert_eq!(fs::read(path("copy.bin")).unwrap(), bytes);
    assert_eq!(
        blair.ok(&["mail", "read", &number])["mail"]["text"],
        "See inside"
    );

    for (args, word, part) in [
        (vec!["--attach", "large.bin"], "mail-too-large", "as a file"),
        (vec!["--eml", "large.bin"], "mail-too-large", "as a file"),
        (vec!["--eml", "empty.eml"], "empty-text", "nothing"),
        (
            vec!["--eml", "missing.eml"],
            "file-unreadable",
            "missing.eml",
        ),
        // Without an end, and before anything is read of it.
        (
            vec!["--attach", "/dev/zero"],
            "file-unreadable",
            "a pipe or a device",
        ),
    ] {
        let name = path(args[1]);
        let done = alex.script(&["mail", "send", "Blair", args[0], &name]);
        fails(&done, 2, word, part);
    }
    let endless = alex.script(&["send", "Blair", "--file", "/dev/zero"]);
    fails(&endless, 2, "file-unreadable", "a pipe or a device");
    let text = id(&alex.ok(&["send", "Blair", "no mail"])["sent"]["message"]);
    fails(
        &alex.script(&["mail", "read", &text]),
        2,
        "no-mail",
        "no mail",
    );
    assert_eq!(
        alex.messages().len(),
        2,
        "nothing was kept of what was refused"
    );
}

#[test]
fn links_are_shared_and_people_are_passed_on() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let casey = Home::with("Casey", &[&provider]);
    let link = invite(&casey, "Blair");

    alex.ok(&[
        "share",
        "Blair",
        "https://album.example/s",
        "--title",
        "Summer",
        "--secret",
        "open sesame",
        "--what",
        "album",
    ]);
    alex.ok(&[
        "request",
        "Blair",
        "--name",
        "Casey",
        "--invitation",
        &link,
        "--note",
        "from school",
    ]);
    alex.ok(&["request", "Blair", "--name", "Robin"]);
    until(&alex, &blair, 3);
    let got = blair.messages();
    let of = |field: &str| {
        got.iter()
            .map(|m| m[field].clone())
            .find(|f| !f.is_null())
            .unwrap()
    };
    assert_eq!(
        of("share"),
        json!({ "title": "Summer", "address": "https://album.example/s", "secret": "open sesame", "what": "album" })
    );
    let asked = got
        .iter()
        .find(|m| m["contact_request"]["name"] == "Casey")
        .unwrap();
    assert_eq!(
        asked["contact_request"],
        json!({ "name": "Casey", "invitation": link, "note": "from school" })
    );
    let shown = blair.run(&["inbox", "--peek"]).out;
    assert!(
        shown.contains("[album: Summer]")
            && shown.contains("[Robin would like to be in contact with you]"),
        "{shown}"
    );
    assert!(!shown.contains("sesame"), "{shown}");
    // What was passed on is an invitation like any other.
    blair.ok(&[
        "accept",
        asked["contact_request"]["invitation"].as_str().unwrap(),
    ]);

    for (args, word, part) in [
        (
            vec!["share", "Blair", "x", "--title", " "],
            "something-missing",
            "title",
        ),
        (
            vec![
                "request",
                "Blair",
                "--name",
                "Casey",
                "--invitation",
                "nonsense",
            ],
            "malformed-invitation",
            "whole invitation",
        ),
    ] {
        fails(&alex.script(&args), 2, word, part);
    }
    let long = "x".repeat(801);
    fails(
        &alex.script(&["share", "Blair", &long, "--title", "t"]),
        2,
        "too-much",
        "800",
    );
    let (address, secret) = ("x".repeat(800), "y".repeat(200));
    fails(
        &alex.script(&[
            "share", "Blair", &address, "--title", &secret, "--secret", &secret,
        ]),
        2,
        "too-much",
        "one message",
    );
}
