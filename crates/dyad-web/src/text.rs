//! What contacts write, made safe to show: escaped, with links shown as they are.

/// Longest address that becomes a link, bytes; a longer one stays text.
const MAX_LINK: usize = 2_048;

/// HTML of a text: everything escaped; `https://` and `http://` addresses become links, which show what
/// they lead to and tell nobody where they were.
pub(crate) fn rich(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(start) = next_link(rest) {
        let length = link_length(&rest[start..]);
        let (before, link) = (&rest[..start], &rest[start..start + length]);
        escape(before, &mut html);
        rest = &rest[start + length..];
        if link.len() > MAX_LINK
            || link
                .split_once("://")
                .is_none_or(|(_, host)| host.is_empty())
        {
            escape(link, &mut html);
            continue;
        }
        html.push_str("<a target=\"_blank\" rel=\"noopener noreferrer nofollow\" href=\"");
        escape(link, &mut html);
        html.push_str("\">");
        escape(link, &mut html);
        html.push_str("</a>");
    }
    escape(rest, &mut html);
    html
}

/// HTML of an address: a link if it leads somewhere on the web and all of it is the address, otherwise text.
pub(crate) fn address(text: &str) -> String {
    let web = text.starts_with("https://") || text.starts_with("http://");
    if web && link_length(text) == text.len() {
        return rich(text);
    }
    let mut html = String::new();
    escape(text, &mut html);
    html
}

fn next_link(text: &str) -> Option<usize> {
    let http = text.match_indices("http").map(|(place, _)| place);
    http.into_iter().find(|place| {
        let rest = &text[*place..];
        let begins_word = text[..*place]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric());
        begins_word && (rest.starts_with("https://") || rest.starts_with("http://"))
    })
}

/// Up to a space or what no address holds unescaped (RFC 3986 section 2), and without the full stop of the sentence. Characters that
/// turn the direction of writing end it as well: a link must read as it leads.
fn link_length(text: &str) -> usize {
    let end = text
        .find(|c: char| {
            c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c) || turns(c)
        })
        .unwrap_or(text.len());
    let mut link = &text[..end];
    loop {
        let closing = link.ends_with(')') && link.matches(')').count() > link.matches('(').count();
        if !closing && !link.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*', '_', ']']) {
            return link.len();
        }
        link = &link[..link.len() - 1];
    }
}

const fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}

/// Characters of a text that a search shows.
const EXCERPT: usize = 240;
/// How many of them stand before the first word that was found.
const LEAD: usize = 60;

/// A part of a text in which words were searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it is one of the words.
    pub(crate) found: bool,
}

/// The part of a text around the first word that begins as one of the `query`, in pieces.
pub(crate) fn marked(text: &str, query: &str) -> Vec<Piece> {
    let wanted: Vec<String> = words(query).map(|word| fold(&query[word])).collect();
    let is_wanted = |word: &str| {
        let word = fold(word);
        wanted.iter().any(|wanted| word.starts_with(wanted))
    };
    let found: Vec<_> = words(text)
        .filter(|word| is_wanted(&text[word.clone()]))
        .collect();
    let (start, end) = window(text, found.first().map_or(0, |word| word.start));
    let mut pieces = Vec::new();
    let mut push = |text: &str, found| {
        if !text.is_empty() {
            let text = text.to_owned();
            pieces.push(Piece { text, found });
        }
    };
    push(if start > 0 { "…" } else { "" }, false);
    let mut place = start;
    for word in found {
        if word.start < place || word.end > end {
            continue;
        }
        push(&text[place..word.start], false);
        push(&text[word.clone()], true);
        place = word.end;
    }
    push(&text[place..end], false);
    push(if end < text.len() { "…" } else { "" }, false);
    pieces
}

/// Where to begin and to end, so that `place` is in it.
fn window(text: &str, place: usize) -> (usize, usize) {
    let start = text[..place]
        .char_indices()
        .rev()
        .take(LEAD)
        .last()
        .map_or(0, |(start, _)| start);
    let end = text[start..]
        .char_indices()
        .nth(EXCERPT)
        .map_or(text.len(), |(end, _)| start + end);
    (start, end)
}

/// Where the words are: letters and digits, and marks upon them.
fn words(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || is_mark(c);
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(is_part)?;
        let length = text[start..].find(|c| !is_part(c));
        rest = length.map_or(text.len(), |length| start + length);
        Some(start..rest)
    })
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// As the index of words folds them: small, and without marks (of Latin letters; others are only made small).
fn fold(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_mark(*c))
        .map(|c| match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
            'ď' => 'd',
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' => 'i',
            'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
            'ò'..='ö' | 'ō' | 'ŏ' | 'ő' => 'o',
            'ŕ' | 'ŗ' | 'ř' => 'r',
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
            'ţ' | 'ť' | 'ț' => 't',
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
            'ý' | 'ÿ' => 'y',
            'ź' | 'ż' | 'ž' => 'z',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_contact_writes_becomes_markup() {
        assert_eq!(
            rich("<script>alert('x')</script>"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"
        );
        assert_eq!(rich("javascript:alert(1)"), "javascript:alert(1)");
        let quoted = rich("https://a.example/\"onclick=x");
        assert!(
            quoted.starts_with("<a ") && quoted.ends_with("</a>&quot;onclick=x"),
            "{quoted}"
        );
    }

    #[test]
    fn a_link_is_shown_as_it_leads_and_ends_where_the_sentence_does() {
        let href = |text: &str| {
            let html = rich(text);
            html.split("href=\"")
                .nth(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
        };
        assert_eq!(
            href("see https://dyad.example/a?b=1&c=2.").unwrap(),
            "https://dyad.example/a?b=1&amp;c=2"
        );
        assert_eq!(
            href("(http://dyad.example/x_(y))").unwrap(),
            "http://dyad.example/x_(y)"
        );
        assert_eq!(
            href("https://good.example/\u{202e}gpj.exe").unwrap(),
            "https://good.example/"
        );
        assert_eq!(href("https://"), None);
        assert_eq!(href("xhttps://dyad.example"), None);
        assert_eq!(
            rich("https://a.example https://b.example")
                .matches("<a ")
                .count(),
            2
        );
    }

    #[test]
    fn only_a_whole_address_of_the_web_is_a_link() {
        assert!(address("https://album.example/s?a=1").starts_with("<a "));
        for other in [
            "javascript:alert(1)",
            "data:text/html,<script>",
            "see https://album.example/",
            "https://album.example/ and more",
            "https://good.example/\u{202e}moc.live",
            "HTTPS://album.example/",
            "ftp://album.example/",
        ] {
            assert!(!address(other).contains("<a "), "{other}");
        }
        assert_eq!(address("x<b>"), "x&lt;b&gt;");
    }

    #[test]
    fn words_that_were_searched_are_marked_however_they_are_written() {
        let found = |text: &str, query: &str| {
            let pieces = marked(text, query);
            let all: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            assert!(all.trim_matches('…').len() <= text.len());
            let words = pieces.into_iter().filter(|piece| piece.found);
            words.map(|piece| piece.text).collect::<Vec<_>>()
        };
        assert_eq!(
            found("Bring the BREAD, breadth", "brea"),
            ["BREAD", "breadth"]
        );
        assert_eq!(found("Ein schöner Gruß", "schon"), ["schöner"]);
        assert_eq!(found("<b>bold</b>", "b \"bo"), ["b", "bold", "b"]);
        assert_eq!(found("nothing", "*"), Vec::<String>::new());
        assert_eq!(found("日本語 text", "日本"), ["日本語"]);
        let long = format!("{} needle {}", "é ".repeat(5_000), "x ".repeat(5_000));
        assert_eq!(found(&long, "needle"), ["needle"]);
        assert!(marked(&long, "needle").len() == 5);
    }
}
