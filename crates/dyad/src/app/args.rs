//! The person's commands as they are typed.

mod apps;
mod call;
mod game;
mod mail;
mod person;

pub(crate) use apps::{AppsArgs, AppsCommand};
pub(crate) use call::CallCommand;
pub(crate) use game::{GameCommand, NewGameArgs};
pub(crate) use mail::{AskArgs, MailCommand, MailSendArgs, ShareArgs};
pub(crate) use person::{
    MeArgs, NotificationsArg, PictureArgs, ProfileArgs, ProfileCommand, SettingsArgs, ThemeArg,
};

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
    /// Send a text, or files; returns once a sender service has it on disk
    Send(SendArgs),
    /// Send a message of yours once more that did not arrive
    Resend {
        /// Its number, as `dyad inbox` shows it
        id: u64,
        /// Wait until the contact's app confirms, at most so many seconds [default: 120]
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
        wait: Option<u64>,
    },
    /// Bring a contact's file here, encrypted; with -o also write it to a place of yours
    Fetch(FetchArgs),
    /// Stop or remove files
    #[command(subcommand)]
    Files(FilesCommand),
    /// Write, read and convert mails
    #[command(subcommand)]
    Mail(MailCommand),
    /// Tell a contact where something is that you share with them
    Share(ShareArgs),
    /// Tell a contact that somebody would like to be in contact with them, or pass an invitation on
    Request(AskArgs),
    /// Play chess with a contact
    #[command(subcommand)]
    Game(GameCommand),
    /// Change the text of a message of yours, on both sides
    Edit {
        /// Its number, as `dyad inbox` shows it
        id: u64,
        /// The text from now on, up to 1 MiB; `-` reads standard input
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Delete a message here, or for both if it is yours
    Delete {
        /// Its number, as `dyad inbox` shows it
        id: u64,
        /// Tell the contact's app to delete it too
        #[arg(long)]
        both: bool,
    },
    /// React to a message with an emoji
    React {
        /// Its number, as `dyad inbox` shows it
        id: u64,
        /// One emoji or sign
        #[arg(required_unless_present = "none", conflicts_with = "none")]
        emoji: Option<String>,
        /// Take your reaction back
        #[arg(long)]
        none: bool,
    },
    /// Say why a message is where it is
    Why {
        /// Its number, as `dyad inbox` shows it
        id: u64,
    },
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
    /// Print an address that opens the page of the running app in a browser, once
    Page {
        /// Open it right away
        #[arg(long)]
        open: bool,
    },
    /// Open a running app that is locked
    Unlock,
    /// Lock the running app: until it is opened again it neither sends nor fetches
    Lock,
    /// Show or set how you present yourself to your contacts
    Me(MeArgs),
    /// Show or change settings of the app
    Settings(SettingsArgs),
    /// List or change other programs that use relationships of yours
    Apps(AppsArgs),
    /// List, decline or end calls
    #[command(subcommand)]
    Call(CallCommand),
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
    /// Where the page listens. Elsewhere than on this machine only with --host and its certificate. Remembered [default: 127.0.0.1:7410, or a free port]
    #[arg(long, value_name = "ADDR", conflicts_with = "no_page")]
    pub(crate) page: Option<SocketAddr>,
    /// No page in the browser; the passphrase is then asked for here
    #[arg(long)]
    pub(crate) no_page: bool,
    /// Do not open the page, only print its address
    #[arg(long)]
    pub(crate) no_open: bool,
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
    /// Ask your providers anew what they offer, and show how they are
    Refresh,
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
    /// Which of your profiles whoever answers sees [default: the default one]
    #[arg(long, value_name = "ID")]
    pub(crate) profile: Option<u64>,
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
    #[arg(long, conflicts_with_all = ["name", "profile"])]
    pub(crate) look: bool,
    /// Which of your profiles they see [default: the default one]
    #[arg(long, value_name = "ID")]
    pub(crate) profile: Option<u64>,
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
        /// Have words compared: what they say, or what the code on their screen says; `-` reads standard input
        #[arg(long, value_name = "WORDS", conflicts_with = "confirm")]
        compare: Option<String>,
        /// Show the words as a QR code as well, for the camera of their page
        #[arg(long, conflicts_with_all = ["confirm", "compare"])]
        qr: bool,
    },
    /// Let what both of you write from now on vanish some time after it was sent or read
    Timer {
        nick: String,
        /// A number with s, m, h, d or w, such as 1d; or off
        #[arg(value_name = "TIME", value_parser = timer)]
        time: Timer,
    },
    /// Keep a text that you have begun to write; an empty one removes it
    Draft { nick: String, text: String },
    /// Keep a contact at the top of the list
    Pin { nick: String },
    /// No longer
    Unpin { nick: String },
    /// Do not announce a contact's messages
    Mute { nick: String },
    /// Announce them again
    Unmute { nick: String },
    /// Put a contact out of the list
    Archive { nick: String },
    /// Put it back
    Unarchive { nick: String },
    /// Mark a conversation as unread; looking at it takes the mark away
    Unread { nick: String },
    /// Show a contact another of your profiles
    Profile { nick: String, id: u64 },
    /// Write the picture that a contact shows to a file
    Picture {
        nick: String,
        /// A new file, or a folder that takes it under the contact's name
        #[arg(long, short, value_name = "PATH", default_value = ".")]
        output: PathBuf,
    },
    /// Remove a contact that is blocked or over, with everything that was written
    Forget { nick: String },
}

/// A time after which messages vanish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer(pub(crate) Option<u64>);

/// `90s`, `5m`, `8h`, `1d`, `2w` or `off`.
fn timer(text: &str) -> Result<Timer, String> {
    const HELP: &str = "say a number with s, m, h, d or w, such as 1d; or off";
    if text == "off" {
        return Ok(Timer(None));
    }
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(number.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        Some("w") => 7 * 86_400,
        _ => return Err(HELP.to_owned()),
    };
    let count: u64 = number.parse().map_err(|_| HELP.to_owned())?;
    count
        .checked_mul(unit)
        .map(|seconds| Timer(Some(seconds)))
        .ok_or_else(|| HELP.to_owned())
}

/// `dyad send`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendArgs {
    /// To whom
    pub(crate) nick: String,
    /// The text; `-` reads standard input. Beside files it goes with the first
    #[arg(allow_hyphen_values = true, required_unless_present = "file")]
    pub(crate) text: Option<String>,
    /// Send this file; can be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Vec<PathBuf>,
    /// Leave in pictures what the camera noted, such as time and place
    #[arg(long, requires = "file")]
    pub(crate) keep_metadata: bool,
    /// The number of the message that it answers
    #[arg(long, value_name = "ID")]
    pub(crate) reply: Option<u64>,
    /// Wait until the contact's app confirms, at most so many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
    pub(crate) wait: Option<u64>,
}

/// `dyad fetch`.
#[derive(Debug, Clone, Args)]
pub(crate) struct FetchArgs {
    /// The number of its message, as `dyad inbox` shows it
    pub(crate) id: u64,
    /// Write it there: a new file, or a folder that takes it under its own name
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Wait until it is here, at most so many seconds [default: 3600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "3600")]
    pub(crate) wait: Option<u64>,
}

/// `dyad files ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum FilesCommand {
    /// Stop a file on its way; of yours that has not gone, the message goes too
    Cancel {
        /// The number of its message
        id: u64,
    },
    /// Remove what is here of a file; its message stays
    Remove {
        /// The number of its message
        id: u64,
    },
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
    #[arg(long, value_name = "ID", conflicts_with = "before")]
    pub(crate) since: Option<u64>,
    /// Only messages before the one with this id, the newest of them
    #[arg(long, value_name = "ID", conflicts_with = "follow")]
    pub(crate) before: Option<u64>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Do not mark them as read
    #[arg(long)]
    pub(crate) peek: bool,
}

fn traffic(text: &str) -> Result<TrafficClass, String> {
    match text {
        "prompt" => Ok(TrafficClass::Prompt),
        "relaxed" => Ok(TrafficClass::Relaxed),
        _ => Err("say prompt or relaxed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("5m", 300),
            ("8h", 28_800),
            ("1d", 86_400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(timer(text), Ok(Timer(Some(seconds))));
        }
        assert_eq!(timer("off"), Ok(Timer(None)));
        for bad in [
            "",
            "d",
            "1",
            "1 d",
            "-1d",
            "1y",
            "99999999999999999999d",
            "999999999999999999w",
        ] {
            assert!(timer(bad).is_err(), "{bad}");
        }
    }
}
