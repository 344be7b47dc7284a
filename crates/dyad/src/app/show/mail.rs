//! Mails, what is shared, and requests for a contact.

use std::path::Path;

use dyad_client::view::{
    ContactRequestView, MailCard, MailDraft, MailView, MboxView, MessageView, ShareView,
};

use super::layout::wrap;
use super::moment::moment;
use super::screen::{Paint, Screen};
use super::{count, file, safe, sentence};

/// One of these within a list; `None` for any other message.
pub(super) fn card(message: &MessageView) -> Option<Vec<String>> {
    let mail = message.mail.as_ref().map(|mail| listed(message, mail));
    mail.or_else(|| message.share.as_ref().map(shared))
        .or_else(|| message.contact_request.as_ref().map(asked))
}

fn listed(message: &MessageView, mail: &MailCard) -> Vec<String> {
    let mut about = vec![subject(&mail.subject)];
    if mail.attachments > 0 {
        about.push(count(mail.attachments.into(), "attachment", "attachments"));
    }
    let state = message.file.as_ref().map(file::state);
    about.extend(state.filter(|state| !state.is_empty()));
    let mut lines = vec![format!("[mail: {}]", about.join(", "))];
    if !mail.beginning.is_empty() {
        lines.push(safe::line(&mail.beginning));
    }
    lines
}

fn subject(subject: &str) -> String {
    match subject {
        "" => "(no subject)".to_owned(),
        subject => safe::line(subject),
    }
}

fn shared(share: &ShareView) -> Vec<String> {
    let what = share.what.as_deref().unwrap_or("link");
    let mut lines = vec![
        format!("[{}: {}]", safe::line(what), safe::line(&share.title)),
        safe::line(&share.address),
    ];
    if share.secret.is_some() {
        lines.push("(with a secret that opens it: `--json` shows it)".to_owned());
    }
    lines
}

fn asked(ask: &ContactRequestView) -> Vec<String> {
    let mut lines = vec![format!(
        "[{} would like to be in contact with you]",
        safe::line(&ask.name)
    )];
    lines.extend(ask.note.as_deref().map(safe::line));
    if let Some(link) = &ask.invitation {
        lines.push(safe::line(link));
        lines.push("(an invitation: `dyad accept LINK --look` shows whose it is)".to_owned());
    }
    lines
}

/// A mail that is being written.
pub(super) fn draft(screen: &Screen, nick: &str, draft: Option<&MailDraft>) -> Vec<String> {
    let nick = safe::line(nick);
    let Some(draft) = draft else {
        return sentence(screen, &format!("There is no draft of a mail to {nick}."));
    };
    let answers = draft
        .reply_to
        .map(|id| format!(" It answers message {id}."))
        .unwrap_or_default();
    let mut lines = sentence(
        screen,
        &format!("The draft of a mail to {nick} is kept.{answers}"),
    );
    lines.push(screen.paint(
        &format!("Subject: {}", subject(&draft.subject)),
        Paint::Strong,
    ));
    lines.push(String::new());
    lines.extend(
        safe::block(&draft.text)
            .iter()
            .flat_map(|line| wrap(line, screen.width)),
    );
    lines
}

/// A mail to be read.
pub(super) fn read(screen: &Screen, mail: &MailView) -> Vec<String> {
    let mut head = vec![("Subject", subject(&mail.subject))];
    for (name, people) in [("From", &mail.from), ("To", &mail.to), ("Cc", &mail.cc)] {
        if !people.is_empty() {
            head.push((name, safe::line(&people.join(", "))));
        }
    }
    if let Some(date) = mail.date {
        head.push(("Date", moment(screen, date)));
    }
    let mut lines: Vec<String> = head
        .into_iter()
        .flat_map(|(name, text)| wrap(&format!("{name}: {text}"), screen.width))
        .map(|line| screen.paint(&line, Paint::Strong))
        .collect();
    lines.push(String::new());
    lines.extend(
        safe::block(&mail.text)
            .iter()
            .flat_map(|line| wrap(line, screen.width)),
    );
    if mail.cut {
        lines.push(screen.paint("(cut here: `dyad mail export` has all of it)", Paint::Warn));
    }
    if !mail.attachments.is_empty() {
        lines.push(String::new());
    }
    for one in &mail.attachments {
        let text = format!(
            "[{}] {}, {}",
            one.number,
            safe::line(&one.name),
            file::size(one.size)
        );
        lines.push(screen.paint(&text, Paint::Dim));
    }
    if !mail.attachments.is_empty() {
        let hint = format!(
            "`dyad mail save {} --attachment N -o PATH` writes one to a place of yours.",
            mail.message.id
        );
        lines.extend(sentence(screen, &hint));
    }
    lines
}

pub(super) fn saved(screen: &Screen, path: &Path) -> Vec<String> {
    let path = safe::line(&path.display().to_string());
    sentence(screen, &format!("Written to {path}."))
}

pub(super) fn all_saved(screen: &Screen, path: &Path, mails: MboxView) -> Vec<String> {
    let path = safe::line(&path.display().to_string());
    let mut text = format!(
        "{} written to {path}.",
        count(mails.written, "mail", "mails")
    );
    if mails.missing > 0 {
        text.push_str(&format!(
            " {} not here and not in it: `dyad fetch` brings them.",
            count(mails.missing, "mail is", "mails are")
        ));
    }
    sentence(screen, &text)
}

#[cfg(test)]
mod tests {
    use super::super::message::{lines, tests::message};
    use super::*;
    use dyad_client::view::Direction;

    #[test]
    fn a_mail_stands_in_the_list_with_its_subject_and_cannot_play_tricks() {
        let screen = Screen::plain(None);
        let mail = MessageView {
            mail: Some(MailCard {
                subject: "Minutes\x1b[2J".into(),
                beginning: "Dear all".into(),
                attachments: 2,
            }),
            ..message(&screen, 3, Direction::In, "Minutes\nDear all")
        };
        assert_eq!(
            lines(&screen, &[mail]),
            [
                "3  13:59  Blair  [mail: Minutes<U+001B>[2J, 2 attachments]",
                "                 Dear all  [new]",
            ]
        );
    }

    #[test]
    fn a_secret_is_not_shown_unasked() {
        let screen = Screen::plain(None);
        let share = MessageView {
            share: Some(ShareView {
                title: "Summer".into(),
                address: "https://album.example/s".into(),
                secret: Some("open sesame".into()),
                what: Some("album".into()),
            }),
            ..message(&screen, 3, Direction::In, "Summer")
        };
        let text = lines(&screen, &[share]).join("\n");
        assert!(
            text.contains("[album: Summer]") && !text.contains("sesame"),
            "{text}"
        );
    }
}
