//! How a game stands, on the last of its messages.

use dyad_client::view::{ContactView, GameStatus, MessageView};

use super::words;
use crate::lang::Texts;

/// How a game stands.
pub(crate) struct GameCard {
    pub(crate) number: u64,
    pub(crate) status: String,
    /// It is for us to do something.
    pub(crate) turn: bool,
    /// We can accept or decline it.
    pub(crate) can_answer: bool,
}

impl GameCard {
    /// Of the last message of a game; other messages have none.
    pub(crate) fn of(t: &Texts, contact: &ContactView, message: &MessageView) -> Option<Self> {
        let game = message.game.as_ref()?.board.as_ref()?;
        Some(Self {
            number: game.id,
            status: words::status(t, game),
            turn: game.our_turn,
            can_answer: crate::pages::can_write(contact.status)
                && game.our_turn
                && game.status == GameStatus::Invited,
        })
    }
}
