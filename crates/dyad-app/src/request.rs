//! What a person can ask of the app.

use std::path::PathBuf;

use dyad_client::view::{
    AppChange, AppGrant, ContactRequestView, FlagsChange, GameAction, GameColour, InboxQuery,
    InviteRequest, MailDraft, Notifications, ShareView, Theme, TrafficClass,
};
use serde::{Deserialize, Deserializer, Serialize};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Use a provider's services.
    ProviderAdd { url: String, code: Option<String> },
    /// All providers.
    ProviderList,
    /// Ask all of them anew what they offer, and look how they are.
    ProviderRefresh,
    /// Stop using one.
    ProviderRemove { host: String, force: bool },
    /// A new invitation.
    Invite { invitation: InviteRequest },
    /// Our open and past invitations.
    Invitations,
    /// Make one void.
    Withdraw { id: String },
    /// Show whose invitation it is, without answering it.
    Look { invitation: String },
    /// Answer somebody's invitation: a link, a URI, or the text of a file.
    Accept {
        invitation: String,
        nick: Option<String>,
        #[serde(default)]
        profile: Option<u64>,
    },
    /// All contacts.
    Contacts,
    /// Everything about one contact.
    Contact { nick: String },
    /// Call a contact something else.
    Rename { nick: String, to: String },
    /// Stop hearing from a contact, without telling.
    Block { nick: String },
    /// Take that back.
    Unblock { nick: String },
    /// End a relationship.
    End { nick: String, announce: bool },
    /// The words to compare.
    Words { nick: String },
    /// The person has compared the words.
    Verify { nick: String },
    /// Compare what the contact says or their screen shows with our words, and note it if they are the same.
    Compare { nick: String, said: String },
    /// Send a text; `confirm` is how many seconds to wait for the contact's app.
    Send {
        nick: String,
        text: String,
        #[serde(default)]
        reply_to: Option<u64>,
        confirm: Option<u64>,
    },
    /// Send a message once more that did not arrive.
    SendAgain {
        id: u64,
        #[serde(default)]
        confirm: Option<u64>,
    },
    /// Send files, each in a message of its own; the text goes with the first.
    SendFiles {
        nick: String,
        files: Vec<PathBuf>,
        #[serde(default)]
        text: String,
        #[serde(default)]
        reply_to: Option<u64>,
        #[serde(default)]
        keep_metadata: bool,
        #[serde(default)]
        confirm: Option<u64>,
    },
    /// Bring a contact's file here; `wait` is how many seconds at most. With `to`, also write it there.
    Fetch {
        id: u64,
        #[serde(default)]
        to: Option<PathBuf>,
        #[serde(default)]
        wait: Option<u64>,
    },
    /// Stop a file on its way; of ours that has not gone, the message goes too.
    CancelFile { id: u64 },
    /// Remove what is here of a file; its message stays.
    RemoveFile { id: u64 },
    /// Send a mail, written here or as it stands in a file.
    SendMail {
        nick: String,
        mail: MailSource,
        #[serde(default)]
        reply_to: Option<u64>,
        #[serde(default)]
        confirm: Option<u64>,
    },
    /// A mail to be read; fetched first if it is not here.
    ReadMail { id: u64 },
    /// Write an attachment of a mail to a place of the person's; they are counted from 1.
    SaveAttachment {
        id: u64,
        attachment: u32,
        to: PathBuf,
    },
    /// Write a mail to a place of the person's, for other programs.
    ExportMail { id: u64, to: PathBuf },
    /// The mail to a contact that the person has begun to write.
    MailDraft { nick: String },
    /// Keep such a mail, in the place of the one before; none: discard it.
    SetMailDraft {
        nick: String,
        draft: Option<MailDraft>,
    },
    /// Write all mails with a contact into one mailbox file.
    ExportMails { nick: String, to: PathBuf },
    /// Tell a contact where something is that is shared with them.
    Share {
        nick: String,
        share: ShareView,
        #[serde(default)]
        confirm: Option<u64>,
    },
    /// Tell a contact that somebody would like to be in contact with them.
    AskContact {
        nick: String,
        ask: ContactRequestView,
        #[serde(default)]
        confirm: Option<u64>,
    },
    /// Ask a contact for a game of chess; without a colour chance decides.
    GameNew {
        nick: String,
        #[serde(default)]
        colour: Option<GameColour>,
    },
    /// Games with one contact, or all.
    Games { nick: Option<String> },
    /// One game.
    Game { id: u64 },
    /// Do something in a game.
    GameDo { id: u64, action: GameAction },
    /// Ask the contact's app for what may be missing of a game, as after a restore.
    GameAgain { id: u64 },
    /// A game as other programs read it.
    GamePgn { id: u64 },
    /// One message.
    Message { id: u64 },
    /// Change the text of a message of ours.
    Edit { id: u64, text: String },
    /// Delete a message, here or for both.
    Delete { id: u64, for_both: bool },
    /// React to a message, or take the reaction back.
    React { id: u64, emoji: Option<String> },
    /// Why a message is where it is.
    Why { id: u64 },
    /// After how many seconds messages vanish; none: they stay.
    Timer { nick: String, seconds: Option<u64> },
    /// Keep what was begun to be written.
    Draft { nick: String, text: String },
    /// Change a contact's place in the list.
    Flags { nick: String, change: FlagsChange },
    /// Remove a contact that is blocked or over, with all that was written.
    Forget { nick: String },
    /// Show a contact another profile.
    ContactProfile { nick: String, profile: u64 },
    /// Write the picture that a contact shows to a place of the person's: a new file, or a folder.
    SaveContactPicture { nick: String, to: PathBuf },
    /// Hold back what is sent to a contact, so that it mixes with others, or send it at once.
    ContactTraffic { nick: String, class: TrafficClass },
    /// Mark messages of contacts as read.
    MarkRead { ids: Vec<u64> },
    /// Messages, marked as read unless `peek`.
    Inbox { query: InboxQuery, peek: bool },
    /// Messages and then whatever happens, until the asker goes away.
    Follow { query: InboxQuery, peek: bool },
    /// Messages that hold all these words.
    Search { words: String, limit: u32 },
    /// Send, fetch and acknowledge once.
    Sync,
    /// The state of everything.
    Status,
    /// An address that opens the page in the browser, once.
    Page,
    /// Open a locked app; a home that the system's keyring opens needs no passphrase.
    Unlock { passphrase: Option<Secret> },
    /// Close it: its keys leave memory.
    Lock,
    /// How the person presents themselves.
    Me,
    /// Change that; what is `None` stays.
    SetMe {
        name: Option<String>,
        pronouns: Option<String>,
        read_receipts: Option<bool>,
        #[serde(default)]
        picture: Option<PictureChange>,
    },
    /// All the ways in which the person presents themselves.
    Profiles,
    /// One more.
    ProfileAdd { profile: ProfileChange },
    /// Change the one of this number.
    ProfileChange { id: u64, profile: ProfileChange },
    /// Remove one; who saw it sees the default one.
    ProfileRemove { id: u64 },
    /// Calls, the newest first; 0: at most 50.
    Calls { limit: u32 },
    /// Do not take a call; without a number the one that rings.
    CallDecline { id: Option<u64> },
    /// Hang up; without a number the call the person is in.
    CallEnd { id: Option<u64> },
    /// Place a call, or take the one that rings: only the page can, so this asks for the address of its place there.
    CallInPage {
        /// Whom to call; nobody: take the one that rings.
        #[serde(default)]
        nick: Option<String>,
        #[serde(default)]
        video: bool,
    },
    /// Settings of the app.
    Settings,
    /// Change some of them.
    ChangeSettings { change: SettingsChange },
    /// Other programs that use relationships of the person.
    Apps,
    /// Those that ask to.
    AppRequests,
    /// Let one in, by the code that it shows.
    AppAllow { grant: AppGrant },
    /// Do not, by its number or the code that it shows.
    AppDeny { which: String },
    /// Change what one may see.
    AppChange { name: String, change: AppChange },
    /// Let one in no longer.
    AppRevoke { name: String },
    /// Where other programs reach the running app.
    ApiPlace,
}

impl Request {
    /// Whether it makes sense before there is a profile, which is then created.
    pub fn creates_profile(&self) -> bool {
        matches!(self, Self::ProviderAdd { .. } | Self::SetMe { .. })
    }

    /// Whether it needs the background work to go on while it lasts.
    pub fn needs_running(&self) -> bool {
        matches!(self, Self::Follow { .. })
    }

    /// What to tell somebody who waits, if it takes long.
    pub fn progress(&self) -> Option<&'static str> {
        match self {
            Self::ProviderAdd { .. } => Some("asking the provider"),
            Self::ProviderRefresh => Some("asking the providers"),
            Self::Invite { .. } => Some("depositing the invitation"),
            Self::Look { .. } => Some("fetching the invitation"),
            Self::Accept { .. } => Some("fetching the invitation and answering it"),
            Self::Send { confirm: None, .. } => Some("sending"),
            Self::Send {
                confirm: Some(_), ..
            } => Some("sending, and waiting for their app"),
            Self::SendFiles { .. } => Some("encrypting and sending"),
            Self::Fetch { .. } | Self::ReadMail { .. } | Self::SaveAttachment { .. } => {
                Some("fetching")
            }
            Self::SendMail { .. } => Some("encrypting and sending"),
            Self::Share { .. } | Self::AskContact { .. } | Self::SendAgain { .. } => {
                Some("sending")
            }
            Self::GameNew { .. } | Self::GameDo { .. } => Some("sending"),
            Self::Sync => Some("sending and fetching"),
            Self::Unlock { .. } => Some("opening"),
            Self::Withdraw { .. } => Some("withdrawing"),
            _ => None,
        }
    }
}

/// Where a mail comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSource {
    /// It is written now.
    Written {
        /// What it is about.
        subject: String,
        /// What it says.
        text: String,
        /// Files to attach.
        #[serde(default)]
        attachments: Vec<PathBuf>,
        /// Whether pictures keep what their camera noted.
        #[serde(default)]
        keep_metadata: bool,
    },
    /// It stands in a file, as RFC 5322.
    File {
        /// The file.
        path: PathBuf,
    },
}

/// A passphrase on its way through the control socket. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("Secret(..)")
    }
}

/// What to change about a profile; what is `None` stays, or is empty in a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileChange {
    /// Name.
    pub name: Option<String>,
    /// Pronouns; empty for none.
    pub pronouns: Option<String>,
    /// Whether contacts are told when we read something.
    pub read_receipts: Option<bool>,
    /// Colour of the badge.
    pub colour: Option<u8>,
    /// Characters on the badge.
    pub letters: Option<String>,
    /// Whether to make it the default one.
    pub default: bool,
    /// The picture.
    pub picture: Option<PictureChange>,
}

/// What to do with the picture of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureChange {
    /// Show this one.
    From(PathBuf),
    /// Show none any more.
    Remove,
}

/// What to change about the app; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsChange {
    /// What a notification says.
    pub notifications: Option<Notifications>,
    /// Minutes after which the page locks itself; the inner `None`: never.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub lock_after_minutes: Option<Option<u32>>,
    /// Light or dark.
    pub theme: Option<Theme>,
    /// Language; empty for the browser's.
    pub language: Option<String>,
    /// Files of verified contacts are fetched by themselves up to so many bytes.
    pub fetch_up_to: Option<u64>,
    /// How long messages may be held back, for contacts of whom nothing else was said.
    pub traffic: Option<TrafficClass>,
    /// Whether calls go through a relay in any case.
    pub relayed_calls: Option<bool>,
}

/// Tells `null`, which is a value, from a field that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_to_lock_is_told_from_nothing_said() {
        for lock in [None, Some(None), Some(Some(5))] {
            let change = SettingsChange {
                lock_after_minutes: lock,
                ..SettingsChange::default()
            };
            let json = serde_json::to_string(&change).unwrap();
            let back: SettingsChange = serde_json::from_str(&json).unwrap();
            assert_eq!(back, change, "{json}");
        }
    }
}
