//! Contacts.

use dyad_client::view::{ContactDetails, ContactStatus, ContactView, VerifyView};
use dyad_protocol::api::submit::TrafficClass;

use super::layout::{Cell, facts, table};
use super::moment::{day, distance, moment};
use super::screen::{Paint, Screen};
use super::{qr, safe, sentence};
use dyad_app::Change;

/// Hexadecimal digits in a group of a fingerprint.
const GROUP: usize = 4;

pub(super) fn list(screen: &Screen, contacts: &[ContactView]) -> Vec<String> {
    if contacts.is_empty() {
        return vec![
            "No contacts yet.".to_owned(),
            "`dyad invite --name NICK` makes a link for somebody; `dyad accept LINK` answers one."
                .to_owned(),
        ];
    }
    let rows: Vec<Vec<Cell>> = contacts
        .iter()
        .map(|contact| row(screen, contact))
        .collect();
    table(
        screen,
        &["NICK", "STATE", "UNREAD", "LAST", "CALLS THEMSELVES"],
        &rows,
    )
}

fn row(screen: &Screen, contact: &ContactView) -> Vec<Cell> {
    let (state, paint) = state(contact);
    let unread = if contact.unread == 0 {
        if contact.marked_unread {
            "marked".to_owned()
        } else {
            String::new()
        }
    } else {
        contact.unread.to_string()
    };
    vec![
        Cell::painted(safe::line(&contact.nick), Paint::Strong),
        Cell::painted(state, paint),
        Cell::painted(unread, Paint::Good),
        Cell::new(
            contact
                .last_message_at
                .map(|at| moment(screen, at))
                .unwrap_or_default(),
        ),
        Cell::new(own_name(contact).unwrap_or_default()),
    ]
}

/// Where a contact stands out in the list.
fn marks(contact: &ContactView) -> Vec<&'static str> {
    [
        (contact.pinned, "pinned"),
        (contact.muted, "muted"),
        (contact.archived, "archived"),
        (contact.marked_unread, "marked as unread"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect()
}

/// Their own name for themselves where it differs from ours for them, so that nobody takes the one for
/// the other.
fn own_name(contact: &ContactView) -> Option<String> {
    let name = contact
        .name
        .as_ref()
        .filter(|name| !name.is_empty() && **name != contact.nick)?;
    Some(safe::line(name))
}

fn state(contact: &ContactView) -> (&'static str, Paint) {
    match contact.status {
        ContactStatus::Requested => ("waiting for their answer", Paint::Dim),
        ContactStatus::Active if contact.verified_at.is_some() => ("active, verified", Paint::Good),
        ContactStatus::Active => ("active", Paint::Plain),
        ContactStatus::Blocked => ("blocked", Paint::Warn),
        ContactStatus::EndedByUs => ("ended by you", Paint::Dim),
        ContactStatus::EndedByThem => ("ended by them", Paint::Dim),
        ContactStatus::Refused => ("invitation was already used", Paint::Warn),
    }
}

pub(super) fn details(screen: &Screen, details: &ContactDetails) -> Vec<String> {
    let contact = &details.contact;
    let mut list = vec![("Nick", safe::line(&contact.nick))];
    if let Some(name) = &contact.name {
        let pronouns = contact
            .pronouns
            .as_ref()
            .map(|p| format!(" ({})", safe::line(p)))
            .unwrap_or_default();
        list.push(("Calls themselves", safe::line(name) + &pronouns));
    }
    if contact.picture.is_some() {
        let nick = quoted(&safe::line(&contact.nick));
        let how = format!("yes; `dyad contact picture {nick} -o PATH` writes it to a file");
        list.push(("Picture", how));
    }
    list.push(("State", state(contact).0.to_owned()));
    let marks = marks(contact);
    if !marks.is_empty() {
        list.push(("In the list", marks.join(", ")));
    }
    if let Some(seconds) = contact.timer {
        list.push((
            "Messages vanish",
            format!("{} after they were sent or read", distance(seconds)),
        ));
    }
    if contact.failed > 0 {
        list.push((
            "Not arrived",
            format!(
                "{} of your messages; `dyad why ID` says more",
                contact.failed
            ),
        ));
    }
    list.push((
        "Verified",
        match contact.verified_at {
            Some(at) => format!("words compared, {}", moment(screen, at)),
            None => format!(
                "no; `dyad contact verify {}` shows words to compare",
                quoted(&safe::line(&contact.nick))
            ),
        },
    ));
    list.push((
        "Last heard from",
        details
            .last_heard
            .map_or("never".to_owned(), |at| moment(screen, at)),
    ));
    if details.unconfirmed > 0 {
        let since = details
            .unconfirmed_since
            .map(|at| format!(", the oldest from {}", moment(screen, at)));
        list.push((
            "Unconfirmed",
            format!(
                "{} of your messages{}",
                details.unconfirmed,
                since.unwrap_or_default()
            ),
        ));
    }
    list.push(("Receives at", services(details)));
    if let Some(held) = details.tickets_they_hold {
        list.push(("They hold", format!("{held} fresh addresses of yours")));
    }
    list.push(("Your identity", fingerprint(&details.our_identity)));
    let theirs = details.their_identity.as_deref().map(fingerprint);
    list.push((
        "Their identity",
        theirs.unwrap_or_else(|| "not known before they answer".to_owned()),
    ));
    list.push((
        "What you send",
        match details.traffic {
            TrafficClass::Prompt => "goes at once",
            TrafficClass::Relaxed => "is held back for seconds among messages of others",
        }
        .to_owned(),
    ));
    list.push(("Secret renewed", times(details.psk_generation)));
    if details.repairs > 0 {
        list.push(("Connection mended", times(details.repairs)));
    }
    let mut lines = facts(screen, &list);
    if !details.provenance.is_empty() {
        lines.push(String::new());
        lines.push(screen.paint("How you know them", Paint::Dim));
        let log: Vec<(String, String)> = details
            .provenance
            .iter()
            .map(|p| (format!("  {}", day(screen, p.at)), safe::line(&p.text)))
            .collect();
        let log: Vec<(&str, String)> = log
            .iter()
            .map(|(day, text)| (day.as_str(), text.clone()))
            .collect();
        lines.extend(facts(screen, &log));
    }
    lines
}

fn services(details: &ContactDetails) -> String {
    if details.services.is_empty() {
        return "not known before they answer".to_owned();
    }
    let line = |s: &dyad_client::view::ServiceView| {
        let plural = if s.tickets == 1 {
            "address"
        } else {
            "addresses"
        };
        format!(
            "{}, {} fresh {plural}, {}",
            s.host,
            s.tickets,
            safe::line(&s.health)
        )
    };
    details
        .services
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

fn fingerprint(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    digits
        .chunks(GROUP)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn changed(screen: &Screen, change: Change, contact: &ContactView) -> Vec<String> {
    let nick = safe::line(&contact.nick);
    let text = match change {
        Change::Renamed => format!("They are called {nick} here now. They are not told."),
        Change::Blocked => {
            format!(
                "{nick} is blocked: nothing of theirs gets through, and they are not told. `dyad contact unblock` ends it."
            )
        }
        Change::Unblocked => format!("{nick} can write to you again."),
        Change::Ended => {
            format!("The relationship with {nick} has ended. What was written stays here.")
        }
        Change::Flags => match marks(contact).as_slice() {
            [] => format!("{nick} stands in the list like the others."),
            marks => format!("{nick} is {} now. They are not told.", marks.join(", ")),
        },
        Change::Draft if contact.draft.is_some() => format!("A draft to {nick} is kept."),
        Change::Draft => format!("There is no draft to {nick}."),
        Change::Timer => match contact.timer {
            Some(seconds) => format!(
                "What you and {nick} write from now on vanishes on each side {} after it was sent or read there. \
                 Their app is told; that nothing is kept over there cannot be proved.",
                distance(seconds)
            ),
            None => format!("What you and {nick} write from now on stays. Their app is told."),
        },
        Change::Profile => {
            format!("{nick} sees your profile {} from now on.", contact.profile)
        }
        Change::Traffic => format!(
            "From the next message on, that is how what you send to {nick} travels. They are not told."
        ),
        Change::Forgotten => format!("{nick} is forgotten, with everything that was written."),
    };
    sentence(screen, &text)
}

pub(super) fn words(screen: &Screen, view: &VerifyView, with_qr: bool) -> Vec<String> {
    let nick = safe::line(&view.nick);
    let mut lines = sentence(
        screen,
        &format!("Compare these words with {nick} in person or in a call:"),
    );
    lines.push(String::new());
    for row in view.words.chunks(4) {
        let row: Vec<String> = row.iter().map(|word| format!("{word:<12}")).collect();
        lines.push(screen.paint(format!("  {}", row.concat()).trim_end(), Paint::Strong));
    }
    lines.push(String::new());
    if with_qr {
        lines.extend(qr::shown(screen, &view.code()));
    }
    lines.extend(sentence(
        screen,
        "If all are the same on both sides, nobody sits in between. Then say so with:",
    ));
    lines.push(format!("  dyad contact verify {} --confirm", quoted(&nick)));
    if let Some(at) = view.verified_at {
        let ago = distance(screen.now.since(at));
        lines.extend(sentence(
            screen,
            &format!("You have confirmed them before, {ago} ago."),
        ));
    }
    lines
}

pub(super) fn verified(screen: &Screen, view: &VerifyView) -> Vec<String> {
    sentence(
        screen,
        &format!(
            "{} is verified: you have compared the words.",
            safe::line(&view.nick)
        ),
    )
}

/// A name as it has to be typed in a shell.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/');
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use dyad_client::view::{ProvenanceView, ServiceView};
    use dyad_protocol::id::RelationshipId;
    use unicode_width::UnicodeWidthStr;

    pub(crate) fn contact(nick: &str) -> ContactView {
        ContactView {
            id: RelationshipId::new([7; 16]),
            nick: nick.into(),
            name: None,
            pronouns: None,
            status: ContactStatus::Active,
            verified_at: None,
            unread: 0,
            last_message_at: None,
            last: None,
            failed: 0,
            draft: None,
            pinned: false,
            muted: false,
            archived: false,
            marked_unread: false,
            timer: None,
            profile: 1,
            picture: None,
        }
    }

    #[test]
    fn somebody_without_contacts_is_told_what_to_do() {
        let text = list(&Screen::plain(None), &[]).join("\n");
        assert!(
            text.contains("dyad invite") && text.contains("dyad accept"),
            "{text}"
        );
    }

    #[test]
    fn contacts_line_up_and_show_a_differing_own_name() {
        let screen = Screen::plain(None);
        let blair = ContactView {
            name: Some("Dr B".into()),
            unread: 2,
            last_message_at: Some(screen.now.minus(60)),
            ..contact("Blair")
        };
        let lines = list(
            &screen,
            &[
                blair,
                ContactView {
                    name: Some("Al".into()),
                    ..contact("Al")
                },
            ],
        );
        assert_eq!(
            lines,
            [
                "NICK   STATE   UNREAD  LAST   CALLS THEMSELVES",
                "Blair  active  2       13:59  Dr B",
                "Al     active",
            ]
        );
    }

    #[test]
    fn a_hostile_name_neither_acts_nor_breaks_the_table() {
        let nasty =
            contact("\x1b[31mroot\nfake  active\u{202e} and a tail that goes on and on and on");
        let lines = list(&Screen::plain(Some(60)), &[nasty]);
        assert_eq!(lines.len(), 2);
        assert!(
            lines[1].starts_with("<U+001B>[31mroot fake  active<U+202E>"),
            "{lines:?}"
        );
        assert!(lines[1].ends_with("…  active"), "{lines:?}");
        assert!(lines.iter().all(|line| line.width() <= 60));
    }

    #[test]
    fn details_fit_a_narrow_terminal_and_show_where_trust_comes_from() {
        let screen = Screen::plain(Some(48));
        let lines = details(
            &screen,
            &ContactDetails {
                contact: contact("Blair"),
                our_identity: "ab".repeat(32),
                their_identity: None,
                provenance: vec![ProvenanceView {
                    at: screen.now,
                    kind: "accepted".into(),
                    text: "You accepted their invitation".into(),
                }],
                services: vec![ServiceView {
                    host: "dyad.example".parse().unwrap(),
                    tickets: 1,
                    ok: true,
                    health: "in order".into(),
                }],
                tickets_they_hold: Some(16),
                unconfirmed: 1,
                unconfirmed_since: Some(screen.now.minus(3_600)),
                psk_generation: 1,
                last_heard: None,
                repairs: 0,
                traffic: TrafficClass::Relaxed,
            },
        );
        assert!(lines.iter().all(|line| line.width() <= 48), "{lines:#?}");
        let text = lines.join("\n");
        for part in [
            "abab abab",
            "1 fresh address",
            "How you know them",
            "22 Nov 2026  You accepted",
            "Unconfirmed",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_name_in_a_suggested_command_can_be_pasted() {
        assert_eq!(quoted("Blair"), "Blair");
        assert_eq!(quoted("Blair's; rm -rf ~"), r"'Blair'\''s; rm -rf ~'");
        assert_eq!(quoted("-x"), "'-x'");
    }
}
