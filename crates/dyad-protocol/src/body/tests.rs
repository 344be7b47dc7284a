//! What comes out is what went in, and what does not belong is refused or kept.

use super::*;
use crate::limits::XWING_CIPHERTEXT_LEN;

fn follows() -> Follows {
    let old = crate::sign::IdentityKey::new([6; 32]);
    Follows::sign(&old, &crate::sign::IdentityKey::new([7; 32]))
}

#[test]
fn an_identity_follows_only_the_one_that_signed_it() {
    let (old, other) = (
        crate::sign::IdentityKey::new([6; 32]),
        crate::sign::IdentityKey::new([8; 32]),
    );
    assert!(follows().verify(&old.public()).is_ok());
    assert!(follows().verify(&other.public()).is_err());
    let forged = Follows {
        identity: other.public(),
        ..follows()
    };
    assert!(forged.verify(&old.public()).is_err());
}

fn full() -> Body {
    let stream = StreamId::new([1; 8]);
    let mut ranges = Ranges::default();
    for seq in [1, 2, 3, 7] {
        ranges.insert(seq);
    }
    Body {
        message: Some(MessageId { stream, seq: 300 }),
        sent: Timestamp::from_secs(1_800_000_000),
        payload: Some(Payload {
            kind: "vnd.example.move".into(),
            content: vec![1, 2],
            fallback: Some("moved".into()),
            reply: None,
            timer: None,
        }),
        received: vec![StreamAck {
            stream,
            ranges: ranges.clone(),
        }],
        read: vec![StreamAck { stream, ranges }],
        tickets: None,
        stock: Some(4),
        bundle: Some(vec![9; 40]),
        kem: Some(KemUpdate {
            bundle_hash: [3; 32],
            base: crate::psk::PskId::new([5; 8]),
            ciphertext: Box::new([4; XWING_CIPHERTEXT_LEN]),
        }),
        presentation: Some(Presentation {
            name: "Alex".into(),
            pronouns: Some("they".into()),
        }),
        control: Some(Control::TicketsVoidBefore(Timestamp::from_secs(5))),
        context: Some(vec![8]),
        follows: Some(follows()),
        written: Some(Timestamp::from_secs(4)),
        unknown: Unknown::default(),
    }
}

#[test]
fn a_body_survives_the_journey() {
    for body in [Body::default(), full()] {
        assert_eq!(Body::decode(&body.encode()).unwrap(), body);
    }
}

#[test]
fn keys_of_a_newer_app_are_kept_and_ignored() {
    let mut bytes = Body::default().encode();
    assert_eq!(bytes[0], 0xa2);
    bytes[0] = 0xa3;
    bytes.extend_from_slice(&[0x18, 99, 0x82, 1, 0x61, b'x']);
    let body = Body::decode(&bytes).unwrap();
    assert_eq!(
        body.unknown.entries(),
        [UnknownKey {
            key: 99,
            value: vec![0x82, 1, 0x61, b'x']
        }]
    );
    assert_eq!(body.encode(), bytes);
}

#[test]
fn doubled_keys_missing_versions_depth_and_trailing_bytes_are_refused() {
    let good = Body::default().encode();
    let mut doubled = good.clone();
    doubled[0] = 0xa3;
    doubled.extend_from_slice(&[2, 0]);
    let mut trailing = good.clone();
    trailing.push(0);
    let mut deep = vec![0xa3, 0, 1, 2, 0, 0x18, 99];
    deep.extend(std::iter::repeat_n(0x81, 40));
    deep.push(0);
    for bytes in [
        &doubled,
        &trailing,
        &deep,
        &vec![0xa0],
        &vec![0xa1, 2, 0],
        &vec![0xbf, 0, 1, 0xff],
        &vec![],
    ] {
        assert!(Body::decode(bytes).is_err(), "{bytes:?}");
    }
    assert_eq!(
        Body::decode(&[0xa2, 0, 2, 2, 0]),
        Err(DecodeError::Version {
            what: "message body",
            found: 2
        })
    );
}

#[test]
fn sequence_numbers_that_no_store_can_hold_are_refused() {
    let numbered = |seq| Body {
        message: Some(MessageId {
            stream: StreamId::new([1; 8]),
            seq,
        }),
        ..Body::default()
    };
    for seq in [1, MAX_SEQ] {
        let body = numbered(seq);
        assert_eq!(Body::decode(&body.encode()).unwrap(), body);
    }
    for seq in [0, MAX_SEQ + 1, u64::MAX] {
        assert!(Body::decode(&numbered(seq).encode()).is_err(), "{seq}");
    }
}
