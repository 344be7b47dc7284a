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
}
