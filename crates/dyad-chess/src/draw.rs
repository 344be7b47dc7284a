//! The board for a terminal.

use crate::entry::Colour;

/// What pieces look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pieces {
    /// Letters: capitals are white.
    Letters,
    /// The signs of Unicode.
    Signs,
}

/// Draws what stands on the squares (as [`crate::Position::squares`] gives it), seen from one side. One line for each
/// rank, and one with the files.
pub fn draw(squares: &str, from: Colour, pieces: Pieces) -> Vec<String> {
    let all: Vec<char> = squares.chars().collect();
    let order = |i: usize| match from {
        Colour::White => i,
        Colour::Black => 7 - i,
    };
    let mut lines: Vec<String> = (0..8)
        .map(|row| {
            let rank = order(row);
            let shown = (0..8).map(|column| {
                let c = all.get(rank * 8 + order(column)).copied().unwrap_or('.');
                format!(" {}", sign(c, pieces))
            });
            format!("{} {}", 8 - rank, shown.collect::<String>())
        })
        .collect();
    let files = (0..8).map(|column| {
        let file = "abcdefgh".chars().nth(order(column)).unwrap_or(' ');
        format!(" {file}")
    });
    lines.push(format!("  {}", files.collect::<String>()));
    lines
}

const fn sign(piece: char, pieces: Pieces) -> char {
    if matches!(pieces, Pieces::Letters) {
        return piece;
    }
    match piece {
        'K' => '♔',
        'Q' => '♕',
        'R' => '♖',
        'B' => '♗',
        'N' => '♘',
        'P' => '♙',
        'k' => '♚',
        'q' => '♛',
        'r' => '♜',
        'b' => '♝',
        'n' => '♞',
        'p' => '♟',
        _ => '·',
    }
}
