//! What the person types about themselves and the app.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dyad_protocol::api::submit::TrafficClass;

use super::CreateArgs;

/// `dyad me`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct MeArgs {
    /// Several profiles
    #[command(subcommand)]
    pub(crate) command: Option<ProfileCommand>,
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
    pub(crate) picture: PictureArgs,
    #[command(flatten)]
    pub(crate) unlock: CreateArgs,
}

/// `dyad me ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List your profiles: the ways in which you present yourself
    Profiles,
    /// Add a profile
    Add(ProfileArgs),
    /// Change a profile; who sees it is told
    Change {
        /// Its number
        id: u64,
        #[command(flatten)]
        profile: ProfileArgs,
    },
    /// Remove a profile; who saw it sees the default one
    Remove {
        /// Its number
        id: u64,
    },
}

/// What a profile says.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProfileArgs {
    /// How you want to be called
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Your pronouns; empty for none
    #[arg(long, value_name = "PRONOUNS")]
    pub(crate) pronouns: Option<String>,
    /// Whether contacts learn that you read their messages
    #[arg(long, value_name = "YES_OR_NO", value_parser = yes_or_no)]
    pub(crate) read_receipts: Option<bool>,
    /// Colour of its badge, by which you tell your profiles apart
    #[arg(long, value_name = "0_TO_7")]
    pub(crate) colour: Option<u8>,
    /// Up to two characters on its badge
    #[arg(long, value_name = "TEXT")]
    pub(crate) letters: Option<String>,
    /// Use it for new contacts unless something else is said
    #[arg(long)]
    pub(crate) default: bool,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
}

/// The picture beside a name.
#[derive(Debug, Clone, Args)]
pub(crate) struct PictureArgs {
    /// A picture to be seen beside your name: the square in its middle, made small, without what the camera noted
    #[arg(long, value_name = "PATH", conflicts_with = "no_picture")]
    pub(crate) picture: Option<PathBuf>,
    /// Show no picture any more
    #[arg(long)]
    pub(crate) no_picture: bool,
}

/// `dyad settings`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SettingsArgs {
    /// What a notification of the page says
    #[arg(long, value_enum)]
    pub(crate) notifications: Option<NotificationsArg>,
    /// Minutes without use after which the page locks itself, or never
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    pub(crate) lock_after: Option<Lock>,
    /// Light or dark
    #[arg(long, value_enum)]
    pub(crate) theme: Option<ThemeArg>,
    /// Language of the page, such as de; empty for the browser's
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Fetch files of verified contacts by themselves up to so many bytes; 0: none
    #[arg(long, value_name = "BYTES")]
    pub(crate) fetch_up_to: Option<u64>,
    /// Hold messages back for some seconds, so that they mix with others (relaxed), or not (prompt); `contact traffic`
    /// says otherwise for one contact
    #[arg(long, value_name = "CLASS", value_parser = super::traffic)]
    pub(crate) traffic: Option<TrafficClass>,
    /// Let calls go through a relay in any case, so that contacts do not learn your network address
    #[arg(long, value_name = "YES_OR_NO", value_parser = yes_or_no)]
    pub(crate) relayed_calls: Option<bool>,
}

/// When the page locks itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock(pub(crate) Option<u32>);

fn minutes(text: &str) -> Result<Lock, String> {
    if text == "never" {
        return Ok(Lock(None));
    }
    text.parse()
        .map(|minutes| Lock(Some(minutes)))
        .map_err(|_| "say a number of minutes, or never".to_owned())
}

/// What a notification says.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum NotificationsArg {
    /// There are none
    Off,
    /// That there is something new, not what or from whom
    WithoutContent,
    /// Who wrote and what
    WithContent,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum ThemeArg {
    /// As the system says
    System,
    /// Light
    Light,
    /// Dark
    Dark,
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_locks_itself_after_minutes_or_never() {
        assert_eq!(minutes("never"), Ok(Lock(None)));
        assert_eq!(minutes("5"), Ok(Lock(Some(5))));
        assert!(minutes("soon").is_err());
    }
}
