//! Tokens as a service verifies them.

use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::ProviderSeed;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::super::cast::random;
use super::super::{Case, extended, flipped, hex, patched, truncated, with};
use super::Made;

pub fn add(made: &Made, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let token = made.tokens[0].as_bytes();
    let input = made.verify_input(token);
    let day = made.scope.epoch.number();
    let begins = Timestamp::from_secs(u64::from(day) * DAY);
    let at = |now: Timestamp| with(&input, "now", now.as_secs().into());
    let epoch = json!({ "epoch": day });
    for (name, now) in [
        ("first second", begins),
        ("last second", begins.plus(2 * DAY - 1)),
    ] {
        cases.push(Case::ok(
            "token/verify",
            name,
            "Accepted on its day and the next.",
            at(now),
            epoch.clone(),
        ));
    }
    cases.push(Case::ok(
        "token/verify",
        "the same token again",
        "Verifying says nothing about double spending.",
        input.clone(),
        epoch,
    ));
    for (name, description, now, error) in [
        (
            "expired",
            "Two days after its day began.",
            begins.plus(2 * DAY),
            "expired",
        ),
        (
            "long expired",
            "Its key is no longer known.",
            begins.plus(30 * DAY),
            "wrong-key",
        ),
        (
            "not valid yet",
            "One second before its day.",
            begins.minus(1),
            "not-yet-valid",
        ),
    ] {
        cases.push(Case::refused(
            "token/verify",
            name,
            description,
            at(now),
            error,
        ));
    }
    let second = made.tokens[1].as_bytes();
    for (name, description, bytes, error) in [
        ("token, empty", "Nothing at all.", vec![], "length"),
        (
            "token, truncated",
            "The last byte is missing.",
            truncated(token),
            "length",
        ),
        (
            "token, trailing byte",
            "One byte too many.",
            extended(token),
            "length",
        ),
        (
            "token type 2",
            "Another kind of token.",
            patched(token, 1, &[2]),
            "malformed",
        ),
        (
            "changed nonce",
            "The nonce is what was evaluated.",
            flipped(token, 2),
            "forged",
        ),
        (
            "nonce of another token",
            "Spending one token twice under two nonces.",
            patched(token, 2, &second[2..34]),
            "forged",
        ),
        (
            "changed challenge",
            "For another service or use.",
            flipped(token, 34),
            "wrong-scope",
        ),
        (
            "changed key id",
            "All of it counts, not only its last byte.",
            flipped(token, 66),
            "wrong-key",
        ),
        (
            "changed authenticator",
            "One bit of it.",
            flipped(token, 161),
            "forged",
        ),
        (
            "no authenticator",
            "Zeros.",
            patched(token, 98, &[0; 64]),
            "forged",
        ),
    ] {
        cases.push(Case::refused(
            "token/verify",
            name,
            description,
            made.verify_input(&bytes),
            error,
        ));
    }
    let other = ProviderSeed::new(random(rng));
    for (name, field, value, error) in [
        (
            "at another redeemer",
            "redeemer",
            Value::from("other.example"),
            "wrong-scope",
        ),
        (
            "of another issuer",
            "issuer",
            "other.example".into(),
            "wrong-scope",
        ),
        ("as another class", "class", 3.into(), "wrong-key"),
        (
            "at another provider",
            "provider_seed",
            hex(other.expose()),
            "wrong-key",
        ),
    ] {
        cases.push(Case::refused(
            "token/verify",
            name,
            "Good, but not here.",
            with(&input, field, value),
            error,
        ));
    }
}
