//! Envelopes that open and hold what they should not, and sessions begun without end.

use super::*;

#[test]
fn garbage_in_good_envelopes_is_dropped_and_repairs_stay_within_bounds() {
    let mut two = active();
    for n in 0..100u8 {
        for content in [
            Content::Ratchet(vec![n; 60]),
            Content::Establish(vec![n; 1500]),
            Content::Ratchet(Vec::new()),
            Content::Establish(Vec::new()),
        ] {
            let done = step(
                &two.profiles[0],
                &two.alex,
                Input::Forwarded(Box::new(content)),
                NOW,
                &mut two.rng,
            )
            .unwrap();
            two.alex = done.next;
        }
    }
    let submitted = two.alex.summary();
    assert_eq!(submitted.status, Status::Active);
    assert_sound(&mut two);
}

#[test]
fn a_contact_that_begins_sessions_without_end_is_followed_only_so_often() {
    let mut two = active();
    let mut told = 0;
    for _ in 0..3 * INBOUND_REPAIRS_PER_DAY {
        let mut work = Work::new(&two.profiles[1], two.blair.clone(), NOW, &mut two.rng);
        assert!(work.begin_session(Some(crate::RepairReason::Undecryptable)));
        let id = work.state.out.write(None, NOW, &mut work.rng);
        assert!(work.dispatch(id, None).unwrap());
        let done = work.finish();
        let sent: Vec<Outgoing> = submissions(&done.effects).into_iter().cloned().collect();
        let got = receive(&two.profiles[0], two.alex.clone(), &sent, &mut two.rng);
        told += got
            .effects
            .iter()
            .filter(|e| matches!(e, Effect::Event(Event::Repaired { .. })))
            .count();
        (two.blair, two.alex) = (done.next, got.next);
    }
    assert!(told <= INBOUND_REPAIRS_PER_DAY, "{told}");
    assert!(told > 0);
}

#[test]
fn an_establish_under_another_identity_is_refused_and_told() {
    let mut two = active();
    let mut work = Work::new(&two.profiles[1], two.blair.clone(), NOW, &mut two.rng);
    work.state.identity = IdentityKey::new([3; 32]);
    assert!(work.begin_session(Some(crate::RepairReason::Undecryptable)));
    work.settle();
    let sent: Vec<Outgoing> = submissions(&work.finish().effects)
        .into_iter()
        .cloned()
        .collect();
    let got = receive(&two.profiles[0], two.alex.clone(), &sent, &mut two.rng);
    assert!(
        got.effects
            .iter()
            .any(|e| matches!(e, Effect::Event(Event::IdentityChangedRefused)))
    );
    assert_eq!(
        got.next.summary().their_identity,
        two.alex.summary().their_identity
    );
    two.alex = got.next;
    assert_sound(&mut two);
}
