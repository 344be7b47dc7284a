//! Other programs that use relationships of the person.

use std::path::Path;

use dyad_client::view::{AppRequestView, AppView};

use super::layout::facts;
use super::moment::moment;
use super::screen::{Paint, Screen};
use super::{safe, sentence};

pub(super) fn list(screen: &Screen, apps: &[AppView]) -> Vec<String> {
    if apps.is_empty() {
        return sentence(
            screen,
            "No other program uses your relationships. One that wants to shows a code; `dyad apps pending` lists those that ask.",
        );
    }
    let blocks: Vec<Vec<String>> = apps.iter().map(|app| one(screen, app)).collect();
    blocks.join(&String::new())
}

fn one(screen: &Screen, app: &AppView) -> Vec<String> {
    let used = match app.last_used {
        _ if !app.paired => "never: it has not come for its token yet".to_owned(),
        None => "never".to_owned(),
        Some(at) => moment(screen, at),
    };
    let mut lines = vec![screen.paint(&safe::line(&app.name), Paint::Strong)];
    lines.extend(facts(
        screen,
        &[
            ("  Contacts", contacts(app)),
            ("  Types", types(&app.types)),
            ("  Messages", messages(app.messages).to_owned()),
            ("  Since", moment(screen, app.created)),
            ("  Last used", used),
        ],
    ));
    lines
}

fn contacts(app: &AppView) -> String {
    if app.all_contacts {
        return "all, those to come as well".to_owned();
    }
    let nicks: Vec<String> = app.contacts.iter().map(|nick| safe::line(nick)).collect();
    if nicks.is_empty() {
        "none: `dyad apps change` adds some".to_owned()
    } else {
        nicks.join(", ")
    }
}

fn types(types: &[String]) -> String {
    if types.is_empty() {
        "none".to_owned()
    } else {
        safe::line(&types.join(", "))
    }
}

const fn messages(granted: bool) -> &'static str {
    if granted {
        "it reads everything written with its contacts, and writes as you"
    } else {
        "it sees none"
    }
}

pub(super) fn requests(screen: &Screen, requests: &[AppRequestView]) -> Vec<String> {
    if requests.is_empty() {
        return vec!["No program asks to become an app.".to_owned()];
    }
    let mut lines = Vec::new();
    for request in requests {
        lines.push(screen.paint(
            &format!("{}  {}", request.number, safe::line(&request.name)),
            Paint::Strong,
        ));
        let wants = if request.messages {
            "to read everything that you and the contacts you choose write, and to write as you"
        } else {
            "no messages, only what is of its own types"
        };
        lines.extend(facts(
            screen,
            &[
                ("  Types", types(&request.types)),
                ("  Messages", wants.to_owned()),
                ("  Until", moment(screen, request.ends)),
            ],
        ));
    }
    lines.push(String::new());
    let text = "If you have just started it: `dyad apps allow CODE --contact NICK` with the code that it shows. Otherwise: `dyad \
                apps deny NUMBER`.";
    lines.extend(sentence(screen, text));
    lines
}

pub(super) fn allowed(screen: &Screen, app: &AppView) -> Vec<String> {
    let mut lines = sentence(
        screen,
        &format!(
            "{} is let in. `dyad apps revoke` takes that back.",
            safe::line(&app.name)
        ),
    );
    lines.extend(one(screen, app));
    lines
}

pub(super) fn denied(screen: &Screen, request: &AppRequestView) -> Vec<String> {
    let text = format!("{} is not let in.", safe::line(&request.name));
    sentence(screen, &text)
}

pub(super) fn changed(screen: &Screen, app: &AppView) -> Vec<String> {
    one(screen, app)
}

pub(super) fn revoked(screen: &Screen, app: &AppView) -> Vec<String> {
    let text = format!(
        "{} is let in no longer. What it sent and received stays.",
        safe::line(&app.name)
    );
    sentence(screen, &text)
}

pub(super) fn place(socket: &Path, url: Option<&str>) -> Vec<String> {
    let socket = safe::line(&socket.display().to_string());
    std::iter::once(socket)
        .chain(url.map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_may_see_is_said_in_words() {
        let screen = Screen::plain(None);
        let app = AppView {
            name: "To-do\x1b[2J".into(),
            types: vec!["vnd.example.todo".into()],
            messages: true,
            all_contacts: false,
            contacts: vec!["Blair".into()],
            created: screen.now,
            last_used: None,
            paired: true,
        };
        let text = list(&screen, &[app]).join("\n");
        for part in ["To-do<U+001B>[2J", "Blair", "writes as you", "never"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
