//! What a contact may put into a message stays within bounds and hurts only who says it.

use super::*;

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
