//! The person: how they present themselves, and how they want the app to be.

use dyad_client::view::{Notifications, ProfileView, SettingsView, Theme, TrafficClass};

use super::file;
use super::layout::{Cell, facts, table};
use super::safe;
use super::screen::{Paint, Screen};

pub(super) fn me(screen: &Screen, profile: &ProfileView) -> Vec<String> {
    let name = match profile.name.as_str() {
        "" => "not set; contacts see only what they call you (`dyad me --name NAME`)".to_owned(),
        name => safe::line(name),
    };
    let mut list = vec![("Name", name)];
    if let Some(pronouns) = &profile.pronouns {
        list.push(("Pronouns", safe::line(pronouns)));
    }
    if profile.picture.is_some() {
        list.push(("Picture", "yes".to_owned()));
    }
    let receipts = if profile.read_receipts {
        "contacts are told"
    } else {
        "contacts are not told"
    };
    list.push(("When you read", receipts.to_owned()));
    facts(screen, &list)
}

pub(super) fn profiles(screen: &Screen, profiles: &[ProfileView]) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = profiles
        .iter()
        .map(|profile| {
            let receipts = if profile.read_receipts { "yes" } else { "no" };
            vec![
                Cell::painted(profile.id.to_string(), Paint::Dim),
                Cell::painted(safe::line(&profile.name), Paint::Strong),
                Cell::new(
                    profile
                        .pronouns
                        .as_deref()
                        .map(safe::line)
                        .unwrap_or_default(),
                ),
                Cell::new(badge(profile)),
                Cell::new(if profile.picture.is_some() {
                    "yes"
                } else {
                    "no"
                }),
                Cell::new(receipts),
                Cell::painted(if profile.default { "default" } else { "" }, Paint::Good),
            ]
        })
        .collect();
    table(
        screen,
        &[
            "ID",
            "NAME",
            "PRONOUNS",
            "BADGE",
            "PICTURE",
            "READ RECEIPTS",
            "",
        ],
        &rows,
    )
}

fn badge(profile: &ProfileView) -> String {
    let letters = safe::line(&profile.badge.letters);
    format!("{} {letters}", profile.badge.colour)
        .trim_end()
        .to_owned()
}

pub(super) fn settings(screen: &Screen, settings: &SettingsView) -> Vec<String> {
    let notifications = match settings.notifications {
        Notifications::Off => "off",
        Notifications::WithoutContent => "without content",
        Notifications::WithContent => "with content",
    };
    let theme = match settings.theme {
        Theme::System => "as the system says",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let lock = match settings.lock_after_minutes {
        Some(minutes) => format!("after {minutes} minutes"),
        None => "never".to_owned(),
    };
    facts(
        screen,
        &[
            ("Notifications", notifications.to_owned()),
            ("The page locks itself", lock),
            ("Theme", theme.to_owned()),
            (
                "Language",
                settings
                    .language
                    .as_deref()
                    .map_or("as the browser says".to_owned(), safe::line),
            ),
            (
                "Messages are sent",
                match settings.traffic {
                    TrafficClass::Relaxed => "mixed with others, some seconds later".to_owned(),
                    TrafficClass::Prompt => "at once".to_owned(),
                },
            ),
            (
                "Calls go",
                match settings.relayed_calls {
                    true => "through a relay in any case".to_owned(),
                    false => "directly where that is possible".to_owned(),
                },
            ),
            (
                "Files fetched by themselves",
                match settings.fetch_up_to {
                    0 => "none".to_owned(),
                    most => format!("of verified contacts, up to {}", file::size(most)),
                },
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_without_a_name_is_told_how_to_set_it() {
        let lines = me(&Screen::plain(None), &ProfileView::default());
        assert!(lines[0].contains("dyad me --name"));
    }

    #[test]
    fn profiles_are_told_apart() {
        let screen = Screen::plain(None);
        let work = ProfileView {
            id: 2,
            name: "Dr. A\x1b[2J".into(),
            default: true,
            ..ProfileView::default()
        };
        let text = profiles(&screen, &[ProfileView::default(), work]).join("\n");
        assert!(
            text.contains("2") && text.contains("<U+001B>") && text.contains("default"),
            "{text}"
        );
    }
}
