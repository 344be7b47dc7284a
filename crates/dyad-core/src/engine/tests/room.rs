//! How much fits into one message, and what is stored and sent when nothing can be.

use super::*;

#[test]
fn the_longest_text_fits_in_an_establish_beside_a_ticket() {
    let (mut two, _) = requested();
    let payload = Payload::text("x".repeat(MAX_TEXT_LEN));
    let input = Input::Send {
        local: LocalId(1),
        payload,
    };
    let sent = step(&two.profiles[1], &two.blair, input, NOW, &mut two.rng).unwrap();
    assert_eq!(submissions(&sent.effects).len(), 1);
    let mut work = Work::new(&two.profiles[1], sent.next.clone(), NOW, &mut two.rng);
    let id = work.state.out.write(Some(LocalId(2)), NOW, &mut work.rng);
    let text = Payload::text("x".repeat(MAX_TEXT_LEN));
    let draft = work.draft(Some(id), Some(text), None, true).unwrap();
    let body = &draft.body;
    assert!(
        !body.tickets.as_ref().unwrap().tickets.is_empty(),
        "{} of {OPENING_ROOM}",
        body.encode().len()
    );
    let long = Payload::text("x".repeat(MAX_TEXT_LEN + 1));
    let input = Input::Send {
        local: LocalId(3),
        payload: long,
    };
    let refused = step(&two.profiles[1], &sent.next, input, NOW, &mut two.rng);
    assert_eq!(
        refused.err(),
        Some(StepError::TooLong {
            limit: MAX_TEXT_LEN
        })
    );
}

#[test]
fn tickets_of_two_receivers_fit_in_the_first_message_and_the_bundle_in_the_second() {
    let (mut two, _) = requested();
    let hosts = |state: &RelationshipState| state.summary().receivers.len();
    assert_eq!(
        hosts(&two.alex),
        2,
        "Alex can answer by both of Blair's receivers"
    );
    let (alex, sent) = pump(&two.profiles[0], &two.alex, &mut two.rng);
    let got = receive(&two.profiles[1], two.blair, &sent, &mut two.rng);
    assert_eq!(got.next.status(), Status::Active);
    let (_, sent) = pump(&two.profiles[1], &got.next, &mut two.rng);
    assert!(alex.their_bundles.newest().is_none());
    let alex = receive(&two.profiles[0], alex, &sent[..1], &mut two.rng).next;
    assert!(alex.their_bundles.newest().is_some());
}

#[test]
fn a_stored_state_says_when_it_is_damaged_or_newer() {
    let two = active();
    let bytes = two.alex.encode();
    assert_eq!(RelationshipState::decode(&bytes).unwrap().encode(), bytes);
    for len in [0, 1, 2, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            matches!(
                RelationshipState::decode(&bytes[..len]),
                Err(crate::StateError::Damaged(_))
            ),
            "{len}"
        );
    }
    let mut newer = bytes;
    newer[0] = 2;
    assert!(matches!(
        RelationshipState::decode(&newer),
        Err(crate::StateError::Newer { found: 2 })
    ));
    assert!(
        !format!("{two:?}", two = two.alex.sessions).contains("ratchet_key"),
        "no secrets in logs"
    );
}

#[test]
fn nothing_is_sent_when_there_is_no_way() {
    let mut two = active();
    two.alex.theirs.clear();
    let mut work = Work::new(&two.profiles[0], two.alex.clone(), NOW, &mut two.rng);
    assert!(
        work.send_body(None, None, None, &Way::ANY)
            .unwrap()
            .is_none()
    );
}
