use super::*;
use crate::id::HostName;
use crate::limits::{DAY, MAX_TOKENS_PER_BATCH};
use crate::time::{Epoch, Timestamp};

const COUNT: u16 = 5;
const TODAY: u32 = 20_780;

fn provider() -> ProviderSeed {
    ProviderSeed::new([7; 32])
}

fn scope() -> TokenScope {
    TokenScope {
        issuer: "issuer.example".parse().unwrap(),
        redeemer: "sender.example:8443".parse().unwrap(),
        class: TokenClass::Message,
        epoch: Epoch::from_number(TODAY),
    }
}

fn issuer() -> IssuerKey {
    IssuerKey::derive(&provider(), TokenClass::Message, Epoch::from_number(TODAY))
}

fn pending(seed: u8, scope: &TokenScope) -> PendingBatch {
    let key = IssuerKey::derive(&provider(), scope.class, scope.epoch);
    PendingBatch::new(&BatchSeed::new([seed; 32]), &key.public(), scope, COUNT).unwrap()
}

fn tokens(scope: &TokenScope) -> Vec<Token> {
    let key = IssuerKey::derive(&provider(), scope.class, scope.epoch);
    let batch = pending(1, scope);
    batch
        .finish(&key.issue(batch.request(), COUNT).unwrap())
        .unwrap()
}

fn redeemer() -> Redeemer {
    Redeemer::new(
        &provider(),
        scope().issuer,
        scope().redeemer,
        TokenClass::Message,
    )
}

fn noon(day: u32) -> Timestamp {
    Timestamp::from_secs(u64::from(day) * DAY + DAY / 2)
}

fn with_flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn every_token_of_a_batch_is_accepted_on_its_day_and_the_next() {
    let redeemer = redeemer();
    let batch = tokens(&scope());
    assert_eq!(batch.len(), usize::from(COUNT));
    for token in &batch {
        assert_eq!(redeemer.verify(token, noon(TODAY)), Ok(scope().epoch));
        assert_eq!(redeemer.verify(token, noon(TODAY + 1)), Ok(scope().epoch));
    }
    let nonces: std::collections::HashSet<_> = batch.iter().map(Token::nonce).collect();
    assert_eq!(nonces.len(), batch.len());
}

#[test]
fn a_token_of_another_day_is_refused_by_name() {
    let redeemer = redeemer();
    let token = tokens(&scope())[0];
    assert_eq!(
        redeemer.verify(&token, noon(TODAY - 1)),
        Err(TokenError::NotYetValid)
    );
    assert_eq!(
        redeemer.verify(&token, noon(TODAY + 2)),
        Err(TokenError::Expired)
    );
    assert_eq!(
        redeemer.verify(&token, noon(TODAY + 100)),
        Err(TokenError::WrongKey)
    );
    // The clock going back is no reason to forget a key.
    assert_eq!(redeemer.verify(&token, noon(TODAY)), Ok(scope().epoch));
}

#[test]
fn the_same_seed_repeats_the_request_and_finishes_after_a_crash() {
    let response = issuer()
        .issue(pending(1, &scope()).request(), COUNT)
        .unwrap();
    let again = pending(1, &scope());
    assert_eq!(again.request(), pending(1, &scope()).request());
    assert_eq!(again.finish(&response).unwrap(), tokens(&scope()));
}

#[test]
fn one_seed_with_another_scope_or_key_gives_unrelated_nonces() {
    let mut other = scope();
    other.epoch = other.epoch.next();
    assert_ne!(tokens(&scope())[0].nonce(), tokens(&other)[0].nonce());
}

#[test]
fn a_token_for_another_service_is_refused() {
    let mut elsewhere = scope();
    elsewhere.redeemer = "other.example".parse().unwrap();
    let token = tokens(&elsewhere)[0];
    assert_eq!(
        redeemer().verify(&token, noon(TODAY)),
        Err(TokenError::WrongScope)
    );
}

#[test]
fn a_token_of_another_class_or_provider_is_refused() {
    let mut blob = scope();
    blob.class = TokenClass::Blob;
    assert_eq!(
        redeemer().verify(&tokens(&blob)[0], noon(TODAY)),
        Err(TokenError::WrongKey)
    );
    let stranger = Redeemer::new(
        &ProviderSeed::new([8; 32]),
        scope().issuer,
        scope().redeemer,
        TokenClass::Message,
    );
    assert_eq!(
        stranger.verify(&tokens(&scope())[0], noon(TODAY)),
        Err(TokenError::WrongKey)
    );
}

#[test]
fn a_changed_byte_anywhere_in_a_token_makes_it_void() {
    let redeemer = redeemer();
    let token = tokens(&scope())[0];
    for at in 0..Token::LEN {
        let changed = Token::from_slice(&with_flipped(token.as_bytes(), at)).unwrap();
        let expected = match at {
            0..2 => TokenError::Malformed("the token type"),
            34..66 => TokenError::WrongScope,
            66..98 => TokenError::WrongKey,
            _ => TokenError::Forged,
        };
        assert_eq!(
            redeemer.verify(&changed, noon(TODAY)),
            Err(expected),
            "byte {at}"
        );
    }
}

#[test]
fn an_issuer_refuses_another_count_key_or_form() {
    let key = issuer();
    let batch = pending(1, &scope());
    let request = batch.request();
    let wrong = |expected| {
        Err(TokenError::WrongCount {
            expected,
            found: usize::from(COUNT),
        })
    };
    assert_eq!(key.issue(request, COUNT - 1), wrong(COUNT - 1));
    assert_eq!(key.issue(request, COUNT + 1), wrong(COUNT + 1));
    let tomorrow = IssuerKey::derive(&provider(), TokenClass::Message, scope().epoch.next());
    assert_ne!(tomorrow.public(), key.public());
    assert_eq!(tomorrow.issue(request, COUNT), Err(TokenError::WrongKey));

    let malformed = |what| Err(TokenError::Malformed(what));
    assert_eq!(
        key.issue(&with_flipped(request, 1), COUNT),
        malformed("the token type")
    );
    assert_eq!(
        key.issue(&with_flipped(request, 2), COUNT),
        Err(TokenError::WrongKey)
    );
    assert_eq!(key.issue(&[], COUNT), malformed("the token request"));
    assert_eq!(
        key.issue(&request[..request.len() - 1], COUNT),
        malformed("the token request")
    );
    assert_eq!(
        key.issue(&[request, &[0]].concat(), COUNT),
        malformed("the token request")
    );
    // The same length in four bytes instead of two.
    let longer = [&request[..3], &[0x80, 0, 0, 160], &request[5..]].concat();
    assert_eq!(key.issue(&longer, COUNT), malformed("the token request"));
}

#[test]
fn an_issuer_refuses_the_identity_and_what_is_no_group_element() {
    let key = issuer();
    for element in [[0u8; 32], [0xff; 32]] {
        let mut request = pending(1, &scope()).request().to_vec();
        request[5..37].copy_from_slice(&element);
        assert_eq!(
            key.issue(&request, COUNT),
            Err(TokenError::Malformed("a blinded element"))
        );
    }
}

#[test]
fn no_batch_is_empty_or_beyond_the_limit() {
    let public = issuer().public();
    for count in [0, MAX_TOKENS_PER_BATCH + 1] {
        let batch = PendingBatch::new(&BatchSeed::new([1; 32]), &public, &scope(), count);
        assert!(
            matches!(batch, Err(TokenError::WrongCount { .. })),
            "{count}"
        );
    }
    let empty = [0, 5, public.id()[31], 0];
    assert_eq!(
        issuer().issue(&empty, 0),
        Err(TokenError::WrongCount {
            expected: 0,
            found: 0
        })
    );
}

#[test]
fn a_client_refuses_a_key_that_is_no_group_element() {
    for bytes in [[0u8; 32], [0xff; 32]] {
        let batch = PendingBatch::new(
            &BatchSeed::new([1; 32]),
            &TokenKeyPublic::new(bytes),
            &scope(),
            1,
        );
        assert_eq!(batch.err(), Some(TokenError::WrongKey));
    }
}

#[test]
fn a_client_catches_an_issuer_that_uses_another_key_than_it_publishes() {
    let batch = pending(1, &scope());
    // A key made for this client alone, with the same last byte of its id: tokens would be marked.
    let marking = (0u32..)
        .map(|number| {
            IssuerKey::derive(
                &ProviderSeed::new([9; 32]),
                TokenClass::Message,
                Epoch::from_number(number),
            )
        })
        .find(|key| key.public().id()[31] == batch.request()[2])
        .unwrap();
    let response = marking.issue(batch.request(), COUNT).unwrap();
    assert_eq!(batch.finish(&response), Err(TokenError::IssuerCheated));
}

#[test]
fn a_client_refuses_a_damaged_or_swapped_answer() {
    let batch = pending(1, &scope());
    let response = issuer().issue(batch.request(), COUNT).unwrap();
    for at in [2, 40, response.len() - 64, response.len() - 1] {
        assert!(
            batch.finish(&with_flipped(&response, at)).is_err(),
            "byte {at}"
        );
    }
    let other = issuer()
        .issue(pending(2, &scope()).request(), COUNT)
        .unwrap();
    assert_eq!(batch.finish(&other), Err(TokenError::IssuerCheated));
    let malformed = Err(TokenError::Malformed("the issuer's answer"));
    assert_eq!(batch.finish(&[]), malformed);
    assert_eq!(batch.finish(&response[..response.len() - 1]), malformed);
    assert_eq!(batch.finish(&[&response[..], &[0]].concat()), malformed);
    let mut swapped = response.clone();
    swapped[2..66].rotate_left(32);
    assert_eq!(batch.finish(&swapped), Err(TokenError::IssuerCheated));
}

#[test]
fn the_largest_batch_works() {
    let key = issuer();
    let count = MAX_TOKENS_PER_BATCH;
    let batch =
        PendingBatch::new(&BatchSeed::new([3; 32]), &key.public(), &scope(), count).unwrap();
    let tokens = batch
        .finish(&key.issue(batch.request(), count).unwrap())
        .unwrap();
    assert_eq!(tokens.len(), usize::from(count));
    assert_eq!(
        redeemer().verify(&tokens[usize::from(count) - 1], noon(TODAY)),
        Ok(scope().epoch)
    );
}

#[test]
fn the_challenge_is_the_one_of_rfc_9577() {
    let digest = scope().challenge_digest().unwrap();
    let context = crate::hash::hash(crate::label::TOKEN_CONTEXT, &[&[1], &TODAY.to_be_bytes()]);
    let expected = [
        &[0, 5, 0, 14][..],
        b"issuer.example",
        &[32],
        &context,
        &[0, 19],
        b"sender.example:8443",
    ];
    assert_eq!(digest, crate::hash::sha256(&expected.concat()));
}

#[test]
fn classes_have_fixed_numbers_and_names() {
    let all: Vec<_> = TokenClass::ALL
        .iter()
        .map(|class| (class.number(), class.name()))
        .collect();
    assert_eq!(
        all,
        [(1, "message"), (2, "blob"), (3, "mailbox"), (4, "lookup")]
    );
    for class in TokenClass::ALL {
        assert_eq!(TokenClass::from_number(class.number()), Some(class));
        assert_eq!(
            serde_json::to_string(&class).unwrap(),
            format!("\"{class}\"")
        );
    }
    assert_eq!(TokenClass::from_number(0), None);
    assert_eq!(TokenClass::from_number(5), None);
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!(
        "{:?} {:?} {:?} {:?}",
        issuer(),
        pending(1, &scope()),
        redeemer(),
        provider()
    );
    assert!(
        !printed.contains("server:") && printed.contains("ProviderSeed(..)"),
        "{printed}"
    );
}

#[test]
fn host_names_with_every_length_have_a_digest() {
    let name = format!("{}.example", ["a"; 63].concat());
    let host: HostName = name.parse().unwrap();
    let scope = TokenScope {
        issuer: host.clone(),
        redeemer: host,
        ..scope()
    };
    assert!(scope.challenge_digest().is_ok());
}

#[derive(serde::Deserialize)]
struct Batch {
    #[serde(rename = "skS")]
    secret: String,
    #[serde(rename = "pkS")]
    public: String,
    token_request: String,
    token_response: String,
    tokens: Vec<String>,
}

#[test]
fn batches_of_another_implementation_are_issued_and_recognised() {
    #[derive(serde::Deserialize)]
    struct File {
        cases: Vec<Batch>,
    }
    let file: File =
        serde_json::from_str(include_str!("../../tests/data/batched-tokens.json")).unwrap();
    assert_eq!(file.cases.len(), 5);
    for case in &file.cases {
        let [secret, public, request, response] = [
            &case.secret,
            &case.public,
            &case.token_request,
            &case.token_response,
        ]
        .map(|text| hex::decode(text).unwrap());
        let key = IssuerKey::from_private(&secret).unwrap();
        assert_eq!(key.public().as_ref(), public);
        let ours = key.issue(&request, case.tokens.len() as u16).unwrap();
        // All but the proof, whose nonce is drawn.
        assert_eq!(ours.len(), response.len());
        assert_eq!(ours[..ours.len() - 64], response[..response.len() - 64]);
        for token in &case.tokens {
            let token = Token::from_slice(&hex::decode(token).unwrap()).unwrap();
            let parts = wire::TokenParts::of(&token);
            assert_eq!(parts.token_type, wire::TOKEN_TYPE);
            assert_eq!(*parts.key_id, key.public().id());
            assert_eq!(
                key.authenticator(parts.input).unwrap(),
                *parts.authenticator
            );
        }
    }
}
