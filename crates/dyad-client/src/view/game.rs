//! Games as the person sees them: always from their side.

use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Direction, SendView};

pub use dyad_chess::{Ending as GameEnding, Standing as StepStanding};
pub use dyad_protocol::content::GameColour;

/// How far a game is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GameStatus {
    /// The invitation is not answered.
    Invited,
    /// It was declined.
    Declined,
    /// It was taken back.
    Withdrawn,
    /// It goes on.
    Playing,
    /// We won.
    Won,
    /// The contact did.
    Lost,
    /// Nobody did.
    Drawn,
}

impl GameStatus {
    /// Whether nothing more can be done.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Invited | Self::Playing)
    }
}

/// One game, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameView {
    /// Local number.
    pub id: u64,
    /// What is played: `chess`.
    pub what: String,
    /// With whom: the nickname.
    pub contact: String,
    /// With whom: the relationship.
    pub relationship: RelationshipId,
    /// Whether we asked for it.
    pub ours: bool,
    /// Our pieces.
    pub colour: GameColour,
    /// How far it is.
    pub status: GameStatus,
    /// How it ended, if it was played to an end.
    pub ending: Option<GameEnding>,
    /// Whether it is for us to do something: answer, or move.
    pub our_turn: bool,
    /// Whether the contact's last move offers a draw that we can take now.
    pub draw_offered: bool,
    /// Whether we can claim a draw now.
    pub can_claim: bool,
    /// Whether whoever is to move is in check.
    pub check: bool,
    /// What stands on the squares, from a8 to h8, then a7 and so on: letters as in the Forsyth-Edwards notation
    /// (capitals are white), `.` for none.
    pub squares: String,
    /// The position in the Forsyth-Edwards notation.
    pub fen: String,
    /// All moves so far, in algebraic notation.
    pub moves: Vec<String>,
    /// The last one as the UCI writes it, such as `e2e4`.
    pub last: Option<String>,
    /// Our legal moves as the UCI writes them, if it is our turn to move.
    pub legal: Vec<String>,
    /// When the invitation was written or came.
    pub begun: Timestamp,
    /// When something was last done.
    pub changed: Timestamp,
}

/// What a message of a game says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameStepView {
    /// Local number of the game; none if it is not known here.
    pub game: Option<u64>,
    /// Its place in the game; 0 is the invitation, or none.
    pub number: u32,
    /// What was done.
    pub step: GameStepKind,
    /// The move, in algebraic notation once it counts.
    pub text: Option<String>,
    /// Whether it counts.
    pub standing: StepStanding,
    /// The whole game, on the last of its messages only.
    pub board: Option<GameView>,
}

/// What one side did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GameStepKind {
    /// Asked for a game.
    Invite,
    /// Took part.
    Accept,
    /// Did not.
    Decline,
    /// Moved.
    Move,
    /// Moved, and offered a draw.
    MoveAndOffer,
    /// Gave up, or took the invitation back.
    Resign,
    /// Took the draw that was offered.
    AcceptDraw,
    /// Claimed one.
    ClaimDraw,
    /// Said what was missing here, after a restore: the game goes on from there. How many entries were new stands in the
    /// text.
    TakenUp,
    /// Said that more was played, moves of ours among it that nothing shows to be ours. Nothing was changed.
    NotTaken,
}

/// What we do in a game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum GameAction {
    /// Takes part.
    Accept,
    /// Does not.
    Decline,
    /// Moves.
    Move {
        /// In algebraic notation (`Nf3`), or as the UCI writes it (`g1f3`).
        text: String,
        /// Offers a draw with it.
        #[serde(default)]
        offer_draw: bool,
    },
    /// Gives up, or takes an invitation back.
    Resign,
    /// Takes the draw that is offered, or claims one.
    Draw,
}

/// What became of something that we did in a game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameSent {
    /// The game now.
    pub game: GameView,
    /// The message that says so.
    pub sent: SendView,
    /// It was there before: an invitation of ours that is not answered. Nothing was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
}

impl GameView {
    /// Whose turn it is; nobody's if it is over.
    #[must_use]
    pub const fn turn(&self) -> Option<Direction> {
        match (self.status.is_over(), self.our_turn) {
            (true, _) => None,
            (false, true) => Some(Direction::Out),
            (false, false) => Some(Direction::In),
        }
    }
}
