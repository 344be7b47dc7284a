//! What became of everything, once all is mended.

use std::collections::BTreeMap;
use std::time::Duration;

use dyad_client::view::{
    ContactDetails, ContactStatus, Direction, InboxQuery, MessageState, MessageView, StatusView,
};
use dyad_client::{Client, ClientError};

use super::Outcome;
use super::meeting::Meetings;
use crate::ledger::{Ledger, Written};
use crate::world::{World, WorldError};

/// What a service keeps only until it is delivered or fetched.
const PASSING: [(&str, &[&str]); 2] = [
    ("sender", &["queue"]),
    ("receiver", &["spool", "quarantine", "mailbox_entry"]),
];

/// How things stand at one moment.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    apps: BTreeMap<String, App>,
    /// What is still on its way, or should not be there.
    open: Vec<String>,
    lost: u64,
    doubled: u64,
    messages: u64,
}

/// What one app has.
#[derive(Debug)]
struct App {
    status: StatusView,
    contacts: Vec<ContactDetails>,
    messages: Vec<MessageView>,
}

/// Looks at everything.
pub(super) fn reach(world: &mut World, meetings: &Meetings) -> Result<Verdict, WorldError> {
    let mut verdict = Verdict::default();
    for person in world.people().to_vec() {
        let limit = Duration::from_secs(600);
        let app = world.must(&person, "looking at it all", limit, async |c| App::look(&c))?;
        verdict.apps.insert(person.name().to_owned(), app);
    }
    for provider in world.providers() {
        for (service, tables) in PASSING {
            for (table, ..) in provider.contents(service, tables)? {
                let host = provider.host();
                verdict
                    .open
                    .push(format!("{host} keeps something in {table}"));
            }
        }
    }
    verdict.look_at_apps(meetings);
    verdict.look_at_messages(world.ledger());
    Ok(verdict)
}

impl App {
    fn look(client: &Client) -> Result<Self, ClientError> {
        let everything = InboxQuery {
            limit: u32::MAX,
            ..InboxQuery::default()
        };
        let contacts = client.contacts()?;
        let details = contacts.iter().map(|contact| client.contact(&contact.nick));
        Ok(Self {
            status: client.status()?,
            contacts: details.collect::<Result<_, _>>()?,
            messages: client.inbox(&everything)?,
        })
    }

    /// What the app itself says about its state: where to begin looking when something is wrong.
    fn complaints(&self, name: &str) -> Vec<String> {
        let clock = self.status.clock.problem.iter().cloned();
        let stuck = self.status.stuck.iter();
        let stuck = stuck.map(|stuck| format!("{}: {}", stuck.what, stuck.why));
        let mailboxes = self.status.providers.iter().flat_map(|provider| {
            let count = provider.mailboxes.len();
            let refused = provider.mailboxes.iter().filter(|m| m.refused).count();
            let tokens = &provider.tokens;
            [format!(
                "{}: {count} mailboxes, {refused} refused, {tokens:?}",
                provider.host
            )]
        });
        let contacts = self.contacts.iter().map(|details| {
            format!(
                "contact {}: {} unconfirmed, {} repairs, services {:?}",
                details.contact.nick, details.unconfirmed, details.repairs, details.services
            )
        });
        let notices = self.status.notices.iter();
        let notices = notices.map(|notice| {
            format!(
                "{} {:?} {}: {}",
                notice.at.as_secs(),
                notice.contact,
                notice.kind,
                notice.text
            )
        });
        clock
            .chain(stuck)
            .chain(mailboxes)
            .chain(contacts)
            .chain(notices)
            .map(|line| format!("({name}'s app says: {line})"))
            .collect()
    }

    fn texts(&self, direction: Direction, with: &str) -> impl Iterator<Item = &MessageView> {
        self.messages
            .iter()
            .filter(move |message| message.direction == direction && message.contact == with)
    }
}

impl Verdict {
    /// Whether nothing is on its way any more.
    pub(super) fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// The verdict as an outcome.
    pub(super) fn outcome(self, ledger: &Ledger) -> Outcome {
        let repairs = self.apps.values().map(|app| app.status.repairs).sum();
        let mut violations = ledger.violations();
        if !self.open.is_empty() {
            violations.extend(
                self.apps
                    .iter()
                    .flat_map(|(name, app)| app.complaints(name)),
            );
        }
        violations.extend(self.open);
        Outcome {
            messages: self.messages,
            lost: self.lost,
            doubled: self.doubled,
            repairs,
            violations,
            ..Outcome::default()
        }
    }

    fn look_at_apps(&mut self, meetings: &Meetings) {
        for (name, app) in &self.apps {
            let queues = &app.status.queues;
            for (what, count) in [
                ("waiting", queues.waiting),
                ("with a sender service", queues.accepted),
                ("unopened", queues.received),
                ("errands", queues.errands),
            ] {
                if count > 0 {
                    self.open.push(format!("{name}: {count} {what}"));
                }
            }
        }
        for [first, second] in meetings.pairs() {
            for (who, with) in [(first, second), (second, first)] {
                let contacts = self.apps.get(who).map(|app| app.contacts.as_slice());
                let found = contacts
                    .unwrap_or_default()
                    .iter()
                    .find(|details| details.contact.nick == with);
                let status = found.map(|details| details.contact.status);
                if status != Some(ContactStatus::Active) {
                    self.open.push(format!("{with} is {status:?} for {who}"));
                }
            }
        }
    }

    fn look_at_messages(&mut self, ledger: &Ledger) {
        for (text, entry) in ledger.entries() {
            let (Some(writer), Some(reader)) =
                (self.apps.get(&entry.from), self.apps.get(&entry.to))
            else {
                continue;
            };
            let mine = writer
                .texts(Direction::Out, &entry.to)
                .find(|message| message.text == text);
            let theirs = reader
                .texts(Direction::In, &entry.from)
                .filter(|message| message.text == text)
                .count();
            let confirmed = mine.is_some_and(|message| {
                matches!(message.state, MessageState::Confirmed | MessageState::Read)
            });
            // Refused or never taken: then it is in nobody's history.
            let taken = entry.written == Written::Taken || mine.is_some();
            self.messages += u64::from(taken);
            self.lost += u64::from(taken && (theirs == 0 || !confirmed));
            self.doubled += u64::from(theirs > 1 || entry.shown > 1);
            let as_it_must_be = if taken {
                mine.is_some() && theirs == 1 && confirmed
            } else {
                theirs == 0
            };
            if !as_it_must_be {
                let state = mine.map(|message| message.state);
                self.open.push(format!(
                    "{text:?} is {:?}, {state:?} for its writer, {theirs} times with its reader",
                    entry.written
                ));
            }
        }
    }
}
