//! What the engine's events mean, in words.

use dyad_core::{Event, RepairReason};

/// Longest name taken from a contact, characters.
const MAX_NAME: usize = 64;

/// A stable word, and a sentence that needs no name in it: notices are shown with the contact's.
pub(super) fn describe(event: &Event) -> (&'static str, String) {
    match event {
        Event::RequestAnswered => ("request-answered", "They answered: you can write to each other.".into()),
        Event::ContactJoined { presentation } => {
            let name = presentation.as_ref().map(|p| printable(&p.name)).filter(|name| !name.is_empty());
            let text = name.map_or_else(
                || "Somebody accepted your invitation.".to_owned(),
                |name| format!("Somebody who calls themselves {name} accepted your invitation."),
            );
            ("contact-joined", text)
        }
        Event::PresentationChanged { presentation } => {
            ("presentation-changed", format!("They call themselves {} now.", printable(&presentation.name)))
        }
        Event::Ended => ("ended", "They ended the relationship. What was written is kept.".into()),
        Event::AlreadyUsed => (
            "already-used",
            "The invitation had been used by somebody else before. Ask them, over another channel, for a new one.".into(),
        ),
        Event::SecondUse => (
            "second-use",
            "Somebody tried to use an invitation of yours that was used already. Others may have seen the link: \
             compare words with whoever used it first."
                .into(),
        ),
        Event::Repaired { reason } => ("repaired", repaired(*reason).into()),
        Event::NotConfirmed { .. } => (
            "not-confirmed",
            "A message was not confirmed in 14 days, though it was sent by every way known. It is kept and may still arrive.".into(),
        ),
        Event::IdentityFollowed => (
            "identity-followed",
            "Their identity was replaced by a new one that the old one vouches for.".into(),
        ),
        Event::IdentityChangedRefused => (
            "identity-refused",
            "Somebody claimed to be them with another identity. Nothing of it was believed.".into(),
        ),
        Event::NewerApp => ("newer-app", "Their app is newer: update to read all of what they write.".into()),
        Event::TooManyMessages => (
            "too-many-messages",
            "They sent more than is taken in a day. The rest will come later.".into(),
        ),
    }
}

const fn repaired(reason: RepairReason) -> &'static str {
    match reason {
        RepairReason::Restored => {
            "The connection was begun anew after older data had been restored. Nothing is lost."
        }
        RepairReason::Undecryptable => {
            "Some messages could not be decrypted; the connection was mended and they come again."
        }
        RepairReason::ByContact => "Their app asked to begin the connection anew, and it was done.",
    }
}

/// A contact's own words without what could play tricks on a terminal, and not endless.
pub(crate) fn printable(text: &str) -> String {
    let direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control() && !direction(*c))
        .take(MAX_NAME)
        .collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contacts_name_cannot_hide_or_reverse_text() {
        assert_eq!(printable(" Al\u{1b}[31mex\n\u{202e} "), "Al[31mex");
        assert_eq!(printable(&"a".repeat(1000)).len(), MAX_NAME);
    }
}
