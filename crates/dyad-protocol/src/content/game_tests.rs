//! Entries of a game: the chain is the same whoever computes it, and nothing can stand for anything else.

use super::*;

fn entry(number: u32, step: GameStep) -> GameEntry {
    GameEntry {
        game: crate::id::GameId::new([1; 16]),
        number,
        before: (number > 0).then_some([2; 32]),
        step,
        proof: None,
    }
}

fn chess(text: &str, offer: bool) -> GameStep {
    GameStep::Move {
        chess: ChessMove::new(text).unwrap(),
        offer,
    }
}

fn steps() -> Vec<GameEntry> {
    let invite = |colour| entry(0, GameStep::Invite { colour });
    vec![
        invite(GameColour::White),
        invite(GameColour::Black),
        entry(1, GameStep::Accept),
        entry(1, GameStep::Decline),
        entry(2, chess("e2e4", false)),
        entry(2, chess("e2e4", true)),
        entry(MAX_GAME_ENTRIES, chess("a7a8n", false)),
        entry(3, GameStep::Resign),
        entry(3, GameStep::AcceptDraw),
        entry(3, GameStep::ClaimDraw),
    ]
}

#[test]
fn every_entry_survives_the_journey_and_has_a_hash_of_its_own() {
    let mut seen = std::collections::HashSet::new();
    for entry in steps() {
        let said = Said::Game(entry.clone());
        let payload = said.payload(None).unwrap();
        assert_eq!(payload.fallback, Some(entry.in_words()));
        assert_eq!(Said::of(&payload).unwrap(), said);
        for side in [GameSide::Inviter, GameSide::Invited] {
            assert!(seen.insert(entry.hash(side)), "{entry:?}");
        }
    }
}

/// Made with another program: SHA-256 over label and parts, each after its length as four bytes.
#[test]
fn the_hash_of_an_entry_is_known() {
    let invitation = entry(
        0,
        GameStep::Invite {
            colour: GameColour::White,
        },
    );
    assert_eq!(
        hex::encode(invitation.hash(GameSide::Inviter)),
        "1a5452b7090271af36d17d7f5b1792d743a1ae5f903a64bb20e5323e3e5b9c17"
    );
    assert_eq!(
        hex::encode(entry(2, chess("e2e4", false)).hash(GameSide::Invited)),
        "35f7f44b0b684bffe07b2a839709377c0d483066e37fc91847f22ece86128d45"
    );
}

#[test]
fn what_is_no_entry_is_refused() {
    let malformed = [
        entry(0, GameStep::Accept),
        entry(
            1,
            GameStep::Invite {
                colour: GameColour::White,
            },
        ),
        entry(MAX_GAME_ENTRIES + 1, GameStep::Resign),
        GameEntry {
            before: None,
            ..entry(1, GameStep::Accept)
        },
        GameEntry {
            before: Some([0; 32]),
            ..entry(
                0,
                GameStep::Invite {
                    colour: GameColour::White,
                },
            )
        },
    ];
    for entry in malformed {
        let payload = Said::Game(entry.clone()).payload(None).unwrap();
        assert!(Said::of(&payload).is_err(), "{entry:?}");
    }
    for text in [
        "", "e2", "e2e9", "i2e4", "e2e4k", "e2e4qq", "E2E4", "e2-e4", "é2e4",
    ] {
        assert_eq!(ChessMove::new(text), None, "{text}");
    }
    let good = Said::Game(entry(2, chess("e2e4", false)))
        .payload(None)
        .unwrap();
    for end in 0..good.content.len() {
        let mut cut = good.clone();
        cut.content.truncate(end);
        assert!(Said::of(&cut).is_err(), "cut at {end}");
    }
}

#[test]
fn another_game_is_for_another_app() {
    let mut payload = Said::Game(entry(2, chess("e2e4", false)))
        .payload(None)
        .unwrap();
    let at = payload
        .content
        .windows(5)
        .position(|w| w == b"chess")
        .unwrap();
    payload.content[at..at + 5].copy_from_slice(b"chesh");
    assert_eq!(Said::of(&payload).unwrap(), Said::Unknown);
}

#[test]
fn what_takes_a_game_up_again_survives_the_journey() {
    let line = GameLine {
        side: GameSide::Invited,
        proof: Some(GameProof([9; 16])),
        step: chess("a7a8q", true),
    };
    let again = |number, lines| GameAgain {
        game: crate::id::GameId::new([1; 16]),
        number,
        before: [2; 32],
        lines,
    };
    let bare = GameLine {
        proof: None,
        ..line.clone()
    };
    let full = again(MAX_GAME_ENTRIES - 31, vec![line.clone(); MAX_GAME_LINES]);
    for good in [again(1, vec![]), again(1, vec![bare]), full] {
        let said = Said::GameAgain(good);
        let payload = said.payload(None).unwrap();
        assert_eq!(payload.fallback, None, "an older app shows nothing");
        assert_eq!(Said::of(&payload).unwrap(), said);
        let body = crate::body::Body {
            payload: Some(payload.clone()),
            ..Default::default()
        };
        let largest = crate::body::Body {
            payload: Some(Payload::text("x".repeat(crate::body::MAX_TEXT_LEN))),
            ..Default::default()
        };
        assert!(body.encode().len() <= largest.encode().len());
        for end in 0..payload.content.len() {
            let mut cut = payload.clone();
            cut.content.truncate(end);
            assert!(Said::of(&cut).is_err(), "cut at {end}");
        }
    }
    let invitation = GameLine {
        step: GameStep::Invite {
            colour: GameColour::White,
        },
        ..line.clone()
    };
    for bad in [
        again(0, vec![]),
        again(1, vec![invitation]),
        again(1, vec![line.clone(); MAX_GAME_LINES + 1]),
        again(MAX_GAME_ENTRIES, vec![line.clone(), line]),
    ] {
        let payload = Said::GameAgain(bad.clone()).payload(None).unwrap();
        assert!(Said::of(&payload).is_err(), "{bad:?}");
    }
}

#[test]
fn a_proof_is_of_one_secret_and_one_entry() {
    let proof = |secret: u8, hash: u8| GameProof::of(&[secret; 32], &[hash; 32]);
    assert_eq!(proof(1, 1), proof(1, 1));
    assert!(proof(1, 1) != proof(1, 2) && proof(1, 1) != proof(2, 1));
}
