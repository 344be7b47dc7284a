//! Columns and wrapped text for terminals of any width, counted in display cells.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::screen::{Paint, Screen};

/// Cells between two columns.
const GAP: usize = 2;
/// Below this width a table that does not fit becomes a list.
const NARROW: usize = 60;
/// A shrunk column keeps at least this.
const MIN_COLUMN: usize = 6;

/// One cell of a table: harmless text and how it is painted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            paint: Paint::Plain,
        }
    }

    pub(crate) fn painted(text: impl Into<String>, paint: Paint) -> Self {
        Self {
            text: text.into(),
            paint,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Lines of a table with aligned columns, its heading first; columns that are empty throughout are left
/// out. On a terminal the widest columns give way until it fits, or it becomes a list; elsewhere nothing is
/// cut.
pub(crate) fn table(screen: &Screen, heading: &[&str], rows: &[Vec<Cell>]) -> Vec<String> {
    let used: Vec<usize> = (0..heading.len())
        .filter(|&column| {
            rows.iter()
                .any(|row| row.get(column).is_some_and(|cell| !cell.text.is_empty()))
        })
        .collect();
    let pick = |row: &[Cell]| -> Vec<Cell> {
        used.iter()
            .filter_map(|&column| row.get(column).cloned())
            .collect()
    };
    let head: Vec<Cell> = heading
        .iter()
        .map(|text| Cell::painted(*text, Paint::Dim))
        .collect();
    let lines: Vec<Vec<Cell>> = std::iter::once(pick(&head))
        .chain(rows.iter().map(|row| pick(row)))
        .collect();
    let mut widths = vec![0; used.len()];
    for row in &lines {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    if let Some(limit) = screen.width {
        let natural = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        if limit < NARROW && natural > limit {
            return stacked(screen, &lines);
        }
        shrink(&mut widths, limit);
    }
    lines
        .iter()
        .map(|row| table_line(screen, row, &widths))
        .collect()
}

/// A table without columns, for terminals where they would be cut to nothing: the first cell of each row
/// as its title, the others below, each behind its heading.
fn stacked(screen: &Screen, lines: &[Vec<Cell>]) -> Vec<String> {
    let Some((heading, rows)) = lines.split_first() else {
        return Vec::new();
    };
    let names: Vec<String> = heading
        .iter()
        .map(|cell| format!("  {}", cell.text.to_lowercase()))
        .collect();
    let mut out = Vec::new();
    for row in rows {
        let Some((title, rest)) = row.split_first() else {
            continue;
        };
        out.extend(
            wrap(&title.text, screen.width)
                .iter()
                .map(|line| screen.paint(line, title.paint)),
        );
        let list: Vec<(&str, Cell)> = names
            .iter()
            .skip(1)
            .map(String::as_str)
            .zip(rest.iter().cloned())
            .filter(|(_, cell)| !cell.text.is_empty())
            .collect();
        out.extend(facts(screen, &list));
    }
    out
}

fn table_line(screen: &Screen, row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    let last = row
        .iter()
        .rposition(|cell| !cell.text.is_empty())
        .unwrap_or(0);
    for (index, (cell, width)) in row.iter().zip(widths).enumerate().take(last + 1) {
        let text = cut(&cell.text, *width);
        let pad = width.saturating_sub(text.width()) + GAP;
        line.push_str(&screen.paint(&text, cell.paint));
        if index < last {
            line.push_str(&" ".repeat(pad));
        }
    }
    line
}

fn shrink(widths: &mut [usize], limit: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > limit {
        match widths.iter_mut().max() {
            Some(widest) if *widest > MIN_COLUMN => *widest -= 1,
            _ => return,
        }
    }
}

/// The beginning of a text, with an ellipsis if it does not fit.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let cells = c.width().unwrap_or(0);
        if used + cells + 1 > width {
            break;
        }
        used += cells;
        out.push(c);
    }
    out.push('…');
    out
}

/// Breaks a line between words, and inside those that are longer than a line.
pub(crate) fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width.map(|w| w.max(MIN_COLUMN)) else {
        return vec![text.to_owned()];
    };
    let mut lines = vec![];
    let mut current = String::new();
    for word in text.split_inclusive(' ') {
        if !current.is_empty() && current.width() + word.trim_end().width() > width {
            lines.push(current.trim_end().to_owned());
            current = String::new();
        }
        for c in word.chars() {
            if current.width() + c.width().unwrap_or(0) > width {
                lines.push(current.trim_end().to_owned());
                current = String::new();
                if c == ' ' {
                    continue;
                }
            }
            current.push(c);
        }
    }
    lines.push(current.trim_end().to_owned());
    lines
}

/// Pairs of a name and what stands for it, aligned, long values wrapped beside their name.
pub(crate) fn facts<V: Clone + Into<Cell>>(screen: &Screen, facts: &[(&str, V)]) -> Vec<String> {
    let margin = facts
        .iter()
        .map(|(name, _)| name.width())
        .max()
        .unwrap_or(0)
        + GAP;
    let room = screen.width.map(|w| w.saturating_sub(margin));
    let mut lines = Vec::new();
    for (name, value) in facts {
        let value: Cell = value.clone().into();
        let mut label = screen.paint(name, Paint::Dim) + &" ".repeat(margin - name.width());
        for part in value.text.lines().flat_map(|line| wrap(line, room)) {
            lines.push(
                format!("{label}{}", screen.paint(&part, value.paint))
                    .trim_end()
                    .to_owned(),
            );
            label = " ".repeat(margin);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&[&str]]) -> Vec<Vec<Cell>> {
        texts
            .iter()
            .map(|row| row.iter().map(|t| Cell::new(*t)).collect())
            .collect()
    }

    #[test]
    fn columns_align_by_what_is_seen_not_by_bytes() {
        let lines = table(
            &Screen::plain(None),
            &["A", "B"],
            &rows(&[&["日本", "x"], &["żółć", "y"]]),
        );
        assert_eq!(lines, ["A     B", "日本  x", "żółć  y"]);
    }

    #[test]
    fn the_widest_column_gives_way_where_it_does_not_fit() {
        let long = "a very long name that nobody has and that goes on and on and on";
        let cells = rows(&[&[long, "active"]]);
        let lines = table(&Screen::plain(Some(60)), &["NAME", "STATE"], &cells);
        assert!(lines.iter().all(|line| line.width() <= 60), "{lines:?}");
        assert!(lines[1].ends_with("…  active"), "{lines:?}");
        let wide = table(&Screen::plain(None), &["NAME", "STATE"], &cells);
        assert!(wide[1].starts_with(long));
    }

    #[test]
    fn on_a_narrow_terminal_a_table_becomes_a_list_and_nothing_is_cut() {
        let cells = rows(&[&["Blair from the Institute", "active", "13:59"]]);
        let lines = table(&Screen::plain(Some(24)), &["NICK", "STATE", "LAST"], &cells);
        assert_eq!(
            lines,
            [
                "Blair from the Institute",
                "  state  active",
                "  last   13:59"
            ]
        );
    }

    #[test]
    fn a_column_with_nothing_in_it_is_left_out() {
        let lines = table(
            &Screen::plain(None),
            &["A", "B", "C"],
            &rows(&[&["a", "", "c"], &["b", "", ""]]),
        );
        assert_eq!(lines, ["A  C", "a  c", "b"]);
    }

    #[test]
    fn text_breaks_between_words_and_long_words_break_anywhere() {
        assert_eq!(wrap("one two three", Some(8)), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl", Some(8)), ["abcdefgh", "ijkl"]);
        assert_eq!(wrap("日本語日本語", Some(8)), ["日本語日", "本語"]);
        assert_eq!(wrap("", Some(8)), [""]);
        assert_eq!(wrap("as long as it likes", None), ["as long as it likes"]);
    }

    #[test]
    fn facts_wrap_beside_their_name() {
        let lines = facts(
            &Screen::plain(Some(16)),
            &[
                ("Home", "a b c d e f g h".to_owned()),
                ("X", "y".to_owned()),
            ],
        );
        assert_eq!(lines, ["Home  a b c d e", "      f g h", "X     y"]);
    }
}
