//! What a payload says beyond its text: replies, edits, deletions, reactions, and how long messages stay.
//!
//! The content of these kinds is a CBOR map with integer keys; unknown keys are ignored.
//!
//! | kind | content | fallback |
//! |---|---|---|
//! | `text` | the text itself, UTF-8 | none |
//! | `edit` | `{0: reference, 1: order, 2: link}` | the new text, said nowhere else; with a link how it begins |
//! | `delete` | `{0: reference}` | none |
//! | `reaction` | `{0: reference, 1: order, 2: sign text}`; without 2 the reaction is taken back | none |
//! | `timer` | `{0: order, 1: seconds}`; without 1 messages stay | a sentence |
//! | `file` | `{0: link, 1: name, 2: media type, 3: words, 4: [width, height], 5: preview}` | a sentence |
//! | `long` | `{0: link}` | how the text begins |
//! | `mail` | `{0: subject, 1: the mail, 2: link, 3: beginning, 4: attachments}`; either 1 or 2 | a sentence |
//! | `share` | `{0: title, 1: address, 2: secret, 3: what}` | a sentence |
//! | `contact-request` | `{0: name, 1: invitation, 2: note}` | a sentence |
//! | `game` | `{0: game, 1: what, 2: number, 3: hash before, 4: step, 5: proof}` | a sentence |
//! | `game` | the same with another step: [`GameAgain`] | none |
//! | `long` | `{0: link, 1: kind}`: content of another app's kind | that of the kind |
//! | `picture` | `{0: order, 1: link}`; without 1 the picture of the writer's presentation is taken away | none |
//! | `call` | what arranges a call: see [`Call`] | a sentence, with an offer |
//!
//! A *reference* is `[whose, stream bytes(8), seq]`, where `whose` is 0 for a message of whoever writes the
//! reference and 1 for one of whoever reads it. An *order* grows with each change of the same thing, so
//! that the last change wins in whatever order they arrive: see [`next_order`].

mod app;
mod call;
mod change;
mod file;
mod game;
mod game_again;
mod mail;
mod picture;
mod pointer;

pub use app::is_app_kind;
pub use call::{
    CALL_PIECE_LEN, Call, CallMedia, CallStep, MAX_CALL_PARTS, MAX_CANDIDATE_LEN, MAX_CANDIDATES,
    MAX_DESCRIPTION_LEN, RING_TIME,
};
pub use change::{is_reaction, is_timer, next_order};
pub use file::{File, Link, MAX_FILE_NAME_LEN, MAX_LONG_LEN, MAX_MEDIA_TYPE_LEN, MAX_PREVIEW_LEN};
pub use game::{ChessMove, GameColour, GameEntry, GameSide, GameStep, MAX_GAME_ENTRIES};
pub use game_again::{GameAgain, GameLine, GameProof, MAX_GAME_LINES};
pub use mail::{
    MAX_BEGINNING_LEN, MAX_MAIL_ATTACHMENTS, MAX_MAIL_LEN, MAX_SUBJECT_LEN, Mail, MailHead,
    MailPlace,
};
pub use picture::{MAX_PICTURE_LEN, MAX_PICTURE_SIDE, Picture};
pub use pointer::{
    ContactRequest, MAX_ADDRESS_LEN, MAX_NOTE_LEN, MAX_PERSON_LEN, MAX_SECRET_LEN, MAX_TITLE_LEN,
    MAX_WHAT_LEN, Share,
};

use minicbor::Decoder;

use crate::body::map::{MapWriter, Unknown};
use crate::body::{CborEncoder, CborResult, MAX_SEQ, MAX_TEXT_LEN, Payload};
use crate::codec::DecodeError;
use crate::id::{MessageId, StreamId};
use crate::limits::DAY;

/// Longest text that a person may write in one message, bytes of UTF-8: beside it a reference and a timer fit into
/// the room of [`MAX_TEXT_LEN`].
pub const MAX_WRITTEN_LEN: usize = MAX_TEXT_LEN - 60;
/// Longest reaction, bytes of UTF-8.
pub const MAX_REACTION_LEN: usize = 32;
/// Longest time after which messages vanish, seconds.
pub const MAX_TIMER: u64 = 366 * DAY;
/// Greatest order: what a database with signed integers can hold.
pub const MAX_ORDER: u64 = i64::MAX as u64;

/// Whose message is meant, from the side of whoever wrote the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Whose {
    /// Written by the same.
    Writer,
    /// Written by whoever reads the reference.
    Reader,
}

/// Points to a message of the same relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct MessageRef {
    /// Whose it is.
    pub whose: Whose,
    /// Which.
    pub message: MessageId,
}

impl MessageRef {
    /// One of the writer's own.
    pub const fn own(message: MessageId) -> Self {
        Self {
            whose: Whose::Writer,
            message,
        }
    }

    pub(crate) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        e.array(3)?
            .u8(match self.whose {
                Whose::Writer => 0,
                Whose::Reader => 1,
            })?
            .bytes(self.message.stream.as_bytes())?
            .u64(self.message.seq)
            .map(drop)
    }

    pub(crate) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("reference");
        if d.array()? != Some(3) {
            return Err(bad());
        }
        let whose = match d.u8()? {
            0 => Whose::Writer,
            1 => Whose::Reader,
            _ => return Err(bad()),
        };
        let stream = StreamId::from_slice(d.bytes()?).ok_or_else(bad)?;
        match d.u64()? {
            seq @ 1..=MAX_SEQ => Ok(Self {
                whose,
                message: MessageId { stream, seq },
            }),
            _ => Err(bad()),
        }
    }
}

/// What a payload says, as far as this release knows its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A text.
    Text(String),
    /// The writer changes the text of a message of theirs.
    Edit {
        /// Which.
        target: MessageId,
        /// Of two edits the greater counts.
        order: u64,
        /// The text from now on; how it begins if there is a link.
        text: String,
        /// Where all of it is, if it does not fit into a message.
        link: Option<Link>,
    },
    /// The writer takes back a message of theirs, for both.
    Delete {
        /// Which.
        target: MessageId,
    },
    /// How the writer feels about a message; one reaction of each person and message.
    Reaction {
        /// Which.
        target: MessageRef,
        /// Of two reactions the greater counts.
        order: u64,
        /// The sign; none takes the reaction back.
        sign: Option<String>,
    },
    /// How long messages written from now on stay.
    Timer {
        /// Of two settings, whoever made them, the greater counts; of the same, the shorter time.
        order: u64,
        /// Seconds until a message vanishes after it was sent (where it was written) or read (where it was
        /// received); none: it stays.
        seconds: Option<u64>,
    },
    /// A file.
    File(File),
    /// A text that does not fit into a message.
    Long {
        /// Where all of it is.
        link: Link,
        /// How it begins.
        beginning: String,
    },
    /// A mail.
    Mail(Mail),
    /// A sharing invitation.
    Share(Share),
    /// Somebody would like to be in contact.
    ContactRequest(ContactRequest),
    /// An entry of a game.
    Game(GameEntry),
    /// What is asked or said to take a game up again.
    GameAgain(GameAgain),
    /// The content of another app's kind that does not fit into a message. The payload's fallback is that kind's.
    Carried {
        /// Where all of it is.
        link: Link,
        /// What it is content of.
        kind: String,
    },
    /// Something that arranges a call.
    Call(Call),
    /// The picture that the writer shows.
    Picture(Picture),
    /// A kind that this release does not know.
    Unknown,
}

impl Said {
    /// The kind of an edit.
    pub const EDIT: &'static str = "edit";
    /// The kind of a deletion.
    pub const DELETE: &'static str = "delete";
    /// The kind of a reaction.
    pub const REACTION: &'static str = "reaction";
    /// The kind of a setting of the time after which messages vanish.
    pub const TIMER: &'static str = "timer";
    /// The kind of a file.
    pub const FILE: &'static str = "file";
    /// The kind of a text that does not fit into a message.
    pub const LONG: &'static str = "long";
    /// The kind of a mail.
    pub const MAIL: &'static str = "mail";
    /// The kind of a sharing invitation.
    pub const SHARE: &'static str = "share";
    /// The kind of a request for a contact.
    pub const CONTACT_REQUEST: &'static str = "contact-request";
    /// The kind of what arranges a call.
    pub const CALL: &'static str = "call";
    /// The kind of the picture that somebody shows.
    pub const PICTURE: &'static str = "picture";

    /// Reads what a payload says.
    ///
    /// # Errors
    /// [`DecodeError`] if it is of a kind known here and malformed; nothing of it is to be shown or done.
    pub fn of(payload: &Payload) -> Result<Self, DecodeError> {
        match payload.kind.as_str() {
            Payload::TEXT => String::from_utf8(payload.content.clone())
                .map(Self::Text)
                .map_err(|_| DecodeError::Malformed("text")),
            Self::EDIT => change::edit(payload),
            Self::DELETE => change::delete(&payload.content),
            Self::REACTION => change::reaction(&payload.content),
            Self::TIMER => change::timer(&payload.content),
            Self::FILE => File::decode(&payload.content).map(Self::File),
            Self::LONG => file::long(payload),
            Self::MAIL => Mail::decode(&payload.content).map(Self::Mail),
            Self::SHARE => Share::decode(&payload.content).map(Self::Share),
            Self::CONTACT_REQUEST => {
                ContactRequest::decode(&payload.content).map(Self::ContactRequest)
            }
            Self::GAME => game::decode(&payload.content),
            Self::CALL => Call::decode(&payload.content).map(Self::Call),
            Self::PICTURE => Picture::decode(&payload.content).map(Self::Picture),
            _ => Ok(Self::Unknown),
        }
    }

    /// The payload that says it. `fallback` is the sentence of a timer, a file, a mail, a sharing invitation, a request for
    /// a contact or a call, or what another app says, for apps that do not know the kind.
    /// `None` for [`Said::Unknown`].
    pub fn payload(&self, fallback: Option<&str>) -> Option<Payload> {
        let mut map = MapWriter::new();
        let words;
        let (kind, fallback) = match self {
            Self::Unknown => return None,
            Self::Text(text) => return Some(Payload::text(text.clone())),
            Self::Edit {
                target,
                order,
                text,
                link,
            } => {
                map.put(0, |e| MessageRef::own(*target).encode(e));
                map.put(1, |e| e.u64(*order).map(drop));
                map.some(2, link, |link, e| link.encode(e));
                (Self::EDIT, Some(text.as_str()))
            }
            Self::Delete { target } => {
                map.put(0, |e| MessageRef::own(*target).encode(e));
                (Self::DELETE, None)
            }
            Self::Reaction {
                target,
                order,
                sign,
            } => {
                map.put(0, |e| target.encode(e));
                map.put(1, |e| e.u64(*order).map(drop));
                map.some(2, sign, |sign, e| e.str(sign).map(drop));
                (Self::REACTION, None)
            }
            Self::Timer { order, seconds } => {
                map.put(0, |e| e.u64(*order).map(drop));
                map.some(1, seconds, |seconds, e| e.u64(*seconds).map(drop));
                (Self::TIMER, fallback)
            }
            Self::File(file) => {
                file.encode(&mut map);
                (Self::FILE, fallback)
            }
            Self::Long { link, beginning } => {
                map.put(0, |e| link.encode(e));
                (Self::LONG, Some(beginning.as_str()))
            }
            Self::Mail(mail) => {
                map = mail.encode();
                (Self::MAIL, fallback)
            }
            Self::Share(share) => {
                share.encode(&mut map);
                (Self::SHARE, fallback)
            }
            Self::ContactRequest(request) => {
                request.encode(&mut map);
                (Self::CONTACT_REQUEST, fallback)
            }
            Self::Game(entry) => {
                entry.encode(&mut map);
                words = entry.in_words();
                (Self::GAME, Some(words.as_str()))
            }
            Self::GameAgain(again) => {
                again.encode(&mut map);
                (Self::GAME, None)
            }
            Self::Carried { link, kind } => {
                map.put(0, |e| link.encode(e));
                map.put(1, |e| e.str(kind).map(drop));
                (Self::LONG, fallback)
            }
            Self::Call(call) => {
                call.encode(&mut map);
                (Self::CALL, fallback)
            }
            Self::Picture(picture) => {
                picture.encode(&mut map);
                (Self::PICTURE, None)
            }
        };
        Some(Payload {
            kind: kind.into(),
            content: map.finish(&Unknown::default()),
            fallback: fallback.map(str::to_owned),
            reply: None,
            timer: None,
        })
    }
}

#[cfg(test)]
mod game_tests;
#[cfg(test)]
mod tests;
