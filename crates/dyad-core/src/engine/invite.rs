//! Messages to an invitation of ours: the first of somebody makes a relationship, the later ones belong to it.

use dyad_protocol::body::{Body, Control, Follows};
use dyad_protocol::envelope::{self, Content, SealedMessage, TicketContext, seal};
use dyad_protocol::establish::{self, Establish, relationship_transcript};
use dyad_protocol::id::{AddressId, RelationshipId};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::psk::Psk;
use dyad_protocol::sign::IdentityKey;
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;

use super::accept::random;
use super::work::Work;
use super::{InvitationStep, Step};
use crate::effect::{Effect, Event, Outgoing, OutgoingId};
use crate::error::StepError;
use crate::invitation::InvitationState;
use crate::limits::{MAX_ACCEPTORS, MAX_REFUSALS};
use crate::profile::ProfileState;
use crate::relationship::{Begun, OwnAddress, ProvenanceKind, RelationshipState, Status};
use crate::session::{Encrypted, OlmSession, PreKeyMessage, Session};
use crate::stream::Piece;

/// Somebody's first message, opened.
struct Request {
    establish: Establish,
    message: PreKeyMessage,
    olm: OlmSession,
    plaintext: Vec<u8>,
    transcript: [u8; 32],
    /// The pre-shared key that goes with the session.
    psk: Psk,
}

pub(crate) fn answer(
    profile: &ProfileState,
    state: &InvitationState,
    address: &AddressId,
    sealed: &SealedMessage,
    now: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Result<InvitationStep, StepError> {
    let mut step = InvitationStep {
        next: state.clone(),
        relationship: None,
        forward: None,
        effects: Vec::new(),
    };
    let Some(content) = open(state, address, sealed) else {
        return Ok(step);
    };
    let bytes = match &content {
        Content::Establish(bytes) => bytes,
        Content::Ratchet(_) => {
            // Only in an invitation for one person it is clear whose this is.
            let only = state
                .acceptors
                .first()
                .filter(|_| state.reuse == Reuse::Single);
            step.forward = only.map(|(_, id)| (*id, Box::new(content)));
            return Ok(step);
        }
    };
    let Ok(establish) = establish::open(bytes, &state.own.bundle, &state.own.xwing) else {
        return Ok(step);
    };
    if let Some((_, id)) = state
        .acceptors
        .iter()
        .find(|(who, _)| *who == establish.identity)
    {
        step.forward = Some((*id, Box::new(content)));
        return Ok(step);
    }
    let Some(request) = request(state, establish, now) else {
        return Ok(step);
    };
    let used = state.reuse == Reuse::Single && !state.acceptors.is_empty();
    if used {
        refuse(profile, &request, &mut step, rng, now);
    } else if state.acceptors.len() < MAX_ACCEPTORS {
        let made = admit(profile, state, request, now, rng)?;
        step.next
            .acceptors
            .push((made.next.their_identity, made.next.id()));
        step.relationship = Some(made);
    }
    Ok(step)
}

fn open(state: &InvitationState, address: &AddressId, sealed: &SealedMessage) -> Option<Content> {
    let ticket = state.tickets.iter().find(|ticket| ticket.id == *address)?;
    let psk = state.secret.psk(&state.own.bundle);
    envelope::open(
        sealed,
        &ticket.secret,
        &psk,
        &ticket.context,
        &ticket.address,
    )
    .ok()
}

fn request(state: &InvitationState, establish: Establish, now: Timestamp) -> Option<Request> {
    if !state.answers(now) {
        return None;
    }
    let message = PreKeyMessage::parse(&establish.olm)?;
    let (olm, plaintext) = state.own.account.answer(&establish.curve, &message).ok()?;
    let bundle = &state.own.bundle;
    let transcript =
        relationship_transcript(&bundle.hash(), &bundle.body().identity, &establish.identity);
    let psk = state
        .secret
        .psk(bundle)
        .for_relationship(establish.psk0.expose(), &transcript);
    Some(Request {
        establish,
        message,
        olm,
        plaintext,
        transcript,
        psk,
    })
}

/// Makes the relationship and takes in what the message says.
fn admit(
    profile: &ProfileState,
    invitation: &InvitationState,
    request: Request,
    now: Timestamp,
    mut rng: &mut dyn CryptoRng,
) -> Result<Step, StepError> {
    let root_psk = invitation.secret.psk(&invitation.own.bundle);
    let (identity, follows) = match invitation.reuse {
        Reuse::Single => (invitation.identity.clone(), None),
        Reuse::Multiple => {
            let fresh = IdentityKey::random(&mut rng);
            let follows = Follows::sign(&invitation.identity, &fresh);
            (fresh, Some(follows))
        }
    };
    let mut state = RelationshipState::new(
        RelationshipId::new(random(&mut rng)),
        Status::Active,
        Begun {
            by_us: true,
            reuse: invitation.reuse,
        },
        (identity, request.establish.identity),
        (request.transcript, root_psk),
        now,
    );
    state
        .provenance
        .log(now, ProvenanceKind::AnsweredOurInvitation);
    let psk = state.psks.begin(request.psk, true);
    let id = request.message.session_id();
    state.sessions.add(
        Session::new(id, request.establish.epoch, request.olm, psk, None),
        now,
    );
    state.sessions.first_message(&id, &request.message.inner());
    // For messages that still come to the invitation, and for repairs before the next bundle arrives.
    state.bundles.push(invitation.own.clone());
    state.shown = Some(profile.presentation.clone());
    state.pieces.change(Piece::Presentation, &mut state.out);
    if let Some(follows) = follows {
        state.follows = Some(follows);
        state.pieces.change(Piece::Follows, &mut state.out);
    }
    if invitation.reuse == Reuse::Single {
        state.invitation_addresses = invitation
            .tickets
            .iter()
            .map(|t| OwnAddress {
                receiver: t.receiver.host.clone(),
                root: t.root,
                id: t.id,
            })
            .collect();
    }
    let mut work = Work::new(profile, state, now, rng);
    work.reissue_long_term();
    if !work.make_bundle() {
        return Err(StepError::NoReceiver);
    }
    work.join(&request.plaintext);
    work.settle();
    Ok(work.finish())
}

impl Work<'_> {
    /// The first words of a new contact.
    fn join(&mut self, plaintext: &[u8]) {
        let body = Body::decode(plaintext).unwrap_or_default();
        self.state.last_heard = Some(self.now);
        self.state.their_presentation = body.presentation.clone();
        self.event(Event::ContactJoined {
            presentation: body.presentation.clone(),
        });
        self.apply(body);
    }
}

/// Tells a second person that the invitation was used; they have proved that they hold its secret.
fn refuse(
    profile: &ProfileState,
    request: &Request,
    step: &mut InvitationStep,
    mut rng: &mut dyn CryptoRng,
    now: Timestamp,
) {
    let identity = request.establish.identity;
    if step.next.refused.contains(&identity) || step.next.refused.len() >= MAX_REFUSALS {
        return;
    }
    step.next.refused.push(identity);
    step.effects.push(Effect::Event(Event::SecondUse));
    let Ok(Some(grant)) = Body::decode(&request.plaintext).map(|body| body.tickets) else {
        return;
    };
    let mut olm = request.olm.clone();
    let body = Body {
        control: Some(Control::AlreadyUsed),
        sent: now,
        ..Body::default()
    }
    .encode();
    let Ok(Encrypted::Normal(bytes)) = olm.encrypt(&body) else {
        return;
    };
    let (content, context) = (Content::Ratchet(bytes), TicketContext(request.transcript));
    let usable = grant
        .tickets
        .iter()
        .find(|t| t.psk == request.psk.id() && !t.has_expired(now));
    let Some(ticket) = usable else { return };
    let Some(receiver) = grant.services.get(usize::from(ticket.service)) else {
        return;
    };
    let Ok(sealed) = seal(
        &content,
        &ticket.key,
        &request.psk,
        &context,
        &ticket.address,
        &mut rng,
    ) else {
        return;
    };
    step.effects.push(Effect::Submit(Outgoing {
        id: OutgoingId(random(&mut rng)),
        message: None,
        receiver: receiver.clone(),
        address: ticket.address,
        sealed,
        class: profile.policy.traffic,
        expires: ticket.expiry.begins(),
    }));
}
