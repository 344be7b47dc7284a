//! What the person types about calls.

use clap::Subcommand;

/// `dyad call ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CallCommand {
    /// List your calls, the newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Call somebody: prints the address of the call in the page, which has camera and microphone
    Start {
        /// Whom
        nick: String,
        /// With a picture
        #[arg(long)]
        video: bool,
    },
    /// Take a call that rings: prints the address where the page takes it, which has camera and microphone
    Take,
    /// Do not take a call that rings
    Decline {
        /// Its number, as `dyad call list` shows it [default: the one that rings]
        id: Option<u64>,
    },
    /// Hang up, or take back a call of yours
    End {
        /// Its number, as `dyad call list` shows it [default: the one you are in]
        id: Option<u64>,
    },
}
