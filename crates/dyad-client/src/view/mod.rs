//! What the person is shown: plain data that serialises, the same for the command line, `--json`
//! and another process that asks for it.

mod contact;
mod event;
mod invitation;
mod message;
mod provider;
mod status;

pub use contact::{
    ContactDetails, ContactStatus, ContactView, ProvenanceView, ServiceView, VerifyView,
};
pub use event::{ClientEvent, NoticeView};
pub use invitation::{AcceptView, InvitationCreated, InvitationView, InviteRequest};
pub use message::{Direction, InboxQuery, MessageState, MessageView, SendView};
pub use provider::{HealthView, MailboxView, ProviderView, RemovedView, TokenStockView};
pub use status::{
    ClockView, ProfileView, QueueView, StatusView, StorageView, StuckView, SyncReport,
};
