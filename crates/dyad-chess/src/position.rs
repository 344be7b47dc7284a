//! A position with what its rules need to know of the past: which moves are legal, and whether it is over.

use cozy_chess::util::{display_san_move, display_uci_move, parse_san_move, parse_uci_move};
use cozy_chess::{Board, Color, File, Move, Piece, Rank, Square};
use serde::{Deserialize, Serialize};

use crate::entry::Colour;

/// Half moves without capture or pawn move after which a draw can be claimed (FIDE Laws of Chess 9.3), and after which
/// the game is over by itself (9.6.2).
const CLAIM_QUIET: u32 = 100;
const LAST_QUIET: u32 = 150;
/// How often a position must have stood for a claim (9.2), and for the game to be over by itself (9.6.1).
const CLAIM_SEEN: usize = 3;
const LAST_SEEN: usize = 5;

/// How the rules end a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Whoever is to move is in check and cannot get out.
    Checkmate,
    /// Whoever is to move is not in check and has no move.
    Stalemate,
    /// Neither side has enough to give mate.
    Material,
    /// The position stood for the fifth time.
    Fivefold,
    /// 75 moves of each side without capture or pawn move.
    SeventyFive,
}

/// Why a text is no move here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// It is not how moves are written.
    #[error("not a move")]
    Unreadable,
    /// No piece that was meant may go there; those that were may go here.
    #[error("not legal")]
    Illegal {
        /// In algebraic notation.
        instead: Vec<String>,
    },
}

/// A position and how it came to be.
#[derive(Debug, Clone, Default)]
pub struct Position {
    board: Board,
    /// Those before that can stand again: since the last capture or pawn move.
    earlier: Vec<Board>,
    quiet: u32,
}

impl Position {
    /// Reads a position; `None` if it is none.
    pub fn from_fen(fen: &str) -> Option<Self> {
        let board = Board::from_fen(fen, false).ok()?;
        Some(Self {
            quiet: board.halfmove_clock().into(),
            board,
            earlier: Vec::new(),
        })
    }

    /// In the Forsyth-Edwards notation.
    pub fn fen(&self) -> String {
        self.board.to_string()
    }

    /// Whose move it is.
    pub fn turn(&self) -> Colour {
        match self.board.side_to_move() {
            Color::White => Colour::White,
            Color::Black => Colour::Black,
        }
    }

    /// Whether they are in check.
    pub fn in_check(&self) -> bool {
        !self.board.checkers().is_empty()
    }

    /// All legal moves as the UCI writes them.
    pub fn legal(&self) -> Vec<String> {
        self.moves()
            .into_iter()
            .map(|mv| display_uci_move(&self.board, mv).to_string())
            .collect()
    }

    /// Makes a move, given as the UCI writes it. Gives its algebraic notation; `None` if it is not legal.
    pub fn play(&mut self, uci: &str) -> Option<String> {
        let mv = self.by_uci(uci)?;
        let san = self.san(mv);
        let mut next = self.board.clone();
        next.try_play(mv).ok()?;
        // What cannot be undone: captures (castling is one to the library: king takes rook) and pawn moves.
        let castles = self.board.color_on(mv.to) == Some(self.board.side_to_move());
        let captures = self.board.piece_on(mv.to).is_some() && !castles;
        if captures || self.board.piece_on(mv.from) == Some(Piece::Pawn) {
            self.earlier.clear();
            self.quiet = 0;
        } else {
            self.earlier.push(self.board.clone());
            self.quiet += 1;
        }
        self.board = next;
        Some(san)
    }

    /// Reads a move that a person wrote, in algebraic notation or as the UCI writes it. Gives the latter.
    ///
    /// # Errors
    /// [`MoveError`]: no move, or not a legal one.
    pub fn read(&self, text: &str) -> Result<String, MoveError> {
        let text = text.trim();
        let found = self
            .by_uci(&text.to_lowercase().replace('-', ""))
            .or_else(|| self.by_san(text));
        match found {
            Some(mv) => Ok(display_uci_move(&self.board, mv).to_string()),
            None => Err(self.why_not(text)),
        }
    }

    /// How the rules end the game here, if they do.
    pub fn end(&self) -> Option<End> {
        if self.moves().is_empty() {
            return Some(if self.in_check() {
                End::Checkmate
            } else {
                End::Stalemate
            });
        }
        if self.is_dead() {
            Some(End::Material)
        } else if self.seen() >= LAST_SEEN {
            Some(End::Fivefold)
        } else if self.quiet >= LAST_QUIET {
            Some(End::SeventyFive)
        } else {
            None
        }
    }

    /// Whether the position has stood three times.
    pub fn is_repeated(&self) -> bool {
        self.seen() >= CLAIM_SEEN
    }

    /// Whether fifty moves of each side went by without capture or pawn move.
    pub fn is_quiet(&self) -> bool {
        self.quiet >= CLAIM_QUIET
    }

    /// What stands on the squares, from a8 to h8, then a7 and so on: letters as in the Forsyth-Edwards notation, `.` for none.
    pub fn squares(&self) -> String {
        Rank::ALL
            .iter()
            .rev()
            .flat_map(|rank| File::ALL.iter().map(move |file| Square::new(*file, *rank)))
            .map(
                |square| match (self.board.piece_on(square), self.board.color_on(square)) {
                    (Some(piece), Some(Color::White)) => char::from(piece).to_ascii_uppercase(),
                    (Some(piece), _) => char::from(piece),
                    _ => '.',
                },
            )
            .collect()
    }

    fn moves(&self) -> Vec<Move> {
        let mut all = Vec::with_capacity(40);
        self.board.generate_moves(|moves| {
            all.extend(moves);
            false
        });
        all
    }

    fn san(&self, mv: Move) -> String {
        display_san_move(&self.board, mv).to_string()
    }

    /// Only in the one form that the UCI has for it: the library also takes castling as king takes rook.
    fn by_uci(&self, text: &str) -> Option<Move> {
        let mv = parse_uci_move(&self.board, text).ok()?;
        let legal = self.board.is_legal(mv);
        (legal && display_uci_move(&self.board, mv).to_string() == text).then_some(mv)
    }

    /// Also without what people leave out: `x`, `=`, `+`, and castling with zeros.
    fn by_san(&self, text: &str) -> Option<Move> {
        if let Ok(mv) = parse_san_move(&self.board, text) {
            return Some(mv);
        }
        let wanted = bare(text);
        let mut found = self
            .moves()
            .into_iter()
            .filter(|mv| bare(&self.san(*mv)) == wanted);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Which moves were perhaps meant: those of the piece on the square named first, or of all pieces of that kind.
    fn why_not(&self, text: &str) -> MoveError {
        let bare = bare(text);
        let lower = bare.to_lowercase();
        let squares: Vec<Square> = (0..lower.len().saturating_sub(1))
            .filter_map(|at| lower.get(at..at + 2)?.parse().ok())
            .collect();
        let letter = bare.chars().next().filter(char::is_ascii_uppercase);
        let kind = letter.and_then(|c| Piece::try_from(c.to_ascii_lowercase()).ok());
        let castling = bare.starts_with('O');
        let meant = |mv: &Move| match (squares.as_slice(), kind) {
            (_, Some(kind)) => self.board.piece_on(mv.from) == Some(kind),
            ([from, _], None) => mv.from == *from,
            _ if castling => self.board.piece_on(mv.from) == Some(Piece::King),
            _ => self.board.piece_on(mv.from) == Some(Piece::Pawn),
        };
        if squares.is_empty() && !castling {
            return MoveError::Unreadable;
        }
        let instead = self
            .moves()
            .into_iter()
            .filter(meant)
            .map(|mv| self.san(mv));
        MoveError::Illegal {
            instead: instead.collect(),
        }
    }

    fn seen(&self) -> usize {
        1 + self
            .earlier
            .iter()
            .filter(|board| board.same_position(&self.board))
            .count()
    }

    /// No sequence of legal moves can end in mate: kings alone, with one minor piece, or with bishops that all stand on
    /// squares of one colour.
    fn is_dead(&self) -> bool {
        let of = |piece| self.board.pieces(piece);
        if !(of(Piece::Pawn) | of(Piece::Rook) | of(Piece::Queen)).is_empty() {
            return false;
        }
        let (knights, bishops) = (of(Piece::Knight), of(Piece::Bishop));
        if knights.len() + bishops.len() <= 1 {
            return true;
        }
        let light = |square: Square| (square.file() as u8 + square.rank() as u8) % 2;
        let mut shades = bishops.into_iter().map(light);
        let first = shades.next();
        knights.is_empty() && shades.all(|shade| Some(shade) == first)
    }

    /// Positions after so many half moves: how the rules are checked against published counts.
    #[cfg(test)]
    pub(crate) fn perft(&self, depth: u32) -> u64 {
        if depth == 0 {
            return 1;
        }
        self.legal()
            .iter()
            .map(|uci| {
                let mut next = self.clone();
                next.play(uci).expect("legal");
                next.perft(depth - 1)
            })
            .sum()
    }
}

/// Without the signs that a move can do without.
fn bare(san: &str) -> String {
    san.replace('0', "O")
        .chars()
        .filter(|c| !matches!(c, 'x' | '+' | '#' | '=' | '-' | ' ' | '!' | '?'))
        .collect()
}
