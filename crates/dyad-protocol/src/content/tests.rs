//! What comes out is what went in; what an author may not do is refused here already.

use super::*;
use crate::body::Body;
use crate::id::CallId;
use crate::time::Timestamp;

fn id(seq: u64) -> MessageId {
    MessageId {
        stream: StreamId::new([3; 8]),
        seq,
    }
}

fn link() -> Link {
    Link {
        host: "dyad.example:8443".parse().unwrap(),
        locator: crate::id::BlobLocator::new([1; 16]),
        key: crate::attachment::FileKey::new([2; 32]),
        size: MAX_LONG_LEN,
        sha256: [3; 32],
        ends: Timestamp::from_secs(1_900_000_000),
    }
}

fn mail() -> Mail {
    Mail {
        head: MailHead {
            subject: "s".repeat(MAX_SUBJECT_LEN),
            beginning: Some("Dear".into()),
            attachments: MAX_MAIL_ATTACHMENTS,
        },
        place: MailPlace::Blob(Link {
            size: MAX_MAIL_LEN,
            ..link()
        }),
    }
}

fn share() -> Share {
    Share {
        title: "Pictures".into(),
        address: "https://dyad.example/a".into(),
        secret: Some("open".into()),
        what: Some("album".into()),
    }
}

fn all() -> Vec<Said> {
    vec![
        Said::Text("Hello".into()),
        Said::Edit {
            target: id(1),
            order: 7,
            text: "Hallo".into(),
            link: None,
        },
        Said::Edit {
            target: id(1),
            order: 8,
            text: "how it begins".into(),
            link: Some(link()),
        },
        Said::Delete {
            target: id(MAX_SEQ),
        },
        Said::Reaction {
            target: MessageRef {
                whose: Whose::Reader,
                message: id(2),
            },
            order: MAX_ORDER,
            sign: Some("👍🏽".into()),
        },
        Said::Reaction {
            target: MessageRef::own(id(2)),
            order: 0,
            sign: None,
        },
        Said::Timer {
            order: 9,
            seconds: Some(MAX_TIMER),
        },
        Said::Timer {
            order: 9,
            seconds: None,
        },
        Said::File(File {
            link: link(),
            name: "a.txt".into(),
            media_type: None,
            words: Some("read this".into()),
            dimensions: Some((1, u32::MAX)),
            preview: Some(vec![1; MAX_PREVIEW_LEN]),
        }),
        Said::Long {
            link: link(),
            beginning: "in words".into(),
        },
        Said::Mail(Mail {
            head: MailHead::default(),
            place: MailPlace::Within(b"Subject: x\n\ny".to_vec()),
        }),
        Said::Mail(mail()),
        Said::Share(share()),
        Said::ContactRequest(ContactRequest {
            name: "Casey".into(),
            invitation: None,
            note: Some("from school".into()),
        }),
        Said::Call(offer()),
        Said::Call(Call {
            candidates: vec!["candidate:1 1 udp 1 192.0.2.1 9 typ host".into(); MAX_CANDIDATES],
            ..Call::plain(CallId::new([4; 16]), CallStep::Candidates)
        }),
        Said::Call(Call::plain(CallId::new([4; 16]), CallStep::HangUp)),
        Said::Picture(Picture {
            order: MAX_ORDER,
            link: Some(Link {
                size: MAX_PICTURE_LEN,
                ..link()
            }),
        }),
        Said::Picture(Picture {
            order: 0,
            link: None,
        }),
    ]
}

fn offer() -> Call {
    Call {
        piece: vec![5; CALL_PIECE_LEN],
        part: (6, MAX_CALL_PARTS),
        media: Some(CallMedia {
            audio: true,
            video: false,
        }),
        expires: Some(Timestamp::from_secs(1_900_000_000)),
        round: 255,
        ..Call::plain(CallId::new([4; 16]), CallStep::Offer)
    }
}

#[test]
fn everything_said_survives_the_journey() {
    for said in all() {
        let payload = said.payload(Some("in words")).unwrap();
        let body = Body {
            payload: Some(payload),
            ..Body::default()
        };
        let arrived = Body::decode(&body.encode()).unwrap();
        assert_eq!(Said::of(&arrived.payload.unwrap()).unwrap(), said);
    }
}

#[test]
fn a_reply_and_a_timer_travel_beside_the_text() {
    let payload = Payload {
        reply: Some(MessageRef::own(id(4))),
        timer: Some(60),
        ..Payload::text("yes")
    };
    let body = Body {
        payload: Some(payload.clone()),
        ..Body::default()
    };
    assert_eq!(Body::decode(&body.encode()).unwrap().payload, Some(payload));
}

#[test]
fn the_longest_text_leaves_room_for_all_that_stands_beside_it() {
    let largest = Body {
        payload: Some(Payload::text("x".repeat(MAX_TEXT_LEN))),
        ..Body::default()
    };
    let text = "x".repeat(MAX_WRITTEN_LEN);
    let reply = Payload {
        reply: Some(MessageRef::own(id(MAX_SEQ))),
        timer: Some(MAX_TIMER),
        ..Payload::text(text.clone())
    };
    let edit = Said::Edit {
        target: id(MAX_SEQ),
        order: MAX_ORDER,
        text,
        link: None,
    };
    let name = vec!["x".repeat(60); 5].join(".");
    let host = name[name.len() - (crate::limits::MAX_HOST_LEN - 6)..].to_owned() + ":65535";
    let long_edit = Said::Edit {
        target: id(MAX_SEQ),
        order: MAX_ORDER,
        text: "x".repeat(MAX_WRITTEN_LEN / 2),
        link: Some(Link {
            host: host.parse().unwrap(),
            ends: Timestamp::from_secs(u64::MAX >> 1),
            ..link()
        }),
    };
    let call = Payload {
        timer: Some(MAX_TIMER),
        ..Said::Call(offer())
            .payload(Some("A call, or why there is none"))
            .unwrap()
    };
    for payload in [
        reply,
        edit.payload(None).unwrap(),
        long_edit.payload(None).unwrap(),
        call,
    ] {
        let body = Body {
            payload: Some(payload),
            ..Body::default()
        };
        assert!(body.encode().len() <= largest.encode().len());
    }
}

#[test]
fn nobody_edits_or_deletes_what_another_wrote() {
    let mut map = MapWriter::new();
    let theirs = MessageRef {
        whose: Whose::Reader,
        message: id(1),
    };
    map.put(0, |e| theirs.encode(e));
    map.put(1, |e| e.u64(1).map(drop));
    let content = map.finish(&Unknown::default());
    for kind in [Said::EDIT, Said::DELETE] {
        let payload = Payload {
            kind: kind.into(),
            content: content.clone(),
            fallback: Some("mine now".into()),
            reply: None,
            timer: None,
        };
        assert!(Said::of(&payload).is_err(), "{kind}");
    }
}

#[test]
fn keys_of_a_newer_app_are_ignored_and_missing_ones_are_not() {
    let said = Said::Timer {
        order: 1,
        seconds: Some(5),
    };
    let mut payload = said.payload(None).unwrap();
    assert_eq!(payload.content[0], 0xa2);
    payload.content[0] = 0xa3;
    payload.content.extend_from_slice(&[0x18, 77, 0x80]);
    assert_eq!(Said::of(&payload).unwrap(), said);
    for kind in [
        Said::EDIT,
        Said::DELETE,
        Said::REACTION,
        Said::TIMER,
        Said::MAIL,
        Said::SHARE,
        Said::CONTACT_REQUEST,
    ] {
        for content in [vec![0xa0], vec![], vec![0xa1, 0], vec![0x80]] {
            let payload = Payload {
                kind: kind.into(),
                content,
                ..Payload::text("")
            };
            assert!(Said::of(&payload).is_err(), "{kind}");
        }
    }
}

#[test]
fn a_reaction_is_one_sign_that_can_be_seen() {
    for good in [
        "👍",
        "👍🏽",
        "❤️",
        "👩\u{200d}👩\u{200d}👧",
        "🇩🇪",
        "🏳️\u{200d}🌈",
        "+",
        "ж",
        "1️⃣",
        "é",
    ] {
        assert!(is_reaction(good), "{good}");
    }
    let tower = format!("a{}", "\u{301}".repeat(40));
    for bad in [
        "",
        " ",
        "ok",
        "👍👍",
        "🇩🇪🇫🇷",
        "\u{200d}",
        "👍\u{200d}",
        "\u{202e}x",
        "\u{200b}",
        "\n",
        "\u{fe0f}",
        "\u{e000}",
        tower.as_str(),
    ] {
        assert!(!is_reaction(bad), "{bad:?}");
    }
}

#[test]
fn times_that_nobody_can_mean_are_refused() {
    for seconds in [0, MAX_TIMER + 1, u64::MAX] {
        let said = Said::Timer {
            order: 1,
            seconds: Some(seconds),
        };
        assert!(Said::of(&said.payload(None).unwrap()).is_err(), "{seconds}");
    }
}

#[test]
fn a_call_that_lacks_what_its_step_needs_is_refused() {
    type Change = fn(&mut Call);
    let changes: [Change; 8] = [
        |call| call.piece.clear(),
        |call| call.piece.push(0),
        |call| call.part = (8, 8),
        |call| call.part = (0, 9),
        |call| call.part = (0, 0),
        |call| call.media = None,
        |call| call.expires = None,
        |call| call.expires = Some(Timestamp::from_secs(1 << 63)),
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut call = offer();
        change(&mut call);
        assert!(
            Said::of(&Said::Call(call).payload(None).unwrap()).is_err(),
            "{n}"
        );
    }
    for candidates in [
        Vec::new(),
        vec!["x".repeat(MAX_CANDIDATE_LEN + 1)],
        vec!["x".to_owned(); MAX_CANDIDATES + 1],
    ] {
        let call = Call {
            candidates,
            ..Call::plain(CallId::new([4; 16]), CallStep::Candidates)
        };
        assert!(Said::of(&Said::Call(call).payload(None).unwrap()).is_err());
    }
}

#[test]
fn the_order_grows_even_when_the_clock_does_not() {
    let at = Timestamp::from_secs;
    assert_eq!(next_order(None, at(100)), 100);
    assert_eq!(next_order(Some(100), at(100)), 101);
    assert_eq!(next_order(Some(100), at(50)), 101);
    assert_eq!(next_order(Some(MAX_ORDER), at(u64::MAX)), MAX_ORDER);
}

#[test]
fn a_mail_is_in_one_place_and_within_its_limits() {
    let refused = |mail: Mail| {
        let payload = Said::Mail(mail).payload(None).unwrap();
        assert!(Said::of(&payload).is_err());
    };
    let changed = |change: fn(&mut Mail)| {
        let mut mail = mail();
        change(&mut mail);
        mail
    };
    refused(changed(|mail| mail.head.subject.push('s')));
    refused(changed(|mail| {
        mail.head.beginning = Some("x".repeat(MAX_BEGINNING_LEN + 1));
    }));
    refused(changed(|mail| mail.head.attachments += 1));
    refused(changed(|mail| {
        if let MailPlace::Blob(link) = &mut mail.place {
            link.size += 1;
        }
    }));
    // Nowhere: what an app keeps meanwhile is not yet a mail.
    let head = mail().head;
    assert_eq!(MailHead::decode(&head.encode()).unwrap(), head);
    assert!(Mail::decode(&head.encode()).is_err());
}

#[test]
fn what_points_elsewhere_is_bounded_and_never_empty() {
    for change in [
        (|share| share.title.clear()) as fn(&mut Share),
        |share| share.title = "x".repeat(MAX_TITLE_LEN + 1),
        |share| share.address.clear(),
        |share| share.address = "x".repeat(MAX_ADDRESS_LEN + 1),
        |share| share.secret = Some(String::new()),
        |share| share.what = Some("x".repeat(MAX_WHAT_LEN + 1)),
    ] {
        let mut share = share();
        change(&mut share);
        let payload = Said::Share(share).payload(None).unwrap();
        assert!(Said::of(&payload).is_err());
    }
    assert!(!format!("{:?}", share()).contains("open"));
}

#[test]
fn a_picture_has_an_order_and_is_neither_empty_nor_large() {
    let said = |order, size| {
        let link = Link { size, ..link() };
        let picture = Picture {
            order,
            link: Some(link),
        };
        Said::of(&Said::Picture(picture).payload(Some("x")).unwrap())
    };
    assert!(said(1, 1).is_ok() && said(1, MAX_PICTURE_LEN).is_ok());
    for (order, size) in [(1, 0), (1, MAX_PICTURE_LEN + 1), (MAX_ORDER + 1, 1)] {
        assert!(said(order, size).is_err(), "{order} {size}");
    }
    let taken = Said::Picture(Picture {
        order: 3,
        link: None,
    });
    let payload = taken.payload(Some("x")).unwrap();
    // Apps that do not know it show nothing.
    assert_eq!(payload.fallback, None);
    let content = |hex: &str| Payload {
        content: hex::decode(hex).unwrap(),
        ..payload.clone()
    };
    assert_eq!(Said::of(&content("a10003")), Ok(taken));
    // No order; a link that is none; an order that is a text; a key twice; not a map; cut off.
    for bad in ["a0", "a2000301a0", "a1006133", "a200030003", "83", "a100"] {
        assert!(Said::of(&content(bad)).is_err(), "{bad}");
    }
}
