//! Providers.

use dyad_client::view::{ProviderView, TokenStockView};
use dyad_protocol::token::TokenClass;

use super::layout::{Cell, table};
use super::moment::day;
use super::screen::{Paint, Screen};
use super::{painted, safe, sentence};

pub(super) fn added(screen: &Screen, provider: &ProviderView) -> Vec<String> {
    let mut lines = sentence(
        screen,
        &format!("{} is in use: {}.", provider.host, roles(provider)),
    );
    if !provider.health.ok {
        lines.extend(painted(
            screen,
            &safe::line(&provider.health.text),
            Paint::Warn,
        ));
    }
    lines.push("Next: `dyad invite --name NICK`, or `dyad accept LINK`.".to_owned());
    lines
}

pub(super) fn list(screen: &Screen, providers: &[ProviderView]) -> Vec<String> {
    if providers.is_empty() {
        return sentence(
            screen,
            "No provider yet. `dyad provider add URL` uses somebody's; `dyad up` runs services of your own.",
        );
    }
    let row = |provider: &ProviderView| {
        let (health, paint) = health(screen, provider);
        vec![
            Cell::painted(provider.host.to_string(), Paint::Strong),
            Cell::new(roles(provider)),
            Cell::new(stock(provider, TokenClass::Message)),
            Cell::painted(health, paint),
        ]
    };
    let rows: Vec<Vec<Cell>> = providers.iter().map(row).collect();
    table(
        screen,
        &["HOST", "SERVICES", "MESSAGES LEFT", "STATE"],
        &rows,
    )
}

pub(super) fn roles(provider: &ProviderView) -> String {
    let roles = [
        (provider.issuer, "issuer"),
        (provider.sender, "sender"),
        (provider.receiver, "receiver"),
    ];
    let roles: Vec<&str> = roles
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, name)| *name)
        .collect();
    if roles.is_empty() {
        "no services".to_owned()
    } else {
        roles.join(", ")
    }
}

fn stock(provider: &ProviderView, class: TokenClass) -> String {
    let of_class = |token: &&TokenStockView| token.class == class;
    provider
        .tokens
        .iter()
        .find(of_class)
        .map(|token| token.usable.to_string())
        .unwrap_or_default()
}

pub(super) fn health(screen: &Screen, provider: &ProviderView) -> (String, Paint) {
    if provider.key_changed {
        let text = "shows another key than before, so it is not used; ask its operator";
        return (text.to_owned(), Paint::Warn);
    }
    if provider.removed.is_some() {
        let until = provider.mailboxes.iter().map(|mailbox| mailbox.ends).max();
        let until = until
            .map(|at| format!(", still fetched until {}", day(screen, at)))
            .unwrap_or_default();
        return (format!("removed{until}"), Paint::Dim);
    }
    let paint = if provider.health.ok {
        Paint::Good
    } else {
        Paint::Warn
    };
    (safe::line(&provider.health.text), paint)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use dyad_client::view::HealthView;
    use dyad_protocol::time::Timestamp;

    pub(crate) fn provider() -> ProviderView {
        ProviderView {
            host: "dyad.example".parse().unwrap(),
            issuer: true,
            sender: true,
            receiver: true,
            enrolled: true,
            added: Timestamp::from_secs(0),
            removed: None,
            key: "0011".into(),
            key_changed: false,
            health: HealthView {
                ok: true,
                text: "in order".into(),
                last_ok: None,
                next_attempt: None,
            },
            tokens: vec![TokenStockView {
                class: TokenClass::Message,
                usable: 500,
                later: 0,
                per_day: Some(500),
                problem: None,
            }],
            mailboxes: vec![],
        }
    }

    #[test]
    fn providers_are_listed_with_what_they_do_and_how_they_are() {
        let changed = ProviderView {
            key_changed: true,
            receiver: false,
            ..provider()
        };
        let lines = list(&Screen::plain(None), &[provider(), changed]);
        assert_eq!(
            lines[1],
            "dyad.example  issuer, sender, receiver  500            in order"
        );
        assert!(
            lines[2].contains("another key") && lines[2].contains("issuer, sender "),
            "{lines:?}"
        );
    }

    #[test]
    fn without_providers_the_two_ways_to_one_are_named() {
        let text = list(&Screen::plain(None), &[]).join("\n");
        assert!(
            text.contains("dyad provider add URL") && text.contains("dyad up"),
            "{text}"
        );
    }
}
