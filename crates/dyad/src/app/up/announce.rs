//! What `up` tells whoever started it.

use dyad_app::Stage;
use dyad_client::view::{ClientEvent, Direction};
use serde::Serialize;

use crate::app::home::Home;
use crate::app::show::{Paint, Screen, facts, moment, painted, quoted, safe, sentence, told};

/// What is up, for `--json`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "up")]
pub(super) struct Announcement {
    /// The home.
    pub(super) home: String,
    /// Whether that is where it is if nothing else is said.
    #[serde(skip)]
    pub(super) default_home: bool,
    /// URL of the services.
    pub(super) url: String,
    /// Where the page is, for one browser, once; `None` without a page.
    pub(super) page: Option<String>,
    /// Whether the app is open, locked, or not set up yet.
    pub(super) stage: Standing,
    /// Whether the home was created just now.
    pub(super) created: bool,
    /// This process.
    pub(super) pid: u32,
    /// What the person is called; empty if they said nothing.
    pub(super) name: String,
    /// Contacts there are.
    pub(super) contacts: usize,
    /// Why the own services are not in use, if they are not.
    pub(super) problem: Option<String>,
    /// Whether only this machine can reach the services.
    pub(super) only_here: bool,
    /// Milliseconds from the unlocked home to running services.
    pub(super) ready_ms: u64,
}

/// Where the app stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    New,
    Locked,
    Open,
}

impl From<Stage> for Standing {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::New => Self::New,
            Stage::Locked => Self::Locked,
            Stage::Open => Self::Open,
        }
    }
}

/// What is up, for a person.
pub(super) fn running(screen: &Screen, up: &Announcement) -> Vec<String> {
    let mut lines = vec![screen.paint(&headline(up), Paint::Strong), String::new()];
    let made = if up.created {
        "created just now, encrypted"
    } else {
        "encrypted"
    };
    let mut list = Vec::new();
    if let Some(page) = &up.page {
        list.push(("  Page", page.clone()));
    }
    if up.stage != Standing::New {
        list.push(("  Home", format!("{} ({made})", up.home)));
    }
    let services = format!("{} (issuer, sender, receiver)", up.url);
    list.push(("  Services", services));
    let you = match up.stage {
        Standing::New => {
            "to be chosen on the page: open its address in a browser of this machine".to_owned()
        }
        Standing::Locked => "locked: the page asks for the passphrase, or `dyad unlock`".to_owned(),
        Standing::Open if up.name.is_empty() => "without a name yet".to_owned(),
        Standing::Open => safe::line(&up.name),
    };
    list.push(("  You", you));
    lines.extend(facts(screen, &list));
    lines.push(String::new());
    if let Some(problem) = &up.problem {
        lines.extend(painted(screen, &safe::line(problem), Paint::Warn));
        lines.push(String::new());
    }
    if up.stage == Standing::Open {
        lines.extend(sentence(screen, &next_title(up)));
        lines.extend(next_steps(screen, up));
        lines.push(String::new());
    }
    if up.only_here && up.contacts == 0 {
        let text = "Only this computer can reach these services. To write with people elsewhere, use a provider that they \
                    can reach: dyad provider add URL.";
        lines.extend(sentence(screen, text));
        lines.push(String::new());
    }
    lines.extend(painted(
        screen,
        "Ctrl-C stops it; nothing is lost.",
        Paint::Dim,
    ));
    lines
}

fn next_steps(screen: &Screen, up: &Announcement) -> Vec<String> {
    let mut next = Vec::new();
    if up.name.is_empty() {
        next.push(("  dyad me --name NAME", "how your contacts see you"));
    }
    if up.contacts == 0 {
        next.push((
            "  dyad invite --name NICK",
            "a link for somebody you want to write with",
        ));
        next.push((
            "  dyad accept LINK",
            "answer the link that somebody gave you",
        ));
    } else {
        next.push(("  dyad send NICK TEXT", "write"));
    }
    next.push(("  dyad inbox", "read"));
    next.push(("  dyad status", "see how things are"));
    let width = next
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or(0);
    next.iter()
        .map(|(command, what)| format!("{command:width$}  {}", screen.paint(what, Paint::Dim)))
        .collect()
}

/// The commands below mean the default home; whoever chose another has to name it again.
fn next_title(up: &Announcement) -> String {
    if up.default_home {
        "Next, in another terminal:".to_owned()
    } else {
        format!(
            "Next, in another terminal, with --home {} or DYAD_HOME set to it:",
            quoted(&up.home)
        )
    }
}

fn headline(up: &Announcement) -> String {
    if up.created {
        "Dyad is up, for the first time.".to_owned()
    } else {
        format!(
            "Dyad is up: ready in {:.1} seconds.",
            up.ready_ms as f64 / 1_000.0
        )
    }
}

/// What is worth a line while `up` runs. Never the content of a message: others may see this screen.
pub(super) fn notice(screen: &Screen, event: &ClientEvent) -> Option<String> {
    let text = match event {
        ClientEvent::Message(message) if message.direction == Direction::In => {
            format!(
                "{}  {} wrote",
                moment(screen, screen.now),
                safe::line(&message.contact)
            )
        }
        ClientEvent::Notice(notice) => format!("{}  {}", moment(screen, notice.at), told(notice)),
        _ => return None,
    };
    Some(text)
}

impl Announcement {
    /// The home as the person would write it.
    pub(super) fn shown_home(home: &Home) -> String {
        safe::line(&home.path().display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up() -> Announcement {
        Announcement {
            home: "/home/alex/dyad".into(),
            default_home: false,
            url: "http://127.0.0.1:7411".into(),
            page: Some("http://127.0.0.1:7410/enter?t=0".into()),
            stage: Standing::Open,
            created: true,
            pid: 7,
            name: String::new(),
            contacts: 0,
            problem: None,
            only_here: true,
            ready_ms: 120,
        }
    }

    #[test]
    fn the_first_start_says_where_things_are_and_what_to_do_next() {
        let text = running(&Screen::plain(Some(80)), &up()).join("\n");
        for part in [
            "with --home /home/alex/dyad or",
            "http://127.0.0.1:7411",
            "dyad me --name",
            "dyad invite",
            "Only this computer",
            "Ctrl-C",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn a_later_start_is_shorter() {
        let later = Announcement {
            created: false,
            name: "Alex".into(),
            contacts: 2,
            ..up()
        };
        let text = running(&Screen::plain(None), &later).join("\n");
        assert!(
            text.starts_with("Dyad is up: ready in 0.1 seconds."),
            "{text}"
        );
        assert!(
            !text.contains("invite") && !text.contains("Only this computer"),
            "{text}"
        );
    }
}
