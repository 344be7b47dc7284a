//! Beginning a session anew: when messages cannot be decrypted, or our own state is older than it should be.

use dyad_protocol::body::StreamAck;
use dyad_protocol::establish::Psk0;
use dyad_protocol::id::MessageId;
use dyad_protocol::psk::PskId;

use super::work::Work;
use crate::effect::{Effect, Event, RepairReason};
use crate::relationship::{ProvenanceKind, Status};
use crate::session::{Opening, Session, SessionId};
use crate::stream::Piece;

impl Work<'_> {
    /// Begins a repair, now or as soon as the last one is long enough ago.
    pub(super) fn want_repair(&mut self, reason: RepairReason) {
        let possible = self.state.status == Status::Active && self.state.their_bundle.is_some();
        if possible && self.state.repairs.may_begin(reason, self.now) {
            self.begin_session(Some(reason));
        }
    }

    /// Begins a session with the contact's bundle. Until an answer comes, every message is an
    /// `establish` of it; the first goes out at once.
    pub(super) fn begin_session(&mut self, reason: Option<RepairReason>) -> bool {
        let own = self.state.bundles.last();
        let Some((own, bundle)) = own.zip(self.state.their_bundle.clone()) else {
            return false;
        };
        let (curve, body) = (own.curve, bundle.body());
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
            psk,
            reason,
        };
        self.state
            .sessions
            .add(Session::new(id, epoch, olm, Some(opening)), self.now);
        self.reissue_long_term();
        self.state.out.write(None, self.now, &mut self.rng);
        true
    }

    /// The contact has begun a session anew and we have taken it up.
    pub(super) fn followed_repair(&mut self, id: &SessionId, psk: &PskId) {
        if self
            .state
            .sessions
            .sending()
            .is_none_or(|session| session.id != *id)
        {
            return;
        }
        // The contact may have forgotten everything else: keys, bundle, tickets, what we sent.
        self.state.repairs.no_longer_wanted();
        self.state.psks.share_only(psk);
        self.state.ours.forget_what_they_have();
        self.reissue_long_term();
        self.state.pieces.change(Piece::Bundle, &mut self.state.out);
        if self.state.kem.take().is_some() {
            self.state.pieces.done(Piece::Kem);
            self.state.out.no_longer_carries(Piece::Kem);
        }
        self.state.out.resend_all(self.now);
        self.schedule_ack();
        if self.state.status == Status::Active {
            self.repaired(RepairReason::ByContact);
        }
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
        let _ = self
            .state
            .repairs
            .may_begin(RepairReason::Restored, self.now);
        self.state.repairs.no_longer_wanted();
        self.start_over();
    }

    fn start_over(&mut self) {
        self.state.out.begin_anew();
        self.state.theirs.forget_one_time();
        self.state.ours.forget_what_they_have();
        self.state.void_before = self.now;
        self.state.pieces.change(Piece::Void, &mut self.state.out);
        self.state.kem = None;
        self.state.pieces.done(Piece::Kem);
        self.state.out.no_longer_carries(Piece::Kem);
        let reason = (self.state.status == Status::Active).then_some(RepairReason::Restored);
        if self.state.their_bundle.is_some() {
            self.state.sessions.make_stale();
            self.begin_session(reason);
        } else {
            // Only the contact can begin a session: what we send now tells it to.
            self.reissue_long_term();
            self.state.out.write(None, self.now, &mut self.rng);
        }
        self.make_bundle();
        self.state.out.resend_all(self.now);
    }

    /// The contact confirms messages that we have not written: our state is an older one and nobody has
    /// said so. What we wrote since under the same names has not been seen there; it gets new names.
    pub(super) fn found_older(&mut self, ack: &StreamAck) {
        if self.state.status != Status::Active
            || !self
                .state
                .repairs
                .may_begin(RepairReason::Restored, self.now)
        {
            return;
        }
        let covered = |message: &&crate::stream::OutMessage| {
            message.id.stream == ack.stream && ack.ranges.contains(message.id.seq)
        };
        let messages = self.state.out.messages().iter().filter(covered);
        let covered: Vec<MessageId> = messages.map(|message| message.id).collect();
        self.start_over();
        for (local, message) in self.state.out.renumber(&covered, self.now, &mut self.rng) {
            self.effects.push(Effect::Numbered { local, message });
        }
    }
}
