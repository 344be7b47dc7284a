//! A message as it stands in a page.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dyad_client::Client;
use dyad_client::view::{
    CallState, ContactView, Direction, FileState, FileView, MessageState, MessageView, QuotedView,
    ReactionView,
};
use dyad_protocol::time::Timestamp;

use super::calls;
use super::files::{self, Kind, kind_of};
use super::layout::now;
use crate::lang::Texts;
use crate::{text, when};

/// Longest pause between two messages that stand together, seconds.
const TOGETHER: u64 = 300;

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

/// The file of a message.
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) size: String,
    /// What can be shown of it here.
    pub(crate) shown: Option<Kind>,
    /// What a picture looks like from afar, as a `data:` address.
    pub(crate) preview: Option<String>,
    /// Width and height for its place in the page.
    pub(crate) frame: Option<(u32, u32)>,
    /// How far it is, in words; nothing to say if it is here.
    pub(crate) said: Option<String>,
    pub(crate) detail: Option<String>,
    /// Of a hundred, while it is on its way.
    pub(crate) percent: Option<u64>,
    pub(crate) here: bool,
    pub(crate) can_fetch: bool,
    pub(crate) can_cancel: bool,
    pub(crate) can_remove: bool,
    /// The rest of a long text.
    pub(crate) long_text: bool,
    /// Something is wrong with it.
    pub(crate) wrong: bool,
}

impl Attached {
    fn of(t: &Texts, client: &Client, message: &MessageView, file: &FileView) -> Self {
        let ours = message.direction == Direction::Out;
        let moving = matches!(file.state, FileState::Uploading | FileState::Fetching);
        let here = matches!(file.state, FileState::Here | FileState::Uploading);
        let shown = (here && !file.long_text)
            .then(|| client.open_file(message.id).ok())
            .flatten()
            .and_then(|mut reader| kind_of(&mut reader));
        let percent = files::percent(file);
        let said = match file.state {
            FileState::Here => None,
            FileState::Offered => Some(t.s("file-offered")),
            FileState::Uploading => Some(t.v("file-uploading", "percent", &percent.to_string())),
            FileState::Fetching => Some(t.v("file-fetching", "percent", &percent.to_string())),
            FileState::Expired => Some(t.s("file-expired")),
            FileState::Changed => Some(t.s("file-changed")),
            FileState::Refused => Some(t.s("file-refused")),
        };
        Self {
            name: file.name.clone(),
            size: files::size(t, file.size),
            preview: file.preview.as_deref().and_then(preview),
            frame: file.dimensions.and_then(frame),
            shown,
            said,
            detail: file.why.clone(),
            percent: moving.then_some(percent),
            here: here && !file.long_text,
            can_fetch: matches!(file.state, FileState::Offered | FileState::Refused),
            can_cancel: moving,
            can_remove: file.state == FileState::Here && !ours && !file.long_text,
            long_text: file.long_text,
            wrong: matches!(
                file.state,
                FileState::Expired | FileState::Changed | FileState::Refused
            ),
        }
    }

    /// Whether it is a picture that can be shown.
    pub(crate) const fn is_picture(&self) -> bool {
        matches!(self.shown, Some(Kind::Picture(_)))
    }

    /// Whether it can be heard.
    pub(crate) const fn is_sound(&self) -> bool {
        matches!(self.shown, Some(Kind::Sound(_)))
    }

    /// Whether it is a film.
    pub(crate) const fn is_film(&self) -> bool {
        matches!(self.shown, Some(Kind::Film(_)))
    }
}

/// A picture from afar: some ten pixels each way, by [ThumbHash](https://evanw.github.io/thumbhash/).
fn preview(hash: &str) -> Option<String> {
    let hash = URL_SAFE_NO_PAD.decode(hash).ok()?;
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let picture = image::RgbaImage::from_raw(width, height, pixels)?;
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).ok()?;
    Some(format!(
        "data:image/png;base64,{}",
        STANDARD.encode(png.into_inner())
    ))
}

/// Room for a picture before it is there, at most so large, in its own proportions.
fn frame((width, height): (u32, u32)) -> Option<(u32, u32)> {
    const LARGEST: (f64, f64) = (360.0, 300.0);
    let (w, h) = (f64::from(width), f64::from(height));
    if w < 1.0 || h < 1.0 {
        return None;
    }
    let scale = (LARGEST.0 / w).min(LARGEST.1 / h).min(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 360"
    )]
    let fit = |side: f64| (side * scale).round().max(1.0) as u32;
    Some((fit(w), fit(h)))
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
        let ours = message.direction == Direction::Out;
        let write = super::can_write(contact.status);
        Self {
            reply: write && message.call.is_none(),
            react: write,
            edit: write && ours && message.kind == "text",
            delete_for_both: write && ours,
            again: write && ours && message.call.is_none() && is_stranded(message.state),
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

/// Whether it will not arrive, or nobody knows.
pub(crate) const fn is_stranded(state: MessageState) -> bool {
    matches!(state, MessageState::Failed | MessageState::Unconfirmed)
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
        let same_day = before.is_some_and(|before| when::same_day(before.sent, message.sent));
        Entry {
            day: (!same_day).then(|| when::day(t, message.sent, now)),
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
        && message.sent.since(before.sent) < TOGETHER
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
    let time = when::time(t, message.sent);
    let file = message
        .file
        .as_ref()
        .filter(|_| !message.deleted)
        .map(|file| Attached::of(t, client, message, file));
    let read_out = match &file {
        Some(file) if !file.long_text => t.many(
            "label-file",
            &[("name", &file.name), ("size", &file.size), ("text", &plain)],
        ),
        _ => plain.clone(),
    };
    Entry {
        id: message.id,
        ours,
        day: None,
        joined: false,
        unread: !ours && message.state == MessageState::Received,
        line,
        html: text::rich(&plain),
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
        time_full: when::full(t, message.sent, now),
        time_machine: when::machine(message.sent),
        time,
        state,
        can: Can::of(contact, message),
        file,
        plain,
    }
}

/// Its time does not run yet.
fn vanishes_later(t: &Texts, message: &MessageView) -> Option<String> {
    let seconds = message
        .timer
        .filter(|_| message.kind != "timer" && !message.deleted)?;
    Some(t.v("vanishes-after", "time", &duration(t, seconds)))
}

/// What it says, in one string.
fn plain(t: &Texts, contact: &ContactView, message: &MessageView) -> String {
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
    message.text.clone()
}

fn label(
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

fn who(t: &Texts, contact: &ContactView, direction: Direction) -> String {
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
        wrong: is_stranded(state),
    }
}
