//! Mails, what is shared, and requests for a contact, as they are typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `dyad mail ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum MailCommand {
    /// Write a mail, or send one that you have as a file
    Send(MailSendArgs),
    /// Show a mail as text, with what is attached
    Read {
        /// The number of its message, as `dyad inbox` shows it
        id: u64,
    },
    /// Write an attachment to a place of yours
    Save {
        /// The number of its message
        id: u64,
        /// Which attachment, as `dyad mail read` numbers them
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        attachment: u32,
        /// A new file, or a folder that takes it under its own name
        #[arg(long, short, value_name = "PATH", default_value = ".")]
        output: PathBuf,
    },
    /// Write a mail as a file for other programs (RFC 5322)
    Export {
        /// The number of its message
        id: u64,
        /// A new file, or a folder that takes it under its subject
        #[arg(long, short, value_name = "PATH", default_value = ".")]
        output: PathBuf,
    },
    /// Show the mail to a contact that you have begun to write, keep another, or discard it
    Draft {
        nick: String,
        /// What it says so far; `-` reads standard input
        #[arg(allow_hyphen_values = true)]
        text: Option<String>,
        /// What it is about
        #[arg(long, short, value_name = "SUBJECT", allow_hyphen_values = true)]
        subject: Option<String>,
        /// Discard it
        #[arg(long, conflicts_with_all = ["text", "subject"])]
        discard: bool,
    },
    /// Write all mails with a contact into one new mailbox file (mboxrd)
    Mbox {
        nick: String,
        /// The file
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
}

/// `dyad mail send`.
#[derive(Debug, Clone, Args)]
pub(crate) struct MailSendArgs {
    /// To whom
    pub(crate) nick: String,
    /// What it says; `-` reads standard input
    #[arg(allow_hyphen_values = true, required_unless_present_any = ["eml", "attach"])]
    pub(crate) text: Option<String>,
    /// What it is about
    #[arg(
        long,
        short,
        value_name = "SUBJECT",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub(crate) subject: String,
    /// Attach this file; can be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) attach: Vec<PathBuf>,
    /// Leave in pictures what the camera noted, such as time and place
    #[arg(long, requires = "attach")]
    pub(crate) keep_metadata: bool,
    /// Send the mail that is in this file (RFC 5322): its body as it is, without traces of how it came
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "subject", "attach"])]
    pub(crate) eml: Option<PathBuf>,
    /// The number of the message that it answers
    #[arg(long, value_name = "ID")]
    pub(crate) reply: Option<u64>,
    /// Wait until the contact's app confirms, at most so many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
    pub(crate) wait: Option<u64>,
}

/// `dyad share`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShareArgs {
    /// With whom
    pub(crate) nick: String,
    /// Where it is
    #[arg(value_name = "URL")]
    pub(crate) address: String,
    /// What it is called
    #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
    pub(crate) title: String,
    /// What opens it; `-` reads standard input
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    pub(crate) secret: Option<String>,
    /// What it is, in a word: document, album, list
    #[arg(long, value_name = "WORD")]
    pub(crate) what: Option<String>,
    /// Wait until the contact's app confirms, at most so many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
    pub(crate) wait: Option<u64>,
}

/// `dyad request`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AskArgs {
    /// Whom to tell
    pub(crate) nick: String,
    /// Who would like to be in contact with them
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) name: String,
    /// Their invitation, as a link; it is only passed on
    #[arg(long, value_name = "LINK")]
    pub(crate) invitation: Option<String>,
    /// What you say of it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) note: Option<String>,
    /// Wait until the contact's app confirms, at most so many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "120")]
    pub(crate) wait: Option<u64>,
}
