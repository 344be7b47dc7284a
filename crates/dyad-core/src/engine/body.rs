//! What a contact's message changes. Every part stands alone: one that makes no sense is skipped.

use dyad_protocol::body::{
    Body, Control, Follows, KemUpdate, Presentation, StreamAck, TicketGrant,
};
use dyad_protocol::bundle::Bundle;
use dyad_protocol::envelope::TicketContext;
use dyad_protocol::hpke::{decapsulate, encapsulate};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use super::work::Work;
use crate::effect::{DeliveryState, Effect, Event};
use crate::limits::{BUNDLE_LIFETIME, CLOCK_SLACK, INVITATION_GRACE, PSK_LIFETIME, PSK_MESSAGES};
use crate::relationship::{KemOut, ProvenanceKind, Status};
use crate::stream::{Arrival, Arrived, Piece};

/// Latest expiry of a bundle that is believed, seconds from now.
const MAX_BUNDLE_LIFETIME: u64 = BUNDLE_LIFETIME + INVITATION_GRACE + 31 * DAY;

impl Work<'_> {
    pub(super) fn apply(&mut self, body: Body) {
        let nameable = self.state.psks.nameable();
        if let Some(follows) = &body.follows {
            self.follow(follows);
        }
        for ack in &body.received {
            self.acknowledged(ack);
        }
        self.state.out.fill_gaps(self.now);
        if body.control == Some(Control::Unreadable) {
            self.state.out.fill_gaps_now(self.now);
        }
        for ack in &body.read {
            self.acknowledged(ack);
            self.was_read(ack);
        }
        if let Some(Control::TicketsVoidBefore(moment)) = body.control {
            self.void(moment);
        }
        if let Some(grant) = &body.tickets {
            self.granted(grant, body.sent);
        }
        if let Some(bytes) = &body.bundle {
            self.new_bundle(bytes);
        }
        if let Some(update) = &body.kem {
            self.renewal(update);
        }
        if let Some(stock) = body.stock {
            self.state.ours.report_stock(body.sent.min(self.now), stock);
        }
        if let Some(presentation) = body.presentation.clone() {
            self.presented(presentation, body.sent);
        }
        if self.state.psks.nameable() != nameable && self.now.since(self.state.reissued) >= DAY {
            self.reissue_long_term();
        }
        self.said(&body);
        if body.control == Some(Control::Ended) {
            self.ended();
        }
    }

    /// The message itself: told once, acknowledged whenever it comes.
    fn said(&mut self, body: &Body) {
        let Some(message) = body.message else { return };
        match self.state.incoming.record(&message, self.now) {
            Arrival::Refused => return,
            Arrival::Again => {}
            Arrival::New => {
                if let Some(payload) = body.payload.clone() {
                    let sent = body.written.map_or(body.sent, |at| at.min(body.sent));
                    let arrived = Arrived::new(message, sent, payload, self.now);
                    self.state.turns.push(arrived);
                }
                self.tell(false);
            }
        }
        self.schedule_ack();
    }

    /// Tells what has arrived: what has its turn, or `all`.
    pub(super) fn tell(&mut self, all: bool) {
        let state = &mut self.state;
        while let Some(next) = state.turns.take(&mut state.incoming, self.now, all) {
            self.effects.push(Effect::Incoming {
                message: next.message,
                sent: next.sent,
                payload: next.payload,
            });
        }
    }

    fn acknowledged(&mut self, ack: &StreamAck) {
        if self.state.out.is_beyond(ack) {
            self.found_older(ack);
            return;
        }
        for message in self.state.out.confirm(ack) {
            self.state.ours.arrived(&message.id);
            self.effects
                .extend(message.withdrawable().map(Effect::Withdraw));
            for piece in &message.carries {
                self.piece_arrived(*piece);
            }
            if message.local.is_some() {
                let state = DeliveryState::Confirmed;
                self.effects.push(Effect::Delivery {
                    message: message.id,
                    state,
                });
            }
        }
    }

    fn piece_arrived(&mut self, piece: Piece) {
        self.state.pieces.done(piece);
        if piece == Piece::Kem {
            self.state.kem = None;
        }
    }

    fn was_read(&mut self, ack: &StreamAck) {
        for message in self.state.out.newly_read(ack) {
            self.effects.push(Effect::Delivery {
                message,
                state: DeliveryState::Read,
            });
        }
    }

    fn follow(&mut self, follows: &Follows) {
        let before = self.state.their_identity;
        if follows.identity == before || follows.verify(&before).is_err() {
            return;
        }
        self.state.their_identity = follows.identity;
        let kind = ProvenanceKind::IdentityFollowed {
            before,
            after: follows.identity,
        };
        self.state.provenance.log(self.now, kind);
        self.event(Event::IdentityFollowed);
    }

    /// Of two presentations the one written later counts, whichever comes first, unless the contact's
    /// clock was ahead then and is not any more.
    fn presented(&mut self, presentation: Presentation, written: Timestamp) {
        let soon = self.now.plus(CLOCK_SLACK);
        let ahead = self.state.presented > soon && written <= soon;
        if written < self.state.presented && !ahead {
            return;
        }
        self.state.presented = written;
        if self.state.their_presentation.as_ref() != Some(&presentation) {
            self.state.their_presentation = Some(presentation.clone());
            self.event(Event::PresentationChanged { presentation });
        }
    }

    fn void(&mut self, moment: Timestamp) {
        if moment > self.state.their_void {
            self.state.their_void = moment;
            self.state.theirs.void_before(moment);
            // Counted like a repair: each one sends everything again.
            if self.state.repairs.may_follow(self.now) {
                self.state.out.resend_all(self.now);
            }
        }
    }

    fn granted(&mut self, grant: &TicketGrant, made: Timestamp) {
        let context = TicketContext(self.state.transcript);
        for ticket in &grant.tickets {
            // Who names a key in a ticket holds it.
            self.state.psks.share(&ticket.psk);
        }
        self.state.theirs.accept(grant, context, made, self.now);
        // Who had a clock far ahead when it said so does not mean what it says today.
        if self.state.their_void <= self.now.plus(CLOCK_SLACK) {
            self.state.theirs.void_before(self.state.their_void);
        }
        self.way_open();
    }

    /// There are new tickets: what waited for one can go.
    fn way_open(&mut self) {
        self.state.out.wake_waiting(self.now);
        let now = self.now;
        let sooner = |at: Timestamp| at.min(now.plus(60));
        self.state.incoming.ack_due = self.state.incoming.ack_due.map(sooner);
    }

    fn new_bundle(&mut self, bytes: &[u8]) {
        let Ok(bundle) = Bundle::verify(bytes) else {
            return;
        };
        let body = bundle.body();
        // Of two made within one second the one that comes later.
        let newer = |known: &Bundle| body.created >= known.body().created && bundle != *known;
        let good = body.identity == self.state.their_identity
            && self.state.their_bundles.newest().is_none_or(newer)
            && !bundle.has_expired(self.now)
            && body.expires <= self.now.plus(MAX_BUNDLE_LIFETIME)
            && encapsulate(&body.xwing, b"", &mut self.rng).is_ok();
        if !good {
            return;
        }
        for ticket in &body.tickets {
            self.state.psks.share(&ticket.psk);
        }
        self.state.theirs.accept_bundle(&bundle, None, self.now);
        // A renewal to the old bundle that has not arrived will not be of use.
        self.state.pieces.done(Piece::Kem);
        self.state.out.no_longer_carries(Piece::Kem);
        self.state.kem = None;
        self.state.their_bundles.push(bundle);
        self.knock_with_new_bundle();
        self.way_open();
    }

    /// The contact has renewed the pre-shared key.
    fn renewal(&mut self, update: &KemUpdate) {
        let transcript = self.state.transcript;
        let bundles = self.state.bundles.iter();
        let own = bundles
            .into_iter()
            .find(|own| own.bundle.hash() == update.bundle_hash);
        let Some((own, base)) = own.zip(self.state.psks.get(&update.base)) else {
            return;
        };
        let info = KemUpdate::info(&update.bundle_hash, &update.base, &transcript);
        let Ok(secret) = decapsulate(&own.xwing, &update.ciphertext, &info) else {
            return;
        };
        let psk = base.renewed(&secret, &transcript);
        self.state.psks.add(psk, true);
        self.state.renewed = (self.now, 0);
    }

    /// Renews the pre-shared key with the next message, if it is time.
    pub(super) fn renew_psk_if_due(&mut self) {
        let (at, messages) = self.state.renewed;
        // Whoever was invited waits a day longer, so that the two seldom renew at once.
        let lifetime = PSK_LIFETIME + if self.state.begun.by_us { 0 } else { DAY };
        let sessions = &self.state.sessions;
        let opening = sessions.sending().is_none_or(|s| s.opening.is_some());
        let due = self.now.since(at) >= lifetime || messages >= PSK_MESSAGES;
        let busy = self.state.status != Status::Active || opening || self.state.kem.is_some();
        let bundle = self
            .state
            .their_bundles
            .newest()
            .filter(|b| !b.has_expired(self.now));
        let base = self.state.psks.nameable();
        let (true, false, Some(bundle), Some(base)) = (due, busy, bundle, base) else {
            return;
        };
        let Some(psk) = self.state.psks.get(&base) else {
            return;
        };
        let (transcript, hash) = (self.state.transcript, bundle.hash());
        let info = KemUpdate::info(&hash, &base, &transcript);
        let Ok((ciphertext, secret)) = encapsulate(&bundle.body().xwing, &info, &mut self.rng)
        else {
            return;
        };
        let renewed = psk.renewed(&secret, &transcript);
        self.state.psks.add(renewed, false);
        self.state.kem = Some(KemOut::new(hash, base, ciphertext));
        self.state.renewed = (self.now, 0);
        self.state.pieces.change(Piece::Kem, &mut self.state.out);
    }
}
