//! Accepting an invitation.

use dyad_protocol::body::Presentation;
use dyad_protocol::establish::{Psk0, relationship_transcript};
use dyad_protocol::hpke::encapsulate;
use dyad_protocol::id::RelationshipId;
use dyad_protocol::invitation::{Invitation, InvitationSecret};
use dyad_protocol::label;
use dyad_protocol::limits::ADDRESS_BODY_LEN;
use dyad_protocol::sign::{IdentityKey, Signature};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;

use super::Step;
use super::work::Work;
use crate::bundles::OwnBundle;
use crate::error::StepError;
use crate::limits::BUNDLE_LIFETIME;
use crate::profile::ProfileState;
use crate::psk::Psks;
use crate::relationship::{Begun, ProvenanceKind, RelationshipState, Status};
use crate::session::{Opening, Session};
use crate::stream::Piece;
use crate::tickets::TheirTickets;

pub(crate) fn accept_with(
    profile: &ProfileState,
    invitation: &Invitation,
    secret: &InvitationSecret,
    now: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Result<Step, StepError> {
    check(profile, invitation, now)?;
    let mut rng = rng;
    let bundle = invitation.bundle();
    let body = bundle.body();
    encapsulate(&body.xwing, b"", &mut rng).map_err(|_| StepError::InvitationUnusable)?;

    let identity = IdentityKey::random(&mut rng);
    let transcript = relationship_transcript(&bundle.hash(), &body.identity, &identity.public());
    let (root_psk, psk0) = (secret.psk(bundle), Psk0::random(&mut rng));
    let mut psks = Psks::default();
    let invited = psks.begin(root_psk.clone(), false);
    let psk = psks.begin(root_psk.for_relationship(psk0.expose(), &transcript), false);
    let mut theirs = TheirTickets::default();
    theirs.accept_bundle(bundle, Some(invited), now);

    let expires = now.plus(BUNDLE_LIFETIME);
    let (own, tickets) = OwnBundle::make(&identity, profile, psk, expires, now, &mut rng)?;
    let begun = own.account.begin(&body.curve, &body.prekey);
    let (olm, session) = begun.map_err(|_| StepError::InvitationUnusable)?;
    let opening = Opening {
        bundle: bundle.clone(),
        curve: own.curve,
        psk0,
        reason: None,
        begun: now,
        sent: 0,
    };

    let mut state = RelationshipState::new(
        RelationshipId::new(random(&mut rng)),
        Status::Requested,
        Begun {
            by_us: false,
            reuse: invitation.reuse(),
        },
        (identity, body.identity),
        (transcript, root_psk),
        now,
    );
    state.their_presentation = Presentation::decode(invitation.presentation()).ok();
    state
        .provenance
        .log(now, ProvenanceKind::AcceptedInvitation);
    state.psks = psks;
    state.theirs = theirs;
    state.their_bundles.push(bundle.clone());
    state
        .sessions
        .add(Session::new(session, 1, olm, psk, Some(opening)), now);
    state.bundles.push(own);
    state.shown = Some(profile.presentation.clone());
    for piece in [Piece::LongTerm, Piece::Bundle, Piece::Presentation] {
        state.pieces.change(piece, &mut state.out);
    }

    let mut work = Work::new(profile, state, now, rng);
    tickets
        .into_iter()
        .for_each(|ticket| work.keep_ticket(ticket));
    let first = work.state.out.write(None, now, &mut work.rng);
    if !work.dispatch(first, None)? {
        return Err(StepError::InvitationUnusable);
    }
    work.settle();
    Ok(work.finish())
}

fn check(profile: &ProfileState, invitation: &Invitation, now: Timestamp) -> Result<(), StepError> {
    if now >= invitation.expires() || invitation.bundle().has_expired(now) {
        return Err(StepError::InvitationExpired);
    }
    if is_own(profile, invitation) {
        return Err(StepError::OwnInvitation);
    }
    if profile.minting_mailboxes(now).is_empty() {
        return Err(StepError::NoReceiver);
    }
    Ok(())
}

/// Whether one of our mailboxes authorised an address of the invitation.
fn is_own(profile: &ProfileState, invitation: &Invitation) -> bool {
    let body = invitation.bundle().body();
    body.tickets.iter().any(|ticket| {
        let (signed, signature) = ticket.address.as_bytes().split_at(ADDRESS_BODY_LEN);
        let Some(signature) = Signature::from_slice(signature) else {
            return false;
        };
        let Some(service) = body.services.get(usize::from(ticket.service)) else {
            return false;
        };
        let parts = [service.host.as_str().as_bytes(), signed];
        profile.mailboxes.iter().any(|mailbox| {
            let owner = mailbox.address_key.public();
            owner
                .verify(label::ADDRESS_AUTHORISATION, &parts, &signature)
                .is_ok()
        })
    })
}

pub(super) fn random<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
