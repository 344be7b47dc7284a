//! Two apps, whatever happens to what they say to one another.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::*;

const A: Side = Side::Inviter;
const B: Side = Side::Invited;

fn hash(side: Side, number: u32, before: Hash, step: &Step) -> Hash {
    Hash(Sha256::digest(format!("{number} {before:?} {side:?} {step:?}")).into())
}

fn hashed(side: Side) -> impl Fn(u32, Hash, &Step) -> (Hash, Option<Proof>) {
    move |number, before, step| (hash(side, number, before, step), None)
}

fn forged(number: u32, before: Hash, side: Side, step: Step) -> Entry {
    Entry {
        number,
        before: Some(before),
        hash: hash(side, number, before, &step),
        side,
        proof: None,
        step,
    }
}

/// A has white.
fn invitation() -> Entry {
    let step = Step::Invite {
        colour: Colour::White,
    };
    Entry {
        number: 0,
        before: None,
        hash: hash(A, 0, Hash([0; 32]), &step),
        side: A,
        proof: None,
        step,
    }
}

fn step(uci: &str) -> Step {
    Step::Move {
        uci: uci.into(),
        offer: false,
    }
}

/// Two apps, and what each still has to hear.
struct Pair {
    a: Game,
    b: Game,
    to_a: Vec<Entry>,
    to_b: Vec<Entry>,
}

impl Pair {
    fn new() -> Self {
        let game = Game::new(invitation()).unwrap();
        let mut pair = Self {
            a: game.clone(),
            b: game,
            to_a: vec![],
            to_b: vec![],
        };
        pair.does(B, Step::Accept).unwrap();
        pair.meet();
        pair
    }

    fn does(&mut self, side: Side, step: Step) -> Result<Entry, Why> {
        let (game, to) = match side {
            A => (&mut self.a, &mut self.to_b),
            B => (&mut self.b, &mut self.to_a),
        };
        let entry = game.make(side, step, hashed(side))?;
        to.push(entry.clone());
        Ok(entry)
    }

    fn meet(&mut self) {
        for entry in std::mem::take(&mut self.to_a) {
            let heard = self.a.hear(entry);
            assert!(!matches!(heard, Heard::Refused(_)), "{heard:?}");
        }
        for entry in std::mem::take(&mut self.to_b) {
            let heard = self.b.hear(entry);
            assert!(!matches!(heard, Heard::Refused(_)), "{heard:?}");
        }
    }

    fn plays(&mut self, moves: &str) {
        for (half, uci) in moves.split_whitespace().enumerate() {
            self.does(if half % 2 == 0 { A } else { B }, step(uci))
                .unwrap();
            self.meet();
        }
    }

    #[track_caller]
    fn agree(&mut self) -> Status {
        self.meet();
        assert_eq!(self.a.chain(), self.b.chain());
        self.a.played().status
    }
}

const fn won(winner: Side, ending: Ending) -> Status {
    Status::Over {
        ending,
        winner: Some(winner),
    }
}

#[test]
fn a_game_is_played_to_mate() {
    let mut pair = Pair::new();
    pair.plays("f2f3 e7e5 g2g4 d8h4");
    assert_eq!(pair.agree(), won(B, Ending::Checkmate));
    assert_eq!(pair.does(A, Step::Resign), Err(Why::Over));
    let tags = PgnTags {
        date: "2026.07.31",
        white: "Alex \"A\"",
        black: "Blair",
    };
    let text = pgn(&pair.a.played(), tags);
    assert!(
        text.contains("[White \"Alex \\\"A\\\"\"]") && text.contains("[Result \"0-1\"]"),
        "{text}"
    );
    assert!(text.ends_with("\n\n1. f3 e5 2. g4 Qh4# 0-1\n"), "{text}");
}

#[test]
fn nobody_moves_out_of_turn_or_against_the_rules() {
    let mut pair = Pair::new();
    assert_eq!(pair.does(B, step("e7e5")), Err(Why::Turn));
    assert_eq!(pair.does(A, step("e2e5")), Err(Why::Illegal));
    assert_eq!(pair.does(A, step("e7e5")), Err(Why::Illegal));
    assert_eq!(pair.does(A, Step::Accept), Err(Why::Step));
    assert_eq!(pair.does(A, Step::AcceptDraw), Err(Why::Step));
    assert_eq!(pair.does(A, Step::ClaimDraw), Err(Why::Step));
    assert_eq!(pair.a.chain().len(), 2);
}

#[test]
fn a_draw_is_offered_with_a_move_and_taken_or_passed_over() {
    let mut pair = Pair::new();
    let offer = |uci: &str| Step::Move {
        uci: uci.into(),
        offer: true,
    };
    pair.does(A, offer("e2e4")).unwrap();
    pair.meet();
    assert_eq!(pair.does(A, Step::AcceptDraw), Err(Why::Turn));
    pair.does(B, step("e7e5")).unwrap();
    pair.meet();
    assert_eq!(
        pair.does(A, Step::AcceptDraw),
        Err(Why::Step),
        "the offer is over"
    );
    pair.does(A, offer("g1f3")).unwrap();
    pair.meet();
    pair.does(B, Step::AcceptDraw).unwrap();
    let drawn = Status::Over {
        ending: Ending::Agreed,
        winner: None,
    };
    assert_eq!(pair.agree(), drawn);
}

#[test]
fn a_position_that_stood_three_times_may_be_claimed() {
    let mut pair = Pair::new();
    pair.plays(&"g1f3 g8f6 f3g1 f6g8 ".repeat(2));
    assert!(pair.a.played().can_claim());
    assert_eq!(pair.does(B, Step::ClaimDraw), Err(Why::Turn));
    pair.does(A, Step::ClaimDraw).unwrap();
    assert!(matches!(
        pair.agree(),
        Status::Over {
            ending: Ending::Repetition,
            winner: None
        }
    ));
}

#[test]
fn an_invitation_is_declined_or_taken_back() {
    for (side, step, status) in [
        (B, Step::Decline, Status::Declined),
        (A, Step::Resign, Status::Withdrawn),
    ] {
        let game = Game::new(invitation()).unwrap();
        let (a, b) = (game.clone(), game);
        let mut pair = Pair {
            a,
            b,
            to_a: vec![],
            to_b: vec![],
        };
        pair.does(side, step).unwrap();
        assert_eq!(pair.agree(), status);
    }
}

#[test]
fn what_crosses_comes_to_the_same_on_both_sides() {
    // Taken back while it is accepted: taken back.
    let game = Game::new(invitation()).unwrap();
    let mut pair = Pair {
        a: game.clone(),
        b: game.clone(),
        to_a: vec![],
        to_b: vec![],
    };
    pair.does(A, Step::Resign).unwrap();
    pair.does(B, Step::Accept).unwrap();
    assert_eq!(pair.agree(), Status::Withdrawn);
    // While it is declined: declined.
    let mut pair = Pair {
        a: game.clone(),
        b: game,
        to_a: vec![],
        to_b: vec![],
    };
    pair.does(A, Step::Resign).unwrap();
    pair.does(B, Step::Decline).unwrap();
    assert_eq!(pair.agree(), Status::Declined);
    // A resignation and a move: the resignation.
    let mut pair = Pair::new();
    pair.does(A, step("e2e4")).unwrap();
    pair.does(B, Step::Resign).unwrap();
    assert_eq!(pair.agree(), won(A, Ending::Resigned));
    // A resignation and mate: mate.
    let mut pair = Pair::new();
    pair.plays("f2f3 e7e5 g2g4");
    pair.does(A, Step::Resign).unwrap();
    pair.does(B, step("d8h4")).unwrap();
    assert_eq!(pair.agree(), won(B, Ending::Checkmate));
    // Two resignations: whoever was to move.
    let mut pair = Pair::new();
    pair.does(A, Step::Resign).unwrap();
    pair.does(B, Step::Resign).unwrap();
    assert_eq!(pair.agree(), won(B, Ending::Resigned));
    // A move, a resignation after it, and one that crosses both: the lower number.
    let mut pair = Pair::new();
    pair.does(A, step("e2e4")).unwrap();
    pair.does(A, Step::Resign).unwrap();
    pair.does(B, Step::Resign).unwrap();
    assert_eq!(pair.agree(), won(A, Ending::Resigned));
}

#[test]
fn a_cheat_changes_nothing() {
    let mut pair = Pair::new();
    pair.plays("e2e4 e7e5 g1f3");
    let chain = pair.a.chain().to_vec();
    let before = |number: usize| chain[number - 1].hash;
    let lies = [
        // Another move in the place of one that was made, and one that goes on from it.
        forged(3, before(3), B, step("d7d5")),
        forged(
            5,
            forged(4, before(4), A, step("d2d4")).hash,
            B,
            step("d7d5"),
        ),
        // Not theirs to move, not legal, not now, nowhere, and long over.
        forged(4, before(4), B, step("d7d5")),
        forged(5, before(5), B, step("e8e6")),
        forged(5, before(5), B, step("d2d4")),
        forged(5, before(5), B, Step::AcceptDraw),
        forged(5, before(5), B, Step::ClaimDraw),
        forged(5, before(5), B, Step::Accept),
        forged(5, Hash([9; 32]), B, step("d7d5")),
        forged(2, before(2), B, Step::Resign),
        forged(1, before(1), B, Step::Decline),
        Entry {
            hash: Hash([7; 32]),
            ..invitation()
        },
    ];
    for lie in lies {
        let mut game = pair.a.clone();
        assert!(
            matches!(game.hear(lie.clone()), Heard::Refused(_)),
            "{lie:?}"
        );
        assert_eq!(game.chain(), chain, "{lie:?}");
        assert_eq!(game.hear(lie), Heard::Known, "it is told once");
    }
    let mut game = pair.a.clone();
    for number in 6..100 {
        let heard = game.hear(forged(number, Hash([1; 32]), B, step("d7d5")));
        assert!(matches!(heard, Heard::Waits | Heard::Refused(Why::Ahead)));
    }
    assert!(
        serde_json::to_string(&game).unwrap().len() < 20_000,
        "what waits is bounded"
    );
    assert_eq!(game.chain(), chain);
}

#[test]
fn a_game_survives_being_stored() {
    let mut pair = Pair::new();
    pair.plays("e2e4 e7e5");
    pair.a.hear(forged(9, Hash([3; 32]), B, Step::Resign));
    let text = serde_json::to_string(&pair.a).unwrap();
    assert_eq!(serde_json::from_str::<Game>(&text).unwrap(), pair.a);
}

/// A legal game, chosen by numbers, with everything that both did.
fn some_game(choices: &[u8]) -> (Game, Vec<Entry>) {
    let mut game = Game::new(invitation()).unwrap();
    let mut all = vec![game.make(B, Step::Accept, hashed(B)).unwrap()];
    for choice in choices {
        let played = game.played();
        let Some(side) = played.turn() else { break };
        let legal = played.position.legal();
        let uci = legal[usize::from(*choice) % legal.len()].clone();
        let step = Step::Move {
            uci,
            offer: choice % 7 == 0,
        };
        all.push(game.make(side, step, hashed(side)).unwrap());
    }
    (game, all)
}

proptest! {
    /// Each hears the other's entries shuffled, some twice, some only when they are sent again; its own are there.
    #[test]
    fn any_order_comes_to_the_same_game(
        choices in proptest::collection::vec(any::<u8>(), 0..60),
        order in any::<[u8; 32]>(),
        lost in any::<u64>(),
    ) {
        let (whole, all) = some_game(&choices);
        for me in [A, B] {
            // Mine come in their order, each when I know what it goes on from; the other's come as they like.
            let mut theirs: Vec<&Entry> = all.iter().filter(|e| e.side != me).collect();
            theirs.sort_by_key(|e| Sha256::digest([&order[..], &e.hash.0].concat()));
            let first_time = theirs.iter().enumerate().filter(|(i, _)| lost >> (i % 64) & 1 == 0).map(|(_, e)| *e);
            let again = theirs.iter().rev().copied();
            let mut game = Game::new(invitation()).unwrap();
            let mut mine = all.iter().filter(|e| e.side == me).peekable();
            for entry in first_time.chain(again.clone()).chain(again.clone().cycle().take(theirs.len() * (theirs.len() + 1))) {
                while mine.peek().is_some_and(|e| e.number as usize == game.chain().len()) {
                    let next = mine.next().unwrap();
                    game.make(me, next.step.clone(), hashed(me)).unwrap();
                }
                // Nobody is more than a few ahead of what the other has seen.
                if entry.number as usize <= game.chain().len() + 2 {
                    let heard = game.hear(entry.clone());
                    prop_assert!(!matches!(heard, Heard::Refused(_)), "{heard:?} {entry:?}");
                }
            }
            while mine.peek().is_some_and(|e| e.number as usize == game.chain().len()) {
                let next = mine.next().unwrap();
                game.make(me, next.step.clone(), hashed(me)).unwrap();
            }
            prop_assert_eq!(game.chain(), whole.chain());
        }
    }

    /// Whatever the other side makes up, only giving up can change what was agreed, and only to its own loss.
    #[test]
    fn a_cheat_can_only_lose(
        choices in proptest::collection::vec(any::<u8>(), 0..40),
        lies in proptest::collection::vec((0_u32..50, any::<bool>(), any::<u8>(), any::<u8>()), 1..30),
    ) {
        let (mut game, _) = some_game(&choices);
        for (number, knows_before, what, choice) in lies {
            let chain = game.chain().to_vec();
            let before = if knows_before && number > 0 {
                chain.get(number as usize - 1).map_or(Hash([8; 32]), |e| e.hash)
            } else {
                Hash([choice; 32])
            };
            let legal = game.played().position.legal();
            let uci = legal.get(usize::from(choice) % legal.len().max(1)).cloned().unwrap_or_default();
            let lie = match what % 6 {
                0 => Step::Accept,
                1 => Step::Decline,
                2 => Step::Resign,
                3 => Step::AcceptDraw,
                4 => Step::ClaimDraw,
                _ => Step::Move { uci, offer: false },
            };
            let resigns = lie == Step::Resign;
            let heard = game.hear(forged(number, before, B, lie));
            let kept = game.chain().len() >= chain.len() && game.chain()[..chain.len()] == chain[..];
            let gave_up = resigns && game.played().status == won(A, Ending::Resigned);
            prop_assert!(kept || gave_up, "{heard:?}");
            if game.chain().len() > chain.len() {
                prop_assert_eq!(heard, Heard::Counts);
            }
        }
    }
}
