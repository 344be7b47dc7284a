//! What the receiver service sees.

use std::collections::BTreeMap;

use dyad_protocol::api::fetch::Entry;
use dyad_protocol::api::submit::Submission;
use dyad_protocol::id::AddressId;

use crate::overlap::{contains, shared};
use crate::parties::{NICKS, Parties, host};

/// Messages by the address that they came to.
fn by_address(entries: &[Entry]) -> BTreeMap<AddressId, Vec<&Entry>> {
    let mut all: BTreeMap<AddressId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        all.entry(entry.address).or_default().push(entry);
    }
    all
}

#[test]
fn the_receiver_service_learns_nothing_of_the_sender() {
    let mut parties = Parties::friends(21);
    parties.converse(&["about ships", "about trains"]);
    let (receiver, sender) = (host("receiver", 'b'), host("sender", 'a'));
    let view = parties.view(&receiver);
    let accounts = |whose| {
        parties
            .service(&host("issuer", whose))
            .contents("issuer", &["account"])
            .unwrap()
    };
    for (_, key, _) in accounts('a').into_iter().chain(accounts('b')) {
        assert!(
            !contains(&view, &key),
            "the receiver service sees an account"
        );
    }
    for exchange in parties.exchanges(&sender, "POST /v1/submit") {
        let submission = Submission::decode(&exchange.request).unwrap();
        assert!(
            !contains(&view, submission.token.nonce().as_bytes()),
            "a message's token"
        );
        assert!(
            !contains(&view, &submission.token.as_bytes()[98..]),
            "a message's token"
        );
        assert!(!contains(&view, &exchange.answer), "a submission's ticket");
    }
    for secret in [
        NICKS[0],
        NICKS[1],
        "Alex writes about ships",
        "Blair writes about ships",
    ] {
        assert!(!contains(&view, secret.as_bytes()), "{secret}");
    }
    let alex = parties.world.network().lookup("alex").to_string();
    assert!(
        !contains(&view, alex.as_bytes()),
        "the sender's network address"
    );
    // Alex's app has Blair's receiver's document fetched by the sender service.
    let callers: Vec<String> = parties
        .tape
        .connections()
        .into_iter()
        .filter(|c| c.to == receiver)
        .map(|c| c.from)
        .collect();
    assert!(callers.iter().all(|from| *from != "alex"), "{callers:?}");

    // It would be noticed: its own person calls it, and its own person's token pays for the mailbox.
    assert!(callers.iter().any(|from| *from == "blair"));
    assert!(callers.contains(&sender));
    let item = &parties.delivered(&receiver)[0];
    assert!(contains(&view, item.sealed.as_bytes()));
    let mailboxes = parties.exchanges(&receiver, "POST /v1/mailboxes");
    assert!(!mailboxes.is_empty() && mailboxes.iter().all(|exchange| exchange.from == "blair"));
}

#[test]
fn messages_to_fresh_tickets_cannot_be_linked_by_the_receiver_service() {
    let mut parties = Parties::friends(22);
    parties.converse(&["zero"]);
    let receiver = host("receiver", 'b');
    let before = (
        parties.fetched(&receiver).len(),
        parties.delivered(&receiver).len(),
    );
    parties.converse(&["one", "two", "three", "four", "five"]);
    let fetched = parties.fetched(&receiver).split_off(before.0);
    let delivered = parties.delivered(&receiver).split_off(before.1);
    assert!(
        fetched.len() >= 5 && delivered.len() >= 5,
        "{} {}",
        fetched.len(),
        delivered.len()
    );
    for (number, a) in fetched.iter().enumerate() {
        for b in &fetched[number + 1..] {
            assert_ne!(a.address, b.address, "an address came twice");
            assert_eq!(shared(a.address.as_bytes(), b.address.as_bytes()), None);
            assert_eq!(shared(a.sealed.as_bytes(), b.sealed.as_bytes()), None);
        }
    }
    for (number, a) in delivered.iter().enumerate() {
        for b in &delivered[number + 1..] {
            let parts = |item: &dyad_protocol::batch::Item| {
                [&item.address.as_bytes()[2..], &item.sealed.as_bytes()[1..]].concat()
            };
            assert_eq!(shared(&parts(a), &parts(b)), None);
        }
    }
    // What it does see: all are for one mailbox.
    assert!(fetched.windows(2).all(|pair| pair[0].root == pair[1].root));
}

#[test]
fn two_messages_to_one_long_term_address_are_seen_to_belong_together() {
    // Until the inviter has answered, all that the other has is the invitation's long-term address.
    let mut parties = Parties::strangers(23);
    let link = parties.invite();
    let blair = parties.blair.clone();
    // Alex's app is away, so no answer with fresh tickets comes.
    let away = std::time::Duration::from_secs(3_600);
    parties.world.crash("alex", away);
    let minute = crate::parties::MINUTE;
    parties
        .world
        .must(&blair, "accepting", minute, async move |c| {
            c.accept(&link, Some(NICKS[0])).await
        })
        .unwrap();
    for text in ["Blair writes once", "Blair writes twice"] {
        parties.submit(false, text);
    }
    parties.world.pass(2 * away).unwrap();
    let fetched = parties.fetched(&host("receiver", 'a'));
    let linked = by_address(&fetched)
        .into_values()
        .map(|all| all.len())
        .max();
    assert!(linked >= Some(2), "{linked:?} of {}", fetched.len());
}

#[test]
fn everything_that_is_delivered_and_fetched_has_one_size() {
    use dyad_protocol::api::fetch::ServerFrame;
    let mut parties = Parties::friends(24);
    for length in [1, 40, 400, 1_000] {
        parties.write(true, &"x".repeat(length));
    }
    let receiver = host("receiver", 'b');
    let items = parties.exchanges(&receiver, "POST /v1/deliver");
    let single: Vec<usize> = items
        .iter()
        .filter(|exchange| exchange.request.len() < 2 * dyad_protocol::limits::ITEM_LEN)
        .map(|exchange| exchange.request_head.len() + exchange.request.len())
        .collect();
    assert!(
        single.len() >= 4 && single.windows(2).all(|pair| pair[0] == pair[1]),
        "{single:?}"
    );
    let talks = parties.talks(&receiver).into_iter();
    let entries = talks
        .flat_map(|talk| talk.frames_received)
        .filter(|frame| matches!(ServerFrame::decode(frame), Ok(ServerFrame::Entry(_))));
    let lengths: Vec<usize> = entries.map(|frame| frame.len()).collect();
    assert!(
        lengths.len() >= 4 && lengths.windows(2).all(|pair| pair[0] == pair[1]),
        "{lengths:?}"
    );
    // And all are answered alike, with nothing; except that a service not known yet is asked to come again.
    let answers = |exchange: &crate::wire::Exchange| {
        let head = exchange.answer_head.clone();
        (exchange.status, head, exchange.answer.clone())
    };
    let taken: Vec<_> = items
        .iter()
        .map(answers)
        .filter(|(status, ..)| *status != 503)
        .collect();
    assert!(taken.len() >= 4 && taken.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(
        taken
            .iter()
            .all(|(status, _, body)| *status == 202 && body.is_empty())
    );
}

#[test]
fn an_address_tells_the_receiver_service_its_mailbox_month_and_kind_and_no_more() {
    use std::collections::BTreeSet;

    use dyad_protocol::address::{open_recipient, open_sender};
    use dyad_protocol::time::Clock;
    use dyad_store::keys::{self, Schedule};
    use dyad_store::mailbox;

    let mut parties = Parties::friends(25);
    parties.converse(&["one", "two", "three"]);
    let receiver = host("receiver", 'b');
    let disk = parties.service(&receiver).disk("receiver");
    let of = |schedule| keys::load(&disk, schedule).unwrap();
    let (transit, address) = (of(Schedule::Transit), of(Schedule::Address));
    let (name, now) = (
        crate::parties::name(&receiver),
        dyad_testkit::SimulatedClock::new(dyad_testkit::BEGIN).now(),
    );
    let mut told = BTreeSet::new();
    let (mut ids, mut bodies) = (Vec::new(), Vec::new());
    for item in parties.delivered(&receiver) {
        let opened = transit.iter().find_map(|key| {
            open_sender(&name, &key.secret, &item.address, &item.sealed.hash()).ok()
        });
        let recipient = opened.unwrap();
        let opened = address
            .iter()
            .find_map(|key| open_recipient(&name, &key.secret, &recipient).ok())
            .unwrap();
        let owner = mailbox::find(&disk, &opened.root(), now).unwrap().unwrap();
        let resolved = opened.authorise(&name, &owner.address_key, now).unwrap();
        told.insert((
            *resolved.root.as_bytes(),
            resolved.expiry.number(),
            resolved.kind,
        ));
        if !ids.contains(&resolved.id) {
            ids.push(resolved.id);
            bodies.push(recipient.as_bytes()[2..].to_vec());
        }
    }
    // One mailbox, one month for each kind.
    assert!((1..=2).contains(&told.len()), "{told:?}");
    assert!(ids.len() >= 3);
    // Apart from that, two addresses have nothing in common, though the same person made them.
    for (number, a) in bodies.iter().enumerate() {
        for b in &bodies[number + 1..] {
            assert_eq!(shared(a, b), None);
        }
    }
}
