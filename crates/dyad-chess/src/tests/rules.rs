//! What the rules of chess allow, and when a game is over.

use crate::*;

const KIWIPETE: &str = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1";

fn at(fen: &str) -> Position {
    Position::from_fen(fen).unwrap()
}

/// Counts from the chess programming wiki, "Perft Results".
#[test]
fn there_are_as_many_moves_as_published() {
    for (fen, depth, count) in [
        (
            "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
            4,
            197_281,
        ),
        (KIWIPETE, 3, 97_862),
        ("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1", 4, 43_238),
        (
            "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
            3,
            9_467,
        ),
        (
            "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8",
            3,
            62_379,
        ),
    ] {
        assert_eq!(at(fen).perft(depth), count, "{fen}");
    }
}

fn play(moves: &str) -> Position {
    let mut position = Position::default();
    for text in moves.split_whitespace() {
        let uci = position.read(text).unwrap();
        position.play(&uci).unwrap();
    }
    position
}

#[test]
fn a_move_is_read_as_people_write_it() {
    let start = Position::default();
    for text in ["e4", "e2e4", "e2-e4", "E2E4", " e4 "] {
        assert_eq!(start.read(text).unwrap(), "e2e4", "{text}");
    }
    assert_eq!(
        start.read("Ng1-f3").unwrap_err(),
        start.read("Nh1").unwrap_err()
    );
    assert_eq!(start.read("Nf3").unwrap(), "g1f3");
    let castling = play("e4 e5 Nf3 Nc6 Bc4 Bc5");
    for text in ["O-O", "0-0", "OO", "e1g1"] {
        assert_eq!(castling.read(text).unwrap(), "e1g1", "{text}");
    }
    assert!(
        castling.read("e1h1").is_err(),
        "king takes rook is how no person writes it"
    );
    let promotion = at("8/P6k/8/8/8/8/7K/8 w - - 0 1");
    for text in ["a8=Q", "a8Q", "a7a8q"] {
        assert_eq!(promotion.read(text).unwrap(), "a7a8q", "{text}");
    }
    let MoveError::Illegal { instead } = promotion.read("a7a8").unwrap_err() else {
        panic!("a pawn becomes something");
    };
    assert_eq!(instead.len(), 4);
}

#[test]
fn what_is_no_move_says_what_would_be() {
    let start = Position::default();
    let instead = |text| match start.read(text) {
        Err(MoveError::Illegal { instead }) => instead,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(instead("e2e5"), ["e3", "e4"]);
    assert_eq!(instead("Nf5"), ["Na3", "Nc3", "Nf3", "Nh3"]);
    assert_eq!(instead("Ke2"), Vec::<String>::new());
    for text in ["", "hello", "e", "♞", "e2e4e5x\u{301}"] {
        assert!(start.read(text).is_err(), "{text}");
    }
    // Two knights may go there.
    let two = at("4k3/8/8/8/8/8/8/N1K1N3 w - - 0 1");
    assert!(
        matches!(two.read("Nc2"), Err(MoveError::Illegal { instead }) if instead.contains(&"Nac2".to_owned()))
    );
    assert_eq!(two.read("Nec2").unwrap(), "e1c2");
}

#[test]
fn every_way_to_end_is_seen() {
    assert_eq!(play("f3 e5 g4 Qh4").end(), Some(End::Checkmate));
    assert_eq!(
        at("7k/5Q2/6K1/8/8/8/8/8 b - - 0 1").end(),
        Some(End::Stalemate)
    );
    for dead in [
        "8/8/4k3/8/8/3K4/8/8 w - - 0 1",
        "8/8/4k3/8/8/3KN3/8/8 w - - 0 1",
        "8/8/4k3/8/8/3KB3/8/8 w - - 0 1",
        "8/8/3bk3/8/5B2/3K4/8/8 w - - 0 1",
    ] {
        assert_eq!(at(dead).end(), Some(End::Material), "{dead}");
    }
    for alive in [
        "8/8/4k3/8/8/3KNN2/8/8 w - - 0 1",
        "8/8/3bk3/8/4B3/3K4/8/8 w - - 0 1",
        "8/8/4k3/8/8/3KP3/8/8 w - - 0 1",
        "8/8/3nk3/8/8/3KN3/8/8 w - - 0 1",
    ] {
        assert_eq!(at(alive).end(), None, "{alive}");
    }
    let there_and_back = "Nf3 Nf6 Ng1 Ng8 ";
    assert!(!play(there_and_back).is_repeated());
    assert!(play(&there_and_back.repeat(2)).is_repeated());
    assert_eq!(play(&there_and_back.repeat(3)).end(), None);
    assert_eq!(play(&there_and_back.repeat(4)).end(), Some(End::Fivefold));
}

/// A king walks a long way round, so that no position stands five times: the rook's places tell them apart.
#[test]
fn fifty_quiet_moves_may_be_claimed_and_75_end_it() {
    let mut position = at("7k/8/8/8/8/8/8/R3K3 w - - 0 1");
    let mut half = 0;
    let rook = |i: usize| -> String {
        let square = |i: usize| {
            let (row, column) = (i / 6, i % 6);
            let column = if row % 2 == 0 { column } else { 5 - column };
            format!("{}{}", char::from(b'a' + column as u8), row + 2)
        };
        format!(
            "{}{}",
            if i == 0 {
                "a1".to_owned()
            } else {
                square(i - 1)
            },
            square(i)
        )
    };
    let mut rooks = (0..24).map(rook).collect::<Vec<_>>();
    let back: Vec<String> = rooks
        .iter()
        .rev()
        .map(|uci| format!("{}{}", &uci[2..], &uci[..2]))
        .collect();
    rooks.extend(back);
    let kings = ["h8g8", "g8h8"];
    while position.end().is_none() {
        assert_eq!(position.is_quiet(), half >= 100, "{half}");
        let uci = if half % 2 == 0 {
            rooks[(half / 2) % rooks.len()].clone()
        } else {
            kings[(half / 2) % 2].to_owned()
        };
        position
            .play(&uci)
            .unwrap_or_else(|| panic!("{half}: {uci} in {}", position.fen()));
        half += 1;
    }
    assert_eq!((half, position.end()), (150, Some(End::SeventyFive)));
}

#[test]
fn the_board_is_drawn_from_either_side() {
    let squares = Position::default().squares();
    let white = draw(&squares, Colour::White, Pieces::Letters);
    assert_eq!(white[0], "8  r n b q k b n r");
    assert_eq!(white[7], "1  R N B Q K B N R");
    assert_eq!(white[8], "   a b c d e f g h");
    let black = draw(&squares, Colour::Black, Pieces::Signs);
    assert_eq!(black[0], "1  ♖ ♘ ♗ ♔ ♕ ♗ ♘ ♖");
    assert_eq!(black[3], "4  · · · · · · · ·");
    assert_eq!(black[8], "   h g f e d c b a");
}

#[test]
fn a_position_is_written_and_read() {
    assert_eq!(at(KIWIPETE).fen(), KIWIPETE);
    assert!(Position::from_fen("not a position").is_none());
    assert_eq!(
        play("e4").fen(),
        "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1"
    );
}
