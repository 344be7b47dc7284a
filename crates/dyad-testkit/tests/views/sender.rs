//! What the sender service sees.

use dyad_protocol::address::open_sender;
use dyad_protocol::api::fetch::Entry;
use dyad_protocol::api::submit::Submission;
use dyad_protocol::invitation::{InvitationInput, parse};
use dyad_store::keys::{self, Schedule};

use crate::overlap::{contains, shared};
use crate::parties::{MINUTE, NICKS, Parties, host};

const SUBMIT: &str = "POST /v1/submit";

fn submissions(parties: &Parties, sender: &str) -> Vec<Submission> {
    let all = parties.exchanges(sender, SUBMIT).into_iter();
    all.filter(|exchange| exchange.status == 202)
        .map(|exchange| Submission::decode(&exchange.request).unwrap())
        .collect()
}

/// Everything that names the recipient or what is said, as far as it exists anywhere outside of the apps.
fn secrets(parties: &Parties, receiver: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut secrets = Vec::new();
    for (_, root, _) in parties
        .service(receiver)
        .contents("receiver", &["mailbox"])
        .unwrap()
    {
        secrets.push(("root address", root));
    }
    for Entry { address, .. } in parties.fetched(receiver) {
        secrets.push(("address id", address.as_bytes().to_vec()));
    }
    let transit = keys::load(
        &parties.service(receiver).disk("receiver"),
        Schedule::Transit,
    )
    .unwrap();
    for item in parties.delivered(receiver) {
        let host = receiver.parse().unwrap();
        let opened = transit.iter().find_map(|key| {
            open_sender(&host, &key.secret, &item.address, &item.sealed.hash()).ok()
        });
        secrets.push(("recipient address", opened.unwrap().as_bytes().to_vec()));
    }
    for nick in NICKS {
        secrets.push(("nickname", nick.as_bytes().to_vec()));
    }
    secrets.push(("text", b"Alex writes about ships".to_vec()));
    secrets.push(("text", b"Blair writes about ships".to_vec()));
    secrets
}

fn account_keys(parties: &Parties, issuer: &str) -> Vec<Vec<u8>> {
    let accounts = parties
        .service(issuer)
        .contents("issuer", &["account"])
        .unwrap();
    accounts.into_iter().map(|(_, key, _)| key).collect()
}

#[test]
fn the_sender_service_learns_neither_recipient_nor_text_nor_account() {
    let mut parties = Parties::friends(11);
    parties.converse(&["about ships", "about trains", "about planes"]);
    let (sender, receiver) = (host("sender", 'a'), host("receiver", 'b'));
    // Also while messages lie on its disk.
    parties.world.crash(&receiver, 30 * MINUTE);
    parties.submit(true, "Alex writes into the void");
    assert!(
        !parties
            .service(&sender)
            .contents("sender", &["queue"])
            .unwrap()
            .is_empty()
    );

    let view = parties.view(&sender);
    for (what, secret) in secrets(&parties, &receiver) {
        assert!(
            !contains(&view, &secret),
            "the sender service sees a {what}"
        );
    }
    let accounts = account_keys(&parties, &host("issuer", 'a'));
    assert_eq!(accounts.len(), 1);
    assert!(
        !contains(&view, &accounts[0]),
        "the sender service sees an account"
    );

    // It would be noticed: the same search finds what each party does see.
    let receivers_view = parties.view(&receiver);
    let found = |what, view: &[u8]| {
        let secrets = secrets(&parties, &receiver);
        secrets
            .iter()
            .any(|(kind, secret)| *kind == what && contains(view, secret))
    };
    assert!(found("root address", &receivers_view));
    assert!(found("address id", &receivers_view));
    assert!(contains(&parties.view(&host("issuer", 'a')), &accounts[0]));
    let sealed = submissions(&parties, &sender).pop().unwrap().item.sealed;
    assert!(contains(&view, sealed.as_bytes()));
}

#[test]
fn two_submissions_have_nothing_in_common_but_what_all_have() {
    let mut parties = Parties::friends(12);
    parties.converse(&["one", "two", "three", "four"]);
    let sender = host("sender", 'a');
    let all = submissions(&parties, &sender);
    assert!(all.len() >= 5, "{}", all.len());
    // What a submission consists of that is its own: a token's nonce and authenticator, address, message.
    let own = |submission: &Submission| {
        let token = submission.token.as_bytes();
        vec![
            token[2..34].to_vec(),
            token[98..].to_vec(),
            submission.item.address.as_bytes()[2..].to_vec(),
            submission.item.sealed.as_bytes()[1..].to_vec(),
        ]
    };
    for (number, a) in all.iter().enumerate() {
        for b in &all[number + 1..] {
            for (a, b) in own(a)
                .iter()
                .flat_map(|a| own(b).into_iter().map(move |b| (a.clone(), b)))
            {
                assert_eq!(shared(&a, &b), None);
            }
        }
    }
    // All the rest is the same in all of them: version, class, host, challenge and key of the day, lengths.
    let rest = |submission: &Submission| {
        let token = submission.token.as_bytes();
        let address = submission.item.address.as_bytes();
        let common = [&token[..2], &token[34..98], &address[..2]].concat();
        (
            submission.class,
            submission.receiver.clone(),
            submission.dedup,
            common,
            submission.item.sealed.as_bytes()[0],
        )
    };
    assert!(all.windows(2).all(|pair| rest(&pair[0]) == rest(&pair[1])));
    let heads = parties.exchanges(&sender, SUBMIT);
    assert!(
        heads
            .windows(2)
            .all(|pair| pair[0].request_head == pair[1].request_head)
    );
    // It would be noticed: the same submission twice.
    assert!(shared(&own(&all[0])[3], &own(&all[0])[3]).is_some());
}

#[test]
fn the_sender_service_cannot_use_an_address_for_another_message() {
    let mut parties = Parties::friends(13);
    parties.converse(&["one"]);
    let receiver = host("receiver", 'b');
    let transit = keys::load(
        &parties.service(&receiver).disk("receiver"),
        Schedule::Transit,
    )
    .unwrap();
    let items = parties.delivered(&receiver);
    let [first, .., last] = &items[..] else {
        panic!("{}", items.len())
    };
    let opens = |address, sealed: &dyad_protocol::envelope::SealedMessage| {
        let host = receiver.parse().unwrap();
        transit
            .iter()
            .any(|key| open_sender(&host, &key.secret, address, &sealed.hash()).is_ok())
    };
    assert!(opens(&first.address, &first.sealed));
    assert!(!opens(&first.address, &last.sealed));
}

#[test]
fn the_sender_service_sees_the_host_of_the_recipient_and_whence_an_app_calls() {
    let mut parties = Parties::friends(14);
    parties.converse(&["one"]);
    let sender = host("sender", 'a');
    let all = submissions(&parties, &sender);
    assert!(
        all.iter()
            .all(|submission| submission.receiver.as_str() == host("receiver", 'b'))
    );
    let callers = parties.exchanges(&sender, SUBMIT);
    assert!(!callers.is_empty() && callers.iter().all(|exchange| exchange.from == "alex"));
    let relayed = parties.exchanges(&sender, "POST /v1/relay/document");
    assert!(!relayed.is_empty());
}

#[test]
fn an_invitation_that_is_hosted_shows_its_host_nothing_but_its_name() {
    let mut parties = Parties::friends(15);
    let other = parties.invite();
    for link in [parties.link.clone(), other] {
        let InvitationInput::Link(parsed) = parse(&link).unwrap() else {
            panic!()
        };
        for service in ["sender", "issuer", "receiver"] {
            for whose in ['a', 'b'] {
                let view = parties.view(&host(service, whose));
                assert!(
                    !contains(&view, parsed.secret.expose()),
                    "{service} {whose}"
                );
                assert!(!contains(&view, &parsed.commitment), "{service} {whose}");
            }
        }
        // It would be noticed: the name that is derived from the secret is seen.
        let sender = parties.view(&host("sender", 'a'));
        assert!(contains(&sender, parsed.secret.locator().as_bytes()));
    }
    let hosted = parties
        .service(&host("sender", 'a'))
        .contents("sender", &["invitations"])
        .unwrap();
    assert_eq!(hosted.len(), 2);
    let [(_, _, first), (_, _, second)] = &hosted[..] else {
        panic!()
    };
    assert_eq!(first.len(), second.len());
    // Past version, date and withdraw key, it is ciphertext.
    assert_eq!(shared(&first[9..], &second[9..]), None);
    let requests = parties.exchanges(&host("sender", 'a'), "POST /v1/invitations");
    let lengths: Vec<usize> = requests
        .iter()
        .map(|exchange| exchange.request.len())
        .collect();
    assert!(
        lengths.len() >= 2 && lengths.windows(2).all(|pair| pair[0] == pair[1]),
        "{lengths:?}"
    );
}
