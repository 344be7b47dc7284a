//! What the app answers: the same data for a command that opens the home itself, for one that goes through a running
//! `dyad up`, and for any other interface.

use std::path::PathBuf;

use dyad_client::ErrorKind;
use dyad_client::view::{
    AcceptView, AppRequestView, AppView, CallView, ClientEvent, ContactDetails, ContactView,
    Direction, FileState, GameSent, GameView, InvitationCreated, InvitationPreview, InvitationView,
    MailDraft, MailView, MboxView, MessageState, MessageView, ProfileView, ProviderView,
    RemovedView, SendView, SettingsView, StatusView, SyncReport, VerifyView, WhyView,
};
use serde::{Deserialize, Serialize};

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
    Mail {
        mail: MailView,
    },
    /// The mail that the person has begun to write, if there is one.
    MailDraft {
        nick: String,
        draft: Option<MailDraft>,
    },
    /// Something is written to a place of the person's.
    Saved {
        saved: PathBuf,
    },
    /// All mails that are here are written to a mailbox file.
    MailsSaved {
        saved: PathBuf,
        mails: MboxView,
    },
    /// `message` is as it is now; of ours that had not gone there is none any more.
    FileCancelled {
        id: u64,
        message: Option<MessageView>,
    },
    Games {
        games: Vec<GameView>,
    },
    Game {
        game: Box<GameView>,
    },
    /// The game after what was done, and the message that says so.
    GameDone {
        done: Box<GameSent>,
    },
    /// The contact's app is asked for what may be missing of a game.
    GameAsked {
        game: Box<GameView>,
    },
    GamePgn {
        id: u64,
        pgn: String,
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
    /// Where in the page a call is placed or taken: `url` for one browser, once, `page` for those that are in already.
    CallInPage {
        url: String,
        page: String,
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
    Apps {
        apps: Vec<AppView>,
    },
    AppRequests {
        requests: Vec<AppRequestView>,
    },
    AppAllowed {
        app: AppView,
    },
    AppDenied {
        request: AppRequestView,
    },
    AppChanged {
        app: AppView,
    },
    AppRevoked {
        app: AppView,
    },
    /// `url` is missing where there is only the socket.
    ApiPlace {
        socket: PathBuf,
        url: Option<String>,
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
            Self::GameDone { done } => done.sent.message.state != MessageState::Waiting,
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
