//! Turns answers into text for a person. Pure: data and a [`Screen`] in, text out.
//!
//! Whatever a contact wrote passes through [`safe`] on its way.

mod app;
mod around;
mod call;
mod contact;
mod event;
mod file;
mod game;
mod invitation;
mod layout;
mod mail;
mod message;
mod moment;
mod person;
mod provider;
mod qr;
pub(crate) mod safe;
mod screen;
mod status;

pub(crate) use contact::quoted;
pub(crate) use event::{event, told};
pub(crate) use layout::facts;
pub(crate) use moment::moment;
pub(crate) use screen::{Paint, Screen};

use dyad_client::view::SyncReport;

use dyad_app::Response;

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    /// Links and words as QR codes as well.
    pub(crate) qr: bool,
    /// Boards in letters.
    pub(crate) letters: bool,
}

/// An answer as lines.
pub(crate) fn response(screen: &Screen, response: &Response, wishes: Wishes) -> Vec<String> {
    match response {
        Response::Provider { provider } => provider::added(screen, provider),
        Response::Providers { providers } => provider::list(screen, providers),
        Response::ProviderRemoved { removed } => sentence(screen, &safe::line(&removed.text)),
        Response::InvitationCreated { created } => invitation::created(screen, created, wishes.qr),
        Response::Invitations { invitations } => invitation::list(screen, invitations),
        Response::InvitationWithdrawn { invitation } => invitation::withdrawn(screen, invitation),
        Response::Looked { preview } => invitation::looked(screen, preview),
        Response::Accepted { accepted } => invitation::accepted(screen, accepted),
        Response::Contacts { contacts } => contact::list(screen, contacts),
        Response::Contact { details } => contact::details(screen, details),
        Response::ContactChanged { change, contact } => contact::changed(screen, *change, contact),
        Response::Words { words } => contact::words(screen, words, wishes.qr),
        Response::Verified { words } => contact::verified(screen, words),
        Response::Sent { sent, confirm } => message::sent(screen, sent, *confirm),
        Response::FilesSent { sent, confirm } => sent
            .iter()
            .flat_map(|sent| message::sent(screen, sent, *confirm))
            .collect(),
        Response::Fetched { message, saved } => file::fetched(screen, message, saved.as_deref()),
        Response::Mail { mail } => mail::read(screen, mail),
        Response::MailDraft { nick, draft } => mail::draft(screen, nick, draft.as_ref()),
        Response::Saved { saved } => mail::saved(screen, saved),
        Response::MailsSaved { saved, mails } => mail::all_saved(screen, saved, *mails),
        Response::FileCancelled { id, message } => file::cancelled(screen, *id, message.is_some()),
        Response::Games { games } => game::list(screen, games),
        Response::Game { game: one } => game::show(screen, one, wishes),
        Response::GameDone { done } => game::done(screen, done, wishes),
        Response::GameAsked { game } => game::asked(screen, game),
        Response::GamePgn { pgn, .. } => safe::block(pgn),
        Response::Messages { messages, of } => message::list(screen, messages, of.as_deref()),
        Response::Found { messages } => message::found(screen, messages),
        Response::Message { message } => message::lines(screen, std::slice::from_ref(message)),
        Response::MessageChanged { change, message } => around::changed(screen, *change, message),
        Response::Why { why } => around::why(screen, why),
        Response::Profiles { profiles } => person::profiles(screen, profiles),
        Response::Calls { calls } => call::list(screen, calls),
        Response::CallChanged { change, call } => call::changed(screen, *change, call),
        Response::CallInPage { url, page } => call::in_page(screen, url, page),
        Response::Settings { settings } => person::settings(screen, settings),
        Response::Event { event: happened } => event(screen, happened),
        Response::Synced { report } => synced(screen, report),
        Response::Status { status } => status::status(screen, status),
        Response::Page { url } => vec![url.clone()],
        Response::Apps { apps } => app::list(screen, apps),
        Response::AppRequests { requests } => app::requests(screen, requests),
        Response::AppAllowed { app } => app::allowed(screen, app),
        Response::AppDenied { request } => app::denied(screen, request),
        Response::AppChanged { app } => app::changed(screen, app),
        Response::AppRevoked { app } => app::revoked(screen, app),
        Response::ApiPlace { socket, url } => app::place(socket, url.as_deref()),
        Response::Unlocked => vec!["The app is open.".to_owned()],
        Response::Locked => {
            vec!["Locked. Until it is opened again nothing is sent or fetched.".to_owned()]
        }
        Response::Me { profile } => person::me(screen, profile),
        Response::Done | Response::Ended => vec![],
    }
}

/// Running text, wrapped.
pub(crate) fn sentence(screen: &Screen, text: &str) -> Vec<String> {
    layout::wrap(text, screen.width)
}

/// Running text that stands out.
pub(crate) fn painted(screen: &Screen, text: &str, paint: Paint) -> Vec<String> {
    sentence(screen, text)
        .iter()
        .map(|line| screen.paint(line, paint))
        .collect()
}

/// A number and what it counts.
fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn synced(screen: &Screen, report: &SyncReport) -> Vec<String> {
    let mut lines = Vec::new();
    if report.new_messages > 0 {
        let text = count(report.new_messages, "new message", "new messages");
        let what = if report.new_messages == 1 {
            "it"
        } else {
            "them"
        };
        lines.extend(sentence(
            screen,
            &format!("{text}: `dyad inbox` shows {what}."),
        ));
    }
    if report.waiting > 0 {
        let text = count(report.waiting, "message still waits", "messages still wait");
        lines.extend(painted(
            screen,
            &format!("{text} here to be sent; kept, and tried again."),
            Paint::Warn,
        ));
    }
    for problem in &report.problems {
        lines.extend(painted(screen, &safe::line(problem), Paint::Warn));
    }
    if lines.is_empty() {
        lines.extend(sentence(
            screen,
            "Everything is sent, and there is nothing new.",
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_says_what_is_new_what_waits_and_why() {
        let screen = Screen::plain(None);
        let all_done = synced(&screen, &SyncReport::default());
        assert_eq!(all_done, ["Everything is sent, and there is nothing new."]);
        let report = SyncReport {
            new_messages: 1,
            waiting: 2,
            problems: vec!["dyad.example\x1b[2J is down".into()],
            ..SyncReport::default()
        };
        assert_eq!(
            synced(&screen, &report),
            [
                "1 new message: `dyad inbox` shows it.",
                "2 messages still wait here to be sent; kept, and tried again.",
                "dyad.example<U+001B>[2J is down",
            ]
        );
    }
}
