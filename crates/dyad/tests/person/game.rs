//! Chess by the command line: a game to its end, what is refused, and what the other app sees of it.

use serde_json::{Value, json};

use crate::stage::{Home, Provider, fails, friends, keys, put};

/// Both exchange until it is so-and-so's turn or the game is over.
#[track_caller]
fn until(from: &Home, to: &Home, what: &str, holds: impl Fn(&Value) -> bool) {
    to.sync_until(what, |to| {
        from.script(&["sync"]);
        let games = to.ok(&["game", "list"]);
        games["games"].as_array().unwrap().iter().any(&holds)
    });
}

fn moves(game: &Value) -> usize {
    game["moves"].as_array().unwrap().len()
}

#[test]
fn a_game_is_played_to_mate() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let begun = alex.ok(&["game", "new", "Blair", "--white"]);
    assert_eq!(begun["type"], "game_done");
    let game = &begun["done"]["game"];
    assert_eq!(
        (&game["status"], &game["colour"], &game["our_turn"]),
        (&json!("invited"), &json!("white"), &json!(false))
    );
    assert_eq!(
        keys(game),
        [
            "begun",
            "can_claim",
            "changed",
            "check",
            "colour",
            "contact",
            "draw_offered",
            "ending",
            "fen",
            "id",
            "last",
            "legal",
            "moves",
            "our_turn",
            "ours",
            "relationship",
            "squares",
            "status",
            "what"
        ]
    );
    let here = game["id"].to_string();
    fails(
        &alex.script(&["game", "move", &here, "e4"]),
        2,
        "game-not-answered",
        "has not answered",
    );
    fails(
        &alex.script(&["game", "accept", &here]),
        2,
        "not-invited",
        "yours to answer",
    );

    until(&alex, &blair, "the invitation", |game| {
        game["our_turn"] == true
    });
    let there = blair.ok(&["game", "list", "Alex"])["games"][0]["id"].to_string();
    let shown = blair.run(&["inbox", "--peek"]).out;
    assert!(
        shown.contains(&format!("[chess, game {there}: shall we play?]"))
            && shown.contains("[Alex asks you to play.]"),
        "{shown}"
    );
    fails(
        &blair.script(&["game", "move", &there, "e5"]),
        2,
        "not-accepted",
        "accept it first",
    );
    blair.ok(&["game", "accept", &there]);
    until(&blair, &alex, "the answer", |game| {
        game["status"] == "playing"
    });

    fails(
        &blair.script(&["game", "move", &there, "e5"]),
        2,
        "not-your-turn",
        "Alex's turn",
    );
    fails(
        &alex.script(&["game", "move", &here, "e5"]),
        2,
        "illegal-move",
        "e3, e4",
    );
    fails(
        &alex.script(&["game", "move", &here, "what"]),
        2,
        "illegal-move",
        "not how a move is written",
    );
    fails(
        &alex.script(&["game", "draw", &here]),
        2,
        "no-draw",
        "has not offered a draw",
    );
    fails(
        &alex.script(&["game", "show", "99"]),
        2,
        "unknown-game",
        "99",
    );
    assert_eq!(
        moves(&alex.ok(&["game", "show", &here])["game"]),
        0,
        "nothing of that did anything"
    );

    for (number, (home, other, mine, text)) in [
        (&alex, &blair, &here, "f3"),
        (&blair, &alex, &there, "e7e5"),
        (&alex, &blair, &here, "g4"),
        (&blair, &alex, &there, "Qh4#"),
    ]
    .into_iter()
    .enumerate()
    {
        let done = home.ok(&["game", "move", mine, text]);
        assert_eq!(moves(&done["done"]["game"]), number + 1);
        until(home, other, text, |game| moves(game) == number + 1);
    }

    for (home, id, status) in [(&alex, &here, "lost"), (&blair, &there, "won")] {
        let game = &home.ok(&["game", "show", id])["game"];
        assert_eq!(
            (&game["status"], &game["ending"]),
            (&json!(status), &json!("checkmate"))
        );
        assert_eq!(game["moves"], json!(["f3", "e5", "g4", "Qh4#"]));
    }
    fails(
        &alex.script(&["game", "resign", &here]),
        2,
        "game-over",
        "is over",
    );
    let board = alex.run(&["game", "show", &here, "--ascii"]).out;
    assert!(
        board.contains("4  . . . . . . P q")
            && board.contains("1. f3 e5 2. g4 Qh4#")
            && board.contains("Blair won: checkmate."),
        "{board}"
    );
    assert!(
        blair.run(&["game", "show", &there]).out.contains("♛ ♙"),
        "seen from black's side"
    );
    let pgn = alex.run(&["game", "pgn", &here]).out;
    assert!(
        pgn.contains("[White \"Alex\"]") && pgn.contains("\n\n1. f3 e5 2. g4 Qh4# 0-1"),
        "{pgn}"
    );
    // One message of each step; the last one has the board.
    let messages = blair.messages();
    let with_board = messages.iter().filter(|m| !m["game"]["board"].is_null());
    assert_eq!((messages.len(), with_board.count()), (6, 1));
    let last = messages[5]["id"].to_string();
    fails(
        &blair.script(&["delete", &last, "--both"]),
        2,
        "is-a-move",
        "cannot be taken back",
    );
}

#[test]
fn an_invitation_is_declined_and_a_draw_is_agreed() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let first = alex.ok(&["game", "new", "Blair"])["done"]["game"]["id"].to_string();
    until(&alex, &blair, "the invitation", |game| {
        game["our_turn"] == true
    });
    let there = blair.ok(&["game", "list"])["games"][0]["id"].to_string();
    blair.ok(&["game", "decline", &there]);
    until(&blair, &alex, "the answer", |game| {
        game["status"] == "declined"
    });
    fails(
        &alex.script(&["game", "move", &first, "e4"]),
        2,
        "game-over",
        "over",
    );

    let second = alex.ok(&["game", "new", "Blair", "--white"])["done"]["game"]["id"].to_string();
    until(&alex, &blair, "another", |game| game["status"] == "invited");
    let there = blair.ok(&["game", "list"])["games"][0]["id"].to_string();
    blair.ok(&["game", "accept", &there]);
    until(&blair, &alex, "it is accepted", |game| {
        game["status"] == "playing"
    });
    alex.ok(&["game", "move", &second, "e4", "--draw"]);
    until(&alex, &blair, "the offer", |game| {
        game["draw_offered"] == true
    });
    let shown = blair.run(&["game", "show", &there]).out;
    assert!(shown.contains("Alex offers a draw"), "{shown}");
    blair.ok(&["game", "draw", &there]);
    until(&blair, &alex, "the draw", |game| {
        game["status"] == "drawn" && game["ending"] == "agreed"
    });
    assert_eq!(
        alex.ok(&["game", "list"])["games"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    alex.ok(&["contact", "end", "Blair"]);
    alex.ok(&["contact", "forget", "Blair"]);
    assert_eq!(
        alex.ok(&["game", "list"])["games"],
        json!([]),
        "with the contact go the games"
    );
}

#[test]
fn after_a_restore_the_game_goes_on() {
    let provider = Provider::start();
    let (alex, blair) = friends(&provider);
    let here = alex.ok(&["game", "new", "Blair", "--white"])["done"]["game"]["id"].to_string();
    let twice = alex.ok(&["game", "new", "Blair", "--black"]);
    assert_eq!(
        (
            &twice["done"]["already"],
            &twice["done"]["game"]["id"].to_string()
        ),
        (&json!(true), &here),
        "one invitation at a time"
    );
    until(&alex, &blair, "the invitation", |game| {
        game["our_turn"] == true
    });
    let there = blair.ok(&["game", "list"])["games"][0]["id"].to_string();
    blair.ok(&["game", "accept", &there]);
    until(&blair, &alex, "the answer", |game| {
        game["status"] == "playing"
    });
    let play = |text: &str, count: usize| {
        let (from, to, id) = if count % 2 == 1 {
            (&alex, &blair, &here)
        } else {
            (&blair, &alex, &there)
        };
        from.ok(&["game", "move", id, text]);
        until(from, to, text, |game| moves(game) == count);
    };
    play("e4", 1);
    play("e5", 2);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    put(&alex.path(), &backup);
    play("Nf3", 3);
    play("Nc6", 4);
    play("Bb5", 5);

    // Alex has forgotten three moves, and makes another in the place of the first.
    put(&backup, &alex.path());
    let game = alex.ok(&["game", "show", &here]);
    assert_eq!(moves(&game["game"]), 2);
    alex.ok(&["game", "move", &here, "d4"]);
    until(&blair, &alex, "what was forgotten", |game| moves(game) == 5);
    let all = json!(["e4", "e5", "Nf3", "Nc6", "Bb5"]);
    for (home, id) in [(&alex, &here), (&blair, &there)] {
        assert_eq!(home.ok(&["game", "show", id])["game"]["moves"], all);
    }
    let steps: Vec<Value> = alex
        .messages()
        .iter()
        .map(|message| message["game"]["step"].clone())
        .collect();
    assert!(steps.contains(&json!("taken_up")), "{steps:?}");
    let shown = alex.run(&["inbox", "--peek"]).out;
    assert!(shown.contains("taken up again: "), "{shown}");
    play("a6", 6);
    play("Ba4", 7);
    // Whoever has everything may ask, and nothing changes.
    let asked = blair.run(&["game", "again", &there]).out;
    assert!(asked.contains("Alex's app is asked"), "{asked}");
    play("Nf6", 8);
}
