//! Mails of all shapes: what is read of them, and that nothing of them is lost on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dyad_mail::{
    Draft, Envelope, MAX_DEPTH, MAX_PARTS, MAX_SHOWN, Mail, NewAttachment, attachment, clean,
    compose, export, mbox_entry, read,
};

/// Reads it as it came, and as it arrives: cleaned and exported. Text and attachments are the same.
#[track_caller]
fn through(mail: &[u8]) -> Mail {
    let before = read(mail);
    let cleaned = clean(mail);
    assert_eq!(clean(&cleaned), cleaned, "cleaning twice changes nothing");
    let exported = export(&cleaned, &ENVELOPE);
    assert_eq!(
        export(&exported, &ENVELOPE),
        exported,
        "nothing is lacking any more"
    );
    for after in [read(&cleaned), read(&exported)] {
        assert_eq!(
            (&after.subject, &after.text, &after.attachments),
            (&before.subject, &before.text, &before.attachments)
        );
    }
    for place in 0..before.attachments.len().min(20) {
        assert_eq!(
            attachment(mail, place).unwrap(),
            attachment(&exported, place).unwrap()
        );
    }
    assert_eq!(attachment(mail, before.attachments.len()), None);
    before
}

const ENVELOPE: Envelope<'static> = Envelope {
    from: "Alex \"the\" Großer",
    to: "Blair",
    date: 1_800_000_000,
    id: "abc123",
};

fn names(mail: &Mail) -> Vec<&str> {
    mail.attachments
        .iter()
        .map(|one| one.name.as_deref().unwrap_or("-"))
        .collect()
}

const MIXED: &str = "From: Casey <casey@mail.example>\r\n\
To: Alex <alex@mail.example>\r\n\
Subject: The harbour\r\n\
Date: Mon, 23 Nov 2026 12:00:00 +0100\r\n\
Message-ID: <1@mail.example>\r\n\
References: <a@mail.example> <b@mail.example>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"outer\"\r\n\
\r\n\
This is a multi-part message.\r\n\
--outer\r\n\
Content-Type: multipart/related; boundary=middle\r\n\
\r\n\
--middle\r\n\
Content-Type: multipart/alternative; boundary=\"in ner\"\r\n\
\r\n\
--in ner\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
\r\n\
Look at this.\r\n\
--in ner\r\n\
Content-Type: text/html; charset=utf-8\r\n\
\r\n\
<p>Look at <b>this</b>.<img src=\"cid:1\"></p>\r\n\
--in ner--\r\n\
--middle\r\n\
Content-Type: image/png; name=pier.png\r\n\
Content-ID: <1>\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
iVBORw0KGgo=\r\n\
--middle--\r\n\
--outer\r\n\
Content-Type: application/pdf\r\n\
Content-Disposition: attachment; filename=\"time table.pdf\"\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
JVBERi0xLjQ=\r\n\
--outer--\r\n\
An epilogue.\r\n";

#[test]
fn a_letter_with_a_picture_in_it_and_a_file_beside_it() {
    let mail = through(MIXED.as_bytes());
    assert_eq!(mail.subject, "The harbour");
    assert_eq!(mail.text, "Look at this.");
    assert_eq!(names(&mail), ["pier.png", "time table.pdf"]);
    assert_eq!(mail.attachments[1].media_type, "application/pdf");
    assert_eq!(mail.attachments[1].size, 8);
    assert_eq!(&*attachment(MIXED.as_bytes(), 1).unwrap(), b"%PDF-1.4");
    assert_eq!(mail.from[0].name.as_deref(), Some("Casey"));
    assert_eq!(mail.from[0].address.as_deref(), Some("casey@mail.example"));
    assert_eq!(mail.date, Some(1_795_431_600));
    assert_eq!(mail.message_id.as_deref(), Some("1@mail.example"));
    assert_eq!(mail.references, ["a@mail.example", "b@mail.example"]);
    // The same with lines as Unix ends them.
    let bare = MIXED.replace("\r\n", "\n");
    let same = through(bare.as_bytes());
    assert_eq!((same.text, same.attachments), (mail.text, mail.attachments));
}

#[test]
fn traces_of_the_way_and_hidden_recipients_do_not_pass() {
    let mail = "From casey Mon Nov 23 12:00:00 2026\n\
Return-Path: <casey@mail.example>\n\
Received: from home ([192.0.2.7])\n\tby mx.example; Mon, 23 Nov 2026 12:00:00 +0000\n\
DKIM-Signature: v=1; a=rsa-sha256;\n b=AAAA\n\
ARC-Seal: i=1\n\
X-Originating-IP: 192.0.2.7\n\
Bcc: Secret <secret@mail.example>\n\
Delivered-To: x\n\
User-Agent: Something 1.0\n\
List-Unsubscribe: <https://track.example/u>\n\
SUBJECT: folded\n\tover lines\n\
Cc: Blair <blair@mail.example>\n\
Content-Language: en\n\
\n\
Received: this is text\n";
    let cleaned = String::from_utf8(clean(mail.as_bytes())).unwrap();
    assert_eq!(
        cleaned,
        "SUBJECT: folded\n\tover lines\nCc: Blair <blair@mail.example>\nContent-Language: en\n\nReceived: this is text\n"
    );
    let mail = through(mail.as_bytes());
    assert_eq!(mail.subject, "folded over lines");
    assert_eq!(mail.text, "Received: this is text");
    assert_eq!(mail.cc[0].name.as_deref(), Some("Blair"));
}

#[test]
fn fifty_levels_are_read_and_a_million_end_soon() {
    let nested = |levels: usize| {
        let mut mail = String::from("Subject: deep\n");
        for level in 0..levels {
            mail.push_str(&format!(
                "Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n"
            ));
        }
        mail.push_str("Content-Type: text/plain\n\nat the bottom\n");
        for level in (0..levels).rev() {
            mail.push_str(&format!("--b{level}x--\n"));
        }
        mail
    };
    let mail = through(nested(50).as_bytes());
    assert_eq!(
        (mail.text.as_str(), mail.attachments.len()),
        ("at the bottom", 0)
    );
    // Beyond what is taken apart nothing is lost: it is one attachment.
    let deep = nested(MAX_DEPTH + 10);
    let mail = through(deep.as_bytes());
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("", 1));
    let rest = attachment(deep.as_bytes(), 0).unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("at the bottom"));
    let same = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(100_000);
    through(same.as_bytes());
    let messages = "Content-Type: message/rfc822\n\n".repeat(1_000_000);
    assert_eq!(through(messages.as_bytes()).attachments.len(), 1);
}

#[test]
fn a_forwarded_mail_is_attached_whole() {
    let inner = MIXED;
    let mail = format!(
        "Subject: Fwd\nContent-Type: multipart/mixed; boundary=f\n\n--f\n\nSee below.\n--f\nContent-Type: message/rfc822\n\n{inner}\n--f--\n"
    );
    let read_mail = through(mail.as_bytes());
    assert_eq!(read_mail.text, "See below.");
    assert_eq!(read_mail.attachments[0].media_type, "message/rfc822");
    let bytes = attachment(mail.as_bytes(), 0).unwrap().into_owned();
    assert_eq!(bytes, inner.as_bytes());
    assert_eq!(read(&bytes).text, "Look at this.");
    let digest = "Subject: d\nContent-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\n1\n--d\n\nSubject: two\n\n2\n--d--\n";
    let mail = through(digest.as_bytes());
    assert_eq!(mail.attachments.len(), 2);
    assert_eq!(
        read(&attachment(digest.as_bytes(), 1).unwrap()).subject,
        "two"
    );
}

#[test]
fn broken_parts_are_still_read() {
    // Nothing closes it.
    let mail = through(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nfirst\n--x\nContent-Disposition: attachment; filename=a\n\nlast");
    assert_eq!((mail.text.as_str(), mail.attachments[0].size), ("first", 4));
    // Another boundary than the one announced, or none: all of it is text.
    let mail = through(b"Content-Type: multipart/mixed; boundary=y\n\n--x\n\nfirst\n--x--\n");
    assert_eq!(mail.text, "--x\n\nfirst\n--x--");
    let mail = through(b"Content-Type: multipart/mixed\n\n--x\n\nfirst\n");
    assert_eq!(mail.text, "--x\n\nfirst");
    // One boundary begins as another.
    let mail =
        through(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--xy\ntwo\n--x--\n");
    assert_eq!(mail.text, "one\n--xy\ntwo");
    // Text where the header should go on.
    let mail = through(b"Subject: no gap\nHello Blair,\nhow are you?\n");
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("no gap", "Hello Blair,\nhow are you?")
    );
}

#[test]
fn there_need_be_no_header_and_no_body() {
    assert_eq!(through(b""), Mail::default());
    let mail = through(b"Dear Blair,\n\nno header here.\n");
    assert_eq!(mail.text, "Dear Blair,\n\nno header here.");
    let mail = through(b"Subject: only this");
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("only this", "")
    );
    assert_eq!(through(b"\n").text, "");
}

#[test]
fn charsets_may_be_wrong_unknown_or_unsaid() {
    let text = |charset: &str, body: &[u8]| {
        let mut mail = format!("Content-Type: text/plain{charset}\n\n").into_bytes();
        mail.extend_from_slice(body);
        through(&mail).text
    };
    assert_eq!(text("; charset=iso-8859-1", b"gr\xfc\xdfe"), "grüße");
    assert_eq!(text("; charset=\"koi8-r\"", b"\xc4\xc1"), "да");
    assert_eq!(text("; charset=gb2312", b"\xc4\xe3\xba\xc3"), "你好");
    assert_eq!(text("; charset=utf-8", b"gr\xfc\xdfe"), "grüße");
    assert_eq!(text("; charset=us-ascii", "grüße".as_bytes()), "grüße");
    assert_eq!(
        text("; charset=x-nobody-knows", "grüße".as_bytes()),
        "grüße"
    );
    assert_eq!(text("; charset=x-nobody-knows", b"gr\xfc\xdfe"), "grüße");
    assert_eq!(text("", b"gr\xfc\xdfe"), "grüße");
    let mail = through(b"Subject: gr\xfc\xdfe\n\nx");
    assert_eq!(mail.subject, "grüße");
    let mail = through("Subject: grüße\n\nx".as_bytes());
    assert_eq!(mail.subject, "grüße");
}

#[test]
fn names_are_encoded_in_every_way_that_there_is() {
    let mail = through(
        "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?B?+A==?=\n\
From: =?utf-8?B?w4Zu?= <x@mail.example>\n\
Content-Type: multipart/mixed; boundary=x\n\n\
--x\nContent-Disposition: attachment; filename*=utf-8''%E2%82%AC%20rates.txt\n\n1\n\
--x\nContent-Disposition: attachment; filename*0=\"a long \"; filename*1=\"name.txt\"\n\n2\n\
--x\nContent-Type: text/plain; name=\"=?utf-8?Q?=C3=A9t=C3=A9.txt?=\"\n\n3\n\
--x\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\n\n4\n--x--\n"
            .as_bytes(),
    );
    assert_eq!(mail.subject, "Grüßeø");
    assert_eq!(mail.from[0].name.as_deref(), Some("Æn"));
    assert_eq!(
        names(&mail),
        [
            "€ rates.txt",
            "a long name.txt",
            "été.txt",
            "../../etc/passwd"
        ]
    );
}

#[test]
fn junk_within_encodings_is_passed_over() {
    let body = |encoding: &str, text: &str| {
        let mail = format!("Content-Transfer-Encoding: {encoding}\n\n{text}");
        through(mail.as_bytes()).text
    };
    assert_eq!(body("BASE64", "SGVs\n!bG8*g\n  d29y-bGQ=\n"), "Hello world");
    assert_eq!(body("base64", "SGVsbG8"), "Hello");
    assert_eq!(
        body("base64", "SGVsbG8gd29ybGQ=SGVsbG8="),
        "Hello worldHello"
    );
    assert_eq!(
        body("quoted-printable", "a=3Db=\nc  \nd=XYe==f="),
        "a=bc\nd=XYe==f"
    );
    assert_eq!(body("x-unheard-of", "as it is"), "as it is");
}

#[test]
fn html_is_read_as_words_and_nothing_of_it_runs() {
    let mail = through(b"Content-Type: text/html\n\n<html><head><title>T</title><style>p{}</style></head><body><div>Dear Alex,</div><div><br></div><p>see <a href='https://x.example/'>this</a> &amp; that&#33;</p><script>alert(1)</script><ul><li>one<li>two</ul></body>");
    assert_eq!(mail.text, "Dear Alex,\n\nsee this & that!\n\none\ntwo");
    // Only where there is no plain text, or an empty one.
    let mail = through(b"Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\n \n--x\nContent-Type: text/html\n\n<b>words</b>\n--x--\n");
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("words", 0));
    let mail = through(b"Content-Type: multipart/alternative; boundary=x\n\n--x\n\nplain\n--x\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--x--\n");
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("plain", 1));
}

#[test]
fn what_is_too_much_is_cut_or_kept_together() {
    let mut mail = b"Subject: ".to_vec();
    mail.extend(std::iter::repeat_n(b'x', 10 << 20));
    mail.extend_from_slice(b"\n\ntext");
    let read_mail = through(&mail);
    assert!(read_mail.subject.len() < 3_000 && read_mail.text == "text");
    let fields = format!("{}\ntext", "Subject: again\n".repeat(100_000));
    assert_eq!(through(fields.as_bytes()).text, "text");
    let long = format!("\n{}", "é".repeat(MAX_SHOWN));
    let read_mail = through(long.as_bytes());
    assert!(read_mail.cut && read_mail.text.len() <= MAX_SHOWN);
    let part = "--x\nContent-Disposition: attachment\n\na\n";
    let many = format!(
        "Content-Type: multipart/mixed; boundary=x\n\n{}--x--\n",
        part.repeat(MAX_PARTS + 5)
    );
    let read_mail = through(many.as_bytes());
    assert_eq!(read_mail.attachments.len(), MAX_PARTS + 1);
    assert!(read_mail.attachments[MAX_PARTS].size > 100);
}

#[test]
fn what_is_written_here_is_read_as_it_was_meant() {
    let attachments = [
        NewAttachment {
            name: "größe \"x\"\r\nBcc: y.bin".into(),
            media_type: Some("text/html\r\nX: y".into()),
            bytes: (0..=255).cycle().take(10_000).collect(),
        },
        NewAttachment {
            name: "a.txt".into(),
            media_type: Some("text/plain".into()),
            bytes: b"--boundary\nFrom me\n".to_vec(),
        },
    ];
    let long = "word ".repeat(500);
    let text = format!("Grüße,\n\nFrom here on\n.\n--x\n{long}end");
    let draft = Draft {
        subject: "A subject: größer\nBcc: nobody",
        text: &text,
        date: 1_800_000_000,
        message_id: "abc@dyad.invalid",
        in_reply_to: Some("1@mail.example"),
        references: &["0@mail.example".into()],
        attachments: &attachments,
    };
    let written = compose(&draft);
    assert_eq!(clean(&written), written, "it tells nothing that must go");
    let mail = through(&written);
    assert_eq!(mail.subject, "A subject: größer Bcc: nobody");
    assert_eq!(mail.text, text);
    assert_eq!(mail.date, Some(1_800_000_000));
    assert_eq!(mail.message_id.as_deref(), Some("abc@dyad.invalid"));
    assert_eq!(mail.references, ["0@mail.example", "1@mail.example"]);
    assert_eq!(names(&mail), ["größe \"x\" Bcc: y.bin", "a.txt"]);
    assert_eq!(mail.attachments[0].media_type, "application/octet-stream");
    for (place, given) in attachments.iter().enumerate() {
        assert_eq!(*attachment(&written, place).unwrap(), given.bytes);
    }
    let exported = export(&written, &ENVELOPE);
    let mail = read(&exported);
    assert_eq!(mail.from[0].name.as_deref(), Some("Alex \"the\" Großer"));
    assert_eq!(mail.from[0].address.as_deref(), Some("from@dyad.invalid"));
    assert_eq!(mail.to[0].name.as_deref(), Some("Blair"));
}

#[test]
fn a_mailbox_file_holds_mails_apart() {
    let mail = b"Subject: x\n\nFrom the harbour\n>From afar\nfrom here";
    let entry = String::from_utf8(mbox_entry(mail, 1_800_000_000)).unwrap();
    assert_eq!(
        entry,
        "From dyad.invalid Fri Jan 15 08:00:00 2027\nSubject: x\n\n>From the harbour\n>>From afar\nfrom here\n\n"
    );
}
