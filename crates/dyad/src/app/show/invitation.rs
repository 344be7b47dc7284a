//! Invitations, ours and those we accept.

use dyad_client::view::{AcceptView, InvitationCreated, InvitationPreview, InvitationView};
use dyad_protocol::invitation::Reuse;

use super::contact::quoted;
use super::layout::{Cell, facts, table};
use super::moment::{day, moment};
use super::screen::{Paint, Screen};
use super::{painted, qr, safe, sentence};

/// Digits of an invitation's id that are shown; enough to name it.
const SHOWN_ID: usize = 8;

pub(super) fn created(screen: &Screen, view: &InvitationCreated, with_qr: bool) -> Vec<String> {
    // The link stands alone on its line and is never wrapped, so that it can be copied.
    let mut lines = vec![view.link.clone(), String::new()];
    if with_qr {
        lines.extend(qr::shown(screen, &view.link));
    }
    let invitation = &view.invitation;
    let who = invitation
        .name
        .as_ref()
        .map_or_else(|| "one person".to_owned(), |name| safe::line(name));
    let text = match invitation.reuse {
        Reuse::Single => format!(
            "Give this link to {who}, and to nobody else: whoever has it can answer it, once."
        ),
        Reuse::Multiple => {
            "Anybody who has this link can become your contact until it expires.".to_owned()
        }
    };
    lines.extend(sentence(
        screen,
        &format!(
            "{text} It is good until {}.",
            day(screen, invitation.expires)
        ),
    ));
    lines.extend(sentence(
        screen,
        "They type:  dyad accept 'LINK'   You see them in `dyad contacts` when they have.",
    ));
    if let Some(note) = &view.note {
        lines.extend(painted(screen, &safe::line(note), Paint::Warn));
    }
    lines
}

pub(super) fn list(screen: &Screen, invitations: &[InvitationView]) -> Vec<String> {
    if invitations.is_empty() {
        return vec!["No invitations. `dyad invite --name NICK` makes one.".to_owned()];
    }
    let row = |invitation: &InvitationView| {
        let (state, paint) = state(screen, invitation);
        vec![
            Cell::new(short_id(invitation)),
            Cell::painted(
                invitation
                    .name
                    .as_deref()
                    .map(safe::line)
                    .unwrap_or_default(),
                Paint::Strong,
            ),
            Cell::painted(state, paint),
            Cell::new(invitation.uses.to_string()),
            Cell::new(moment(screen, invitation.created)),
        ]
    };
    let rows: Vec<Vec<Cell>> = invitations.iter().map(row).collect();
    table(screen, &["ID", "FOR", "STATE", "ANSWERS", "MADE"], &rows)
}

fn short_id(invitation: &InvitationView) -> String {
    invitation.id.to_string().chars().take(SHOWN_ID).collect()
}

fn state(screen: &Screen, invitation: &InvitationView) -> (String, Paint) {
    if invitation.open && !invitation.hosted {
        return ("not yet deposited".to_owned(), Paint::Warn);
    }
    if invitation.open {
        return (
            format!("open until {}", day(screen, invitation.expires)),
            Paint::Good,
        );
    }
    let text = if invitation.expires <= screen.now {
        "expired"
    } else if invitation.uses > 0 && invitation.reuse == Reuse::Single {
        "answered"
    } else {
        "withdrawn"
    };
    (text.to_owned(), Paint::Dim)
}

pub(super) fn withdrawn(screen: &Screen, invitation: &InvitationView) -> Vec<String> {
    let of = invitation
        .name
        .as_ref()
        .map(|name| format!(" for {}", safe::line(name)))
        .unwrap_or_default();
    sentence(
        screen,
        &format!(
            "The invitation {}{of} is void. Contacts who answered it before stay contacts.",
            short_id(invitation)
        ),
    )
}

/// Whose invitation it is, and what answering it means.
pub(super) fn looked(screen: &Screen, view: &InvitationPreview) -> Vec<String> {
    let name = view
        .name
        .as_deref()
        .map_or_else(|| "nobody in particular".to_owned(), safe::line);
    let pronouns = view
        .pronouns
        .as_deref()
        .map(|pronouns| format!(" ({})", safe::line(pronouns)))
        .unwrap_or_default();
    let hosts: Vec<&str> = view.hosts.iter().map(|host| host.as_str()).collect();
    let good = match view.reuse {
        Reuse::Single => "once",
        Reuse::Multiple => "by many people",
    };
    let mut list = vec![("From", name + &pronouns)];
    list.push((
        "Can be answered",
        if view.expired {
            format!("no longer: it expired {}", day(screen, view.expires))
        } else {
            format!("{good}, until {}", day(screen, view.expires))
        },
    ));
    if !hosts.is_empty() {
        list.push(("They receive at", hosts.join(", ")));
    }
    let mut lines = facts(screen, &list);
    lines.push(String::new());
    lines.extend(sentence(
        screen,
        match (view.own, view.expired) {
            (true, _) => "This is your own invitation: pass it on to somebody else.",
            (false, true) => "Ask for a new one.",
            (false, false) => {
                "Nothing was answered yet. Whoever made it learns nothing of this look. If you answer, they see how you \
                 present yourself and can write to you. Nobody vouches for the name: it is what they say."
            }
        },
    ));
    lines
}

pub(super) fn accepted(screen: &Screen, view: &AcceptView) -> Vec<String> {
    let contact = &view.contact;
    let nick = safe::line(&contact.nick);
    let own_name = contact
        .name
        .as_ref()
        .filter(|name| !name.is_empty())
        .map(|name| safe::line(name));
    let whose = match own_name {
        Some(name) if name != nick => {
            format!("Whoever made this invitation goes by \"{name}\"; you call them {nick}.")
        }
        Some(_) => format!("Whoever made this invitation goes by \"{nick}\"."),
        None => format!("This invitation names nobody; you call whoever made it {nick}."),
    };
    let next = if view.sent {
        "Your answer is on its way. They become active in `dyad contacts` when their app has answered; you can write already:"
    } else {
        "Your answer is kept here and goes out by itself. You can write already; that is kept too:"
    };
    let mut lines = sentence(screen, &whose);
    lines.extend(sentence(screen, next));
    lines.push(format!("  dyad send {} 'Hello'", quoted(&nick)));
    if let Some(note) = &view.note {
        lines.extend(painted(screen, &safe::line(note), Paint::Warn));
    }
    lines.extend(sentence(
        screen,
        &format!(
            "A name proves nothing. To be sure who it is, compare words: dyad contact verify {}",
            quoted(&nick)
        ),
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::super::contact::tests::contact;
    use super::*;
    use dyad_client::view::ContactView;
    use dyad_protocol::id::RelationshipId;

    fn invitation(screen: &Screen) -> InvitationView {
        InvitationView {
            id: RelationshipId::new([0xab; 16]),
            name: Some("Blair".into()),
            reuse: Reuse::Single,
            created: screen.now,
            expires: screen.now.plus(14 * 86_400),
            uses: 0,
            open: true,
            hosted: true,
            profile: 1,
        }
    }

    #[test]
    fn the_link_stands_alone_on_the_first_line_however_narrow_the_terminal() {
        let screen = Screen::plain(Some(30));
        let link = format!("https://dyad.example/i#{}", "A".repeat(87));
        let view = InvitationCreated {
            invitation: invitation(&screen),
            link: link.clone(),
            uri: String::new(),
            file: String::new(),
            hosted: true,
            note: None,
        };
        let lines = created(&screen, &view, true);
        assert_eq!(lines[0], link);
        let text = lines.join(" ");
        assert!(
            text.contains("nobody else") && text.contains("06 Dec 2026"),
            "{text}"
        );
        assert!(text.contains("needs a terminal"), "{text}");
    }

    #[test]
    fn the_list_says_how_things_stand() {
        let screen = Screen::plain(None);
        let open = invitation(&screen);
        let state = |change: fn(&mut InvitationView)| {
            let mut changed = open.clone();
            change(&mut changed);
            super::state(&screen, &changed).0
        };
        assert_eq!(state(|_| {}), "open until 06 Dec 2026");
        assert_eq!(state(|i| i.hosted = false), "not yet deposited");
        assert_eq!(state(|i| (i.open, i.uses) = (false, 1)), "answered");
        assert_eq!(state(|i| i.open = false), "withdrawn");
        assert_eq!(
            state(|i| (i.open, i.expires) = (false, i.created)),
            "expired"
        );
        assert!(list(&screen, &[]).join("").contains("dyad invite"));
    }

    #[test]
    fn accepting_says_whose_it_is_without_vouching_for_the_name() {
        let view = AcceptView {
            contact: ContactView {
                name: Some("Blair\x1b[1m".into()),
                ..contact("Blair")
            },
            sent: false,
            note: None,
        };
        let text = accepted(&Screen::plain(None), &view).join("\n");
        assert!(
            text.contains("goes by \"Blair<U+001B>[1m\"; you call them Blair"),
            "{text}"
        );
        assert!(
            text.contains("kept here") && text.contains("proves nothing"),
            "{text}"
        );
    }
}
