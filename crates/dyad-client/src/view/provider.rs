//! Providers as the person sees them.

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::TokenClass;
use serde::{Deserialize, Serialize};

/// How a service or provider is doing, as far as we have seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// Whether the last exchange went well.
    pub ok: bool,
    /// In a sentence.
    pub text: String,
    /// Last exchange that went well.
    pub last_ok: Option<Timestamp>,
    /// When it is asked next, if it failed.
    pub next_attempt: Option<Timestamp>,
}

/// Tokens in stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenStockView {
    /// What they are good for.
    pub class: TokenClass,
    /// Usable now.
    pub usable: u64,
    /// Bought ahead for tomorrow.
    pub later: u64,
    /// A day's allowance.
    pub per_day: Option<u16>,
    /// Why there are none, if a batch was refused or is still on its way.
    pub problem: Option<String>,
}

/// One of our mailboxes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxView {
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Whether new addresses are made for it.
    pub current: bool,
    /// Whether the receiver has refused to open it.
    pub refused: bool,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderView {
    /// Its host.
    pub host: HostName,
    /// Whether it issues tokens.
    pub issuer: bool,
    /// Whether it sends.
    pub sender: bool,
    /// Whether it receives.
    pub receiver: bool,
    /// Whether we have an account there.
    pub enrolled: bool,
    /// When it was added.
    pub added: Timestamp,
    /// When it was removed, if it is only kept until old addresses have expired.
    pub removed: Option<Timestamp>,
    /// Short form of its pinned key, hexadecimal.
    pub key: String,
    /// Set if it now shows another key that does not follow the pinned one; nothing it says is used.
    pub key_changed: bool,
    /// How it is doing.
    pub health: HealthView,
    /// Tokens in stock.
    pub tokens: Vec<TokenStockView>,
    /// Mailboxes there.
    pub mailboxes: Vec<MailboxView>,
}

/// What removing a provider led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedView {
    /// The provider.
    pub host: HostName,
    /// Until when its mailboxes are still fetched, because contacts hold addresses there.
    pub fetched_until: Option<Timestamp>,
    /// In a sentence.
    pub text: String,
}
