//! The person's commands as they are typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use dyad_protocol::api::submit::TrafficClass;

/// A person's commands.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AppCommand {
    /// Run the app with services of its own until stopped; the first start creates everything
    Up(UpArgs),
    /// Use a provider's services; several at once are possible
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Print a link with which somebody becomes a contact
    Invite(InviteArgs),
    /// List your invitations
    Invitations,
    /// Make an invitation void
    Withdraw {
        /// Its id from `dyad invitations` (the beginning is enough), or the name it was made for
        invitation: String,
    },
    /// Answer somebody's invitation
    Accept(AcceptArgs),
    /// List your contacts
    Contacts,
    /// Look at or change one contact
    #[command(subcommand)]
    Contact(ContactCommand),
    /// Send a text; returns once a sender service has it on disk
    Send(SendArgs),
    /// Show messages with their states
    Inbox(InboxArgs),
    /// Find messages that hold all these words (beginnings of words match too)
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
        /// At most so many, the newest first
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
    },
    /// Send, fetch and acknowledge once
    Sync,
    /// Show providers, queues, token stock, and what is stuck and why
    Status,
    /// Show or set how you present yourself to your contacts
    Me(MeArgs),
}

/// `dyad up`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct UpArgs {
    /// Where the services listen; port 0 takes a free one. Remembered [default: 127.0.0.1:7411]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// The public name of this machine, when people elsewhere shall reach the services; needs a certificate
    #[arg(long, value_name = "NAME", requires = "tls_cert", requires = "tls_key")]
    pub(crate) host: Option<String>,
    /// Certificate chain for --host, a PEM file
    #[arg(long, value_name = "FILE", requires = "host")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key for --host, a PEM file
    #[arg(long, value_name = "FILE", requires = "host")]
    pub(crate) tls_key: Option<PathBuf>,
    /// When creating: how you want to be called by your contacts
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) unlock: CreateArgs,
}

/// How a new home is locked.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct CreateArgs {
    /// When creating: let the system's keyring keep the key instead of a passphrase
    #[arg(long)]
    pub(crate) keyring: bool,
}

/// `dyad provider ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Use a provider's services
    Add {
        /// Its address, such as `https://dyad.example`
        url: String,
        /// The enrolment code that its operator gave you, if it needs one
        #[arg(long)]
        code: Option<String>,
        #[command(flatten)]
        unlock: CreateArgs,
    },
    /// List your providers
    List,
    /// Stop using a provider; what contacts still send there is fetched until their addresses expire
    Remove {
        /// Its host name
        host: String,
        /// Remove it at once, even if messages may be lost or none is left
        #[arg(long)]
        force: bool,
    },
}

/// `dyad invite`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InviteArgs {
    /// What to call whoever answers [default: what they call themselves]
    #[arg(long, value_name = "NICK")]
    pub(crate) name: Option<String>,
    /// Show the link as a QR code as well
    #[arg(long)]
    pub(crate) qr: bool,
    /// Write the whole invitation to a file, which needs no host
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// Let any number of people answer it until it expires
    #[arg(long, conflicts_with = "name")]
    pub(crate) multiple: bool,
    /// Days until it expires
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=90))]
    pub(crate) expires: u16,
    /// Do not tell your name in the invitation itself
    #[arg(long)]
    pub(crate) nameless: bool,
}

/// `dyad accept`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AcceptArgs {
    /// The link, or a file that holds the invitation; `-` reads standard input
    #[arg(value_name = "LINK_OR_FILE")]
    pub(crate) invitation: String,
    /// What to call them [default: what they call themselves]
    #[arg(long, value_name = "NICK")]
    pub(crate) name: Option<String>,
    /// Only show whose invitation it is; nothing is answered
    #[arg(long, conflicts_with = "name")]
    pub(crate) look: bool,
}

/// `dyad contact ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ContactCommand {
    /// Show everything about a contact, and what vouches for them
    Show { nick: String },
    /// Call a contact something else (they are not told)
    Rename { nick: String, new: String },
    /// Stop hearing from a contact; they are not told
    Block { nick: String },
    /// Hear from a contact again
    Unblock { nick: String },
    /// End the relationship for good
    End {
        nick: String,
        /// Do not tell them
        #[arg(long)]
        silent: bool,
    },
    /// Choose between sending at once and being held back for seconds among the messages of others
    Traffic {
        nick: String,
        /// `prompt` or `relaxed`
        #[arg(value_parser = traffic)]
        class: TrafficClass,
    },
    /// Show words to compare over another channel: the same on both sides if nobody sits in between
    Verify {
        nick: String,
        /// You have compared the words and they are the same
        #[arg(long)]
        confirm: bool,
    },
}

/// `dyad send`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendArgs {
    /// To whom
    pub(crate) nick: String,
    /// The text; `-` reads standard input
    #[arg(allow_hyphen_values = true)]
    pub(crate) text: String,
    /// Wait until the contact's app confirms, at most so many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
    pub(crate) wait: Option<u64>,
}

/// `dyad inbox`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InboxArgs {
    /// Only messages with this contact
    pub(crate) nick: Option<String>,
    /// Go on and show what happens, until stopped
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only messages after the one with this id
    #[arg(long, value_name = "ID")]
    pub(crate) since: Option<u64>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Do not mark them as read
    #[arg(long)]
    pub(crate) peek: bool,
}

/// `dyad me`.
#[derive(Debug, Clone, Args)]
pub(crate) struct MeArgs {
    /// How you want to be called; empty for no name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Your pronouns; empty for none
    #[arg(long, value_name = "PRONOUNS")]
    pub(crate) pronouns: Option<String>,
    /// Whether contacts learn that you read their messages
    #[arg(long, value_name = "YES_OR_NO", value_parser = yes_or_no)]
    pub(crate) read_receipts: Option<bool>,
    #[command(flatten)]
    pub(crate) unlock: CreateArgs,
}

fn traffic(text: &str) -> Result<TrafficClass, String> {
    match text {
        "prompt" => Ok(TrafficClass::Prompt),
        "relaxed" => Ok(TrafficClass::Relaxed),
        _ => Err("say prompt or relaxed".to_owned()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}
