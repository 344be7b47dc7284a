//! Messages as they stand in their columns, and back.

use dyad_protocol::body::Payload;
use dyad_protocol::content::{MessageRef, Said, Whose};
use dyad_protocol::id::{MessageId, StreamId};
use rusqlite::Row;

use super::cards;
use super::row::some_bytes;
use crate::view::{Direction, MessageState};
use std::borrow::Cow;

/// A payload as it is kept for showing.
pub(super) struct Shown<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) hidden: bool,
    /// As it stands in its column.
    pub(super) timer: Option<u64>,
    /// Seconds until the message itself vanishes.
    pub(super) vanishes: Option<u64>,
    pub(super) reply_direction: Option<bool>,
    pub(super) reply_stream: Option<[u8; 8]>,
    pub(super) reply_seq: Option<u64>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(payload: &'a Payload, direction: Direction) -> Self {
        let said = Said::of(payload);
        let card = said.as_ref().ok().and_then(cards::text_of);
        let (setting, words) = match said {
            Ok(Said::Timer { seconds, .. }) => (Some(seconds), None),
            Ok(Said::File(file)) => (None, Some(file.words.unwrap_or_default())),
            // In our words, not in those that came with it.
            Ok(Said::Game(entry)) => (None, Some(entry.in_words())),
            Ok(Said::GameAgain(_)) => (None, Some("Chess: the game, again.".to_owned())),
            // An interface says in words of its own what became of it.
            Ok(Said::Call(_)) => (None, Some(String::new())),
            _ => (None, card),
        };
        let ours = |whose| (whose == Whose::Writer) == (direction == Direction::Out);
        Self {
            hidden: setting.is_none() && words.is_none() && payload.shown().is_none(),
            text: match (setting, words) {
                (Some(_), _) => Cow::Borrowed(""),
                (None, Some(words)) => Cow::Owned(words),
                (None, None) => Cow::Borrowed(payload.shown().unwrap_or_default()),
            },
            timer: setting.unwrap_or(payload.timer),
            vanishes: match setting {
                Some(_) => None,
                None => payload.timer,
            },
            reply_direction: payload.reply.map(|reply| ours(reply.whose)),
            reply_stream: payload.reply.map(|reply| *reply.message.stream.as_bytes()),
            reply_seq: payload.reply.map(|reply| reply.message.seq),
        }
    }
}

/// Text is kept once, as text.
pub(super) fn kept_content(payload: &Payload) -> Option<&[u8]> {
    let is_its_text = payload.kind == Payload::TEXT && payload.shown().is_some();
    (!is_its_text).then_some(payload.content.as_slice())
}

/// What a message of ours says now, from its columns.
pub(super) fn outgoing_payload(row: &Row<'_>) -> rusqlite::Result<Payload> {
    let (kind, content, text): (String, Option<Vec<u8>>, String) =
        (row.get(0)?, row.get(1)?, row.get(3)?);
    let stream = some_bytes(row, 5, StreamId::from_slice)?;
    let reply = match (row.get(4)?, stream, row.get(6)?) {
        (Some(ours), Some(stream), Some(seq)) => Some(MessageRef {
            whose: if ours { Whose::Writer } else { Whose::Reader },
            message: MessageId { stream, seq },
        }),
        _ => None,
    };
    Ok(Payload {
        content: content.unwrap_or(text.into_bytes()),
        fallback: row.get(2)?,
        reply,
        timer: if kind == Said::TIMER {
            None
        } else {
            row.get(7)?
        },
        kind,
    })
}

/// Numbers are stored: never change one.
pub(super) const fn state_number(state: MessageState) -> u8 {
    match state {
        MessageState::Waiting => 0,
        MessageState::Accepted => 1,
        MessageState::Delivered => 2,
        MessageState::Confirmed => 3,
        MessageState::Read => 4,
        MessageState::Unconfirmed => 5,
        MessageState::Failed => 6,
        MessageState::Received => 7,
    }
}

pub(super) const fn state_from(number: u8) -> MessageState {
    match number {
        0 => MessageState::Waiting,
        1 => MessageState::Accepted,
        2 => MessageState::Delivered,
        3 => MessageState::Confirmed,
        4 => MessageState::Read,
        5 => MessageState::Unconfirmed,
        7 => MessageState::Received,
        _ => MessageState::Failed,
    }
}
