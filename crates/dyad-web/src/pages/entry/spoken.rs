//! What a message says in words, for the eye and for a screen reader.

use dyad_client::view::{ContactView, Direction, MessageView};

use super::{Attached, Quote, State};
use crate::lang::Texts;
use crate::pages::calls;
use crate::pages::game::{GameCard, words};

/// What a screen reader says of it, besides whose it is and when.
pub(super) fn read_out(
    t: &Texts,
    plain: &str,
    file: Option<&Attached>,
    game: Option<&GameCard>,
) -> String {
    match (file, game) {
        (Some(file), _) if !file.long_text => t.many(
            "label-file",
            &[("name", &file.name), ("size", &file.size), ("text", plain)],
        ),
        (_, Some(game)) => format!("{plain} {}", game.status),
        _ => plain.to_owned(),
    }
}

/// Its time does not run yet.
pub(super) fn vanishes_later(t: &Texts, message: &MessageView) -> Option<String> {
    let seconds = message
        .timer
        .filter(|_| message.kind != "timer" && !message.deleted)?;
    Some(t.v("vanishes-after", "time", &duration(t, seconds)))
}

/// What it says, in one string.
pub(super) fn plain(t: &Texts, contact: &ContactView, message: &MessageView) -> String {
    if message.deleted {
        return t.s("message-deleted");
    }
    if message.kind == "timer" {
        let who = who(t, contact, message.direction);
        return match message.timer {
            Some(seconds) => t.many(
                "timer-on",
                &[("who", &who), ("time", &duration(t, seconds))],
            ),
            None => t.v("timer-off", "who", &who),
        };
    }
    if let Some(call) = &message.call {
        return calls::words(t, call);
    }
    match &message.game {
        Some(step) => words::step(t, step, message.direction),
        None => message.text.clone(),
    }
}

pub(super) fn label(
    t: &Texts,
    who: &str,
    plain: &str,
    quote: Option<&Quote>,
    time: &str,
    state: Option<&State>,
) -> String {
    let mut label = match quote {
        Some(quote) => t.many(
            "label-reply",
            &[
                ("who", who),
                ("to", &quote.who),
                ("text", plain),
                ("time", time),
            ],
        ),
        None => t.many(
            "label-message",
            &[("who", who), ("text", plain), ("time", time)],
        ),
    };
    if let Some(state) = state {
        label.push_str(", ");
        label.push_str(&state.text);
    }
    label
}

pub(super) fn who(t: &Texts, contact: &ContactView, direction: Direction) -> String {
    match direction {
        Direction::Out => t.s("you"),
        Direction::In => contact.nick.clone(),
    }
}

/// A length of time in the largest unit that fits.
pub(crate) fn duration(t: &Texts, seconds: u64) -> String {
    match seconds {
        s if s >= 604_800 && s % 604_800 == 0 => t.n("weeks", s / 604_800),
        s if s >= 86_400 && s % 86_400 == 0 => t.n("days", s / 86_400),
        s if s >= 3_600 && s % 3_600 == 0 => t.n("hours", s / 3_600),
        s if s >= 60 && s % 60 == 0 => t.n("minutes", s / 60),
        s => t.n("seconds", s),
    }
}
