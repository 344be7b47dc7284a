//! What the network sees: who connects to which service, and sizes. (Real connections are inside TLS; sizes
//! show through it.)

use dyad_protocol::api::fetch::{Acknowledgement, ClientFrame, Entry, Position, ServerFrame};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{AddressId, Challenge, RootAddress};
use dyad_protocol::limits::{ITEM_LEN, SEALED_LEN, TOKEN_LEN};

use crate::parties::{Parties, host};

#[test]
fn every_submission_has_one_size_whatever_it_says() {
    let mut parties = Parties::friends(41);
    for text in [
        "a".to_owned(),
        "b".repeat(30),
        "c".repeat(300),
        "ü".repeat(500),
    ] {
        parties.write(true, &text);
    }
    let submissions = parties.exchanges(&host("sender", 'a'), "POST /v1/submit");
    let sizes: Vec<usize> = submissions
        .iter()
        .map(|exchange| exchange.request_head.len() + exchange.request.len())
        .collect();
    assert!(
        sizes.len() >= 4 && sizes.windows(2).all(|pair| pair[0] == pair[1]),
        "{sizes:?}"
    );
    let answers: Vec<usize> = submissions
        .iter()
        .map(|exchange| exchange.answer_head.len() + exchange.answer.len())
        .collect();
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
}

#[test]
fn every_size_on_the_wire_is_a_published_one() {
    let mut parties = Parties::friends(42);
    parties.converse(&["one", "two"]);
    let sizes = |to: &str, what| {
        let all = parties.exchanges(to, what).into_iter();
        all.map(|exchange| exchange.request.len())
            .collect::<Vec<_>>()
    };
    let (sender, receiver) = (host("sender", 'a'), host("receiver", 'b'));
    let submitted = sizes(&sender, "POST /v1/submit");
    let expected = 1 + 1 + TOKEN_LEN + 1 + receiver.len() + 1 + ITEM_LEN;
    assert!(
        !submitted.is_empty() && submitted.iter().all(|size| *size == expected),
        "{submitted:?}"
    );
    let delivered = sizes(&receiver, "POST /v1/deliver");
    let header = 1 + 1 + sender.len() + 1 + receiver.len() + 8 + 16 + 64;
    assert!(
        !delivered.is_empty()
            && delivered
                .iter()
                .all(|size| *size > header && (size - header).is_multiple_of(ITEM_LEN)),
        "{delivered:?}"
    );

    let (root, position) = (RootAddress::new([0; 16]), Position(0));
    let acknowledgement = Acknowledgement { root, position };
    let entry = Entry {
        root,
        position,
        address: AddressId::new([0; 16]),
        sealed: SealedMessage::from_slice(&[0; SEALED_LEN]).unwrap(),
    };
    let published: Vec<usize> = [
        ServerFrame::Hello(Challenge::new([0; 32])),
        ServerFrame::Attached(root),
        ServerFrame::CaughtUp(root),
        ServerFrame::Acknowledged(acknowledgement),
        ServerFrame::Entry(entry),
    ]
    .iter()
    .map(|frame| frame.encode().len())
    .collect();
    let attach = 1 + 16 + 1 + 8 + 64;
    let acknowledge = ClientFrame::Acknowledge(acknowledgement).encode().len();
    let talks = parties.talks(&receiver);
    let received: Vec<usize> = talks
        .iter()
        .flat_map(|t| &t.frames_received)
        .map(Vec::len)
        .collect();
    let sent: Vec<usize> = talks
        .iter()
        .flat_map(|t| &t.frames_sent)
        .map(Vec::len)
        .collect();
    assert!(
        received.iter().all(|size| published.contains(size)),
        "{received:?} {published:?}"
    );
    assert!(
        sent.iter().all(|size| [attach, acknowledge].contains(size)),
        "{sent:?}"
    );
    // All kinds that carry something did occur.
    assert!(received.contains(&published[4]) && sent.contains(&acknowledge));
}

#[test]
fn an_app_calls_only_services_that_its_person_named() {
    let mut parties = Parties::friends(43);
    parties.converse(&["one"]);
    let mut called: Vec<(String, String)> = parties
        .tape
        .connections()
        .into_iter()
        .filter(|connection| ["alex", "blair"].contains(&connection.from.as_str()))
        .map(|connection| (connection.from, connection.to))
        .collect();
    called.sort();
    called.dedup();
    let of = |who: &str, whose| {
        ["issuer", "receiver", "sender"].map(|service| (who.to_owned(), host(service, whose)))
    };
    assert_eq!(called, [of("alex", 'a'), of("blair", 'b')].concat());
}
