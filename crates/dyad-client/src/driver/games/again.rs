//! Taking a game up again after a restore from an older backup, which has forgotten what we did: see `spec/games.md`.

use dyad_chess::{Hash, Proof, Side, Why};
use dyad_core::Input;
use dyad_protocol::body::Payload;
use dyad_protocol::content::{GameAgain, GameEntry, GameProof, MAX_GAME_LINES, Said};
use dyad_protocol::id::{MessageId, RelationshipId};
use dyad_protocol::time::Timestamp;

use super::super::Stepper;
use crate::error::Result;
use crate::store::games::{self, GameRow, entries_of, line_of};
use crate::store::{acts, history, is_store_trouble, marks, settings};
use crate::view::{ClientEvent, GameStatus, GameStepKind};

/// Games that are asked for by themselves after a restore; the others when something is done in them.
const ASKED_AT_ONCE: usize = 8;

impl Stepper<'_> {
    /// A contact asks for a game again, or says what was played.
    pub(in crate::driver) fn heard_game_again(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        again: &GameAgain,
    ) -> Result<()> {
        let Some(mut row) = games::find(self.tx, from, &again.game)? else {
            return Ok(());
        };
        if again.lines.is_empty() {
            return self.tell_again(&row, again.number, &Hash(again.before));
        }
        let (side, secret) = (row.side(), self.game_secret()?);
        let here = row.game.chain().len();
        let taken = row.game.take_up(side, &entries_of(again), |entry| {
            let proof = GameProof::of(&secret, &entry.hash.0);
            entry.proof == Some(Proof(proof.0))
        });
        match taken {
            Ok(0) => Ok(()),
            Ok(count) => {
                let shown = Taken {
                    kind: GameStepKind::TakenUp,
                    number: 0,
                    text: Some(count.to_string()),
                };
                self.show_taken(&row, message, sent, payload, &shown)?;
                if again.lines.len() == MAX_GAME_LINES {
                    self.ask_if_new(&row)?;
                }
                Ok(())
            }
            Err(Why::Unproven) if !games::is_told_of_doubt(self.tx, row.id, here)? => {
                let shown = Taken {
                    kind: GameStepKind::NotTaken,
                    number: here as u32,
                    text: None,
                };
                self.show_taken(&row, message, sent, payload, &shown)
            }
            Err(why) => {
                tracing::debug!(game = row.id, %why, "a game was not taken up again");
                Ok(())
            }
        }
    }

    /// Says what counts from this place on, if the contact has the same before it.
    fn tell_again(&mut self, row: &GameRow, number: u32, before: &Hash) -> Result<()> {
        if number as usize > row.game.chain().len() {
            // It is we who lack something. What we asked before may have been lost: the names of messages begin anew with
            // the backup, and a contact takes one of a name that was there for a copy.
            return if games::may_tell(self.tx, row.id, self.now)? {
                self.ask_again(row)
            } else {
                Ok(())
            };
        }
        let rest = row.game.since(number, before);
        let lines: Vec<_> = rest
            .iter()
            .take(MAX_GAME_LINES)
            .filter_map(line_of)
            .collect();
        if lines.is_empty() || !games::may_tell(self.tx, row.id, self.now)? {
            return Ok(());
        }
        self.say_of_game(
            row,
            GameAgain {
                game: row.wire,
                number,
                before: before.0,
                lines,
            },
        )
    }

    /// A contact did something in the place of what they did long ago: they have forgotten it.
    pub(super) fn remind(&mut self, row: &GameRow, entry: &GameEntry) -> Result<()> {
        let Some(before) = entry.before else {
            return Ok(());
        };
        let rest = row.game.since(entry.number, &Hash(before));
        // The same, and nothing after it: they know everything.
        let same = rest.len() == 1
            && rest
                .iter()
                .all(|one| one.hash == Hash(entry.hash(games::wire_side(row.side().other()))));
        if rest.is_empty() || same {
            return Ok(());
        }
        self.tell_again(row, entry.number, &Hash(before))
    }

    /// Something of ours is missing here: asks for it, once as long as nothing changes.
    pub(super) fn ask_if_new(&mut self, row: &GameRow) -> Result<()> {
        if games::ask_once(self.tx, row.id, row.game.chain().len())? {
            self.ask_again(row)?;
        }
        Ok(())
    }

    /// Asks for whatever may be missing of a game.
    pub(crate) fn ask_again(&mut self, row: &GameRow) -> Result<()> {
        let number = row.game.agreed(row.side());
        let before = (number as usize)
            .checked_sub(1)
            .and_then(|at| row.game.chain().get(at));
        let Some(before) = before.map(|entry| entry.hash.0) else {
            return Ok(());
        };
        self.say_of_game(
            row,
            GameAgain {
                game: row.wire,
                number,
                before,
                lines: Vec::new(),
            },
        )
    }

    /// The connection with a contact was begun anew, as it is after a restore: what was played since the backup may be
    /// missing here.
    pub(in crate::driver) fn ask_for_games(&mut self, with: &RelationshipId) -> Result<()> {
        let open = games::list(self.tx, Some(with))?
            .into_iter()
            .filter(|row| matches!(row.view().status, GameStatus::Playing | GameStatus::Invited));
        for row in open.take(ASKED_AT_ONCE) {
            self.ask_if_new(&row)?;
        }
        Ok(())
    }

    fn say_of_game(&mut self, row: &GameRow, again: GameAgain) -> Result<()> {
        let Some(payload) = Said::GameAgain(again).payload(None) else {
            return Ok(());
        };
        let about = games::last_message(self.tx, row.id)?.unwrap_or_default();
        let local = acts::insert(self.tx, &row.relationship, about, &payload)?;
        match self.give(&row.relationship, Input::Send { local, payload }) {
            Err(error) if !is_store_trouble(&error) => {
                tracing::debug!(code = %error.code, "nothing was said about a game: {error}");
                acts::forget(self.tx, local)
            }
            done => done,
        }
    }

    /// Shows what became of it where it came, once.
    fn show_taken(
        &mut self,
        row: &GameRow,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        shown: &Taken,
    ) -> Result<()> {
        let payload = Payload {
            reply: None,
            timer: None,
            ..payload.clone()
        };
        let from = row.relationship;
        let before = games::last_message(self.tx, row.id)?;
        let inserted = history::insert_incoming(self.tx, &from, message, sent, &payload, self.now)?;
        let Some(local) = inserted else {
            return self.keep(row, before, 0);
        };
        games::insert_taken(
            self.tx,
            local,
            row,
            shown.kind,
            shown.number,
            shown.text.as_deref(),
        )?;
        self.keep(row, before, local)?;
        self.tell_message(local, ClientEvent::Message)?;
        if marks::bring_back(self.tx, &from)? {
            self.tell_contact(&from)?;
        }
        Ok(())
    }

    /// With what the proofs of our entries are made. It is there from the first invitation on, so that every backup that has a
    /// game has it.
    pub(super) fn game_secret(&mut self) -> Result<[u8; 32]> {
        if let Some(secret) = settings::get(self.tx, settings::GAME_SECRET)? {
            return Ok(secret);
        }
        let mut secret = [0; 32];
        self.rng.fill_bytes(&mut secret);
        settings::set(self.tx, settings::GAME_SECRET, &secret)?;
        Ok(secret)
    }

    /// The proof of an entry of ours.
    pub(super) fn proof_of(secret: &[u8; 32], entry: &GameEntry, side: Side) -> GameProof {
        GameProof::of(secret, &entry.hash(games::wire_side(side)))
    }
}

/// What is shown of entries that a contact said again.
struct Taken {
    kind: GameStepKind,
    number: u32,
    text: Option<String>,
}

/// An entry of ours with what we know it by.
pub(super) const fn proven(hash: [u8; 32], proof: Option<GameProof>) -> (Hash, Option<Proof>) {
    let proof = match proof {
        Some(proof) => Some(Proof(proof.0)),
        None => None,
    };
    (Hash(hash), proof)
}
