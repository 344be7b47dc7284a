//! The state of everything.

use dyad_client::view::{ProviderView, QueueView, StatusView};
use dyad_protocol::token::TokenClass;

use super::layout::{Cell, facts};
use super::moment::moment;
use super::provider::{health, roles};
use super::screen::{Paint, Screen};
use super::{count, safe, sentence, told};

/// Notices shown.
const NOTICES: usize = 5;

pub(super) fn status(screen: &Screen, view: &StatusView) -> Vec<String> {
    let mut list = Vec::new();
    if !view.profile.name.is_empty() {
        list.push(("You", safe::line(&view.profile.name)));
    }
    if let Some(home) = &view.storage.home {
        list.push(("Home", safe::line(&home.display().to_string())));
    }
    let running = if view.running {
        "yes: messages come and go by themselves"
    } else {
        "no: `dyad sync` sends and fetches once, `dyad up` keeps at it"
    };
    list.push(("Running", running.to_owned()));
    let messages = count(view.storage.messages, "message", "messages");
    let contacts = count(view.contacts, "contact", "contacts");
    list.push((
        "Kept",
        format!("{messages}, {contacts}, {}", size(view.storage.bytes)),
    ));
    list.push(("Queues", queues(&view.queues)));
    if view.repairs > 0 {
        let repairs = count(
            view.repairs,
            "connection to a contact, by itself",
            "connections to contacts, by themselves",
        );
        list.push(("Mended", repairs));
    }
    list.push(("Clock", clock(view)));
    let mut lines = facts(screen, &list);
    lines.push(String::new());
    lines.extend(providers(screen, &view.providers));
    lines.extend(stuck(screen, view));
    if !view.notices.is_empty() {
        lines.push(String::new());
        lines.push(screen.paint("Lately", Paint::Dim));
        let latest: Vec<(String, String)> = view
            .notices
            .iter()
            .take(NOTICES)
            .map(|notice| (format!("  {}", moment(screen, notice.at)), told(notice)))
            .collect();
        let latest: Vec<(&str, String)> = latest
            .iter()
            .map(|(at, text)| (at.as_str(), text.clone()))
            .collect();
        lines.extend(facts(screen, &latest));
    }
    lines
}

fn clock(view: &StatusView) -> String {
    match (&view.clock.problem, view.clock.correction) {
        (Some(problem), _) => safe::line(problem),
        (None, 0) => "agrees with the providers".to_owned(),
        (None, seconds) => format!("corrected by {seconds} seconds, as the providers say"),
    }
}

fn queues(queues: &QueueView) -> String {
    let parts = [
        (queues.waiting, "waiting to be sent"),
        (queues.accepted, "with your sender service"),
        (queues.unconfirmed, "not confirmed yet"),
        (queues.received, "fetched and held for their turn"),
        (queues.errands, "errands at services"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        "empty".to_owned()
    } else {
        parts.join(", ")
    }
}

fn providers(screen: &Screen, providers: &[ProviderView]) -> Vec<String> {
    if providers.is_empty() {
        return super::provider::list(screen, providers);
    }
    let mut lines = Vec::new();
    for provider in providers {
        let (state, paint) = health(screen, provider);
        lines.push(screen.paint(&provider.host.to_string(), Paint::Strong));
        let mut list = vec![
            ("  services", Cell::new(roles(provider))),
            ("  state", Cell::painted(state, paint)),
        ];
        for token in &provider.tokens {
            let mut text = format!("{} left", token.usable);
            if let Some(per_day) = token.per_day {
                text += &format!(" of {per_day} a day");
            }
            if token.later > 0 {
                text += &format!(", {} for tomorrow", token.later);
            }
            if let Some(problem) = &token.problem {
                text += &format!("; {}", safe::line(problem));
            }
            list.push((class(token.class), text.into()));
        }
        if let Some(at) = provider.health.next_attempt.filter(|_| !provider.health.ok) {
            list.push(("  tried again", moment(screen, at).into()));
        }
        lines.extend(facts(screen, &list));
    }
    lines
}

fn class(class: TokenClass) -> &'static str {
    match class {
        TokenClass::Message => "  messages",
        TokenClass::Blob => "  attachments",
        TokenClass::Mailbox => "  mailboxes",
        TokenClass::Lookup => "  look-ups",
    }
}

fn stuck(screen: &Screen, view: &StatusView) -> Vec<String> {
    if view.stuck.is_empty() {
        return vec![
            String::new(),
            screen.paint("Nothing is stuck.", Paint::Good),
        ];
    }
    let mut lines = vec![String::new(), screen.paint("Stuck", Paint::Warn)];
    for stuck in &view.stuck {
        let mut text = format!(
            "{}: {} Since {}",
            safe::line(&stuck.what),
            safe::line(&stuck.why),
            moment(screen, stuck.since)
        );
        match stuck.next_attempt {
            Some(at) if at > screen.now => {
                text += &format!(", tried again {}.", moment(screen, at))
            }
            _ => text.push('.'),
        }
        lines.extend(
            sentence(screen, &text)
                .iter()
                .map(|line| format!("  {line}")),
        );
    }
    lines
}

/// Bytes in the unit that needs at most three digits before the point.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::provider::tests::provider;
    use super::*;
    use dyad_client::view::{ClockView, ProfileView, StorageView, StuckItem, StuckView};

    fn view(screen: &Screen) -> StatusView {
        StatusView {
            profile: ProfileView {
                name: "Alex".into(),
                ..ProfileView::default()
            },
            running: false,
            clock: ClockView {
                now: screen.now,
                correction: 0,
                problem: None,
            },
            contacts: 1,
            providers: vec![provider()],
            queues: QueueView {
                waiting: 2,
                accepted: 0,
                unconfirmed: 3,
                received: 0,
                errands: 0,
            },
            stuck: vec![],
            repairs: 0,
            storage: StorageView {
                home: Some("/home/alex/dyad".into()),
                bytes: 2_000_000,
                messages: 12,
            },
            notices: vec![],
        }
    }

    #[test]
    fn status_says_where_things_are_and_what_waits() {
        let screen = Screen::plain(None);
        let text = status(&screen, &view(&screen)).join("\n");
        for part in [
            "Home     /home/alex/dyad",
            "12 messages, 1 contact, 1.9 MiB",
            "2 waiting to be sent, 3 not confirmed yet",
            "500 left of 500 a day",
            "agrees with the providers",
            "Nothing is stuck.",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn what_is_stuck_is_told_with_its_reason() {
        let screen = Screen::plain(None);
        let mut view = view(&screen);
        view.stuck.push(StuckView {
            what: "Message 4 to Blair".into(),
            item: StuckItem::Unconfirmed {
                id: 4,
                contact: "Blair".into(),
            },
            why: "dyad.example cannot be reached.".into(),
            since: screen.now.minus(7_200),
            next_attempt: Some(screen.now.plus(600)),
        });
        let text = status(&screen, &view).join("\n");
        assert!(text.contains("Message 4 to Blair: dyad.example cannot be reached. Since 12:00, tried again 14:10."), "{text}");
        assert!(!text.contains("Nothing is stuck"));
    }
}
