//! What a person can ask of the app, and what it answers: the same data for a command that opens the
//! home itself, for one that goes through a running `dyad up`, and for any later interface.

use std::path::PathBuf;

use dyad_client::ErrorKind;
use dyad_client::view::{
    AcceptView, CallView, ClientEvent, ContactDetails, ContactView, Direction, FileState,
    FlagsChange, InboxQuery, InvitationCreated, InvitationPreview, InvitationView, InviteRequest,
    MessageState, MessageView, Notifications, ProfileView, ProviderView, RemovedView, SendView,
    SettingsView, StatusView, SyncReport, Theme, TrafficClass, VerifyView, WhyView,
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
    /// Send a text; `confirm` is how many seconds to wait for the contact's app.
    Send {
        nick: String,
        text: String,
        #[serde(default)]
        reply_to: Option<u64>,
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
    /// Place or take a call: only the page can, so this asks for its address.
    CallInPage,
    /// Settings of the app.
    Settings,
    /// Change some of them.
    ChangeSettings { change: SettingsChange },
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
            Self::Invite { .. } => Some("depositing the invitation"),
            Self::Look { .. } => Some("fetching the invitation"),
            Self::Accept { .. } => Some("fetching the invitation and answering it"),
            Self::Send { confirm: None, .. } => Some("sending"),
            Self::Send {
                confirm: Some(_), ..
            } => Some("sending, and waiting for their app"),
            Self::SendFiles { .. } => Some("encrypting and sending"),
            Self::Fetch { .. } => Some("fetching"),
            Self::Sync => Some("sending and fetching"),
            Self::Unlock { .. } => Some("opening"),
            Self::Withdraw { .. } => Some("withdrawing"),
            _ => None,
        }
    }
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

/// What changed about a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// We call them something else.
    Renamed,
    /// They are blocked.
    Blocked,
    /// They are blocked no longer.
    Unblocked,
    /// The relationship is over.
    Ended,
    /// At the top of the list, muted, archived, marked as unread, or no longer so.
    Flags,
    /// A draft is kept, or no longer.
    Draft,
    /// Messages vanish after another time, or stay.
    Timer,
    /// They see another profile.
    Profile,
    /// What is sent to them is held back for another time.
    Traffic,
    /// They and all that was written are gone.
    Forgotten,
}

/// What was done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallChange {
    /// It is not taken.
    Declined,
    /// It is over.
    Ended,
}

/// What changed about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageChange {
    /// Its text is another.
    Edited,
    /// It is deleted here.
    DeletedHere,
    /// It is deleted for both.
    DeletedForBoth,
    /// There is a reaction of ours.
    Reacted,
    /// There is none any more.
    ReactionTakenBack,
}

/// One answer. `--json` prints it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Response {
    Provider {
        provider: ProviderView,
    },
    Providers {
        providers: Vec<ProviderView>,
    },
    ProviderRemoved {
        removed: RemovedView,
    },
    InvitationCreated {
        created: InvitationCreated,
    },
    Invitations {
        invitations: Vec<InvitationView>,
    },
    InvitationWithdrawn {
        invitation: InvitationView,
    },
    /// Before it is answered.
    Looked {
        preview: InvitationPreview,
    },
    Accepted {
        accepted: AcceptView,
    },
    Contacts {
        contacts: Vec<ContactView>,
    },
    Contact {
        details: ContactDetails,
    },
    ContactChanged {
        change: Change,
        contact: ContactView,
    },
    Words {
        words: VerifyView,
    },
    Verified {
        words: VerifyView,
    },
    Sent {
        sent: SendView,
        confirm: bool,
    },
    /// One for each file, in their order.
    FilesSent {
        sent: Vec<SendView>,
        confirm: bool,
    },
    /// `saved` is where it was written, if it was to be and is here.
    Fetched {
        message: MessageView,
        saved: Option<PathBuf>,
    },
    /// `message` is as it is now; of ours that had not gone there is none any more.
    FileCancelled {
        id: u64,
        message: Option<MessageView>,
    },
    /// `of` is the contact asked for, if one was.
    Messages {
        messages: Vec<MessageView>,
        of: Option<String>,
    },
    Found {
        messages: Vec<MessageView>,
    },
    /// As it is now.
    Message {
        message: MessageView,
    },
    /// After a change.
    MessageChanged {
        change: MessageChange,
        message: MessageView,
    },
    Why {
        why: WhyView,
    },
    /// Nothing to tell.
    Done,
    Profiles {
        profiles: Vec<ProfileView>,
    },
    Calls {
        calls: Vec<CallView>,
    },
    /// As it is now; it may have been over before.
    CallChanged {
        change: CallChange,
        call: CallView,
    },
    /// Where the page is that places and takes calls, for one browser, once.
    CallInPage {
        url: String,
    },
    Settings {
        settings: SettingsView,
    },
    Event {
        event: ClientEvent,
    },
    Synced {
        report: SyncReport,
    },
    Status {
        status: Box<StatusView>,
    },
    Me {
        profile: ProfileView,
    },
    /// Where the page is, for one browser, once.
    Page {
        url: String,
    },
    /// The app is open.
    Unlocked,
    /// The app is closed.
    Locked,
    /// Following has ended.
    Ended,
}

impl Response {
    /// 0, or 75 if it is kept and goes on by itself but is not done yet.
    pub fn exit_code(&self) -> u8 {
        let done = match self {
            Self::Sent {
                sent,
                confirm: false,
            } => sent.message.state != MessageState::Waiting,
            Self::Sent {
                sent,
                confirm: true,
            } => {
                matches!(
                    sent.message.state,
                    MessageState::Confirmed | MessageState::Read
                )
            }
            Self::FilesSent { sent, confirm } => sent.iter().all(|sent| match sent.message.state {
                MessageState::Confirmed | MessageState::Read => true,
                MessageState::Waiting | MessageState::Failed => false,
                _ => !confirm,
            }),
            Self::Fetched { message, .. } => message
                .file
                .as_ref()
                .is_some_and(|file| file.state == FileState::Here),
            Self::Accepted { accepted } => accepted.sent,
            Self::InvitationCreated { created } => created.hosted,
            Self::Synced { report } => report.waiting == 0 && report.problems.is_empty(),
            _ => true,
        };
        if done {
            0
        } else {
            ErrorKind::TryLater.exit_code()
        }
    }

    /// The messages of contacts in it that the person now sees for the first time.
    pub fn unread(&self) -> Vec<u64> {
        match self {
            Self::Messages { messages, .. } => messages.iter().filter_map(unread_id).collect(),
            Self::Event {
                event: ClientEvent::Message(message),
            } => unread_id(message).into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

fn unread_id(message: &MessageView) -> Option<u64> {
    let unread = message.direction == Direction::In && message.state == MessageState::Received;
    unread.then_some(message.id)
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
