//! HTML as text: what it says, never what it would do.

use mail_parser::decoders::html::html_to_text;

/// Elements that begin or end a line.
const BLOCKS: [&str; 15] = [
    "div",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
];

/// The words of a page, a line for each block.
pub(crate) fn to_text(html: &str) -> String {
    let mut marked = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        marked.push_str(before);
        if begins_line(tag) {
            marked.push_str("<br>");
        }
        marked.push('<');
        rest = tag.get(1..).unwrap_or_default();
    }
    marked.push_str(rest);
    few_gaps(&html_to_text(&marked))
}

fn begins_line(tag: &str) -> bool {
    let name = tag.trim_start_matches('<').trim_start_matches('/');
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let name = name.get(..end).unwrap_or_default();
    BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block))
}

/// Not more than one empty line between two, and no spaces at the ends.
fn few_gaps(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = 0;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            gap += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if gap > 1 { "\n\n" } else { "\n" });
        }
        out.push_str(line);
        gap = 0;
    }
    out
}
