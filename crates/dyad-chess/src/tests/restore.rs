//! One side goes back to an older backup, at whatever point, and the game goes on; a cheat changes nothing by it.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::*;

const A: Side = Side::Inviter;
const B: Side = Side::Invited;

/// What only this side can make.
fn proof(side: Side, hash: &Hash) -> Proof {
    let digest = Sha256::digest(format!("secret of {side:?} {hash:?}"));
    Proof(digest[..16].try_into().unwrap())
}

fn hashed(side: Side) -> impl Fn(u32, Hash, &Step) -> (Hash, Option<Proof>) {
    move |number, before, step| {
        let hash = Hash(Sha256::digest(format!("{number} {before:?} {side:?} {step:?}")).into());
        (hash, Some(proof(side, &hash)))
    }
}

fn is_of(side: Side) -> impl Fn(&Entry) -> bool {
    move |entry| entry.proof == Some(proof(side, &entry.hash))
}

fn invitation() -> Game {
    let step = Step::Invite {
        colour: Colour::White,
    };
    Game::new(Entry {
        number: 0,
        before: None,
        hash: Hash([1; 32]),
        side: A,
        proof: None,
        step,
    })
    .unwrap()
}

/// Plays on, by chance, until it is over or there are so many entries.
fn play(mut game: Game, choices: &[u8]) -> Game {
    if game.played().is_open() {
        game.make(B, Step::Accept, hashed(B)).unwrap();
    }
    for choice in choices {
        let played = game.played();
        let Some(side) = played.turn() else { break };
        let legal = played.position.legal();
        let uci = legal[usize::from(*choice) % legal.len()].clone();
        game.make(side, Step::Move { uci, offer: false }, hashed(side))
            .unwrap();
    }
    game
}

/// The first so many entries, as a backup has them.
fn backup(game: &Game, len: usize) -> Game {
    let mut old = game.clone();
    old.chain.truncate(len);
    old
}

/// Asks and takes, as long as there is something new.
fn heal(me: Side, old: &mut Game, whole: &Game) -> Result<(), Why> {
    loop {
        let number = old.agreed(me);
        let before = old.chain()[number as usize - 1].hash;
        let told: Vec<Entry> = whole
            .since(number, &before)
            .iter()
            .take(7)
            .cloned()
            .collect();
        if old.take_up(me, &told, is_of(me))? == 0 {
            return Ok(());
        }
    }
}

proptest! {
    #[test]
    fn whoever_goes_back_gets_the_game_again(
        choices in proptest::collection::vec(any::<u8>(), 0..60),
        back in any::<prop::sample::Index>(),
        inviter in any::<bool>(),
        moves_first in any::<bool>(),
        other in any::<u8>(),
    ) {
        let me = if inviter { A } else { B };
        let whole = play(invitation(), &choices);
        let mut old = backup(&whole, 1 + back.index(whole.chain().len()));
        // The person goes on before anybody notices, with the same or with another move.
        if moves_first && old.played().turn() == Some(me) && !old.played().is_open() {
            old = play(old, &[other]);
        }
        // What the contact has of it: a second entry of one side is void there.
        let mut there = whole.clone();
        for entry in old.chain().iter().skip(1) {
            if entry.side == me {
                there.hear(entry.clone());
            }
        }
        heal(me, &mut old, &there).unwrap();
        prop_assert_eq!(old.chain(), there.chain());
        // And it goes on.
        if let Some(side) = old.played().turn() {
            let uci = old.played().position.legal()[0].clone();
            let made = old.clone().make(side, Step::Move { uci, offer: false }, hashed(side)).unwrap();
            prop_assert_eq!(there.hear(made), Heard::Counts);
        }
    }

    /// Whatever the other side makes up: without our proofs nothing of ours is invented, and what was agreed stays.
    #[test]
    fn nobody_invents_what_we_did(
        agreed in proptest::collection::vec(any::<u8>(), 0..30),
        made_up in proptest::collection::vec(any::<u8>(), 1..30),
        cut in any::<prop::sample::Index>(),
        borrowed in any::<bool>(),
    ) {
        let game = play(invitation(), &agreed);
        let from = 2 + cut.index(game.chain().len() - 1);
        let mut lie = play(backup(&game, from), &made_up);
        for entry in &mut lie.chain {
            if entry.side == A && !game.chain().contains(entry) {
                // Nothing, or the proof of another entry of ours.
                entry.proof = borrowed.then(|| proof(A, &Hash([3; 32])));
            }
        }
        let mut here = game.clone();
        let number = from as u32;
        let told = lie.since(number, &lie.chain()[from - 1].hash).to_vec();
        let _ = here.take_up(A, &told, is_of(A));
        // Only moves of their own that fit may be new.
        prop_assert_eq!(&here.chain()[..game.chain().len()], game.chain());
        prop_assert!(here.chain()[game.chain().len()..].iter().all(|entry| entry.side == B));
    }
}

#[test]
fn what_crossed_and_is_void_does_not_come_back() {
    // A gave up, and B mated at the same place: mate. A's resignation was real, and bears A's proof.
    let moves = ["f2f3", "e7e5", "g2g4"];
    let mut game = play(invitation(), &[]);
    for uci in moves {
        let side = game.played().turn().unwrap();
        let uci = uci.to_owned();
        game.make(side, Step::Move { uci, offer: false }, hashed(side))
            .unwrap();
    }
    let (mut a, mut b) = (game.clone(), game);
    let resigned = a.make(A, Step::Resign, hashed(A)).unwrap();
    let uci = "d8h4".to_owned();
    let mate = b
        .make(B, Step::Move { uci, offer: false }, hashed(B))
        .unwrap();
    assert_eq!(a.hear(mate), Heard::Counts);
    let before = a.chain().to_vec();
    assert_eq!(a.take_up(A, &[resigned], is_of(A)), Err(Why::Fork));
    assert_eq!(a.chain(), before);
}

#[test]
fn a_backup_without_proofs_is_not_filled_with_what_nobody_can_show() {
    let whole = play(invitation(), &[3; 20]);
    let mut old = backup(&whole, 5);
    let told = whole.since(5, &old.chain()[4].hash).to_vec();
    assert_eq!(old.take_up(A, &told, |_| false), Err(Why::Unproven));
    assert_eq!(old, backup(&whole, 5));
}
