//! All that can happen to a call, in every order; and two sides of one over a network that loses, doubles and reorders.

use std::collections::HashSet;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_900_000_000);

const STEPS: [CallStep; 7] = [
    CallStep::Offer,
    CallStep::Answer,
    CallStep::Candidates,
    CallStep::Ringing,
    CallStep::Decline,
    CallStep::Busy,
    CallStep::HangUp,
];

fn events() -> Vec<Event> {
    let rings = [
        Ring::Until(NOW.plus(RING_TIME)),
        Ring::Quietly,
        Ring::Occupied,
        Ring::Crossed,
    ];
    let mut all: Vec<Event> = STEPS.map(Event::Said).into();
    all.extend(rings.map(Event::Offered));
    all.extend([
        Event::Nonsense,
        Event::Crossed,
        Event::Shown,
        Event::Take,
        Event::Decline,
        Event::HangUp,
        Event::Connected,
        Event::Alive,
        Event::Tick,
    ]);
    all
}

/// Every state that any order of events leads to, and what must hold there.
#[test]
fn whatever_happens_a_call_goes_forward_and_ends_once() {
    for begin in [Progress::calling(NOW), Progress::arriving(NOW)] {
        let mut seen = HashSet::from([begin]);
        let mut open = vec![begin];
        while let Some(at) = open.pop() {
            for event in events() {
                for later in [0, RING_TIME, 2 * RING_TIME] {
                    let now = NOW.plus(later);
                    let Ok((next, effect)) = at.step(event, now) else {
                        continue;
                    };
                    holds(&at, event, &next, effect);
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
        }
        assert!(seen.iter().any(|at| at.state == CallState::Ended));
        assert!(seen.len() < 10_000);
        // From everywhere, time alone leads to the end.
        for at in seen {
            let (over, _) = at.step(Event::Tick, NOW.plus(10 * RING_TIME)).unwrap();
            assert!(over.state.is_over(), "{at:?}");
        }
    }
}

fn holds(at: &Progress, event: Event, next: &Progress, effect: Option<Effect>) {
    let what = format!("{at:?} {event:?} {next:?} {effect:?}");
    assert_eq!(at.ours, next.ours, "{what}");
    assert_eq!(next.state.is_over(), next.ended.is_some(), "{what}");
    if at.state.is_over() {
        assert_eq!((at, effect), (next, None), "{what}");
    }
    if matches!(next.state, CallState::Talking | CallState::Ended) {
        assert!(next.connected.is_some(), "{what}");
    }
    let of_theirs = matches!(
        next.state,
        CallState::Arriving | CallState::Ringing | CallState::Missed
    );
    let of_ours = matches!(
        next.state,
        CallState::Calling | CallState::RingingThere | CallState::NoAnswer | CallState::Busy
    );
    let foreign = if next.ours { of_theirs } else { of_ours };
    assert!(!foreign, "{what}");
    // Nobody is connected to a call that the person here has not made or taken.
    if !next.ours && next.is_taken() {
        assert!(at.is_taken() || event == Event::Take, "{what}");
    }
    // Only the called side says that it rings or that it does not want; nothing is answered to what is merely said.
    match effect {
        Some(Effect::Say(CallStep::Ringing | CallStep::Decline | CallStep::Busy)) => {
            assert!(!at.ours, "{what}");
        }
        Some(Effect::Say(step)) => {
            assert_eq!(step, CallStep::HangUp, "{what}");
            assert!(!matches!(event, Event::Said(_)), "{what}");
        }
        Some(Effect::PassOn) => assert!(matches!(event, Event::Said(_)), "{what}"),
        None => {}
    }
}

fn after(begin: Progress, events: &[Event]) -> Progress {
    events.iter().fold(begin, |at, event| {
        at.step(*event, NOW.plus(5)).map_or(at, |(next, _)| next)
    })
}

#[test]
fn calls_end_as_people_would_say_they_did() {
    use CallState as S;
    use Event as E;
    let said = E::Said;
    let ring = E::Offered(Ring::Until(NOW.plus(60)));
    let ours: &[(&[Event], CallState)] = &[
        (&[said(CallStep::Ringing)], S::RingingThere),
        (&[said(CallStep::Decline)], S::Declined),
        (&[said(CallStep::Ringing), said(CallStep::Busy)], S::Busy),
        (&[E::HangUp], S::NoAnswer),
        (&[said(CallStep::Answer)], S::Connecting),
        (&[said(CallStep::Answer), said(CallStep::HangUp)], S::Failed),
        (
            &[said(CallStep::Answer), E::Connected, said(CallStep::HangUp)],
            S::Ended,
        ),
        (
            &[
                said(CallStep::Answer),
                said(CallStep::Ringing),
                E::Connected,
            ],
            S::Talking,
        ),
        (&[E::HangUp, said(CallStep::Answer)], S::NoAnswer),
        (&[E::Crossed], S::Crossed),
    ];
    for (events, state) in ours {
        assert_eq!(
            after(Progress::calling(NOW), events).state,
            *state,
            "{events:?}"
        );
    }
    let theirs: &[(&[Event], CallState)] = &[
        (&[ring], S::Ringing),
        (&[said(CallStep::HangUp), ring], S::Missed),
        (&[ring, said(CallStep::HangUp)], S::Missed),
        (&[E::Offered(Ring::Quietly)], S::Missed),
        (&[E::Offered(Ring::Occupied)], S::Missed),
        (&[ring, E::Decline, E::Take], S::Declined),
        (&[ring, E::Take, E::Connected, E::HangUp], S::Ended),
        (&[ring, E::Take, said(CallStep::HangUp)], S::Failed),
        (&[E::Nonsense], S::Missed),
        (&[ring, E::Take, E::Nonsense], S::Failed),
    ];
    for (events, state) in theirs {
        assert_eq!(
            after(Progress::arriving(NOW), events).state,
            *state,
            "{events:?}"
        );
    }
}

#[test]
fn it_rings_in_time_and_is_told_once() {
    let (ringing, _) = Progress::arriving(NOW)
        .step(Event::Offered(Ring::Until(NOW.plus(30))), NOW)
        .unwrap();
    let (shown, told) = ringing.step(Event::Shown, NOW).unwrap();
    assert_eq!(told, Some(Effect::Say(CallStep::Ringing)));
    assert_eq!(shown.step(Event::Shown, NOW), Ok((shown, None)));
    assert_eq!(shown.step(Event::Tick, NOW.plus(29)), Ok((shown, None)));
    let (missed, effect) = shown.step(Event::Tick, NOW.plus(30)).unwrap();
    assert_eq!((missed.state, effect), (CallState::Missed, None));
    assert_eq!(missed.step(Event::Take, NOW.plus(31)), Err(Refusal::Over));
    let (taken, _) = shown.step(Event::Take, NOW).unwrap();
    assert_eq!(taken.step(Event::Take, NOW), Err(Refusal::Taken));
}

/// A small generator, so that a run can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// Two people, and what is on the way between them.
struct Line {
    sides: [Progress; 2],
    on_the_way: Vec<(usize, CallStep)>,
    now: Timestamp,
}

impl Line {
    fn happens(&mut self, side: usize, event: Event) {
        let Ok((next, effect)) = self.sides[side].step(event, self.now) else {
            return;
        };
        self.sides[side] = next;
        if let Some(Effect::Say(step)) = effect {
            self.on_the_way.push((1 - side, step));
        }
        if event == Event::Take && side == 1 {
            self.on_the_way.push((0, CallStep::Answer));
        }
    }

    fn arrives(&mut self, (to, step): (usize, CallStep)) {
        let event = match step {
            CallStep::Offer => Event::Offered(Ring::Until(self.now.plus(RING_TIME))),
            step => Event::Said(step),
        };
        self.happens(to, event);
    }
}

#[test]
fn both_sides_come_to_an_end_over_a_bad_line_and_agree_over_a_good_one() {
    for seed in 0..2_000 {
        let mut chance = Chance(seed);
        let bad = seed % 2 == 0;
        let mut line = Line {
            sides: [Progress::calling(NOW), Progress::arriving(NOW)],
            on_the_way: vec![(1, CallStep::Offer)],
            now: NOW,
        };
        for _ in 0..40 {
            line.now = line.now.plus(chance.below(3) as u64);
            let acts = [Event::Shown, Event::Take, Event::Decline, Event::HangUp];
            match chance.below(8) {
                0 => line.happens(1, acts[chance.below(4)]),
                1 => line.happens(0, [Event::HangUp, Event::Tick][chance.below(2)]),
                2 if line.sides[0].is_taken() && line.sides[1].is_taken() => {
                    (0..2).for_each(|side| line.happens(side, Event::Connected));
                }
                _ if line.on_the_way.is_empty() => {}
                _ => {
                    let which = if bad {
                        chance.below(line.on_the_way.len())
                    } else {
                        0
                    };
                    let word = line.on_the_way.remove(which);
                    match chance.below(5) {
                        0 if bad => {}
                        1 if bad => {
                            line.on_the_way.push(word);
                            line.arrives(word);
                        }
                        _ => line.arrives(word),
                    }
                }
            }
        }
        while !bad && !line.on_the_way.is_empty() {
            let word = line.on_the_way.remove(0);
            line.arrives(word);
        }
        for _ in 0..3 {
            line.now = line.now.plus(2 * RING_TIME);
            (0..2).for_each(|side| line.happens(side, Event::Tick));
            while !bad && !line.on_the_way.is_empty() {
                let word = line.on_the_way.remove(0);
                line.arrives(word);
            }
        }
        let [caller, called] = line.sides.map(|side| side.state);
        assert!(caller.is_over() && called.is_over(), "{seed}");
        if !bad {
            let talked = |state| state == CallState::Ended;
            assert_eq!(
                talked(caller),
                talked(called),
                "{seed}: {caller:?} {called:?}"
            );
        }
    }
}
