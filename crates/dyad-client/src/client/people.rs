//! Finding a contact by what the person typed.

use rusqlite::Connection;

use crate::driver::printable;
use crate::error::{ClientError, Result};
use crate::store::relationships::{self, Contact, nick_key};

/// Longest nickname, characters.
pub(super) const MAX_NICK: usize = 64;
/// Names offered when there is none of the name given.
const SUGGESTIONS: usize = 3;

/// The contact with this nickname.
pub(super) fn find(connection: &Connection, nick: &str) -> Result<Contact> {
    if let Some(contact) = relationships::by_nick(connection, nick)? {
        return Ok(contact);
    }
    let all: Vec<String> = relationships::all(connection)?
        .into_iter()
        .map(|contact| contact.nick)
        .collect();
    let near = near(nick, &all);
    let hint = match (near.is_empty(), all.is_empty()) {
        (false, _) => format!("Did you mean {}?", near.join(" or ")),
        (true, true) => {
            "There are no contacts yet: invite somebody, or accept an invitation.".to_owned()
        }
        (true, false) => "`dyad contacts` lists them.".to_owned(),
    };
    Err(ClientError::usage(
        "unknown-nick",
        format!("There is no contact called {}. {hint}", printable(nick)),
    ))
}

/// A nickname that the person chose, if it can be one.
pub(super) fn valid_nick(nick: &str) -> Result<String> {
    let clean = printable(nick);
    if clean.is_empty() || clean != nick.trim() || clean.chars().count() > MAX_NICK {
        return Err(ClientError::usage(
            "bad-nick",
            format!("A nickname has 1 to {MAX_NICK} visible characters. Nothing was changed."),
        ));
    }
    Ok(clean)
}

fn near(nick: &str, all: &[String]) -> Vec<String> {
    let wanted = nick_key(nick);
    let mut ranked: Vec<(usize, &String)> = all
        .iter()
        .filter_map(|known| {
            let key = nick_key(known);
            let holds = !wanted.is_empty() && (key.contains(&wanted) || wanted.contains(&key));
            let distance = if holds { 0 } else { edits(&wanted, &key) };
            (distance <= 1 + wanted.chars().count() / 4).then_some((distance, known))
        })
        .collect();
    ranked.sort();
    ranked
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, known)| known.clone())
        .collect()
}

/// Letters to insert, delete or replace (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, to) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *above;
            left = replaced.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let all: Vec<String> = ["Blair", "Alex", "Alex 2", "Casey"]
            .map(str::to_owned)
            .into();
        assert_eq!(near("blar", &all), ["Blair"]);
        assert_eq!(near("Aelx", &all), ["Alex"]);
        assert_eq!(near("alx", &all), ["Alex"]);
        assert_eq!(near("ale", &all), ["Alex", "Alex 2"]);
        assert_eq!(near("zzz", &all), Vec::<String>::new());
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
