//! What the person types to play.

use clap::{Args, Subcommand};

/// `dyad game ...`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum GameCommand {
    /// Ask a contact for a game of chess
    New(NewGameArgs),
    /// List your games
    List {
        /// Only those with this contact
        nick: Option<String>,
    },
    /// Show a game: the board, the moves so far, and whose move it is
    Show {
        /// Its number, as `dyad game list` shows it
        id: u64,
        /// Letters instead of the signs of Unicode
        #[arg(long)]
        ascii: bool,
    },
    /// Accept an invitation to play
    Accept { id: u64 },
    /// Decline one
    Decline { id: u64 },
    /// Move a piece
    Move {
        id: u64,
        /// As chess players write it (e4, Nf3, O-O, exd8=Q), or from and to (e2e4)
        #[arg(value_name = "MOVE")]
        text: String,
        /// Offer a draw with it
        #[arg(long)]
        draw: bool,
        /// Letters instead of the signs of Unicode
        #[arg(long)]
        ascii: bool,
    },
    /// Give up, or take your invitation back
    Resign { id: u64 },
    /// Take the draw that is offered, or claim one (a position that stood three times, or fifty quiet moves)
    Draw { id: u64 },
    /// Ask the contact's app for moves that are missing here, as after a restore from an older backup
    Again { id: u64 },
    /// Print a game as other chess programs read it (PGN)
    Pgn { id: u64 },
}

/// `dyad game new`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewGameArgs {
    /// With whom
    pub(crate) nick: String,
    /// Take the white pieces [default: chance decides]
    #[arg(long, conflicts_with = "black")]
    pub(crate) white: bool,
    /// Take the black pieces
    #[arg(long)]
    pub(crate) black: bool,
}

impl GameCommand {
    /// Whether the board is wanted in letters.
    pub(crate) const fn letters(&self) -> bool {
        matches!(
            self,
            Self::Show { ascii: true, .. } | Self::Move { ascii: true, .. }
        )
    }
}
