//! Games with contacts.

use std::time::Duration;

use dyad_chess::{MoveError, PgnTags, Status, Step, pgn};
use dyad_protocol::content::GameColour;
use rusqlite::Connection;
use tokio::time::Instant;

use super::Client;
use super::files::live;
use super::people::find;
use crate::error::{ClientError, Result};
use crate::store::games::{self, GameRow};
use crate::view::{GameAction, GameSent, GameView, MessageState, SendView};

impl Client {
    /// Games with one contact, or all, at most 500; what changed last comes first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn games(&self, nick: Option<&str>) -> Result<Vec<GameView>> {
        self.driver.store.read(|c| {
            let with = nick.map(|nick| find(c, nick)).transpose()?;
            let rows = games::list(c, with.as_ref().map(|contact| &contact.id))?;
            Ok(rows.iter().map(GameRow::view).collect())
        })
    }

    /// One game.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn game(&self, id: u64) -> Result<GameView> {
        self.driver.store.read(|c| Ok(known(c, id)?.view()))
    }

    /// One game as other programs read it (PGN).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn game_pgn(&self, id: u64) -> Result<String> {
        let row = self.driver.store.read(|c| known(c, id))?;
        let us = self.profile()?.name;
        let us = if us.is_empty() { "?" } else { &us };
        let played = row.game.played();
        let (white, black) = if played.white == row.side() {
            (us, row.nick.as_str())
        } else {
            (row.nick.as_str(), us)
        };
        let date = date(row.view().begun.as_secs());
        Ok(pgn(
            &played,
            PgnTags {
                date: &date,
                white,
                black,
            },
        ))
    }

    /// Asks a contact for a game; without a colour chance decides. As long as an invitation of ours to the contact is open
    /// there is no second one: it is given instead. Returns like [`Client::send`].
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, or a relationship in which nothing can be sent.
    pub async fn game_new(
        &self,
        nick: &str,
        colour: Option<GameColour>,
        wait: Duration,
    ) -> Result<GameSent> {
        let end = Instant::now() + wait;
        let (game, message, already) = self.driver.engine(|stepper| {
            let with = find(stepper.tx, nick)?;
            live(&with)?;
            if let Some(open) = games::open_ours(stepper.tx, &with.id)?
                && let Some(message) = games::last_message(stepper.tx, open)?
            {
                return Ok((open, message, true));
            }
            let colour = colour.unwrap_or_else(|| {
                let mut coin = [0_u8];
                stepper.rng.fill_bytes(&mut coin);
                if coin.iter().all(|byte| byte % 2 == 0) {
                    GameColour::White
                } else {
                    GameColour::Black
                }
            });
            let (game, message) = stepper.begin_game(&with.id, colour)?;
            Ok((game, message, false))
        })?;
        Ok(GameSent {
            already,
            ..self.sent_step(game, message, end).await?
        })
    }

    /// Asks the contact's app for what may be missing of a game here, as after a restore from an older backup. What comes
    /// is taken over if it is shown to have been played.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown game, or a relationship in which nothing can be sent.
    pub fn game_again(&self, id: u64) -> Result<GameView> {
        let view = self.driver.engine(|stepper| {
            let row = known(stepper.tx, id)?;
            live(&find(stepper.tx, &row.nick)?)?;
            stepper.ask_again(&row)?;
            Ok(row.view())
        })?;
        self.driver.nudge();
        Ok(view)
    }

    /// Does something in a game. Returns like [`Client::send`].
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown game, not our turn, not legal, or over. Nothing is changed then.
    pub async fn game_do(&self, id: u64, action: &GameAction, wait: Duration) -> Result<GameSent> {
        let end = Instant::now() + wait;
        let message = self.driver.engine(|stepper| {
            let row = known(stepper.tx, id)?;
            let step = step(&row, action)?;
            live(&find(stepper.tx, &row.nick)?)?;
            stepper.do_step(row, step)
        })?;
        self.sent_step(id, message, end).await
    }

    async fn sent_step(&self, game: u64, message: u64, end: Instant) -> Result<GameSent> {
        self.driver.nudge();
        let left = |state| state != MessageState::Waiting;
        let message = self
            .driver
            .submitting(self.driver.reach(message, left, end))
            .await?;
        let note = match message.state {
            MessageState::Waiting => Some(self.why_waiting()?),
            _ => None,
        };
        Ok(GameSent {
            game: self.game(game)?,
            sent: SendView { message, note },
            already: false,
        })
    }
}

fn known(connection: &Connection, id: u64) -> Result<GameRow> {
    games::get(connection, id)?.ok_or_else(|| {
        ClientError::usage(
            "unknown-game",
            format!("There is no game {id}. `dyad game list` lists them."),
        )
    })
}

/// What is to be done, if it can be done now.
fn step(row: &GameRow, action: &GameAction) -> Result<Step> {
    let (id, nick) = (row.id, &row.nick);
    let view = row.view();
    let played = row.game.played();
    let refused = |code: &str, why: String| {
        Err(ClientError::usage(
            code,
            format!("{why} Nothing was changed."),
        ))
    };
    if view.status.is_over() {
        return refused("game-over", format!("Game {id} with {nick} is over."));
    }
    let invited = played.status == Status::Invited;
    match action {
        GameAction::Resign if invited && !row.ours => refused(
            "not-accepted",
            format!("Game {id} is not accepted: decline it."),
        ),
        GameAction::Resign => Ok(Step::Resign),
        GameAction::Accept | GameAction::Decline if !invited || row.ours => refused(
            "not-invited",
            format!("In game {id} there is no invitation that is yours to answer."),
        ),
        GameAction::Accept => Ok(Step::Accept),
        GameAction::Decline => Ok(Step::Decline),
        _ if invited && row.ours => refused(
            "game-not-answered",
            format!("{nick} has not answered the invitation to game {id}."),
        ),
        _ if invited => refused(
            "not-accepted",
            format!("Game {id} is not accepted: accept it first."),
        ),
        _ if !view.our_turn => refused(
            "not-your-turn",
            format!("In game {id} it is {nick}'s turn."),
        ),
        GameAction::Move { text, offer_draw } => match played.position.read(text) {
            Ok(uci) => Ok(Step::Move {
                uci,
                offer: *offer_draw,
            }),
            Err(error) => refused("illegal-move", in_words(text, &error)),
        },
        GameAction::Draw if view.draw_offered => Ok(Step::AcceptDraw),
        GameAction::Draw if view.can_claim => Ok(Step::ClaimDraw),
        GameAction::Draw => refused(
            "no-draw",
            format!(
                "{nick} has not offered a draw, and none can be claimed: that takes a position that stood three times, or \
                 fifty moves without capture or pawn move. Offer one with your move."
            ),
        ),
    }
}

fn in_words(text: &str, error: &MoveError) -> String {
    let text = crate::driver::printable(text);
    match error {
        MoveError::Unreadable => {
            format!("{text:?} is not how a move is written: say e4, Nf3, O-O, or e2e4.")
        }
        MoveError::Illegal { instead } if instead.is_empty() => {
            format!("{text:?} is not a legal move, and what it names cannot move now.")
        }
        MoveError::Illegal { instead } => format!(
            "{text:?} is not a legal move. What it names can move so: {}.",
            instead.join(", ")
        ),
    }
}

/// Year, month and day (UTC) as PGN writes them. Days to a date after Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms".
fn date(secs: u64) -> String {
    let days = secs / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}.{month:02}.{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn a_day_is_written_as_pgn_writes_it() {
        for (secs, text) in [
            (0, "1970.01.01"),
            (951_782_400, "2000.02.29"),
            (1_772_323_200, "2026.03.01"),
            (1_798_761_599, "2026.12.31"),
        ] {
            assert_eq!(date(secs), text);
        }
    }
}
