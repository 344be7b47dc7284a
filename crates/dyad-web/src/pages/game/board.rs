//! The board as it stands in the page, seen from our side.

use dyad_client::view::{GameColour, GameView};

use crate::lang::Texts;

/// One square.
pub(super) struct Square {
    /// `e4`.
    pub(super) name: String,
    /// For a screen reader: the square, and what stands on it.
    pub(super) label: String,
    pub(super) piece: Option<Piece>,
    pub(super) dark: bool,
    /// The last move began or ended here.
    pub(super) last: bool,
    /// The king that stands here is in check.
    pub(super) check: bool,
    /// Where the piece may go, with spaces between.
    pub(super) to: String,
    /// Whether it becomes another piece there.
    pub(super) promotes: bool,
    /// What is written in the corner of the squares at the edge.
    pub(super) rank: Option<char>,
    pub(super) file: Option<char>,
    /// The one that the Tab key leads to first.
    pub(super) first: bool,
}

/// What stands on a square.
pub(super) struct Piece {
    /// Names its picture.
    pub(super) kind: &'static str,
    pub(super) white: bool,
}

/// From the top of the page to its bottom. `mine`: it is for us to move.
pub(super) fn rows(t: &Texts, game: &GameView, mine: bool) -> Vec<Vec<Square>> {
    let white_below = game.colour == GameColour::White;
    let order = |i: usize| if white_below { i } else { 7 - i };
    let mut rows: Vec<Vec<Square>> = (0..8)
        .map(|row| {
            (0..8)
                .map(|column| square(t, game, mine, (row, column), (order(row), order(column))))
                .collect()
        })
        .collect();
    // Whoever comes by key begins at a piece that can move, or at the corner.
    let movable = rows.iter().flatten().any(|square| !square.to.is_empty());
    let first = rows
        .iter_mut()
        .rev()
        .flatten()
        .find(|square| !movable || !square.to.is_empty());
    if let Some(square) = first {
        square.first = true;
    }
    rows
}

/// `seen` is its place in the page, `real` its rank from the eighth and its file from the first.
fn square(
    t: &Texts,
    game: &GameView,
    mine: bool,
    seen: (usize, usize),
    real: (usize, usize),
) -> Square {
    let (rank, file) = real;
    let file_letter = char::from(b"abcdefgh"[file % 8]);
    let rank_digit = char::from(b"87654321"[rank % 8]);
    let name = format!("{file_letter}{rank_digit}");
    let letter = game.squares.chars().nth(rank * 8 + file).unwrap_or('.');
    let piece = piece(letter);
    let moves: Vec<&str> = game
        .legal
        .iter()
        .filter(|uci| mine && uci.starts_with(&name))
        .map(String::as_str)
        .collect();
    let mut to: Vec<&str> = moves.iter().filter_map(|uci| uci.get(2..4)).collect();
    to.dedup();
    let last = game.last.as_deref().unwrap_or_default();
    let in_check = game.check && letter == king_to_move(game);
    let mut label = match &piece {
        Some(piece) => format!("{name}, {}", t.s(&piece_key(piece))),
        None => name.clone(),
    };
    if in_check {
        label = format!("{label}, {}", t.s("game-check"));
    }
    Square {
        label,
        piece,
        dark: (rank + file) % 2 == 1,
        last: last.get(..2) == Some(&name) || last.get(2..4) == Some(&name),
        check: in_check,
        to: to.join(" "),
        promotes: moves.iter().any(|uci| uci.len() == 5),
        rank: (seen.1 == 0).then_some(rank_digit),
        file: (seen.0 == 7).then_some(file_letter),
        first: false,
        name,
    }
}

fn piece(letter: char) -> Option<Piece> {
    let kind = match letter.to_ascii_lowercase() {
        'k' => "king",
        'q' => "queen",
        'r' => "rook",
        'b' => "bishop",
        'n' => "knight",
        'p' => "pawn",
        _ => return None,
    };
    Some(Piece {
        kind,
        white: letter.is_ascii_uppercase(),
    })
}

fn piece_key(piece: &Piece) -> String {
    let colour = if piece.white { "white" } else { "black" };
    format!("game-{colour}-{}", piece.kind)
}

/// The letter of the king whose side is to move.
fn king_to_move(game: &GameView) -> char {
    if game.moves.len().is_multiple_of(2) {
        'K'
    } else {
        'k'
    }
}
