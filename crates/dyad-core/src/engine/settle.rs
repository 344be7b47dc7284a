//! What every step ends with: whatever is due is done. So the order of inputs matters little, and a
//! tick is nothing special.

use dyad_protocol::id::MessageId;

use super::compose::Way;
use super::work::Work;
use crate::bundles::OwnBundle;
use crate::effect::{DeliveryState, Effect, Event};
use crate::limits::{BUNDLE_LIFETIME, MAX_OWN_BUNDLES, RESEND_BATCH, RETRY};
use crate::relationship::Status;
use crate::stream::Piece;
use crate::tickets::{OwnTicket, revocations};

impl Work<'_> {
    pub(super) fn settle(&mut self) {
        if !self.is_live() {
            return;
        }
        self.feed_held();
        if !self.is_live() {
            return;
        }
        self.tell(false);
        self.expire();
        self.renew_own();
        if let Some(remedy) = self.state.repairs.take_due(self.now) {
            self.want_repair(remedy);
        }
        self.report_unconfirmed();
        self.send_due();
        self.send_updates();
    }

    fn expire(&mut self) {
        let gone = self.state.ours.expire(self.now);
        self.effects
            .extend(gone.into_iter().map(Effect::Unregister));
        self.state.theirs.expire(self.now);
        self.state.their_bundles.expire(self.now);
        self.state.sessions.prune(self.now);
        let (ours, theirs) = (&self.state.ours, &self.state.theirs);
        let sessions = &self.state.sessions;
        self.state
            .psks
            .prune(|psk| ours.names(psk) || theirs.names(psk) || sessions.names(psk));
        let now = self.now;
        let newest = self.state.bundles.last().map(|own| own.bundle.hash());
        self.state
            .bundles
            .retain(|own| !own.bundle.has_expired(now) || Some(own.bundle.hash()) == newest);
    }

    /// Renews long-term tickets and bundle at half their life.
    fn renew_own(&mut self) {
        if self.state.status != Status::Active || self.now < self.state.upkeep_after {
            return;
        }
        let now = self.now;
        let tickets = self
            .state
            .ours
            .long_term()
            .iter()
            .any(|ticket| ticket.refresh_at() <= now);
        let bundle = self
            .state
            .bundles
            .last()
            .is_none_or(|own| own.refresh_at() <= now);
        if !tickets && !bundle {
            return;
        }
        if self.profile.minting_mailboxes(now).is_empty() {
            self.state.upkeep_after = now.plus(RETRY);
            return;
        }
        if tickets {
            self.reissue_long_term();
        }
        if bundle && !self.make_bundle() {
            self.state.upkeep_after = now.plus(RETRY);
        }
    }

    /// The contact is to get new long-term tickets with the next message.
    pub(super) fn reissue_long_term(&mut self) {
        self.state.reissued = self.now;
        self.state.ours.set_long_term(Vec::new());
        if let Some(psk) = self.nameable() {
            self.ensure_long_term(psk);
        }
        let superseded = self.state.ours.take_superseded(&self.state.transcript);
        self.effects.extend(revocations(&superseded));
    }

    /// Makes a new bundle, for the contact to have with the next message that has room.
    pub(super) fn make_bundle(&mut self) -> bool {
        let Some(psk) = self.nameable() else {
            return false;
        };
        let expires = self.now.plus(BUNDLE_LIFETIME);
        let (profile, now) = (self.profile, self.now);
        let made = OwnBundle::make(
            &self.state.identity,
            profile,
            psk,
            expires,
            now,
            &mut self.rng,
        );
        let Ok((bundle, tickets)) = made else {
            return false;
        };
        tickets
            .into_iter()
            .for_each(|ticket: OwnTicket| self.keep_ticket(ticket));
        self.state.bundles.push(bundle);
        if self.state.bundles.len() > MAX_OWN_BUNDLES {
            self.state.bundles.remove(0);
        }
        self.state.pieces.change(Piece::Bundle, &mut self.state.out);
        true
    }

    fn report_unconfirmed(&mut self) {
        for message in self.state.out.give_up_state(self.now) {
            self.state.given_up = Some(self.now);
            // Its tickets travel no more; the contact's next word about its stock says which came.
            self.state.ours.arrived(&message);
        }
        for message in self.state.out.report_unconfirmed(self.now) {
            let later = |m: &mut crate::stream::OutMessage| m.advance(DeliveryState::Unconfirmed);
            if self.state.out.get_mut(&message).is_some_and(later) {
                let state = DeliveryState::Unconfirmed;
                self.effects.push(Effect::Delivery { message, state });
            }
            self.event(Event::NotConfirmed { message });
        }
    }

    /// Sends what is to be sent again, or could not be sent before.
    fn send_due(&mut self) {
        for id in self.state.out.due(self.now, RESEND_BATCH) {
            let Some(message) = self.state.out.get_mut(&id) else {
                continue;
            };
            if message.local.is_some() {
                message.asked = Some(self.now);
                self.effects.push(Effect::WantPayload { message: id });
            } else {
                self.dispatch_or_postpone(id);
            }
        }
    }

    /// Nobody waits for this message, so a failure is only a delay. Says whether it went.
    fn dispatch_or_postpone(&mut self, id: MessageId) -> bool {
        let sent = self.dispatch(id, None);
        if sent.is_err() {
            let later = self.now.plus(RETRY);
            if let Some(message) = self.state.out.get_mut(&id) {
                message.postpone(later);
            }
        }
        sent == Ok(true)
    }

    /// Acknowledgements and state updates, if it is time for them.
    fn send_updates(&mut self) {
        let due = self.due_pieces();
        // Nobody confirms them: from now on they only ride on messages that a person writes.
        let unheard = self.state.given_up > self.state.last_heard;
        if due.is_empty() || unheard {
            self.state.flush_due = None;
        } else if self.state.flush_due.is_none() {
            self.state.flush_due = Some(self.now.plus(self.delay()));
        }
        let is_now = |at: Option<_>| at.is_some_and(|at| at <= self.now);
        let acks_now = is_now(self.state.incoming.ack_due);
        if is_now(self.state.flush_due) || acks_now && !due.is_empty() && !unheard {
            self.send_state(due.len());
        } else if acks_now {
            self.send_acks();
        }
    }

    fn due_pieces(&self) -> Vec<Piece> {
        let opening = self.state.sessions.opening().is_some();
        self.state.pieces.due(&self.state.out, opening)
    }

    fn send_state(&mut self, due_before: usize) {
        let id = self.state.out.write(None, self.now, &mut self.rng);
        if !self.dispatch_or_postpone(id) {
            self.state.out.remove(&id);
            self.put_off_updates();
            return;
        }
        self.state.quota.sent_by_itself(self.now);
        let left = self.due_pieces().len();
        self.state.flush_due = match left {
            0 => None,
            left if left < due_before => Some(self.now.plus(self.delay())),
            // What is left found no room; it would not find any in the next message either.
            _ => Some(self.now.plus(RETRY)),
        };
    }

    fn send_acks(&mut self) {
        match self.send_body(None, None, None, &Way::ANY) {
            Ok(Some(_)) => {
                self.state.incoming.ack_due = None;
                self.state.quota.sent_by_itself(self.now);
            }
            Ok(None) | Err(_) => self.put_off_updates(),
        }
    }

    fn put_off_updates(&mut self) {
        let later = self.now.plus(RETRY);
        self.state.flush_due = self.state.flush_due.map(|_| later);
        self.state.incoming.ack_due = self.state.incoming.ack_due.map(|_| later);
    }

    pub(super) fn flush(&mut self) {
        self.tell(true);
        let now = self.now;
        self.state.incoming.ack_due = self.state.incoming.ack_due.map(|_| now);
        if self.is_live() && !self.due_pieces().is_empty() {
            self.state.flush_due = Some(now);
        }
    }

    /// What has arrived will be acknowledged after a random delay, together with what arrives meanwhile.
    pub(super) fn schedule_ack(&mut self) {
        if self.state.status == Status::Active && !self.state.incoming.is_empty() {
            // Whoever writes much cannot make us spend a token on every answer.
            let delay = self.delay();
            let delay = self.state.quota.stretched(delay, self.now);
            let due = self.now.plus(delay);
            self.state.incoming.ack_due.get_or_insert(due);
        }
    }
}
