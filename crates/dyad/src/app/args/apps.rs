//! What the person types about other programs.

use clap::{Args, Subcommand};

/// `dyad apps`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AppsArgs {
    /// What to do; nothing: list them
    #[command(subcommand)]
    pub(crate) command: Option<AppsCommand>,
}

/// `dyad apps ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AppsCommand {
    /// List them, as nothing at all does
    List,
    /// List programs that ask to become apps
    Pending,
    /// Let in the program that shows this code
    Allow(AllowArgs),
    /// Do not let a program in
    Deny {
        /// Its number in `dyad apps pending`, or the code that it shows
        which: String,
    },
    /// Change what an app may see
    Change(ChangeArgs),
    /// Let an app in no longer; what it sent and received stays
    Revoke {
        /// Its name
        name: String,
    },
    /// Print where programs reach the running app
    Where,
}

/// `dyad apps allow`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AllowArgs {
    /// The code that the program shows
    pub(crate) code: String,
    /// A contact that it may exchange its payloads with; can be given several times
    #[arg(long, value_name = "NICK")]
    pub(crate) contact: Vec<String>,
    /// All contacts, those to come as well
    #[arg(long)]
    pub(crate) all_contacts: bool,
    /// Let it read everything that you and these contacts write, and write as you
    #[arg(long)]
    pub(crate) messages: bool,
}

/// `dyad apps change`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChangeArgs {
    /// Its name
    pub(crate) name: String,
    /// A contact to add; can be given several times
    #[arg(long, value_name = "NICK")]
    pub(crate) add: Vec<String>,
    /// A contact to take away; can be given several times
    #[arg(long, value_name = "NICK")]
    pub(crate) remove: Vec<String>,
    /// Whether it gets all contacts, those to come as well
    #[arg(long, value_name = "YES_OR_NO", value_parser = super::person::yes_or_no)]
    pub(crate) all_contacts: Option<bool>,
    /// No longer let it read and write messages
    #[arg(long)]
    pub(crate) no_messages: bool,
}
