//! What stands around every page.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use dyad_client::view::{ContactStatus, ContactView, Direction, LastView, Theme};
use dyad_protocol::time::Timestamp;

use super::calls;
use crate::error::PageError;
use crate::lang::Texts;
use crate::session::{Person, nonce};
use crate::{assets, when};

/// Colours of faces.
const COLOURS: u64 = 8;

/// What a page without the list of conversations needs.
pub(crate) struct Bare {
    pub(crate) t: &'static Texts,
    pub(crate) title: String,
    pub(crate) theme: &'static str,
}

impl Bare {
    pub(crate) fn new(t: &'static Texts, title: String) -> Self {
        Self {
            t,
            title,
            theme: "system",
        }
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// What a page with the list of conversations needs.
pub(crate) struct Shell {
    pub(crate) bare: Bare,
    pub(crate) rows: Vec<Row>,
    /// Whether the list shows what was put away.
    pub(crate) archive: bool,
    /// How many were put away.
    pub(crate) archived: usize,
    pub(crate) unread: u64,
    pub(crate) notifications: &'static str,
    /// Whether on a narrow screen the list is shown instead of the page.
    pub(crate) list_first: bool,
    /// Where the way back leads, on a narrow screen.
    pub(crate) back: String,
    /// Marks the forms of this page, so that one that comes twice does what it says once.
    pub(crate) once: String,
}

/// One conversation in the list.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) nick: String,
    pub(crate) face: Face,
    pub(crate) selected: bool,
    pub(crate) preview: String,
    pub(crate) draft: bool,
    pub(crate) ours: bool,
    pub(crate) time: String,
    pub(crate) time_machine: String,
    pub(crate) unread: u64,
    pub(crate) marked: bool,
    pub(crate) failed: bool,
    pub(crate) pinned: bool,
    pub(crate) muted: bool,
    /// For a screen reader, the whole row in a sentence.
    pub(crate) label: String,
}

/// The picture that they show, or letters on a colour.
pub(crate) struct Face {
    pub(crate) letters: String,
    pub(crate) colour: u64,
    /// Where it is served; another picture has another address.
    pub(crate) picture: Option<String>,
}

impl Face {
    /// The same for the same relationship, whatever it is called.
    pub(crate) fn of(contact: &ContactView) -> Self {
        let mut hasher = DefaultHasher::new();
        contact.id.as_bytes().hash(&mut hasher);
        Self {
            letters: letters(&contact.nick),
            colour: hasher.finish() % COLOURS,
            picture: contact.picture.as_ref().map(|name| {
                let id = hex::encode(contact.id.as_bytes());
                format!("/contact/{id}/picture?v={name}")
            }),
        }
    }
}

/// First letters of the first two words.
fn letters(name: &str) -> String {
    let words = name.split_whitespace().take(2);
    let first = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    words
        .filter_map(first)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Now, by the clock that the app uses.
pub(crate) fn now() -> Timestamp {
    use dyad_protocol::time::Clock as _;
    dyad_protocol::time::SystemClock.now()
}

impl Shell {
    /// The list as it is now. `selected` is the conversation that is shown.
    pub(crate) fn new(
        person: &Person,
        title: String,
        selected: Option<&str>,
    ) -> Result<Self, PageError> {
        Self::with(person, title, selected, false)
    }

    /// The same, of what was put away if `archive`.
    pub(crate) fn with(
        person: &Person,
        title: String,
        selected: Option<&str>,
        archive: bool,
    ) -> Result<Self, PageError> {
        let t = person.t;
        let failed = |e| PageError::client(t, e);
        let contacts = person.client.contacts().map_err(failed)?;
        let settings = person.client.settings().map_err(failed)?;
        let archived = contacts.iter().filter(|contact| contact.archived).count();
        let unread = contacts.iter().filter(|c| !c.muted).map(|c| c.unread).sum();
        let mut shown: Vec<&ContactView> =
            contacts.iter().filter(|c| c.archived == archive).collect();
        shown.sort_by_key(|c| std::cmp::Reverse((c.pinned, c.last_message_at)));
        let now = now();
        let rows = shown
            .into_iter()
            .map(|contact| row(t, contact, selected, now))
            .collect();
        Ok(Self {
            bare: Bare {
                t,
                title,
                theme: theme(settings.theme),
            },
            rows,
            archive,
            archived,
            unread,
            notifications: match settings.notifications {
                dyad_client::view::Notifications::Off => "off",
                dyad_client::view::Notifications::WithoutContent => "without",
                dyad_client::view::Notifications::WithContent => "with",
            },
            list_first: false,
            back: "/".to_owned(),
            once: nonce(),
        })
    }

    /// The same, on a page that is reached from another one.
    pub(crate) fn back_to(mut self, address: &str) -> Self {
        address.clone_into(&mut self.back);
        self
    }
}

pub(crate) const fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

fn row(t: &'static Texts, contact: &ContactView, selected: Option<&str>, now: Timestamp) -> Row {
    let id = hex::encode(contact.id.as_bytes());
    let draft = contact
        .draft
        .as_deref()
        .filter(|text| !text.trim().is_empty());
    let ours = contact
        .last
        .as_ref()
        .is_some_and(|last| last.direction == Direction::Out);
    let preview = match (draft, &contact.last) {
        (Some(draft), _) => draft.chars().take(140).collect(),
        (None, Some(last)) if last.deleted => t.s("message-deleted"),
        (
            None,
            Some(LastView {
                call: Some(call), ..
            }),
        ) => calls::words(t, call),
        (None, Some(last)) if last.kind == "timer" => t.s("timer-changed"),
        (None, Some(last)) if last.kind == "game" => t.s("game-play-short"),
        (None, Some(last)) if last.kind == "file" && last.text.is_empty() => t.s("a-file"),
        (None, Some(last)) => super::cards::preview(t, &last.kind, &last.text),
        (None, None) => status(t, contact.status),
    };
    let time = contact
        .last_message_at
        .map(|at| when::short(t, at, now))
        .unwrap_or_default();
    let mut label = vec![contact.nick.clone()];
    if contact.unread > 0 {
        label.push(t.n("unread-messages", contact.unread));
    } else if contact.marked_unread {
        label.push(t.s("marked-unread"));
    }
    if contact.pinned {
        label.push(t.s("pinned"));
    }
    if contact.muted {
        label.push(t.s("muted"));
    }
    if draft.is_some() {
        label.push(t.s("draft"));
    }
    if contact.failed > 0 {
        label.push(t.s("some-not-sent"));
    }
    label.push(preview.clone());
    label.push(time.clone());
    Row {
        selected: selected == Some(id.as_str()),
        id,
        nick: contact.nick.clone(),
        face: Face::of(contact),
        preview,
        draft: draft.is_some(),
        ours,
        time_machine: contact
            .last_message_at
            .map(when::machine)
            .unwrap_or_default(),
        time,
        unread: contact.unread,
        marked: contact.marked_unread,
        failed: contact.failed > 0,
        pinned: contact.pinned,
        muted: contact.muted,
        label: label.join(", "),
    }
}

/// How things stand, where there is no message to show.
pub(crate) fn status(t: &Texts, status: ContactStatus) -> String {
    t.s(match status {
        ContactStatus::Requested => "status-requested",
        ContactStatus::Active => "status-active",
        ContactStatus::Blocked => "status-blocked",
        ContactStatus::EndedByUs => "status-ended-by-us",
        ContactStatus::EndedByThem => "status-ended-by-them",
        ContactStatus::Refused => "status-refused",
    })
}
