//! What is written in a row is told in that order, where that costs no more than a moment.

use dyad_protocol::content::Said;

use super::*;

const NOTHING: [u64; 0] = [];

/// A message of Blair's, with a number and perhaps something to say.
fn numbered(seq: u64, says: Option<Payload>) -> Body {
    Body {
        sent: NOW,
        message: Some(MessageId {
            stream: StreamId::new([9; 8]),
            seq,
        }),
        payload: says,
        ..Body::default()
    }
}

fn text(seq: u64) -> Body {
    numbered(seq, Some(Payload::text(seq.to_string())))
}

fn told(effects: &[Effect]) -> Vec<u64> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Incoming { message, .. } => Some(message.seq),
            _ => None,
        })
        .collect()
}

fn later(two: &mut Two, seconds: u64) -> Vec<u64> {
    let at = NOW.plus(seconds);
    let step = step(&two.profiles[0], &two.alex, Input::Tick, at, &mut two.rng).unwrap();
    two.alex = RelationshipState::decode(&step.next.encode()).unwrap();
    told(&step.effects)
}

#[test]
fn what_overtakes_waits_for_what_was_written_before() {
    let mut two = active();
    assert_eq!(told(&say(&mut two, text(1))), [1]);
    assert_eq!(told(&say(&mut two, text(4))), NOTHING);
    assert_eq!(told(&say(&mut two, text(3))), NOTHING);
    assert_eq!(told(&say(&mut two, text(3))), NOTHING, "a copy");
    assert_eq!(two.alex.deadline(), Some(NOW.plus(TURN)));
    // What says nothing has its place all the same.
    assert_eq!(told(&say(&mut two, numbered(2, None))), [3, 4]);
    assert_eq!(told(&say(&mut two, text(5))), [5]);
    assert_eq!(later(&mut two, TURN), NOTHING);
}

#[test]
fn what_does_not_come_is_waited_for_once_and_told_when_it_comes() {
    let mut two = active();
    assert_eq!(told(&say(&mut two, text(1))), [1]);
    assert_eq!(told(&say(&mut two, text(5))), NOTHING);
    assert_eq!(told(&say(&mut two, text(3))), NOTHING);
    assert_eq!(later(&mut two, TURN - 1), NOTHING);
    assert_eq!(later(&mut two, TURN), [3, 5]);
    assert_eq!(told(&say(&mut two, text(6))), [6], "nothing new is missing");
    assert_eq!(told(&say(&mut two, text(2))), [2]);
    assert_eq!(told(&say(&mut two, text(4))), [4]);
}

#[test]
fn what_waits_is_told_before_an_end_a_block_and_going_off_line() {
    for last in [None, Some(Input::Block), Some(Input::Flush)] {
        let mut two = active();
        assert_eq!(told(&say(&mut two, text(2))), NOTHING);
        let effects = if let Some(input) = last {
            step(&two.profiles[0], &two.alex, input, NOW, &mut two.rng)
                .unwrap()
                .effects
        } else {
            let end = Body {
                sent: NOW,
                control: Some(Control::Ended),
                ..Body::default()
            };
            say(&mut two, end)
        };
        assert_eq!(told(&effects), [2]);
    }
}

#[test]
fn a_call_rings_at_once_and_changes_no_turn() {
    let mut two = active();
    let ring = Payload {
        kind: Said::CALL.to_owned(),
        ..Payload::text("")
    };
    assert_eq!(told(&say(&mut two, numbered(2, Some(ring)))), [2]);
    assert_eq!(told(&say(&mut two, text(3))), NOTHING);
    assert_eq!(told(&say(&mut two, text(1))), [1, 3]);
}

#[test]
fn a_clock_set_back_and_a_heap_of_gaps_hold_nothing_up() {
    let mut two = active();
    assert_eq!(told(&say(&mut two, text(2))), NOTHING);
    let back = NOW.minus(3_600);
    let step = step(&two.profiles[0], &two.alex, Input::Tick, back, &mut two.rng).unwrap();
    assert_eq!(told(&step.effects), [2]);

    let mut two = active();
    let mut all = 0;
    for n in 1..=crate::limits::MAX_TURNS as u64 + 1 {
        all += told(&say(&mut two, text(2 * n))).len();
    }
    assert_eq!(all, 1, "the first makes room");
}
