//! Tokens: keys, challenges, issuance, redemption.

mod redemption;

use dyad_protocol::hash::derive;
use dyad_protocol::label;
use dyad_protocol::time::Epoch;
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Token, TokenClass, TokenScope,
};
use privacypass::private_tokens::{BlindedElement, Ristretto255, VoprfServer};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{NOW, host, random};
use super::*;

const COUNT: u16 = 3;

struct Made {
    provider: ProviderSeed,
    seed: BatchSeed,
    scope: TokenScope,
    request: Vec<u8>,
    response: Vec<u8>,
    tokens: Vec<Token>,
}

impl Made {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let provider = ProviderSeed::new(random(rng));
        let seed = BatchSeed::new(random(rng));
        let scope = TokenScope {
            issuer: host("issuer.example"),
            redeemer: host("sender.example:8443"),
            class: TokenClass::Message,
            epoch: Epoch::containing(NOW),
        };
        let batch = pending(&provider, &seed, &scope);
        let response = issue(&provider, &scope, batch.request(), rng);
        let tokens = batch.finish(&response).unwrap();
        Self {
            provider,
            seed,
            scope,
            request: batch.request().to_vec(),
            response,
            tokens,
        }
    }

    fn client_input(&self) -> Value {
        let public = IssuerKey::derive(&self.provider, self.scope.class, self.scope.epoch).public();
        let mut input = scope_value(&self.scope);
        input["seed"] = hex(self.seed.expose());
        input["public"] = hex(public);
        input["count"] = COUNT.into();
        input
    }

    fn finish_input(&self, response: &[u8]) -> Value {
        let mut input = self.client_input();
        input["response"] = hex(response);
        input
    }

    fn issue_input(&self, request: &[u8]) -> Value {
        json!({
            "provider_seed": hex(self.provider.expose()),
            "class": self.scope.class.number(),
            "epoch": self.scope.epoch.number(),
            "expected_count": COUNT,
            "request": hex(request),
        })
    }

    fn verify_input(&self, token: &[u8]) -> Value {
        json!({
            "provider_seed": hex(self.provider.expose()),
            "issuer": self.scope.issuer.as_str(),
            "redeemer": self.scope.redeemer.as_str(),
            "class": self.scope.class.number(),
            "now": NOW.as_secs(),
            "token": hex(token),
        })
    }
}

fn pending(provider: &ProviderSeed, seed: &BatchSeed, scope: &TokenScope) -> PendingBatch {
    let public = IssuerKey::derive(provider, scope.class, scope.epoch).public();
    PendingBatch::new(seed, &public, scope, COUNT).unwrap()
}

/// Issues by the book, so that the proof's nonce can come from the seeded generator.
fn issue(
    provider: &ProviderSeed,
    scope: &TokenScope,
    request: &[u8],
    rng: &mut ChaCha20Rng,
) -> Vec<u8> {
    let parts: [&[u8]; 2] = [&[scope.class.number()], &scope.epoch.number().to_be_bytes()];
    let seed: [u8; 32] = derive(provider.expose(), label::TOKEN_KEY, &parts);
    let server = VoprfServer::<Ristretto255>::new_from_seed(&seed, b"PrivacyPass").unwrap();
    // Type 2, truncated key id 1, length 2 (three elements take 96 bytes).
    let blinded: Vec<_> = request[5..]
        .chunks_exact(32)
        .map(|bytes| BlindedElement::<Ristretto255>::deserialize(bytes).unwrap())
        .collect();
    let prepared: Vec<_> = server
        .batch_blind_evaluate_prepare(blinded.iter())
        .collect();
    let result = server
        .batch_blind_evaluate_finish(rng, blinded.iter(), &prepared)
        .unwrap();
    let proof = result.proof.serialize();
    let elements: Vec<u8> = result
        .messages
        .flat_map(|element| element.serialize())
        .collect();
    [&[0x40, 96][..], &elements, &proof].concat()
}

fn scope_value(scope: &TokenScope) -> Value {
    json!({
        "issuer": scope.issuer.as_str(),
        "redeemer": scope.redeemer.as_str(),
        "class": scope.class.number(),
        "epoch": scope.epoch.number(),
    })
}

pub fn file() -> File {
    let mut rng = rng("token");
    let made = Made::new(&mut rng);
    let mut cases = keys_and_challenges(&made);
    issuance(&made, &mut cases, &mut rng);
    finishing(&made, &mut cases, &mut rng);
    redemption::add(&made, &mut cases, &mut rng);
    File {
        name: "token.json",
        about: "Privacy Pass tokens of type 5. That a token is spent once is for the redeemer's store to check.",
        cases,
    }
}

fn keys_and_challenges(made: &Made) -> Vec<Case> {
    let mut cases = vec![];
    for class in TokenClass::ALL {
        for epoch in [Epoch::from_number(0), made.scope.epoch] {
            let key = IssuerKey::derive(&made.provider, class, epoch).public();
            cases.push(Case::ok(
                "token/key",
                &format!("key of {class}, epoch {}", epoch.number()),
                "From the provider's seed.",
                json!({ "provider_seed": hex(made.provider.expose()), "class": class.number(), "epoch": epoch.number() }),
                json!({ "public": hex(key), "id": hex(key.id()) }),
            ));
            let scope = TokenScope {
                class,
                epoch,
                ..made.scope.clone()
            };
            cases.push(Case::ok(
                "token/challenge",
                &format!("challenge of {class}, epoch {}", epoch.number()),
                "SHA-256 of the TokenChallenge that both sides know without sending it.",
                scope_value(&scope),
                json!({ "digest": hex(scope.challenge_digest().unwrap()) }),
            ));
        }
    }
    cases
}

fn issuance(made: &Made, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    cases.push(Case::ok(
        "token/request",
        "a batch of three",
        "Follows from the seed, so that it can be repeated after a crash.",
        made.client_input(),
        json!({ "request": hex(&made.request) }),
    ));
    let not_a_key = with(&made.client_input(), "public", hex([0xff; 32]));
    let identity = with(&made.client_input(), "public", hex([0; 32]));
    for (name, input, error) in [
        (
            "a batch of none",
            with(&made.client_input(), "count", 0.into()),
            "wrong-count",
        ),
        (
            "a batch of 2,001",
            with(&made.client_input(), "count", 2001.into()),
            "wrong-count",
        ),
        ("public key that is no element", not_a_key, "wrong-key"),
        ("identity as public key", identity, "wrong-key"),
    ] {
        cases.push(Case::refused(
            "token/request",
            name,
            "The client refuses before it asks.",
            input,
            error,
        ));
    }

    let evaluated = &made.response[..made.response.len() - 64];
    cases.push(Case::ok(
        "token/issue",
        "issued",
        "All of the answer but the proof, whose nonce is drawn.",
        made.issue_input(&made.request),
        json!({ "evaluated": hex(evaluated) }),
    ));
    let request = &made.request[..];
    let mut refused = |name: &str, description: &str, bytes: Vec<u8>, error: &str| {
        cases.push(Case::refused(
            "token/issue",
            name,
            description,
            made.issue_input(&bytes),
            error,
        ));
    };
    refused("empty", "Nothing at all.", vec![], "malformed");
    refused(
        "truncated",
        "The last byte is missing.",
        truncated(request),
        "malformed",
    );
    refused(
        "trailing byte",
        "One byte too many.",
        extended(request),
        "malformed",
    );
    refused(
        "token type 1",
        "Another kind of token.",
        patched(request, 0, &[0, 1]),
        "malformed",
    );
    refused(
        "another key",
        "The last byte of the key's id is another.",
        flipped(request, 2),
        "wrong-key",
    );
    refused(
        "one element less",
        "All clients fetch the same.",
        [&request[..3], &[0x40, 64], &request[5..69]].concat(),
        "wrong-count",
    );
    refused(
        "one element more",
        "All clients fetch the same.",
        [&request[..3], &[0x40, 128], &request[5..], &request[5..37]].concat(),
        "wrong-count",
    );
    refused(
        "no elements",
        "An empty batch.",
        [&request[..3], &[0]].concat(),
        "wrong-count",
    );
    refused(
        "length in four bytes",
        "The same length in more bytes than it needs.",
        [&request[..3], &[0x80, 0, 0, 96], &request[5..]].concat(),
        "malformed",
    );
    refused(
        "identity element",
        "Would come back as it is.",
        patched(request, 5, &[0; 32]),
        "malformed",
    );
    refused(
        "no element",
        "Not a canonical encoding.",
        patched(request, 5, &[0xff; 32]),
        "malformed",
    );
    let other = ProviderSeed::new(random(rng));
    let input = with(
        &made.issue_input(request),
        "provider_seed",
        hex(other.expose()),
    );
    cases.push(Case::refused(
        "token/issue",
        "for another provider",
        "The request was made for a key that this provider does not have.",
        input,
        "wrong-key",
    ));
}

fn finishing(made: &Made, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let tokens: Vec<_> = made.tokens.iter().map(hex).collect();
    cases.push(Case::ok(
        "token/finish",
        "finished",
        "The proof holds, and the tokens come out.",
        made.finish_input(&made.response),
        json!({ "tokens": tokens }),
    ));
    let response = &made.response[..];
    let marking = marking_response(made, rng);
    let other_seed = BatchSeed::new(random(rng));
    let other = issue(
        &made.provider,
        &made.scope,
        pending(&made.provider, &other_seed, &made.scope).request(),
        rng,
    );
    for (name, description, bytes, error) in [
        ("no answer", "Nothing at all.", vec![], "malformed"),
        (
            "answer, truncated",
            "The last byte is missing.",
            truncated(response),
            "malformed",
        ),
        (
            "answer, trailing byte",
            "One byte too many.",
            extended(response),
            "malformed",
        ),
        (
            "one token less",
            "The answer is shorter than the request.",
            [&[0x40, 64], &response[2..66], &response[98..]].concat(),
            "wrong-count",
        ),
        (
            "swapped elements",
            "Each token would be another's.",
            [
                &response[..2],
                &response[34..66],
                &response[2..34],
                &response[66..],
            ]
            .concat(),
            "issuer-cheated",
        ),
        (
            "changed proof",
            "One bit of it.",
            flipped(response, response.len() - 40),
            "issuer-cheated",
        ),
        (
            "answer to another request",
            "Of the same client and key.",
            other,
            "issuer-cheated",
        ),
        (
            "another key",
            "An issuer that uses a key of its own for one client would mark its tokens.",
            marking,
            "issuer-cheated",
        ),
    ] {
        cases.push(Case::refused(
            "token/finish",
            name,
            description,
            made.finish_input(&bytes),
            error,
        ));
    }
}

/// Evaluated with another provider's key, with a valid proof for that key.
fn marking_response(made: &Made, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let other = ProviderSeed::new(random(rng));
    issue(&other, &made.scope, &made.request, rng)
}
