//! What a contact may send of a game, in whatever order, as often as they like, and untrue: it is bounded, shown once,
//! and changes nothing that was agreed.

use dyad_chess::Side;
use dyad_protocol::content::{ChessMove, GameAgain, GameColour, GameLine, GameProof, GameSide};
use dyad_protocol::id::StreamId;

use super::*;
use crate::driver::stage::{BEGAN, BLAIR, Stage};
use crate::store::history::{Page, list};
use crate::view::{GameStatus, GameStepKind, MessageView, StepStanding};

impl Stage {
    /// A message of Blair's.
    fn hears(&mut self, entry: &GameEntry) {
        self.is_told(&Said::Game(entry.clone()));
    }

    fn is_told(&mut self, said: &Said) {
        self.heard += 1;
        let message = MessageId {
            stream: StreamId::new([1; 8]),
            seq: self.heard,
        };
        let payload = Payload {
            timer: Some(1),
            ..said.payload(None).unwrap()
        };
        self.driver
            .engine(|stepper| stepper.heard(&BLAIR, &message, BEGAN, &payload))
            .unwrap();
    }

    /// Something of ours in the first game; that it is sent as well is tested elsewhere.
    fn does(&self, step: Step) -> Hash {
        self.driver
            .engine(|stepper| {
                let mut row = games::get(stepper.tx, 1)?.unwrap();
                let wire = row.clone();
                let made = row.game.make(Side::Invited, step, |number, before, step| {
                    let entry = wire.wire_entry(number, before, step).unwrap();
                    (Hash(entry.hash(GameSide::Invited)), None)
                });
                games::save(stepper.tx, &row, stepper.now)?;
                Ok(made.unwrap().hash)
            })
            .unwrap()
    }

    fn history(&self) -> Vec<MessageView> {
        self.driver
            .store
            .read(|c| list(c, None, Page::Newest, 1_000))
            .unwrap()
    }

    fn standings(&self) -> Vec<StepStanding> {
        let shown = self.history().into_iter();
        shown
            .map(|message| message.game.unwrap().standing)
            .collect()
    }

    fn games(&self) -> Vec<GameRow> {
        self.driver.store.read(|c| games::list(c, None)).unwrap()
    }
}

fn entry(game: u8, number: u32, before: Option<Hash>, step: GameStep) -> GameEntry {
    GameEntry {
        game: GameId::new([game; 16]),
        number,
        before: before.map(|hash| hash.0),
        step,
        proof: None,
    }
}

fn invitation(game: u8) -> GameEntry {
    let colour = GameColour::White;
    entry(game, 0, None, GameStep::Invite { colour })
}

fn hash(entry: &GameEntry) -> Hash {
    Hash(entry.hash(GameSide::Inviter))
}

fn chess(text: &str) -> GameStep {
    GameStep::Move {
        chess: ChessMove::new(text).unwrap(),
        offer: false,
    }
}

#[test]
fn what_comes_before_its_invitation_waits_for_it() {
    let mut stage = Stage::new();
    let first = invitation(1);
    let taken_back = entry(1, 1, Some(hash(&first)), GameStep::Resign);
    stage.hears(&taken_back);
    assert_eq!(stage.standings(), [StepStanding::Waits]);
    stage.hears(&first);
    assert_eq!(stage.standings(), [StepStanding::Counts; 2]);
    assert_eq!(stage.games()[0].view().status, GameStatus::Withdrawn);
    let boards = stage.history();
    let with_board = boards
        .iter()
        .filter(|m| m.game.as_ref().unwrap().board.is_some());
    assert_eq!(with_board.count(), 1, "one card of each game");
    assert!(
        boards.iter().all(|m| m.timer.is_none()),
        "a move does not vanish"
    );
}

#[test]
fn what_does_not_fit_is_shown_once_and_changes_nothing() {
    let mut stage = Stage::new();
    let first = invitation(1);
    stage.hears(&first);
    let accepted = stage.does(Step::Accept);
    let good = entry(1, 2, Some(accepted), chess("e2e4"));
    stage.hears(&good);
    let agreed = stage.games()[0].game.chain().to_vec();
    assert_eq!(agreed.len(), 3);
    let lies = [
        entry(1, 2, Some(accepted), chess("d2d4")),
        entry(1, 3, Some(hash(&good)), chess("e7e5")),
        entry(1, 1, Some(hash(&first)), GameStep::Resign),
    ];
    for lie in &lies {
        stage.hears(lie);
    }
    stage.hears(&entry(
        1,
        0,
        None,
        GameStep::Invite {
            colour: GameColour::Black,
        },
    ));
    let standings = stage.standings();
    assert_eq!(standings[..2], [StepStanding::Counts; 2]);
    assert_eq!(standings[2..], [StepStanding::Void; 4]);
    // Said again, in messages of their own: nobody is told twice.
    for said in lies.iter().chain([&good, &first]) {
        stage.hears(said);
    }
    assert_eq!(stage.standings(), standings);
    assert_eq!(stage.games()[0].game.chain(), agreed);
    let shown = stage.history();
    assert_eq!(shown[1].game.as_ref().unwrap().text.as_deref(), Some("e4"));
    assert!(
        shown[1].game.as_ref().unwrap().board.is_some(),
        "what is void shows no board"
    );
}

#[test]
fn what_a_contact_can_pile_up_is_bounded() {
    let mut stage = Stage::new();
    for number in 1..100 {
        stage.hears(&entry(9, number, Some(Hash([1; 32])), GameStep::Resign));
    }
    let waits = |stage: &Stage| {
        stage
            .standings()
            .iter()
            .filter(|s| **s == StepStanding::Waits)
            .count()
    };
    assert_eq!(waits(&stage), 16);
    for game in 10..110 {
        stage.hears(&invitation(game));
    }
    assert_eq!(stage.games().len(), games::MAX_OPEN as usize);
}

#[test]
fn with_a_contact_go_the_games() {
    let mut stage = Stage::new();
    stage.hears(&invitation(1));
    stage.hears(&entry(2, 1, Some(Hash([1; 32])), GameStep::Resign));
    let left = |table: &str| -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        stage
            .driver
            .store
            .read(|c| Ok(c.query_row(&sql, [], |row| row.get(0))?))
            .unwrap()
    };
    assert_eq!((left("games"), left("game_steps")), (1, 2));
    stage
        .driver
        .store
        .write(|tx| marks::forget(tx, &BLAIR))
        .unwrap();
    assert_eq!((left("games"), left("game_steps")), (0, 0));
}

#[test]
fn what_is_said_to_be_ours_is_believed_with_our_mark_only() {
    let mut stage = Stage::new();
    let first = invitation(1);
    stage.hears(&first);
    let accepted = stage.does(Step::Accept);
    let theirs = entry(1, 2, Some(accepted), chess("e2e4"));
    let ours = entry(1, 3, Some(hash(&theirs)), chess("e7e5"));
    let again = |proof| {
        let line = |side, proof, step: &GameStep| GameLine {
            side,
            proof,
            step: step.clone(),
        };
        Said::GameAgain(GameAgain {
            game: GameId::new([1; 16]),
            number: 2,
            before: accepted.0,
            lines: vec![
                line(GameSide::Inviter, None, &theirs.step),
                line(GameSide::Invited, proof, &ours.step),
            ],
        })
    };
    let ours_hash = ours.hash(GameSide::Invited);
    let secret = stage
        .driver
        .engine(|stepper| stepper.game_secret())
        .unwrap();
    let agreed = stage.games()[0].game.chain().len();
    for forged in [
        None,
        Some(GameProof([0; 16])),
        Some(GameProof::of(&[7; 32], &ours_hash)),
        Some(GameProof::of(&secret, &hash(&theirs).0)),
    ] {
        stage.is_told(&again(forged));
        assert_eq!(stage.games()[0].game.chain().len(), agreed, "{forged:?}");
    }
    let kinds = |stage: &Stage| -> Vec<GameStepKind> {
        let shown = stage.history().into_iter();
        shown.map(|message| message.game.unwrap().step).collect()
    };
    assert_eq!(
        kinds(&stage),
        [GameStepKind::Invite, GameStepKind::NotTaken],
        "it is said once"
    );
    let proof = GameProof::of(&secret, &ours_hash);
    for _ in 0..2 {
        stage.is_told(&again(Some(proof)));
    }
    assert_eq!(stage.games()[0].game.chain().len(), agreed + 2);
    assert_eq!(kinds(&stage)[2..], [GameStepKind::TakenUp]);
    let shown = stage.history();
    let step = shown[2].game.as_ref().unwrap();
    assert_eq!(
        (step.text.as_deref(), step.standing),
        (Some("2"), StepStanding::Counts)
    );
    assert!(step.board.is_some(), "the last message shows the board");
}

#[test]
fn a_contact_is_told_so_often_in_a_day() {
    let mut stage = Stage::new();
    stage.hears(&invitation(1));
    let day = |days: u64| Timestamp::from_secs(BEGAN.as_secs() + days * 86_400);
    let told = |days| {
        let count = (0..500).filter(|_| {
            stage
                .driver
                .store
                .write(|tx| games::may_tell(tx, 1, day(days)))
                .unwrap()
        });
        count.count()
    };
    assert_eq!((told(0), told(0), told(1)), (200, 0, 200));
}
