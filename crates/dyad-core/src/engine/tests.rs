//! What a hostile or broken contact can put into a message, and how much fits into one.

use dyad_protocol::address::{Generation, MintingKey};
use dyad_protocol::body::{
    Body, Control, Follows, KemUpdate, MAX_TEXT_LEN, Payload, Presentation, Ranges, StreamAck,
    TicketGrant,
};
use dyad_protocol::hpke::{X25519Public, X25519Secret};
use dyad_protocol::id::{MessageId, RootAddress, StreamId};
use dyad_protocol::invitation::Reuse;
use dyad_protocol::limits::DAY;
use dyad_protocol::psk::PskId;
use dyad_protocol::sign::{AddressSigningKey, IdentityKey, ServiceKeyHash};
use dyad_protocol::ticket::{ServiceRecord, Ticket};
use dyad_protocol::time::ExpiryPeriod;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::compose::{OPENING_ROOM, Way};
use super::*;
use crate::effect::{Event, LocalId, Outgoing};
use crate::invitation::InviteOptions;
use crate::limits::{INBOUND_REPAIRS_PER_DAY, MAX_PSKS, MAX_THEIR_ONE_TIME, TURN};
use crate::profile::OwnMailbox;
use crate::relationship::Status;

mod room;
mod said;
mod sealed;
mod turns;

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn profile(name: &str, n: u8, rng: &mut ChaCha20Rng) -> ProfileState {
    let mailboxes = (0..2)
        .map(|m| OwnMailbox {
            receiver: ServiceRecord {
                host: format!("receiver-number-{m}.of.{name}.example:8443")
                    .parse()
                    .unwrap(),
                key_hash: ServiceKeyHash::new([m; 32]),
            },
            root: RootAddress::new([16 * n + m; 16]),
            address_key: AddressSigningKey::random(rng),
            minting: MintingKey {
                generation: Generation(1),
                public: X25519Secret::random(rng).public(),
            },
            minting_until: NOW.plus(900 * DAY),
            ends: NOW.plus(900 * DAY),
            usable: true,
        })
        .collect();
    let presentation = Presentation {
        name: name.into(),
        pronouns: None,
    };
    ProfileState {
        presentation,
        mailboxes,
        ..ProfileState::default()
    }
}

struct Two {
    profiles: [ProfileState; 2],
    alex: RelationshipState,
    blair: RelationshipState,
    rng: ChaCha20Rng,
}

fn submissions(effects: &[Effect]) -> Vec<&Outgoing> {
    let of = |effect: &'_ Effect| matches!(effect, Effect::Submit(_));
    let all = effects.iter().filter(|effect| of(effect));
    all.map(|effect| match effect {
        Effect::Submit(outgoing) => outgoing,
        _ => unreachable!(),
    })
    .collect()
}

/// Alex has invited Blair and knows it; Blair has no answer yet.
fn requested() -> (Two, InvitationState) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let profiles = [profile("alex", 1, &mut rng), profile("blair", 2, &mut rng)];
    let options = InviteOptions {
        reuse: Reuse::Single,
        expires: NOW.plus(DAY),
        nickname: None,
        share_presentation: true,
    };
    let created = InvitationState::create(&profiles[0], options, NOW, &mut rng).unwrap();
    let step = accept(
        &profiles[1],
        &created.invitation,
        &created.secret,
        NOW,
        &mut rng,
    )
    .unwrap();
    let first = submissions(&step.effects)[0].clone();
    let address = first.address.id();
    let answered = invitation_step(
        &profiles[0],
        &created.state,
        &address,
        &first.sealed,
        NOW,
        &mut rng,
    )
    .unwrap();
    let alex = answered.relationship.unwrap().next;
    (
        Two {
            profiles,
            alex,
            blair: step.next,
            rng,
        },
        answered.next,
    )
}

fn active() -> Two {
    let (mut two, _) = requested();
    for _ in 0..4 {
        let (alex, to_blair) = pump(&two.profiles[0], &two.alex, &mut two.rng);
        two.alex = alex;
        two.blair = receive(&two.profiles[1], two.blair, &to_blair, &mut two.rng).next;
        let (blair, to_alex) = pump(&two.profiles[1], &two.blair, &mut two.rng);
        two.blair = blair;
        two.alex = receive(&two.profiles[0], two.alex, &to_alex, &mut two.rng).next;
    }
    assert_eq!(two.blair.status(), Status::Active);
    two
}

fn pump(
    profile: &ProfileState,
    state: &RelationshipState,
    rng: &mut ChaCha20Rng,
) -> (RelationshipState, Vec<Outgoing>) {
    let step = step(profile, state, Input::Flush, NOW, rng).unwrap();
    let sent = submissions(&step.effects).into_iter().cloned().collect();
    (step.next, sent)
}

fn receive(
    profile: &ProfileState,
    state: RelationshipState,
    sent: &[Outgoing],
    rng: &mut ChaCha20Rng,
) -> Step {
    let mut whole = Step {
        next: state,
        effects: Vec::new(),
    };
    for outgoing in sent {
        let input = Input::Received {
            address: outgoing.address.id(),
            sealed: outgoing.sealed.clone(),
        };
        let done = step(profile, &whole.next, input, NOW, rng).unwrap();
        whole.next = done.next;
        whole.effects.extend(done.effects);
    }
    whole
}

/// Blair's app is not ours: it says `body` and whatever `change` makes of it. Alex takes it in.
fn say(two: &mut Two, body: Body) -> Vec<Effect> {
    let mut work = Work::new(&two.profiles[0], two.alex.clone(), NOW, &mut two.rng);
    work.apply(body);
    work.settle();
    let step = work.finish();
    two.alex = RelationshipState::decode(&step.next.encode()).unwrap();
    step.effects
}

/// Alex and Blair can still write to each other.
fn assert_sound(two: &mut Two) {
    let mut send = |who: usize, text: &str| {
        let (from, to) = if who == 0 {
            (&two.alex, &two.blair)
        } else {
            (&two.blair, &two.alex)
        };
        let input = Input::Send {
            local: LocalId(9),
            payload: Payload::text(text),
        };
        let sent = step(&two.profiles[who], from, input, NOW, &mut two.rng).unwrap();
        let outgoing: Vec<Outgoing> = submissions(&sent.effects).into_iter().cloned().collect();
        let profile = &two.profiles[1 - who];
        let mut got = receive(profile, to.clone(), &outgoing, &mut two.rng);
        // What was sent before may not have come; it is not waited for for long.
        let later = step(
            profile,
            &got.next,
            Input::Tick,
            NOW.plus(TURN),
            &mut two.rng,
        )
        .unwrap();
        got.next = later.next;
        got.effects.extend(later.effects);
        let shown = got.effects.iter().any(
            |e| matches!(e, Effect::Incoming { payload, .. } if payload.shown() == Some(text)),
        );
        assert!(shown, "{who} {outgoing:?}");
        if who == 0 {
            (two.alex, two.blair) = (sent.next, got.next);
        } else {
            (two.blair, two.alex) = (sent.next, got.next);
        }
    };
    send(0, "to Blair");
    send(1, "to Alex");
    send(0, "to Blair again");
}

fn ticket(two: &Two) -> (ServiceRecord, Ticket) {
    let service = two.profiles[1].mailboxes[0].receiver.clone();
    let fresh = two.blair.ours.long_term()[0];
    let good = crate::tickets::grant([fresh]).tickets.remove(0);
    (service, good)
}
