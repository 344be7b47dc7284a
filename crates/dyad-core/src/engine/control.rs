//! What the person decides about a relationship, and what the contact decides about it.

use dyad_protocol::body::Control;

use super::compose::Way;
use super::work::{Work, called};
use crate::effect::{DeliveryState, Effect, Event};
use crate::error::StepError;
use crate::relationship::{ProvenanceKind, Status};
use crate::stream::Piece;
use crate::tickets::revocations;

impl Work<'_> {
    /// Silent and immediate: no address that the contact has leads here any more.
    pub(super) fn block(&mut self) -> Result<(), StepError> {
        if !self.is_live() {
            return Err(StepError::Status(called(self.state.status)));
        }
        self.tell(true);
        self.state.unblocked = self.state.status;
        self.state.status = Status::Blocked;
        self.revoke_all();
        self.state.held.clear();
        self.state.flush_due = None;
        self.state.incoming.ack_due = None;
        Ok(())
    }

    /// The contact gets new tickets and is told that the old ones are void, so it sends again what it
    /// could not get through.
    pub(super) fn unblock(&mut self) -> Result<(), StepError> {
        if self.state.status != Status::Blocked {
            return Err(StepError::Status(called(self.state.status)));
        }
        self.state.status = self.state.unblocked;
        self.state.void_before = self.now;
        self.state.pieces.change(Piece::Void, &mut self.state.out);
        self.reissue_long_term();
        self.make_bundle();
        self.state.out.write(None, self.now, &mut self.rng);
        Ok(())
    }

    pub(super) fn end(&mut self, announce: bool) -> Result<(), StepError> {
        if matches!(self.state.status, Status::Ended { .. } | Status::Refused) {
            return Err(StepError::Status(called(self.state.status)));
        }
        self.withdraw_all();
        if self.is_live() && announce {
            // Once, and not confirmed: after this nothing of the contact is wanted.
            let id = self.state.out.write(None, self.now, &mut self.rng);
            self.send_body(Some(id), None, Some(Control::Ended), &Way::ANY)?;
        }
        self.close(Status::Ended { by_them: false });
        Ok(())
    }

    /// The contact has ended the relationship.
    pub(super) fn ended(&mut self) {
        self.withdraw_all();
        self.close(Status::Ended { by_them: true });
        self.event(Event::Ended);
    }

    /// The invitation was used by somebody else.
    pub(super) fn refused(&mut self) {
        self.withdraw_all();
        self.close(Status::Refused);
        self.event(Event::AlreadyUsed);
    }

    fn close(&mut self, status: Status) {
        self.tell(true);
        self.state.status = status;
        self.revoke_all();
        self.state.theirs.clear();
        self.state.sessions = Default::default();
        self.state.psks = Default::default();
        self.state.bundles.clear();
        self.state.their_bundles = Default::default();
        self.state.held.clear();
        self.state.pieces.clear();
        self.state.kem = None;
        self.state.out.take_all();
    }

    fn withdraw_all(&mut self) {
        for message in self.state.out.take_all() {
            self.effects
                .extend(message.withdrawable().map(Effect::Withdraw));
            // What a service has may arrive, or has: that stays the last that is known of it.
            if message.local.is_some() && !message.is_accepted() {
                let state = DeliveryState::Failed;
                self.effects.push(Effect::Delivery {
                    message: message.id,
                    state,
                });
            }
        }
    }

    fn revoke_all(&mut self) {
        let tickets = self.state.ours.take_all();
        self.effects.extend(revocations(&tickets));
        for address in &self.state.invitation_addresses {
            self.effects.push(Effect::Revoke {
                receiver: address.receiver.clone(),
                root: address.root,
                addresses: vec![address.id],
            });
        }
        self.state.invitation_addresses.clear();
    }

    pub(super) fn verified(&mut self) -> Result<(), StepError> {
        if self.state.comparison_words().is_none() {
            return Err(StepError::Status(called(self.state.status)));
        }
        self.state.verified_at = Some(self.now);
        self.state
            .provenance
            .log(self.now, ProvenanceKind::Verified);
        Ok(())
    }

    /// Tells the contact what is new: the name, or other receivers.
    pub(super) fn profile_changed(&mut self) {
        if !self.is_live() {
            return;
        }
        if self.state.shown.as_ref() != Some(&self.profile.presentation) {
            self.state.shown = Some(self.profile.presentation.clone());
            self.state.shown_since = self.moment().plus(1);
            self.state
                .pieces
                .change(Piece::Presentation, &mut self.state.out);
        }
        let mailboxes = self.profile.minting_mailboxes(self.now);
        let current = self.state.ours.long_term();
        let same = mailboxes.len().min(crate::limits::MAX_RECEIVERS) == current.len()
            && current
                .iter()
                .all(|ticket| mailboxes.iter().any(|m| m.root == ticket.root));
        if !same && !mailboxes.is_empty() {
            self.reissue_long_term();
            self.make_bundle();
        }
    }
}
