//! Entries of games, with the hashes that the next ones name.

use dyad_protocol::content::{
    ChessMove, GameAgain, GameColour, GameEntry, GameLine, GameProof, GameSide, GameStep,
    MAX_GAME_ENTRIES, MAX_GAME_LINES, Said,
};
use dyad_protocol::id::GameId;
use serde_json::{Value, json};

use super::contents::{READ, input};
use super::{Case, hex};

/// As it stands in the cases. The hash is of the entry as each side's.
pub fn output(entry: &GameEntry) -> Value {
    json!({
        "said": "game",
        "game": hex(entry.game),
        "number": entry.number,
        "before": entry.before.map(hex),
        "step": step(&entry.step),
        "proof": entry.proof.map(|proof| hex(proof.0)),
        "hash_by_inviter": hex(entry.hash(GameSide::Inviter)),
        "hash_by_invited": hex(entry.hash(GameSide::Invited)),
    })
}

/// What is asked or said to take a game up again.
pub fn again_output(again: &GameAgain) -> Value {
    let line = |line: &GameLine| {
        json!({
            "by_inviter": line.side == GameSide::Inviter,
            "proof": line.proof.map(|proof| hex(proof.0)),
            "step": step(&line.step),
        })
    };
    json!({
        "said": "game again",
        "game": hex(again.game),
        "number": again.number,
        "before": hex(again.before),
        "lines": again.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn again(number: u32, lines: Vec<GameLine>) -> Said {
    Said::GameAgain(GameAgain {
        game: GameId::new([8; 16]),
        number,
        before: [9; 32],
        lines,
    })
}

fn lines(count: usize) -> Vec<GameLine> {
    let one = chess("e2e4", true).map(|step| GameLine {
        side: GameSide::Invited,
        proof: Some(GameProof([7; 16])),
        step,
    });
    one.into_iter().cycle().take(count).collect()
}

/// Taking a game up again.
fn add_again(cases: &mut Vec<Case>) {
    let mut proven = entry(2, GameStep::Resign);
    proven.proof = Some(GameProof([7; 16]));
    let bare = GameLine {
        side: GameSide::Inviter,
        proof: None,
        step: GameStep::Accept,
    };
    for (name, said) in [
        ("game: an entry with a proof", Said::Game(proven)),
        ("game: asked for again", again(1, Vec::new())),
        (
            "game: an entry said again without a proof",
            again(1, vec![bare]),
        ),
        (
            "game: as many entries said again as fit",
            again(7, lines(MAX_GAME_LINES)),
        ),
    ] {
        if let Some(payload) = said.payload(None) {
            cases.push(Case::ok(
                READ,
                name,
                "Written back to the same bytes.",
                input(&payload),
                super::contents::output(&said),
            ));
        }
    }
    for (name, description, said) in [
        (
            "game: asked for from the invitation on",
            "Without it there is no game.",
            again(0, Vec::new()),
        ),
        (
            "game: more entries said again than fit",
            "At most 32.",
            again(1, lines(MAX_GAME_LINES + 1)),
        ),
        (
            "game: entries said again beyond the last",
            "Numbers go to 4,096.",
            again(MAX_GAME_ENTRIES, lines(2)),
        ),
    ] {
        if let Some(payload) = said.payload(None) {
            cases.push(Case::refused(
                READ,
                name,
                description,
                input(&payload),
                "malformed",
            ));
        }
    }
}

fn step(step: &GameStep) -> Value {
    match step {
        GameStep::Invite { colour } => {
            json!({ "invite": if *colour == GameColour::White { "white" } else { "black" } })
        }
        GameStep::Accept => json!("accept"),
        GameStep::Decline => json!("decline"),
        GameStep::Move { chess, offer } => json!({ "move": chess.as_str(), "offer": offer }),
        GameStep::Resign => json!("resign"),
        GameStep::AcceptDraw => json!("accept draw"),
        GameStep::ClaimDraw => json!("claim draw"),
    }
}

fn entry(number: u32, step: GameStep) -> GameEntry {
    GameEntry {
        game: GameId::new([8; 16]),
        number,
        before: (number > 0).then_some([9; 32]),
        step,
        proof: None,
    }
}

fn chess(text: &str, offer: bool) -> Option<GameStep> {
    ChessMove::new(text).map(|chess| GameStep::Move { chess, offer })
}

pub fn add(cases: &mut Vec<Case>) {
    add_again(cases);
    let invite = |colour| Some(GameStep::Invite { colour });
    for (name, number, step) in [
        ("game: invitation, white", 0, invite(GameColour::White)),
        ("game: invitation, black", 0, invite(GameColour::Black)),
        ("game: accepted", 1, Some(GameStep::Accept)),
        ("game: declined", 1, Some(GameStep::Decline)),
        ("game: move", 2, chess("e2e4", false)),
        ("game: move with an offer", 3, chess("e7e5", true)),
        (
            "game: promotion at the last number",
            MAX_GAME_ENTRIES,
            chess("a7a8n", false),
        ),
        ("game: given up", 3, Some(GameStep::Resign)),
        ("game: draw taken", 4, Some(GameStep::AcceptDraw)),
        ("game: draw claimed", 4, Some(GameStep::ClaimDraw)),
    ] {
        let said = step.map(|step| Said::Game(entry(number, step)));
        if let Some((said, payload)) = said.and_then(|said| said.payload(None).map(|p| (said, p))) {
            let output = super::contents::output(&said);
            cases.push(Case::ok(
                READ,
                name,
                "Written back to the same bytes.",
                input(&payload),
                output,
            ));
        }
    }
    let Some(good) = chess("e2e4", false).and_then(|step| Said::Game(entry(2, step)).payload(None))
    else {
        return;
    };
    let mut other = good.clone();
    replace(&mut other.content, b"chess", b"chesh");
    cases.push(Case::ok(
        READ,
        "game: another game",
        "Its steps are not looked at.",
        input(&other),
        super::contents::output(&Said::Unknown),
    ));
    let mut refused = |name: &str, description: &str, from: &[u8], to: &[u8]| {
        let mut payload = good.clone();
        replace(&mut payload.content, from, to);
        cases.push(Case::refused(
            READ,
            name,
            description,
            input(&payload),
            "malformed",
        ));
    };
    refused(
        "game: square that is not there",
        "Ranks are 1 to 8.",
        b"e2e4",
        b"e2e9",
    );
    refused(
        "game: move in capitals",
        "As the UCI writes it.",
        b"e2e4",
        b"E2E4",
    );
    refused(
        "game: unknown step",
        "There are seven, and two that are none.",
        &[0x83, 3, 0x64],
        &[0x83, 7, 0x64],
    );
    refused(
        "game: offer that is neither",
        "0 or 1.",
        b"e2e4\x00",
        b"e2e4\x02",
    );
    refused(
        "game: move at number 0",
        "Only the invitation stands there.",
        &[2, 2, 3],
        &[2, 0, 3],
    );
    refused(
        "game: number 4,097",
        "At most 4,096.",
        &[2, 2, 3],
        &[2, 0x19, 0x10, 0x01, 3],
    );
    refused(
        "game: name of fifteen bytes",
        "Sixteen.",
        &[0x50, 8],
        &[0x4f],
    );
    refused("game: hash of 31 bytes", "32.", &[0x58, 32, 9], &[0x58, 31]);
}

/// The first place where it stands.
fn replace(bytes: &mut Vec<u8>, from: &[u8], to: &[u8]) {
    if let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes.splice(at..at + from.len(), to.iter().copied());
    }
}
