//! Everything worth knowing at a glance.

use rusqlite::Connection;

use super::{Client, providers as provider_view};
use crate::driver::{HELD, off_by};
use crate::error::Result;
use crate::store::{errands, files, history, inbox, notices, outbox, providers, relationships};
use crate::view::{ClockView, QueueView, StatusView, StorageView, StuckItem, StuckView};
use dyad_protocol::time::Timestamp;

/// How long a message may be on its way before it counts as stuck, seconds.
const PATIENCE: u64 = 120;
/// Notices shown.
const NOTICES: u32 = 20;

impl Client {
    /// Providers, queues, tokens, what is stuck and why.
    ///
    /// # Errors
    /// Those of the store.
    pub fn status(&self) -> Result<StatusView> {
        let profile = self.profile()?;
        let now = self.driver.now();
        let correction = self.driver.correction();
        let held = self.driver.time_is_held()?;
        let store = &self.driver.store;
        let (home, bytes) = (store.home().map(std::path::Path::to_owned), store.size());
        let running = self.driver.is_running();
        let hindered = self
            .driver
            .hindrances
            .longest()
            .map(|(since, why)| StuckView {
                what: "this machine".to_owned(),
                item: StuckItem::Store,
                why,
                since,
                next_attempt: None,
            });
        store.read(|c| {
            let (messages, unconfirmed) = history::counts(c)?;
            let (waiting, accepted) = outbox::counts(c)?;
            let contacts = relationships::all(c)?;
            let all = providers::all(c)?;
            Ok(StatusView {
                profile,
                running,
                clock: ClockView {
                    now,
                    correction,
                    problem: clock_problem(held, correction),
                },
                contacts: contacts.len() as u64,
                providers: all
                    .iter()
                    .map(|provider| provider_view::view(c, provider, &self.driver))
                    .collect::<Result<_>>()?,
                queues: QueueView {
                    waiting,
                    accepted,
                    unconfirmed,
                    received: inbox::count(c)?,
                    errands: errands::all(c)?.len() as u64,
                },
                stuck: hindered
                    .into_iter()
                    .chain(stuck(c, now)?)
                    .chain(stuck_files(c)?)
                    .collect(),
                repairs: contacts.iter().map(|contact| contact.repairs).sum(),
                storage: StorageView {
                    home,
                    bytes,
                    messages,
                },
                notices: notices::latest(c, NOTICES)?,
            })
        })
    }
}

fn clock_problem(held: bool, correction: i64) -> Option<String> {
    match (held, correction) {
        (true, _) => Some(HELD.to_owned()),
        (false, 0) => None,
        (false, _) => Some(format!(
            "This computer's clock is {}. Please set it.",
            off_by(correction)
        )),
    }
}

fn stuck(connection: &Connection, now: Timestamp) -> Result<Vec<StuckView>> {
    let mut stuck = Vec::new();
    for provider in providers::all(connection)? {
        if let Some(why) = provider.last_error {
            stuck.push(StuckView {
                what: format!("provider {}", provider.host),
                item: StuckItem::Provider {
                    host: provider.host,
                },
                why,
                since: provider.failed_since.unwrap_or(now),
                next_attempt: None,
            });
        }
    }
    for (count, why, since) in outbox::stuck(connection, now.minus(PATIENCE))? {
        let what = if count == 1 {
            "a message".to_owned()
        } else {
            format!("{count} messages")
        };
        stuck.push(StuckView {
            what,
            item: StuckItem::Messages { count },
            why,
            since,
            next_attempt: None,
        });
    }
    for errand in errands::all(connection)? {
        if let Some(why) = errand.last_error {
            stuck.push(StuckView {
                what: "an errand at a service".to_owned(),
                item: StuckItem::Errand,
                why,
                since: errand.created,
                next_attempt: Some(errand.next_attempt),
            });
        }
    }
    for message in history::unconfirmed(connection)? {
        stuck.push(StuckView {
            what: format!("message {} to {}", message.id, message.contact),
            item: StuckItem::Unconfirmed {
                id: message.id,
                contact: message.contact,
            },
            why: "Not confirmed in 14 days, though it was sent by every way known.".to_owned(),
            since: message.sent,
            next_attempt: None,
        });
    }
    Ok(stuck)
}

fn stuck_files(connection: &Connection) -> Result<Vec<StuckView>> {
    let mut stuck = Vec::new();
    for row in files::wanted(connection)? {
        let message = row.message.map(|id| history::get(connection, id));
        let Some(message) = message.transpose()?.flatten() else {
            continue;
        };
        if let Some((why, file)) = message
            .file
            .and_then(|file| Some((file.why.clone()?, file)))
        {
            stuck.push(StuckView {
                what: format!("the file of message {}", message.id),
                item: StuckItem::File {
                    id: message.id,
                    contact: message.contact,
                },
                why,
                since: message.state_since,
                next_attempt: file.next_attempt,
            });
        }
    }
    Ok(stuck)
}
