//! Mails, sharing invitations and requests for a contact.

use dyad_protocol::content::{
    ContactRequest, MAX_MAIL_LEN, Mail, MailHead, MailPlace, Said, Share,
};
use serde_json::{Value, json};

use super::{READ, input, link, link_output, output};
use crate::generate::{Case, hex};

pub fn mail_output(mail: &Mail) -> Value {
    let (within, link) = match &mail.place {
        MailPlace::Within(bytes) => (Some(hex(bytes)), None),
        MailPlace::Blob(link) => (None, Some(link_output(link))),
    };
    json!({
        "said": "mail",
        "subject": mail.head.subject,
        "within": within,
        "link": link,
        "beginning": mail.head.beginning,
        "attachments": mail.head.attachments,
    })
}

pub fn share_output(share: &Share) -> Value {
    json!({
        "said": "share",
        "title": share.title,
        "address": share.address,
        "secret": share.secret,
        "what": share.what,
    })
}

pub fn request_output(request: &ContactRequest) -> Value {
    json!({
        "said": "contact-request",
        "name": request.name,
        "invitation": request.invitation,
        "note": request.note,
    })
}

fn mail(size: u64) -> Mail {
    Mail {
        head: MailHead {
            subject: "Minutes".into(),
            beginning: Some("Dear all,".into()),
            attachments: 2,
        },
        place: MailPlace::Blob(link(size)),
    }
}

fn share() -> Share {
    Share {
        title: "Pictures of the summer".into(),
        address: "https://album.example/s".into(),
        secret: Some("correct horse".into()),
        what: Some("album".into()),
    }
}

fn request() -> ContactRequest {
    ContactRequest {
        name: "Casey".into(),
        invitation: Some("https://dyad.example/i#x".into()),
        note: Some("from school".into()),
    }
}

pub fn add(cases: &mut Vec<Case>) {
    let within = Mail {
        head: MailHead::default(),
        place: MailPlace::Within(b"Subject: hi\n\nhello".to_vec()),
    };
    let said = [
        ("mail that is a blob", Said::Mail(mail(MAX_MAIL_LEN))),
        ("mail within its message", Said::Mail(within)),
        ("sharing invitation", Said::Share(share())),
        (
            "sharing invitation without a secret",
            Said::Share(Share {
                secret: None,
                what: None,
                ..share()
            }),
        ),
        (
            "contact request with an invitation",
            Said::ContactRequest(request()),
        ),
        (
            "contact request without one",
            Said::ContactRequest(ContactRequest {
                invitation: None,
                note: None,
                ..request()
            }),
        ),
    ];
    for (name, said) in said {
        if let Some(payload) = said.payload(Some("in words")) {
            cases.push(Case::ok(
                READ,
                name,
                "Read as it was written.",
                input(&payload),
                output(&said),
            ));
        }
    }
    refused(cases);
}

fn refused(cases: &mut Vec<Case>) {
    let mut case = |name: &str, description: &str, said: Said| {
        if let Some(payload) = said.payload(Some("in words")) {
            let input = input(&payload);
            cases.push(Case::refused(READ, name, description, input, "malformed"));
        }
    };
    case(
        "mail beyond 64 MiB",
        "One byte more.",
        Said::Mail(mail(MAX_MAIL_LEN + 1)),
    );
    let mut long = mail(5);
    long.head.subject = "x".repeat(256);
    case("subject of 256 bytes", "At most 255.", Said::Mail(long));
    let mut many = mail(5);
    many.head.attachments = 10_001;
    case(
        "mail with 10,001 attachments",
        "At most 10,000.",
        Said::Mail(many),
    );
    let longer = |change: fn(&mut Share)| {
        let mut share = share();
        change(&mut share);
        Said::Share(share)
    };
    case(
        "sharing invitation without a title",
        "At least one byte.",
        longer(|share| share.title.clear()),
    );
    case(
        "address of 801 bytes",
        "At most 800.",
        longer(|share| share.address = "x".repeat(801)),
    );
    case(
        "contact request of nobody",
        "At least one byte.",
        Said::ContactRequest(ContactRequest {
            name: String::new(),
            ..request()
        }),
    );
    let mut raw = |name: &str, description: &str, kind: &str, content: &[u8]| {
        let input = json!({ "kind": kind, "content": hex(content), "fallback": null });
        cases.push(Case::refused(READ, name, description, input, "malformed"));
    };
    raw(
        "mail that is nowhere",
        "Either key 1 or key 2.",
        "mail",
        &[0xa1, 0, 0x61, b'x'],
    );
    raw(
        "mail without a subject",
        "It may be empty, but it is there.",
        "mail",
        &[0xa1, 1, 0x41, b'x'],
    );
    let Some(blob) = Said::Mail(mail(5)).payload(None) else {
        return;
    };
    // The first byte counts the keys; key 1 comes before key 2.
    let at = 1 + 1 + 8;
    let mut both = blob.content.clone();
    both[0] += 1;
    both.splice(at..at, [1, 0x41, b'x']);
    raw(
        "mail in two places",
        "Not both of keys 1 and 2.",
        "mail",
        &both,
    );
    raw(
        "sharing invitation to nowhere",
        "Key 1 is required.",
        "share",
        &[0xa1, 0, 0x61, b'x'],
    );
}
