//! Other programs of two people: paired, sending payloads of every size, following, coming back, revoked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Person, Provider, eventually, meet};
use dyad_client::view::{
    AppChange, AppGrant, AppPass, Direction, FeedChange, MessageState, PairingRequest,
    PairingState, PayloadRequest, PayloadView,
};

const KIND: &str = "vnd.example.todo";

async fn friends() -> (Provider, Person, Person) {
    let provider = Provider::with(2_000, |config| {
        for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
            tier.blob = 100;
        }
    })
    .await;
    let alex = Person::at("Alex", &[&provider]).await;
    let blair = Person::at("Blair", &[&provider]).await;
    meet(&alex, &blair).await;
    (provider, alex, blair)
}

fn wants(types: &[&str], messages: bool) -> PairingRequest {
    PairingRequest {
        name: "To-do".into(),
        types: types.iter().map(|&kind| kind.into()).collect(),
        messages,
    }
}

/// Pairs an app with all contacts.
fn paired(person: &Person, types: &[&str], messages: bool) -> AppPass {
    let begun = person
        .client
        .pairing_begin(&wants(types, messages))
        .unwrap();
    let grant = AppGrant {
        code: begun.code.to_lowercase(),
        all_contacts: true,
        messages,
        ..AppGrant::default()
    };
    person.client.app_allow(&grant).unwrap();
    let PairingState::Allowed(token) = person
        .client
        .pairing_poll(begun.number, &begun.secret)
        .unwrap()
    else {
        panic!("it was allowed");
    };
    person.client.app_by_token(&token).unwrap()
}

fn payload(content: &[u8], fallback: Option<&str>) -> PayloadRequest {
    PayloadRequest {
        kind: KIND.into(),
        content: content.to_vec(),
        fallback: fallback.map(str::to_owned),
        ..PayloadRequest::default()
    }
}

fn all(person: &Person, app: &AppPass) -> Vec<PayloadView> {
    person.client.payloads(app, None, 0, 0).unwrap().0
}

#[tokio::test]
async fn a_program_becomes_an_app_by_a_code_and_its_token_is_told_once() {
    let person = Person::new("Alex").await;
    let client = &person.client;
    let begun = client.pairing_begin(&wants(&[KIND], false)).unwrap();
    let poll = |secret: &str| client.pairing_poll(begun.number, secret);
    assert_eq!(poll(&begun.secret).unwrap(), PairingState::Pending);
    assert_eq!(poll("another's").unwrap_err().code, "unknown-pairing");
    assert_eq!(client.app_requests().unwrap()[0].types, [KIND]);

    let grant = |code: &str| AppGrant {
        code: code.into(),
        ..AppGrant::default()
    };
    let asks_more = AppGrant {
        messages: true,
        ..grant(&begun.code)
    };
    assert_eq!(
        client.app_allow(&asks_more).unwrap_err().code,
        "messages-not-asked"
    );
    assert_eq!(
        client.app_allow(&grant("22222")).unwrap_err().code,
        "wrong-code"
    );
    let app = client.app_allow(&grant(&begun.code)).unwrap();
    assert!(!app.paired && app.contacts.is_empty());
    let PairingState::Allowed(token) = poll(&begun.secret).unwrap() else {
        panic!("it was allowed");
    };
    assert_eq!(
        poll(&begun.secret).unwrap_err().code,
        "unknown-pairing",
        "told once"
    );
    assert_eq!(client.app_by_token(&token).unwrap().name, "To-do");
    assert!(client.apps().unwrap()[0].last_used.is_some());
    assert_eq!(
        client.app_by_token("dyad_x").unwrap_err().code,
        "token-unknown"
    );

    client.app_revoke("to-do").unwrap();
    assert_eq!(
        client.app_by_token(&token).unwrap_err().code,
        "token-revoked"
    );
    assert!(client.apps().unwrap().is_empty());
}

#[tokio::test]
async fn guessing_codes_ends_what_waits_and_few_wait_at_once() {
    let person = Person::new("Alex").await;
    let client = &person.client;
    let begun = client.pairing_begin(&wants(&[KIND], false)).unwrap();
    for _ in 0..3 {
        client.pairing_begin(&wants(&[KIND], false)).unwrap();
    }
    let fifth = client.pairing_begin(&wants(&[KIND], false)).unwrap_err();
    assert_eq!(fifth.code, "too-many-pairings");
    let guess = AppGrant {
        code: "222-222".into(),
        ..AppGrant::default()
    };
    for _ in 0..5 {
        assert_eq!(client.app_allow(&guess).unwrap_err().code, "wrong-code");
    }
    let state = client.pairing_poll(begun.number, &begun.secret).unwrap();
    assert_eq!(state, PairingState::Denied);
    let right = AppGrant {
        code: begun.code.clone(),
        ..AppGrant::default()
    };
    assert_eq!(client.app_allow(&right).unwrap_err().code, "wrong-code");
    client.pairing_begin(&wants(&[KIND], false)).unwrap();
    let waiting = client.app_requests().unwrap();
    client.app_deny(&waiting[0].number.to_string()).unwrap();
    assert!(client.app_requests().unwrap().is_empty());
}

#[tokio::test]
async fn payloads_of_every_size_arrive_as_they_were_and_wait_for_an_app_that_knows_them() {
    let (_provider, alex, blair) = friends().await;
    let _online = (alex.online(), blair.online());
    let app = paired(&alex, &[KIND], false);
    let to = alex.client.app_relationships(&app).unwrap()[0].id;
    let send = |request: &PayloadRequest| alex.client.payload_send(&app, &to, request).unwrap().0;
    let large: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let small = send(&payload(b"{\"small\":1}", Some("A list changed")));
    let hidden = send(&payload(b"\x00\xff", None));
    let first_large = send(&payload(&large, None));
    let second_large = send(&payload(&large, Some("Much changed")));
    assert_eq!(first_large.kind, KIND);
    assert_eq!(
        first_large.content.as_deref(),
        Some(&large[..]),
        "ours is here at once"
    );

    // Nobody at Blair's knows the type yet; what has a fallback is shown.
    eventually("all are confirmed", || {
        all(&alex, &app)
            .iter()
            .all(|p| p.state == MessageState::Confirmed)
    })
    .await;
    let shown = |person: &Person| -> Vec<(String, String)> {
        let messages = person.messages().into_iter();
        messages.map(|m| (m.kind, m.text)).collect()
    };
    eventually("the large ones came", || {
        blair.messages().iter().all(|m| m.file.is_none())
    })
    .await;
    let expected = [(KIND, "A list changed"), (KIND, "Much changed")];
    let expected = expected.map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    assert_eq!(shown(&alex), expected);
    assert_eq!(shown(&blair), expected);

    // An app that registers the type later finds everything.
    let late = paired(&blair, &[KIND], false);
    eventually("the large ones are there", || all(&blair, &late).len() == 4).await;
    let mut contents: Vec<_> = all(&blair, &late)
        .into_iter()
        .map(|p| (p.content.unwrap(), p.fallback, p.direction))
        .collect();
    contents.sort_by_key(|(content, fallback, _)| (content.len(), fallback.clone()));
    let theirs = |content: &[u8], text: Option<&str>| {
        (content.to_vec(), text.map(str::to_owned), Direction::In)
    };
    assert_eq!(
        contents,
        [
            theirs(b"\x00\xff", None),
            theirs(b"{\"small\":1}", Some("A list changed")),
            theirs(&large, None),
            theirs(&large, Some("Much changed")),
        ]
    );
    // A reply to what is shown to nobody.
    let request = PayloadRequest {
        reply_to: Some(hidden.id),
        ..payload(b"3", None)
    };
    let reply = send(&request);
    assert_eq!(reply.reply_to, Some(hidden.id));
    let heard = || {
        all(&blair, &late)
            .into_iter()
            .find(|p| p.content.as_deref() == Some(b"3"))
    };
    eventually("the reply came", || heard().is_some()).await;
    let answered = blair
        .client
        .payload(&late, heard().unwrap().reply_to.unwrap());
    assert_eq!(answered.unwrap().content.as_deref(), Some(&b"\x00\xff"[..]));
    // Deleted by whoever wrote it: gone on both sides, for apps as well.
    alex.client.delete(second_large.id, true).unwrap();
    alex.client.delete(small.id, true).unwrap();
    eventually("they are gone", || all(&blair, &late).len() == 3).await;
    assert_eq!(all(&alex, &app).len(), 3);
}

#[tokio::test]
async fn an_app_sees_its_contacts_and_types_and_nothing_else() {
    let (_provider, alex, blair) = friends().await;
    let to = alex.client.contacts().unwrap()[0].id;
    let other = paired(&alex, &["org.example.other"], false);
    let begun = alex.client.pairing_begin(&wants(&[KIND], false)).unwrap();
    let grant = AppGrant {
        code: begun.code,
        ..AppGrant::default()
    };
    let name = alex.client.app_allow(&grant).unwrap().name;
    assert_eq!(name, "To-do 2", "the name is another's");
    let PairingState::Allowed(token) = alex
        .client
        .pairing_poll(begun.number, &begun.secret)
        .unwrap()
    else {
        panic!("it was allowed");
    };
    let pass = || alex.client.app_by_token(&token).unwrap();
    let send = |request: &PayloadRequest| {
        let sent = alex.client.payload_send(&pass(), &to, request);
        sent.map(|(_, new)| new).map_err(|error| error.code)
    };
    assert!(alex.client.app_relationships(&pass()).unwrap().is_empty());
    assert_eq!(
        send(&payload(b"1", None)),
        Err("unknown-relationship".into())
    );
    let add = AppChange {
        add: vec!["Blair".into()],
        ..AppChange::default()
    };
    alex.client.app_change(&name, &add).unwrap();

    let keyed = |content: &[u8]| PayloadRequest {
        key: Some("k1".into()),
        ..payload(content, None)
    };
    assert_eq!(send(&keyed(b"1")), Ok(true));
    assert_eq!(send(&keyed(b"1")), Ok(false), "said twice, sent once");
    assert_eq!(send(&keyed(b"2")), Err("key-reused".into()));
    for (kind, code) in [
        ("text", "type-not-registered"),
        ("org.example.other", "type-not-registered"),
    ] {
        let request = PayloadRequest {
            kind: kind.into(),
            ..payload(b"1", None)
        };
        assert_eq!(send(&request), Err(code.into()));
    }
    assert_eq!(
        send(&payload(&vec![0; (1 << 20) + 1], None)),
        Err("too-large".into())
    );
    assert_eq!(send(&payload(b"1", Some(" "))), Err("bad-fallback".into()));
    let unknown = PayloadRequest {
        reply_to: Some(1_000),
        ..payload(b"1", None)
    };
    assert_eq!(send(&unknown), Err("unknown-payload".into()));

    assert_eq!(all(&alex, &pass()).len(), 1);
    assert!(all(&alex, &other).is_empty());
    let id = all(&alex, &pass())[0].id;
    assert_eq!(
        alex.client.payload(&other, id).unwrap_err().code,
        "unknown-payload"
    );
    let remove = AppChange {
        remove: vec!["blair".into()],
        ..AppChange::default()
    };
    alex.client.app_change(&name, &remove).unwrap();
    assert!(all(&alex, &pass()).is_empty());
    drop(blair);
}

#[tokio::test]
async fn whoever_comes_back_hears_what_changed_since_and_nothing_twice() {
    let (_provider, alex, blair) = friends().await;
    let app = paired(&alex, &[KIND], false);
    let reader = paired(&blair, &[], true);
    let to = alex.client.contacts().unwrap()[0].id;
    let contents = |person: &Person, app: &AppPass, after: u64| -> (Vec<String>, u64) {
        let (mut next, mut told) = (after, Vec::new());
        loop {
            let page = person.client.feed(app, next).unwrap();
            assert!(page.next >= next);
            next = page.next;
            told.extend(page.changes.into_iter().map(|(_, change)| match change {
                FeedChange::Payload(p) => {
                    format!(
                        "{}:{:?}",
                        String::from_utf8(p.content.unwrap()).unwrap(),
                        p.state
                    )
                }
                FeedChange::Message(m) => format!("{}:{:?}", m.text, m.state),
                FeedChange::Removed { .. } => "removed".to_owned(),
            }));
            if !page.more {
                return (told, next);
            }
        }
    };
    let begin = alex.client.feed_count().unwrap();
    for number in 0..120 {
        let request = payload(number.to_string().as_bytes(), None);
        alex.client.payload_send(&app, &to, &request).unwrap();
    }
    let (told, next) = contents(&alex, &app, begin);
    let numbers: Vec<String> = (0..120).map(|n| format!("{n}:Waiting")).collect();
    assert_eq!(told, numbers);
    assert_eq!(contents(&alex, &app, next).0, Vec::<String>::new());
    // Page by page it is the same.
    let (mut after, mut count) = (0, 0);
    loop {
        let (page, more) = alex.client.payloads(&app, None, after, 60).unwrap();
        count += page.len();
        after = page.last().unwrap().place;
        if !more {
            break;
        }
    }
    assert_eq!(count, 120);

    // What is the person's alone is not told; an app for messages hears all that is shown.
    let mark = blair.client.feed_count().unwrap();
    alex.client
        .send("Blair", "Hello", std::time::Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(contents(&alex, &app, next).0, Vec::<String>::new());
    let (_alex, _blair) = (alex.online(), blair.online());
    eventually("Blair's app hears it", || {
        contents(&blair, &reader, mark)
            .0
            .contains(&"Hello:Received".to_owned())
    })
    .await;
    let seen = contents(&blair, &reader, mark).0;
    assert!(
        seen.iter().all(|text| text.starts_with("Hello")),
        "{seen:?}"
    );
    eventually("states follow", || {
        let told = contents(&alex, &app, next).0;
        told.iter().any(|text| text.ends_with("Confirmed"))
    })
    .await;
}
