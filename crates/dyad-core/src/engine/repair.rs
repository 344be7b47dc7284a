//! Beginning a session anew: when messages cannot be decrypted, or our own state is older than it should be.

use dyad_protocol::body::StreamAck;
use dyad_protocol::bundle::Bundle;
use dyad_protocol::establish::Psk0;
use dyad_protocol::id::MessageId;
use dyad_protocol::time::Timestamp;

use super::work::Work;
use crate::effect::{Effect, Event, RepairReason};
use crate::relationship::{ProvenanceKind, Remedy, Status};
use crate::session::{Opening, Session, SessionId};
use crate::stream::Piece;

/// Messages that begin a session with one bundle before another bundle is tried.
const KNOCKS: u32 = 3;

impl Work<'_> {
    /// Begins a repair, now or as soon as the last one is long enough ago.
    pub(super) fn want_repair(&mut self, remedy: Remedy) {
        let possible = self.state.status == Status::Active
            && (remedy == Remedy::StartOver || self.state.their_bundles.newest().is_some());
        if !possible || !self.state.repairs.may_begin(remedy, self.now) {
            return;
        }
        match remedy {
            Remedy::StartOver => self.start_over(),
            Remedy::Knock if self.may_knock_again() => {
                self.drop_state();
                self.state.out.write(None, self.now, &mut self.rng);
            }
            Remedy::Knock | Remedy::Session => {
                self.begin_session(Some(RepairReason::Undecryptable));
            }
        }
    }

    /// Whether the session that we have begun may be answered yet, if it goes to another address.
    pub(super) fn may_knock_again(&self) -> bool {
        let opening = self.state.sessions.opening();
        opening.is_some_and(|opening| opening.sent < KNOCKS)
    }

    /// The bundle to begin with: the newest, or if that is not answered an older one; the contact may
    /// have forgotten the newest.
    fn bundle_to_begin_with(&self) -> Option<&Bundle> {
        let bundles = &self.state.their_bundles;
        match self.state.sessions.opening() {
            Some(opening) if opening.sent >= KNOCKS => bundles.after(&opening.bundle),
            _ => bundles.newest(),
        }
    }

    /// The contact has a new bundle. If it has not answered a session begun with an older one, it may
    /// have forgotten that.
    pub(super) fn knock_with_new_bundle(&mut self) {
        if self.state.sessions.opening().is_some() {
            self.want_repair(Remedy::Session);
        }
    }

    /// Begins a session with the contact's bundle. Until an answer comes, every message is an
    /// `establish` of it; the first goes out at once.
    pub(super) fn begin_session(&mut self, reason: Option<RepairReason>) -> bool {
        let own = self.state.bundles.last();
        let Some((own, bundle)) = own.zip(self.bundle_to_begin_with().cloned()) else {
            return false;
        };
        let (curve, body) = (own.curve, bundle.body());
        let unanswered = self.state.sessions.opening();
        let reason = unanswered.and_then(|opening| opening.reason).or(reason);
        let Ok((olm, id)) = own.account.begin(&body.curve, &body.prekey) else {
            return false;
        };
        let psk0 = Psk0::random(&mut self.rng);
        let psk = self
            .state
            .root_psk
            .for_relationship(psk0.expose(), &self.state.transcript);
        let psk = self.state.psks.add(psk, false);
        let epoch = self.state.sessions.highest_epoch().saturating_add(1);
        let opening = Opening {
            bundle,
            curve,
            psk0,
            reason,
            begun: self.now,
            sent: 0,
        };
        self.state
            .sessions
            .add(Session::new(id, epoch, olm, psk, Some(opening)), self.now);
        self.reissue_long_term();
        self.drop_state();
        self.state.out.write(None, self.now, &mut self.rng);
        true
    }

    /// Messages without a word of the person say nothing that the next could not say.
    fn drop_state(&mut self) {
        for message in self.state.out.take_state() {
            self.state.ours.arrived(&message.id);
            self.effects
                .extend(message.withdrawable().map(Effect::Withdraw));
        }
    }

    /// The contact has begun a session anew, in a message written at `sent`, and we have taken it up.
    pub(super) fn followed_repair(&mut self, id: &SessionId, sent: Timestamp) {
        if !self.state.sessions.is_sending(id) {
            return;
        }
        self.follow_contact(sent);
        if self.state.status == Status::Active {
            self.repaired(RepairReason::ByContact);
        }
    }

    /// A message in a session of ours was written at `sent`. We send where the contact sends: who goes
    /// on in an older session has forgotten the newer.
    pub(super) fn heard_in(&mut self, id: &SessionId, sent: Timestamp) {
        let forgotten = self.state.sessions.heard(id, sent, self.now);
        if forgotten && self.state.repairs.may_follow(self.now) {
            self.state.sessions.prefer(id, self.now);
            self.follow_contact(sent);
        }
    }

    /// The contact may have forgotten everything but the session that we send with now: keys, bundle,
    /// tickets, who we are, what we sent.
    fn follow_contact(&mut self, sent: Timestamp) {
        self.state.repairs.no_longer_wanted();
        if let Some(session) = self.state.sessions.sending() {
            self.state.psks.share_only(&session.psk);
        }
        self.state.theirs.doubt(sent, self.now);
        self.state.ours.forget_what_they_have();
        self.reissue_long_term();
        for piece in [Piece::Bundle, Piece::Presentation] {
            self.state.pieces.change(piece, &mut self.state.out);
        }
        if self.state.follows.is_some() {
            let out = &mut self.state.out;
            self.state.pieces.change(Piece::Follows, out);
        }
        if self.state.kem.take().is_some() {
            self.state.pieces.done(Piece::Kem);
            self.state.out.no_longer_carries(Piece::Kem);
        }
        self.drop_state();
        self.state.out.resend_all(self.now);
        self.schedule_ack();
    }

    /// Told to the person once.
    pub(super) fn repaired(&mut self, reason: RepairReason) {
        self.state.repairs.done();
        self.state
            .provenance
            .log(self.now, ProvenanceKind::Repaired { reason });
        self.event(Event::Repaired { reason });
    }

    /// Our state is an older one. Nothing of it may be used that the contact has seen used already: no
    /// one-time ticket, no session, no stream; and the contact must not rely on tickets that we have forgotten.
    pub(super) fn restored(&mut self) {
        if !self.is_live() {
            return;
        }
        // Not counted against the limit: the person restores, no contact can.
        self.state.repairs.begin_unasked(self.now);
        self.state.out.begin_anew();
        self.start_over();
    }

    fn start_over(&mut self) {
        self.state.theirs.forget_one_time();
        self.state.ours.forget_what_they_have();
        self.state.void_before = self.now;
        for piece in [Piece::Void, Piece::Presentation] {
            self.state.pieces.change(piece, &mut self.state.out);
        }
        self.state.kem = None;
        self.state.pieces.done(Piece::Kem);
        self.state.out.no_longer_carries(Piece::Kem);
        let reason = (self.state.status == Status::Active).then_some(RepairReason::Restored);
        if self.state.their_bundles.newest().is_some() {
            self.state.sessions.make_stale();
            self.begin_session(reason);
        } else {
            // Only the contact can begin a session: what we send now tells it to.
            self.reissue_long_term();
            self.drop_state();
            self.state.out.write(None, self.now, &mut self.rng);
        }
        self.make_bundle();
        self.state.out.resend_all(self.now);
    }

    /// The contact confirms messages that we have not written: our state is an older one and nobody has
    /// said so. What we wrote since under the same names has not been seen there; it gets new names.
    pub(super) fn found_older(&mut self, ack: &StreamAck) {
        if self.state.status != Status::Active {
            return;
        }
        let covered = |message: &&crate::stream::OutMessage| {
            message.id.stream == ack.stream && ack.ranges.contains(message.id.seq)
        };
        let messages = self.state.out.messages().iter().filter(covered);
        let covered: Vec<MessageId> = messages.map(|message| message.id).collect();
        self.state.out.begin_anew();
        for (local, message) in self.state.out.renumber(&covered, self.now, &mut self.rng) {
            self.effects.push(Effect::Numbered { local, message });
        }
        self.want_repair(Remedy::StartOver);
    }
}
