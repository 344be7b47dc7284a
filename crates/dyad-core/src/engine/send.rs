//! The person's messages, and what becomes of them on the way.

use dyad_protocol::body::{Body, MAX_TEXT_LEN, Payload};
use dyad_protocol::id::MessageId;
use dyad_protocol::invitation::Reuse;
use dyad_protocol::psk::PskId;

use super::compose::Way;
use super::work::{Work, called};
use crate::effect::{DeliveryState, Effect, LocalId, OutgoingId, SubmissionOutcome};
use crate::error::StepError;
use crate::limits::{MAX_OUTSTANDING, RETRY, SILENT_ATTEMPTS};
use crate::relationship::Remedy;
use crate::stream::Piece;
use crate::tickets::Despair;

impl Work<'_> {
    pub(super) fn send(&mut self, local: LocalId, payload: Payload) -> Result<(), StepError> {
        if !self.is_live() {
            return Err(StepError::Status(called(self.state.status)));
        }
        if encoded_len(&payload) > encoded_len(&Payload::text("x".repeat(MAX_TEXT_LEN))) {
            return Err(StepError::TooLong {
                limit: MAX_TEXT_LEN,
            });
        }
        let outstanding = self.state.out.messages().len();
        if outstanding >= MAX_OUTSTANDING {
            return Err(StepError::TooManyUnconfirmed(outstanding));
        }
        let id = self.state.out.write(Some(local), self.now, &mut self.rng);
        self.effects.push(Effect::Numbered { local, message: id });
        if !self.dispatch(id, Some(payload))? {
            self.effects.push(Effect::Delivery {
                message: id,
                state: DeliveryState::Waiting,
            });
        }
        Ok(())
    }

    pub(super) fn resend(&mut self, id: MessageId, payload: Payload) -> Result<(), StepError> {
        if !self.is_live() {
            return Err(StepError::Status(called(self.state.status)));
        }
        if self
            .state
            .out
            .get(&id)
            .is_none_or(|message| message.asked.is_none())
        {
            return Err(StepError::UnknownMessage);
        }
        self.dispatch(id, Some(payload)).map(drop)
    }

    /// Sends a message; if that is not possible now, it is tried again later. Says whether it went.
    pub(super) fn dispatch(
        &mut self,
        id: MessageId,
        payload: Option<Payload>,
    ) -> Result<bool, StepError> {
        self.renew_psk_if_due();
        let message = self.state.out.get(&id);
        let way = message.map_or(Way::ANY, |message| Way {
            avoid: message.avoid(),
            despair: message.despair(self.now),
        });
        if way.despair != Despair::None {
            self.doubt_tickets();
            self.doubt_session(&id);
        }
        let sent = self.send_body(Some(id), payload, None, &way)?;
        let Some(sent) = sent else {
            let later = self.now.plus(RETRY);
            if let Some(message) = self.state.out.get_mut(&id) {
                message.postpone(later);
            }
            return Ok(false);
        };
        let (outgoing, receiver) = (sent.outgoing, &sent.receiver);
        self.state.out.sent(
            &id,
            outgoing,
            receiver,
            &sent.carried,
            self.now,
            &mut self.rng,
        );
        self.state.renewed.1 = self.state.renewed.1.saturating_add(1);
        Ok(true)
    }

    /// No answer for long: perhaps the contact cannot reach us. It gets our tickets once more.
    fn doubt_tickets(&mut self) {
        self.state.ours.doubt_stock();
        self.state.pieces.remind(Piece::LongTerm);
    }

    /// No answer of any kind to many attempts: perhaps the contact's state is an older one and it can
    /// neither read what we send nor reach us to say so. An `establish` it can read.
    fn doubt_session(&mut self, id: &MessageId) {
        let heard = self.state.last_heard.unwrap_or_default();
        let silent =
            self.state.out.get(id).is_some_and(|message| {
                message.attempts >= SILENT_ATTEMPTS && heard < message.written
            });
        if silent && !self.may_knock_again() {
            self.want_repair(Remedy::Session);
        }
    }

    pub(super) fn submission(&mut self, id: &OutgoingId, outcome: SubmissionOutcome) {
        let (now, theirs, psks) = (self.now, &self.state.theirs, &self.state.psks);
        let invitation = self.state.begun.reuse == Reuse::Single;
        let Some(message) = self.state.out.by_submission(id) else {
            return;
        };
        let state = match outcome {
            SubmissionOutcome::Accepted => {
                message.accepted(id);
                DeliveryState::Accepted
            }
            SubmissionOutcome::Delivered => {
                message.delivered(id);
                DeliveryState::Delivered
            }
            SubmissionOutcome::Unreachable
            | SubmissionOutcome::GivenUp
            | SubmissionOutcome::Rejected => {
                let holds = |psk: &PskId| psks.get(psk).is_some();
                message.receiver_failed(id, now, |failed| {
                    theirs.has_other_receiver(failed, now, invitation, holds)
                });
                return;
            }
        };
        if message.advance(state) {
            let message = message.id;
            self.effects.push(Effect::Delivery { message, state });
        }
    }

    pub(super) fn read(&mut self, messages: &[MessageId]) {
        let news = messages
            .iter()
            .filter(|id| self.state.incoming.read(id))
            .count();
        if news > 0 && self.profile.policy.receipts.read {
            self.schedule_ack();
        }
    }
}

/// Length of a body with nothing else in it.
fn encoded_len(payload: &Payload) -> usize {
    Body {
        payload: Some(payload.clone()),
        ..Body::default()
    }
    .encode()
    .len()
}
