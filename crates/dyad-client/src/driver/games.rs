//! Games within transactions: what a contact did in one, and what we do.

use dyad_chess::{Entry, Game, Hash, Heard, Step, Why};
use dyad_core::{Input, LocalId};
use dyad_protocol::body::Payload;
use dyad_protocol::content::{GameEntry, GameStep, Said};
use dyad_protocol::id::{GameId, MessageId, RelationshipId};
use dyad_protocol::time::Timestamp;

mod again;

use super::Stepper;
use crate::error::{ClientError, Result};
use crate::store::games::{self, GameRow, to_chess};
use crate::store::{history, marks};
use crate::view::ClientEvent;

impl Stepper<'_> {
    /// A contact did something in a game. It is shown, whether it counts or not; what is said again is not.
    pub(super) fn heard_game(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        entry: &GameEntry,
    ) -> Result<()> {
        // A move stays: a game from which some vanish is none.
        let payload = Payload {
            reply: None,
            timer: None,
            ..payload.clone()
        };
        let Some(local) =
            history::insert_incoming(self.tx, from, message, sent, &payload, self.now)?
        else {
            return Ok(());
        };
        let known = games::find(self.tx, from, &entry.game)?;
        let shown = match known {
            Some(row) => self.take_step(row, local, entry)?,
            None => self.take_first(from, local, entry)?,
        };
        if !shown {
            return Ok(());
        }
        self.tell_message(local, ClientEvent::Message)?;
        if marks::bring_back(self.tx, from)? {
            self.tell_contact(from)?;
        }
        Ok(())
    }

    /// A step of a game that is here. Gives whether it is shown.
    fn take_step(&mut self, mut row: GameRow, local: u64, entry: &GameEntry) -> Result<bool> {
        let before = games::last_message(self.tx, row.id)?;
        let entry_here = to_chess(entry, row.side().other());
        let hash = entry_here.hash;
        games::insert_step(
            self.tx,
            local,
            &row.relationship,
            entry,
            Some((row.id, hash)),
        )?;
        let lacks_ours = row.game.lacks_ours(&entry_here);
        let heard = row.game.hear(entry_here);
        if heard == Heard::Known {
            games::hide(self.tx, local)?;
            self.remind(&row, entry)?;
            return Ok(false);
        }
        self.keep(&row, before, local)?;
        match heard {
            Heard::Refused(why) => {
                tracing::debug!(game = row.id, %why, "a step of a contact does not count");
                if why == Why::Fork {
                    self.remind(&row, entry)?;
                }
            }
            Heard::Waits if lacks_ours => self.ask_if_new(&row)?,
            _ => {}
        }
        Ok(true)
    }

    /// A step of a game that is not here: an invitation, or one that came before it.
    fn take_first(&mut self, from: &RelationshipId, local: u64, entry: &GameEntry) -> Result<bool> {
        let invites = matches!(entry.step, GameStep::Invite { .. });
        if !invites {
            games::insert_step(self.tx, local, from, entry, None)?;
            return Ok(true);
        }
        let invitation = to_chess(entry, dyad_chess::Side::Inviter);
        let hash = invitation.hash;
        let game = Game::new(invitation)
            .filter(|_| games::open_of(self.tx, from).is_ok_and(|open| open < games::MAX_OPEN));
        let Some(game) = game else {
            games::insert_step(self.tx, local, from, entry, None)?;
            games::set_void(self.tx, local)?;
            return Ok(true);
        };
        let id = games::insert(self.tx, from, false, &entry.game, &game, self.now)?;
        self.game_secret()?;
        games::insert_step(self.tx, local, from, entry, Some((id, hash)))?;
        let Some(mut row) = games::get(self.tx, id)? else {
            return Ok(true);
        };
        for (message, content) in games::early(self.tx, from, &entry.game)? {
            if let Some(early) = read(content) {
                let early = to_chess(&early, row.side().other());
                games::assign(self.tx, message, id, early.hash)?;
                row.game.hear(early);
            }
        }
        self.keep(&row, None, local)?;
        Ok(true)
    }

    /// Stores what a game has become and tells what other messages say now. `before` showed the board until now.
    pub(super) fn keep(&mut self, row: &GameRow, before: Option<u64>, local: u64) -> Result<()> {
        games::save(self.tx, row, self.now)?;
        let mut changed = games::settle(self.tx, row)?;
        changed.extend(before);
        changed.extend(games::last_message(self.tx, row.id)?);
        changed.sort_unstable();
        changed.dedup();
        for message in changed.into_iter().filter(|message| *message != local) {
            self.tell_message(message, ClientEvent::Changed)?;
        }
        Ok(())
    }

    /// We ask a contact for a game. Gives the game and the message.
    pub(crate) fn begin_game(
        &mut self,
        with: &RelationshipId,
        colour: dyad_protocol::content::GameColour,
    ) -> Result<(u64, u64)> {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let entry = GameEntry {
            game: GameId::new(id),
            number: 0,
            before: None,
            step: GameStep::Invite { colour },
            proof: None,
        };
        self.game_secret()?;
        let invitation = to_chess(&entry, dyad_chess::Side::Inviter);
        let hash = invitation.hash;
        let game = Game::new(invitation).ok_or_else(|| defect("an invitation"))?;
        let id = games::insert(self.tx, with, true, &entry.game, &game, self.now)?;
        let row = games::get(self.tx, id)?.ok_or_else(|| defect("a new game"))?;
        let message = self.say_step(&row, &entry, hash, None)?;
        Ok((id, message))
    }

    /// We do something in a game. Gives the message.
    pub(crate) fn do_step(&mut self, mut row: GameRow, step: Step) -> Result<u64> {
        let before = games::last_message(self.tx, row.id)?;
        let side = row.side();
        let secret = self.game_secret()?;
        let mut said = None;
        let unsaid = row.clone();
        let made: Entry = row
            .game
            .make(side, step, |number, previous, step| {
                said = unsaid
                    .wire_entry(number, previous, step)
                    .map(|entry| GameEntry {
                        proof: Some(Self::proof_of(&secret, &entry, side)),
                        ..entry
                    });
                said.as_ref().map_or((Hash([0; 32]), None), |entry| {
                    again::proven(entry.hash(games::wire_side(side)), entry.proof)
                })
            })
            .map_err(|why| {
                ClientError::usage(
                    "not-now",
                    format!(
                        "That cannot be done in game {}: {why}. Nothing was changed.",
                        row.id
                    ),
                )
            })?;
        let entry = said.ok_or_else(|| defect("a step"))?;
        self.say_step(&row, &entry, made.hash, before)
    }

    fn say_step(
        &mut self,
        row: &GameRow,
        entry: &GameEntry,
        hash: Hash,
        before: Option<u64>,
    ) -> Result<u64> {
        let payload = Said::Game(entry.clone())
            .payload(None)
            .ok_or_else(|| defect("a payload"))?;
        let local = history::insert_outgoing(self.tx, &row.relationship, &payload, self.now)?;
        games::insert_step(
            self.tx,
            local,
            &row.relationship,
            entry,
            Some((row.id, hash)),
        )?;
        self.keep(row, before, local)?;
        self.tell_message(local, ClientEvent::Message)?;
        let local_id = LocalId(local);
        let input = Input::Send {
            local: local_id,
            payload,
        };
        self.give(&row.relationship, input)?;
        Ok(local)
    }
}

/// What an earlier message said.
fn read(content: Vec<u8>) -> Option<GameEntry> {
    let payload = Payload {
        kind: Said::GAME.to_owned(),
        content,
        fallback: None,
        reply: None,
        timer: None,
    };
    match Said::of(&payload) {
        Ok(Said::Game(entry)) => Some(entry),
        _ => None,
    }
}

fn defect(what: &str) -> ClientError {
    ClientError::other(
        "defect",
        format!("This is a defect of Dyad: {what} cannot be made. Nothing was changed."),
    )
}

#[cfg(test)]
mod tests;
