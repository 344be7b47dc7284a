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
use crate::limits::{INBOUND_REPAIRS_PER_DAY, MAX_PSKS, MAX_THEIR_ONE_TIME};
use crate::profile::OwnMailbox;
use crate::relationship::Status;

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
        let got = receive(&two.profiles[1 - who], to.clone(), &outgoing, &mut two.rng);
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

#[test]
fn tickets_with_bad_keys_dates_and_names_are_passed_over() {
    let mut two = active();
    let (service, good) = ticket(&two);
    let low_order = Ticket {
        key: X25519Public::new([0; 32]),
        ..good.clone()
    };
    let expired = Ticket {
        expiry: ExpiryPeriod::from_number(1),
        ..good.clone()
    };
    let eternal = Ticket {
        expiry: ExpiryPeriod::from_number(u16::MAX),
        ..good.clone()
    };
    let unknown = Ticket {
        psk: PskId::new([7; 8]),
        ..good.clone()
    };
    let stray = Ticket { service: 9, ..good };
    two.alex.theirs.clear();
    let mut tickets = Vec::new();
    for (n, bad) in [low_order, expired, eternal, unknown, stray]
        .into_iter()
        .enumerate()
    {
        let mut address = *bad.address.as_bytes();
        address[40] ^= 1 + n as u8;
        tickets.push(Ticket {
            address: dyad_protocol::address::RecipientAddress::new(address),
            ..bad
        });
    }
    say(
        &mut two,
        Body {
            tickets: Some(TicketGrant {
                services: vec![service.clone()],
                tickets,
            }),
            sent: NOW,
            ..Body::default()
        },
    );
    let input = Input::Send {
        local: LocalId(1),
        payload: Payload::text("waits"),
    };
    let sent = step(&two.profiles[0], &two.alex, input, NOW, &mut two.rng).unwrap();
    assert!(
        submissions(&sent.effects).is_empty(),
        "nothing can be sent with these"
    );
    assert_eq!(sent.next.summary().waiting, 1);

    two.alex = sent.next;
    let (service, good) = ticket(&two);
    let effects = say(
        &mut two,
        Body {
            tickets: Some(TicketGrant {
                services: vec![service],
                tickets: vec![good],
            }),
            sent: NOW,
            ..Body::default()
        },
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::WantPayload { .. })),
        "a good one lets it go"
    );
}

#[test]
fn floods_of_tickets_keys_and_streams_stay_within_bounds() {
    let mut two = active();
    let (service, good) = ticket(&two);
    for n in 0..400u32 {
        let mut address = *good.address.as_bytes();
        address[50..54].copy_from_slice(&n.to_be_bytes());
        let kind = dyad_protocol::address::AddressKind::Ticket;
        let expiry = kind.expiry(NOW);
        let ticket = Ticket {
            kind,
            expiry,
            address: dyad_protocol::address::RecipientAddress::new(address),
            ..good.clone()
        };
        let message = MessageId {
            stream: StreamId::new([n as u8; 8]),
            seq: u64::from(n) * 2 + 1,
        };
        say(
            &mut two,
            Body {
                message: Some(message),
                tickets: Some(TicketGrant {
                    services: vec![service.clone()],
                    tickets: vec![ticket],
                }),
                sent: NOW,
                ..Body::default()
            },
        );
    }
    let stock: usize = two
        .alex
        .summary()
        .receivers
        .iter()
        .map(|r| r.one_time)
        .sum();
    assert_eq!(stock, MAX_THEIR_ONE_TIME);
    assert!(
        two.alex.encode().len() < 200_000,
        "{}",
        two.alex.encode().len()
    );
    let newest = two.alex.bundles.last().unwrap();
    let (base, xwing) = (
        two.alex.psks.nameable().unwrap(),
        newest.bundle.body().xwing,
    );
    let (hash, transcript) = (newest.bundle.hash(), two.alex.transcript);
    for _ in 0..2 * MAX_PSKS {
        let info = KemUpdate::info(&hash, &base, &transcript);
        let (ciphertext, _) =
            dyad_protocol::hpke::encapsulate(&xwing, &info, &mut two.rng).unwrap();
        let kem = KemUpdate {
            bundle_hash: hash,
            base,
            ciphertext: Box::new(ciphertext),
        };
        say(
            &mut two,
            Body {
                kem: Some(kem),
                ..Body::default()
            },
        );
    }
    assert!(
        two.alex.encode().len() < 400_000,
        "{}",
        two.alex.encode().len()
    );
}

#[test]
fn forged_bundles_identities_and_words_change_nothing() {
    let mut two = active();
    let before = (two.alex.summary(), two.alex.their_bundles.newest().cloned());
    let stranger = IdentityKey::random(&mut two.rng);
    let mut foreign = two.alex.their_bundles.newest().unwrap().body().clone();
    foreign.identity = stranger.public();
    foreign.created = NOW.plus(5);
    let foreign = foreign.sign(&stranger);
    let eternal = dyad_protocol::bundle::BundleBody {
        expires: NOW.plus(4_000 * DAY),
        created: NOW.plus(6),
        ..two.blair.bundles.last().unwrap().bundle.body().clone()
    };
    let eternal = eternal.sign(&two.blair.identity);
    let weak = dyad_protocol::bundle::BundleBody {
        xwing: dyad_protocol::hpke::XWingPublic::new([0xff; 1216]),
        created: NOW.plus(7),
        ..two.blair.bundles.last().unwrap().bundle.body().clone()
    };
    let weak = weak.sign(&two.blair.identity);
    for bytes in [
        foreign.as_bytes().to_vec(),
        eternal.as_bytes().to_vec(),
        weak.as_bytes().to_vec(),
        vec![1; 2000],
        Vec::new(),
    ] {
        say(
            &mut two,
            Body {
                bundle: Some(bytes),
                ..Body::default()
            },
        );
    }
    let follows = Follows::sign(&stranger, &IdentityKey::random(&mut two.rng));
    say(
        &mut two,
        Body {
            follows: Some(follows),
            ..Body::default()
        },
    );
    let kem = KemUpdate {
        bundle_hash: [9; 32],
        base: PskId::new([1; 8]),
        ciphertext: Box::new([2; 1120]),
    };
    say(
        &mut two,
        Body {
            kem: Some(kem),
            control: Some(Control::AlreadyUsed),
            ..Body::default()
        },
    );
    assert_eq!(
        (two.alex.summary(), two.alex.their_bundles.newest().cloned()),
        before
    );
    assert_sound(&mut two);
}

#[test]
fn confirming_what_was_never_written_is_not_believed_without_end() {
    let mut two = active();
    let stream = two
        .alex
        .out
        .write(Some(LocalId(1)), NOW, &mut two.rng)
        .stream;
    let mut repairs = 0;
    for n in 0..20 {
        let mut ranges = Ranges::default();
        ranges.insert(1_000_000 + n);
        let received = vec![StreamAck { stream, ranges }];
        let epoch = two.alex.sessions.highest_epoch();
        say(
            &mut two,
            Body {
                received: received.clone(),
                read: received,
                ..Body::default()
            },
        );
        repairs += two.alex.sessions.highest_epoch() - epoch;
    }
    assert!(repairs <= 1, "{repairs}");
    assert_eq!(two.alex.summary().unconfirmed, 1);
}

#[test]
fn everything_void_for_ever_hurts_only_who_says_so() {
    let mut two = active();
    let void = Control::TicketsVoidBefore(Timestamp::from_secs(u64::MAX));
    say(
        &mut two,
        Body {
            control: Some(void),
            ..Body::default()
        },
    );
    assert_eq!(two.alex.summary().receivers, []);
    let input = Input::Send {
        local: LocalId(1),
        payload: Payload::text("waits"),
    };
    let sent = step(&two.profiles[0], &two.alex, input, NOW, &mut two.rng).unwrap();
    assert_eq!(sent.next.summary().waiting, 1);
}

#[test]
fn garbage_in_good_envelopes_is_dropped_and_repairs_stay_within_bounds() {
    let mut two = active();
    for n in 0..100u8 {
        for content in [
            Content::Ratchet(vec![n; 60]),
            Content::Establish(vec![n; 1500]),
            Content::Ratchet(Vec::new()),
            Content::Establish(Vec::new()),
        ] {
            let done = step(
                &two.profiles[0],
                &two.alex,
                Input::Forwarded(Box::new(content)),
                NOW,
                &mut two.rng,
            )
            .unwrap();
            two.alex = done.next;
        }
    }
    let submitted = two.alex.summary();
    assert_eq!(submitted.status, Status::Active);
    assert_sound(&mut two);
}

#[test]
fn a_contact_that_begins_sessions_without_end_is_followed_only_so_often() {
    let mut two = active();
    let mut told = 0;
    for _ in 0..3 * INBOUND_REPAIRS_PER_DAY {
        let mut work = Work::new(&two.profiles[1], two.blair.clone(), NOW, &mut two.rng);
        assert!(work.begin_session(Some(crate::RepairReason::Undecryptable)));
        let id = work.state.out.write(None, NOW, &mut work.rng);
        assert!(work.dispatch(id, None).unwrap());
        let done = work.finish();
        let sent: Vec<Outgoing> = submissions(&done.effects).into_iter().cloned().collect();
        let got = receive(&two.profiles[0], two.alex.clone(), &sent, &mut two.rng);
        told += got
            .effects
            .iter()
            .filter(|e| matches!(e, Effect::Event(Event::Repaired { .. })))
            .count();
        (two.blair, two.alex) = (done.next, got.next);
    }
    assert!(told <= INBOUND_REPAIRS_PER_DAY, "{told}");
    assert!(told > 0);
}

#[test]
fn an_establish_under_another_identity_is_refused_and_told() {
    let mut two = active();
    let mut work = Work::new(&two.profiles[1], two.blair.clone(), NOW, &mut two.rng);
    work.state.identity = IdentityKey::new([3; 32]);
    assert!(work.begin_session(Some(crate::RepairReason::Undecryptable)));
    work.settle();
    let sent: Vec<Outgoing> = submissions(&work.finish().effects)
        .into_iter()
        .cloned()
        .collect();
    let got = receive(&two.profiles[0], two.alex.clone(), &sent, &mut two.rng);
    assert!(
        got.effects
            .iter()
            .any(|e| matches!(e, Effect::Event(Event::IdentityChangedRefused)))
    );
    assert_eq!(
        got.next.summary().their_identity,
        two.alex.summary().their_identity
    );
    two.alex = got.next;
    assert_sound(&mut two);
}

#[test]
fn the_longest_text_fits_in_an_establish_beside_a_ticket() {
    let (mut two, _) = requested();
    let payload = Payload::text("x".repeat(MAX_TEXT_LEN));
    let input = Input::Send {
        local: LocalId(1),
        payload,
    };
    let sent = step(&two.profiles[1], &two.blair, input, NOW, &mut two.rng).unwrap();
    assert_eq!(submissions(&sent.effects).len(), 1);
    let mut work = Work::new(&two.profiles[1], sent.next.clone(), NOW, &mut two.rng);
    let id = work.state.out.write(Some(LocalId(2)), NOW, &mut work.rng);
    let text = Payload::text("x".repeat(MAX_TEXT_LEN));
    let draft = work.draft(Some(id), Some(text), None, true).unwrap();
    let body = &draft.body;
    assert!(
        !body.tickets.as_ref().unwrap().tickets.is_empty(),
        "{} of {OPENING_ROOM}",
        body.encode().len()
    );
    let long = Payload::text("x".repeat(MAX_TEXT_LEN + 1));
    let input = Input::Send {
        local: LocalId(3),
        payload: long,
    };
    let refused = step(&two.profiles[1], &sent.next, input, NOW, &mut two.rng);
    assert_eq!(
        refused.err(),
        Some(StepError::TooLong {
            limit: MAX_TEXT_LEN
        })
    );
}

#[test]
fn tickets_of_two_receivers_fit_in_the_first_message_and_the_bundle_in_the_second() {
    let (mut two, _) = requested();
    let hosts = |state: &RelationshipState| state.summary().receivers.len();
    assert_eq!(
        hosts(&two.alex),
        2,
        "Alex can answer by both of Blair's receivers"
    );
    let (alex, sent) = pump(&two.profiles[0], &two.alex, &mut two.rng);
    let got = receive(&two.profiles[1], two.blair, &sent, &mut two.rng);
    assert_eq!(got.next.status(), Status::Active);
    let (_, sent) = pump(&two.profiles[1], &got.next, &mut two.rng);
    assert!(alex.their_bundles.newest().is_none());
    let alex = receive(&two.profiles[0], alex, &sent[..1], &mut two.rng).next;
    assert!(alex.their_bundles.newest().is_some());
}

#[test]
fn a_stored_state_says_when_it_is_damaged_or_newer() {
    let two = active();
    let bytes = two.alex.encode();
    assert_eq!(RelationshipState::decode(&bytes).unwrap().encode(), bytes);
    for len in [0, 1, 2, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            matches!(
                RelationshipState::decode(&bytes[..len]),
                Err(crate::StateError::Damaged(_))
            ),
            "{len}"
        );
    }
    let mut newer = bytes;
    newer[0] = 2;
    assert!(matches!(
        RelationshipState::decode(&newer),
        Err(crate::StateError::Newer { found: 2 })
    ));
    assert!(
        !format!("{two:?}", two = two.alex.sessions).contains("ratchet_key"),
        "no secrets in logs"
    );
}

#[test]
fn nothing_is_sent_when_there_is_no_way() {
    let mut two = active();
    two.alex.theirs.clear();
    let mut work = Work::new(&two.profiles[0], two.alex.clone(), NOW, &mut two.rng);
    assert!(
        work.send_body(None, None, None, &Way::ANY)
            .unwrap()
            .is_none()
    );
}
