//! A message as it stands in a page.

mod attached;
mod spoken;

use dyad_client::Client;
use dyad_client::view::{
    CallState, ContactView, Direction, MessageState, MessageView, QuotedView, ReactionView,
};
use dyad_protocol::content::is_app_kind;
use dyad_protocol::time::Timestamp;

use super::calls;
use super::cards::Card;
use super::game::GameCard;
use super::layout::now;
use crate::lang::Texts;
use crate::{text, when};

pub(crate) use attached::Attached;
pub(crate) use spoken::duration;

use spoken::{label, plain, read_out, vanishes_later, who};

/// Longest pause between two messages that stand together, seconds.
const TOGETHER: u64 = 300;
/// Longest that a message is on its way when nothing is in its way, seconds.
const ON_THE_WAY: u64 = 60;

/// A message as it stands in the page.
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) ours: bool,
    /// The line that begins a new day.
    pub(crate) day: Option<String>,
    /// Whether it goes on from the one before: same writer, within some minutes.
    pub(crate) joined: bool,
    pub(crate) unread: bool,
    /// A line between messages rather than a message.
    pub(crate) line: bool,
    /// Safe HTML.
    pub(crate) html: String,
    pub(crate) plain: String,
    pub(crate) file: Option<Attached>,
    /// Shown instead of the text.
    pub(crate) card: Option<Card>,
    /// The game, on the last of its messages.
    pub(crate) game: Option<GameCard>,
    /// The app that sent it, if another program did.
    pub(crate) via: Option<String>,
    /// The picture of a call, and whether it goes on.
    pub(crate) call: Option<(&'static str, Option<u64>)>,
    pub(crate) deleted: bool,
    pub(crate) edited: bool,
    pub(crate) quote: Option<Quote>,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) vanishes: Option<String>,
    pub(crate) time: String,
    pub(crate) time_full: String,
    pub(crate) time_machine: String,
    pub(crate) state: Option<State>,
    pub(crate) can: Can,
    /// For a screen reader, in a sentence.
    pub(crate) label: String,
}

pub(crate) struct Quote {
    pub(crate) id: Option<u64>,
    pub(crate) who: String,
    pub(crate) text: String,
}

pub(crate) struct Reaction {
    pub(crate) emoji: String,
    pub(crate) ours: bool,
    pub(crate) label: String,
}

/// How far a message of ours has come.
pub(crate) struct State {
    /// Names its picture and its style.
    pub(crate) word: &'static str,
    pub(crate) text: String,
    pub(crate) wrong: bool,
}

/// What can be done to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Can {
    pub(crate) reply: bool,
    pub(crate) react: bool,
    pub(crate) edit: bool,
    pub(crate) delete_for_both: bool,
    pub(crate) again: bool,
}

impl Can {
    fn of(contact: &ContactView, message: &MessageView) -> Self {
        if message.deleted || message.kind == "timer" {
            return Self::default();
        }
        let (ours, game) = (message.direction == Direction::Out, message.kind == "game");
        let write = super::can_write(contact.status);
        Self {
            reply: write && message.call.is_none(),
            react: write,
            edit: write && ours && message.kind == "text",
            delete_for_both: write && ours && !game,
            again: write && message.can_be_sent_again(),
        }
    }

    /// For scripts: the words of the menu's lines.
    pub(crate) fn words(self) -> String {
        [
            (self.reply, "reply"),
            (self.react, "react"),
            (self.edit, "edit"),
            (self.delete_for_both, "both"),
            (self.again, "again"),
        ]
        .into_iter()
        .filter_map(|(can, word)| can.then_some(word))
        .collect::<Vec<_>>()
        .join(" ")
    }
}

/// Messages in a row; `before` is the one before the first, if there is one.
pub(crate) fn render(
    t: &'static Texts,
    client: &Client,
    contact: &ContactView,
    before: Option<&MessageView>,
    messages: &[MessageView],
) -> Vec<Entry> {
    let now = now();
    let befores = std::iter::once(before).chain(messages.iter().map(Some));
    let in_a_row = |(before, message): (Option<&MessageView>, &MessageView)| {
        let same_day =
            before.is_some_and(|before| when::same_day(before.written(), message.written()));
        Entry {
            day: (!same_day).then(|| when::day(t, message.written(), now)),
            joined: same_day && before.is_some_and(|before| joined(before, message)),
            ..entry(t, client, contact, message, now)
        }
    };
    befores.zip(messages).map(in_a_row).collect()
}

/// Whether two messages of one day stand together.
fn joined(before: &MessageView, message: &MessageView) -> bool {
    before.direction == message.direction
        && before.kind != "timer"
        && message.written().since(before.written()) < TOGETHER
}

/// One message, as if it stood alone.
fn entry(
    t: &'static Texts,
    client: &Client,
    contact: &ContactView,
    message: &MessageView,
    now: Timestamp,
) -> Entry {
    let ours = message.direction == Direction::Out;
    let line = message.kind == "timer";
    let plain = plain(t, contact, message);
    let quote = message.reply_to.as_ref().map(|of| quote(t, contact, of));
    let call = message.call.as_ref();
    let state =
        (ours && !message.deleted && !line && call.is_none()).then(|| state(t, message.state));
    let time = when::time(t, message.written());
    let file = match (&message.edit, &message.file) {
        _ if message.deleted => None,
        (Some(edit), _) => Some(Attached::of_edit(t, &contact.nick, edit)),
        (None, file) => file
            .as_ref()
            .map(|file| Attached::of(t, client, message, file)),
    };
    let card = Card::of(t, contact, message);
    let game = GameCard::of(t, contact, message);
    let read_out = match card {
        Some(_) => plain.clone(),
        None => read_out(t, &plain, file.as_ref(), game.as_ref()),
    };
    let via = via(t, client, message);
    let read_out = match &via {
        Some(via) => format!("{read_out} ({via})"),
        None => read_out,
    };
    Entry {
        id: message.id,
        ours,
        day: None,
        joined: false,
        unread: !ours && message.state == MessageState::Received,
        line,
        game,
        html: text::rich(&plain),
        via,
        call: call.map(|call| {
            let rings = call.state == CallState::Ringing;
            (calls::icon(call), rings.then_some(call.id))
        }),
        deleted: message.deleted,
        edited: message.edited_at.is_some() && !message.deleted,
        label: label(
            t,
            &who(t, contact, message.direction),
            &read_out,
            quote.as_ref(),
            &time,
            state.as_ref(),
        ),
        quote: quote.filter(|_| !message.deleted),
        reactions: message
            .reactions
            .iter()
            .map(|one| reaction(t, contact, one))
            .collect(),
        vanishes: message
            .expires_at
            .map(|at| t.v("vanishes-at", "when", &when::full(t, at, now)))
            .or_else(|| vanishes_later(t, message)),
        time_full: time_full(t, message, now),
        time_machine: when::machine(message.written()),
        time,
        state,
        can: Can::of(contact, message),
        file,
        card,
        plain,
    }
}

/// When it was written, and when it came in if that was later than the way takes.
fn time_full(t: &Texts, message: &MessageView, now: Timestamp) -> String {
    let written = when::full(t, message.written(), now);
    match message.received {
        Some(received) if received.since(message.written()) > ON_THE_WAY => t.many(
            "written-and-arrived",
            &[
                ("written", &written),
                ("arrived", &when::full(t, received, now)),
            ],
        ),
        _ => written,
    }
}

/// The app that is registered here for what the message is, or else the type's own name.
fn via(t: &Texts, client: &Client, message: &MessageView) -> Option<String> {
    if message.deleted || !is_app_kind(&message.kind) {
        return None;
    }
    let app = client.app_of_type(&message.kind).ok().flatten();
    let name = app.unwrap_or_else(|| message.kind.clone());
    Some(t.v("message-via", "app", &name))
}

fn quote(t: &Texts, contact: &ContactView, of: &QuotedView) -> Quote {
    Quote {
        id: of.id,
        who: who(t, contact, of.direction),
        text: if of.text.is_empty() {
            t.s("quote-gone")
        } else {
            of.text.clone()
        },
    }
}

fn reaction(t: &Texts, contact: &ContactView, reaction: &ReactionView) -> Reaction {
    let values = [
        ("who", who(t, contact, reaction.by)),
        ("emoji", reaction.emoji.clone()),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Reaction {
        label: t.many("label-reaction", &values),
        emoji: reaction.emoji.clone(),
        ours: reaction.by == Direction::Out,
    }
}

fn state(t: &Texts, state: MessageState) -> State {
    let (word, key) = match state {
        MessageState::Waiting => ("waiting", "state-waiting"),
        MessageState::Accepted => ("accepted", "state-accepted"),
        MessageState::Delivered => ("delivered", "state-delivered"),
        MessageState::Confirmed | MessageState::Received => ("confirmed", "state-confirmed"),
        MessageState::Read => ("read", "state-read"),
        MessageState::Unconfirmed => ("unconfirmed", "state-unconfirmed"),
        MessageState::Failed => ("failed", "state-failed"),
    };
    State {
        word,
        text: t.s(key),
        wrong: state.is_stranded(),
    }
}
