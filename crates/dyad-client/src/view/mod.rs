//! What the person is shown: plain data that serialises, the same for the command line, `--json`
//! and another process that asks for it.

mod app;
mod call;
mod card;
mod contact;
mod conversation;
mod event;
mod file;
mod game;
mod invitation;
mod message;
mod profile;
mod provider;
mod settings;
mod status;

pub use app::{
    AppChange, AppContact, AppGrant, AppPass, AppRequestView, AppView, FeedChange, FeedPage,
    MAX_FALLBACK, MAX_PAYLOAD, PairingBegun, PairingRequest, PairingState, PayloadRequest,
    PayloadView,
};
pub use call::{CallServersView, CallSignal, CallState, CallView, CallWords};
pub use card::{
    AttachmentView, ContactRequestView, MAX_MAIL, MailAttachment, MailCard, MailDraft, MailRequest,
    MailView, MboxView, ShareView,
};
pub use contact::{
    ContactDetails, ContactStatus, ContactView, ProvenanceView, ServiceView, VerifyView,
};
pub use conversation::{
    FlagsChange, LastView, MAX_EXCERPT, MAX_REACTION, MAX_TEXT, MAX_TIMER, QuotedView,
    ReactionView, SendRequest, Whereabouts, WhyView,
};
pub use dyad_protocol::api::submit::TrafficClass;
pub use event::{ClientEvent, NoticeView};
pub use file::{FileRequest, FileState, FileView};
pub use game::{
    GameAction, GameColour, GameEnding, GameSent, GameStatus, GameStepKind, GameStepView, GameView,
    StepStanding,
};
pub use invitation::{
    AcceptView, InvitationCreated, InvitationPreview, InvitationView, InviteRequest,
};
pub use message::{Direction, InboxQuery, MessageState, MessageView, SendView};
pub use profile::{BADGE_COLOURS, BadgeView, MAX_BADGE_LETTERS, ProfileView};
pub use provider::{HealthView, MailboxView, ProviderView, RemovedView, TokenStockView};
pub use settings::{Notifications, SettingsView, Theme};
pub use status::{ClockView, QueueView, StatusView, StorageView, StuckItem, StuckView, SyncReport};
