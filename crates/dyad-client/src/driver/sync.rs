//! One round of everything: send, fetch, open, acknowledge.

use dyad_protocol::id::HostName;
use futures_util::future::join_all;

use super::{Driver, Role};
use crate::error::Result;
use crate::store::history::{self, Page};
use crate::store::{inbox, mailboxes, outbox, providers};
use crate::view::{Direction, SyncReport};

/// Rounds of sending: each may make work for the next (a resend by another way).
const ROUNDS: usize = 8;

impl Driver {
    /// Sends, fetches until caught up, opens, flushes acknowledgements, and asks what became of things.
    pub(crate) async fn sync_once(&self) -> Result<SyncReport> {
        self.health.forgive();
        let newest = self.newest()?;
        let mut report = SyncReport::default();
        self.upkeep().await?;
        self.tick()?;
        self.move_all_files().await?;
        report.submitted += self.submit_all().await?;
        report.fetched += self.fetch_everywhere().await?;
        // One message that cannot be opened must not keep ours from being sent.
        let unopened = self.open_inbox().await.err();
        self.move_all_files().await?;
        self.tick()?;
        self.flush()?;
        report.submitted += self.submit_all().await?;
        self.run_errands(true).await?;
        self.ask_fates().await?;
        report.submitted += self.submit_all().await?;
        report.new_messages = self
            .store
            .read(|c| history::list(c, None, Page::After(newest), u32::MAX))?
            .iter()
            .filter(|message| message.direction == Direction::In)
            .count() as u64;
        report.waiting = self.store.read(outbox::counts)?.0;
        report.problems = self.problems()?;
        report
            .problems
            .extend(unopened.map(|error| error.to_string()));
        Ok(report)
    }

    /// Rounds of submitting as long as they get on.
    pub(super) async fn submit_all(&self) -> Result<u64> {
        let mut submitted = 0;
        for _ in 0..ROUNDS {
            let round = self.submit_round().await?;
            submitted += round.submitted;
            if round.submitted == 0 {
                break;
            }
        }
        Ok(submitted)
    }

    /// Fetches from all receivers at once. A receiver that fails shows in its health.
    pub(super) async fn fetch_everywhere(&self) -> Result<u64> {
        let hosts = self.receivers()?;
        let mut stored = 0;
        for (host, outcome) in hosts
            .iter()
            .zip(join_all(hosts.iter().map(|host| self.fetch_all(host))).await)
        {
            let outcome = outcome?;
            self.note(host, Role::Receiver, outcome.as_ref().err())?;
            stored += outcome.unwrap_or(0);
        }
        Ok(stored)
    }

    /// Hosts at which we have mailboxes.
    pub(super) fn receivers(&self) -> Result<Vec<HostName>> {
        let mut hosts: Vec<HostName> = self
            .store
            .read(mailboxes::all)?
            .into_iter()
            .filter(|mailbox| mailbox.root.is_some())
            .map(|mailbox| mailbox.receiver)
            .collect();
        hosts.sort();
        hosts.dedup();
        Ok(hosts)
    }

    fn newest(&self) -> Result<u64> {
        Ok(self
            .store
            .read(|c| history::list(c, None, Page::Newest, 1))?
            .last()
            .map_or(0, |message| message.id))
    }

    /// What does not get on, one sentence each.
    fn problems(&self) -> Result<Vec<String>> {
        self.store.read(|c| {
            let mut problems: Vec<String> = providers::all(c)?
                .into_iter()
                .filter_map(|provider| provider.last_error)
                .collect();
            problems.extend(
                outbox::waiting(c, 100, |_| true)?
                    .into_iter()
                    .filter_map(|item| item.last_error),
            );
            let unopened = inbox::count(c)?;
            if unopened > 0 {
                problems.push(format!(
                    "{unopened} fetched messages could not be opened yet. They are kept."
                ));
            }
            problems.sort();
            problems.dedup();
            Ok(problems)
        })
    }
}
