//! Asking sender services what became of submissions.

use std::collections::BTreeMap;
use std::time::Duration;

use dyad_core::SubmissionOutcome;
use dyad_protocol::api::submit::{
    DeliveryFailure, MAX_STATUS_TICKETS, STATUS_PATH, StatusRequest, StatusResponse,
    SubmissionStatus,
};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DAY, QUEUE_LIFETIME};
use tokio::time::Instant;

use super::exchange::{self, Answer};
use super::{Driver, Role, ServiceError, Stepper};
use crate::error::Result;
use crate::store::outbox::{self, Submitted};

/// A receiver out of reach for so long is worth another way, seconds.
const OVERDUE: u64 = 3_600;
/// The question is asked at least so often, in case the clock jumps, seconds.
const LONGEST_WAIT: u64 = 300;

impl Driver {
    /// Asks about everything that is due. Gives when the next is.
    pub(crate) async fn ask_fates(&self) -> Result<Instant> {
        let _turn = self.turns.status.lock().await;
        let now = self.now();
        let horizon = now.plus(2 * self.timing.status_max.as_secs().max(1));
        let due = self
            .store
            .read(|c| outbox::status_due(c, now, horizon, 1024))?;
        let mut by_sender: BTreeMap<HostName, Vec<Submitted>> = BTreeMap::new();
        for submitted in due {
            by_sender
                .entry(submitted.sender.clone())
                .or_default()
                .push(submitted);
        }
        for (sender, all) in by_sender {
            for some in all.chunks(MAX_STATUS_TICKETS) {
                self.ask_sender(&sender, some).await?;
            }
        }
        let next = self.store.read(outbox::next_status)?;
        let now = self.now();
        let wait = next.map_or(LONGEST_WAIT, |at| at.since(now).clamp(1, LONGEST_WAIT));
        Ok(Instant::now() + Duration::from_secs(wait))
    }

    async fn ask_sender(&self, sender: &HostName, submitted: &[Submitted]) -> Result<()> {
        let answer = match self.health.waits(sender, Role::Sender) {
            Some((_, why)) => {
                tracing::debug!(host = %sender, why, "not asked again yet");
                None
            }
            None => {
                let answer = self.statuses(sender, submitted).await;
                self.note(sender, Role::Sender, answer.as_ref().err())?;
                answer.ok()
            }
        };
        self.engine(|stepper| {
            for (index, submitted) in submitted.iter().enumerate() {
                match answer.as_ref().and_then(|statuses| statuses.get(index)) {
                    Some(status) => stepper.fate(submitted, status, self)?,
                    None => stepper.unknown_yet(submitted, self, None)?,
                }
            }
            Ok(())
        })
    }

    async fn statuses(
        &self,
        sender: &HostName,
        submitted: &[Submitted],
    ) -> Answer<Vec<SubmissionStatus>> {
        let request = StatusRequest {
            tickets: submitted.iter().map(|submitted| submitted.ticket).collect(),
        };
        let response: StatusResponse =
            exchange::post_for_json(&self.sender_http, sender, STATUS_PATH, &request).await?;
        if response.submissions.len() != submitted.len() {
            return Err(ServiceError::Nonsense {
                host: sender.clone(),
                what: "an answer to other questions",
            });
        }
        Ok(response.submissions)
    }

    /// Pauses grow with the age of the submission: half of it, within limits.
    fn next_question(&self, age: u64) -> u64 {
        let (first, max) = (
            self.timing.status_first.as_secs(),
            self.timing.status_max.as_secs(),
        );
        (age / 2).clamp(first.max(1), max.max(1))
    }
}

impl Stepper<'_> {
    fn fate(
        &mut self,
        submitted: &Submitted,
        status: &SubmissionStatus,
        driver: &Driver,
    ) -> Result<()> {
        match status {
            SubmissionStatus::Delivered { .. } => {
                self.settled(submitted, SubmissionOutcome::Delivered)
            }
            // A service that lost it, or forgot it, will not deliver it.
            SubmissionStatus::GivenUp { .. } | SubmissionStatus::Unknown => {
                self.settled(submitted, SubmissionOutcome::GivenUp)
            }
            SubmissionStatus::Queued { last_failure, .. } => {
                let failure = last_failure.map(|failure| in_words(&submitted.receiver, failure));
                if failure.is_some()
                    && !submitted.overdue
                    && self.now.since(submitted.accepted) > OVERDUE
                {
                    outbox::set_overdue(self.tx, &submitted.id)?;
                    self.outcome(
                        submitted.relationship.as_ref(),
                        submitted.id,
                        SubmissionOutcome::Unreachable,
                    )?;
                }
                self.unknown_yet(submitted, driver, failure.as_deref())
            }
        }
    }

    fn unknown_yet(
        &mut self,
        submitted: &Submitted,
        driver: &Driver,
        failure: Option<&str>,
    ) -> Result<()> {
        let age = self.now.since(submitted.accepted);
        if age > QUEUE_LIFETIME + DAY {
            return self.settled(submitted, SubmissionOutcome::GivenUp);
        }
        let next = self.now.plus(driver.next_question(age));
        outbox::ask_again(self.tx, &submitted.id, next, failure)
    }

    fn settled(&mut self, submitted: &Submitted, outcome: SubmissionOutcome) -> Result<()> {
        outbox::remove(self.tx, &submitted.id)?;
        self.outcome(submitted.relationship.as_ref(), submitted.id, outcome)
    }
}

fn in_words(receiver: &HostName, failure: DeliveryFailure) -> String {
    let what = match failure {
        DeliveryFailure::Unreachable => "cannot be reached",
        DeliveryFailure::Forbidden => "lies at an address that must not be called",
        DeliveryFailure::Timeout => "does not answer in time",
        DeliveryFailure::Tls => "cannot prove who it is (TLS)",
        DeliveryFailure::Busy => "asks to wait",
        DeliveryFailure::Rejected => "refuses what our sender service brings",
        DeliveryFailure::Nonsense => "answers nonsense",
    };
    format!("{receiver} {what}. Our sender service goes on trying.")
}
