//! Hosting of encrypted invitations: bytes under a name that only the link's holders can compute.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dyad_protocol::api::invite::{HostInvitation, WithdrawInvitation};
use dyad_protocol::id::InvitationLocator;
use dyad_protocol::limits::HOSTED_INVITATION_LEN;
use dyad_protocol::sign::{WithdrawKey, WithdrawPublic};
use dyad_protocol::token::TokenClass;
use dyad_service::Problem;
use dyad_service::extract::{BINARY, JsonBody};
use dyad_store::Transaction;
use dyad_store::invitations::{self, Hosted, Hosting};
use dyad_store::spent::{Spend, spend};
use http::{StatusCode, header};

use crate::refusal;
use crate::sender::Shared;

/// The ciphertext and the token in base64, the rest, and some white space.
const MAX_HOST_LEN: usize = HOSTED_INVITATION_LEN * 4 / 3 + 1024;

/// Locator and signature in base64, and some white space.
const MAX_WITHDRAW_LEN: usize = 512;

/// Wait asked for while no more invitations are hosted: until some expire.
const FULL_WAIT: Duration = Duration::from_secs(3_600);

/// Clocks of apps differ; an invitation for the longest time may end this much later, in seconds.
const CLOCK_SLACK: u64 = 3_600;

/// `POST /v1/invitations`.
pub(crate) async fn host(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<HostInvitation, MAX_HOST_LEN>,
) -> Result<StatusCode, Problem> {
    shared.check_disk()?;
    let now = shared.clock.now();
    let lifetime = shared.config.invitations.lifetime;
    if request.ciphertext.len() != HOSTED_INVITATION_LEN {
        return Err(Problem::bad_request(
            "wrong-length",
            format!("A hosted invitation has exactly {HOSTED_INVITATION_LEN} bytes."),
        ));
    }
    if request.expires <= now {
        return Err(Problem::bad_request(
            "expired",
            "The invitation has expired already. Check the clock.",
        ));
    }
    if request.expires > now.plus(lifetime + CLOCK_SLACK) {
        return Err(Problem::bad_request(
            "too-long",
            format!("Invitations are hosted for at most {lifetime} seconds."),
        ));
    }
    let epoch = shared
        .redeemer
        .verify(&request.token, now)
        .map_err(|error| refusal::token(&error))?;
    let limit = shared.config.invitations.limit;
    shared
        .store
        .commit(move |tx| host_once(tx, request, epoch.number(), limit))
        .await?;
    metrics::counter!("sender_invitations_hosted_total").increment(1);
    Ok(StatusCode::CREATED)
}

fn host_once(
    tx: &mut Transaction<'_>,
    request: HostInvitation,
    epoch: u32,
    limit: u64,
) -> Result<(), Problem> {
    let class = TokenClass::Message.number();
    let (nonce, hash) = (request.token.nonce(), request.request_hash());
    match spend(tx, class, epoch, nonce.as_bytes(), &hash, &[])? {
        Spend::Conflict => return Err(refusal::token_spent()),
        Spend::Same(_) => return Ok(()),
        Spend::Fresh => {}
    }
    let hosted = Hosted {
        expires: request.expires,
        withdraw_key: request.withdraw_key,
        ciphertext: request.ciphertext,
    };
    match invitations::host(tx, &request.locator, &hosted, limit)? {
        Hosting::Hosted => Ok(()),
        Hosting::Taken => Err(Problem::conflict(
            "locator-taken",
            "Another invitation is hosted under this name. Make a new one.",
        )),
        Hosting::Full => Err(Problem::unavailable(
            "invitations-full",
            "No more invitations are hosted for the time being. The token was not spent. Use another sender service.",
            FULL_WAIT,
        )),
    }
}

/// `GET /v1/invitations/{locator}`. Never there, expired and withdrawn look alike.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(locator): Path<String>,
) -> Result<Response, Problem> {
    let locator = parse_hex(&locator).ok_or_else(no_invitation)?;
    let now = shared.clock.now();
    let hosted = shared
        .read(move |shared| invitations::find(shared.store.read(), &locator, now))
        .await??
        .ok_or_else(no_invitation)?;
    Ok(ciphertext(hosted.ciphertext))
}

/// A hosted ciphertext as an answer.
pub(crate) fn ciphertext(bytes: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, BINARY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, bytes.into()).into_response()
}

pub(crate) fn no_invitation() -> Problem {
    Problem::not_found(
        "no-invitation",
        "There is no such invitation: it was withdrawn, has expired, or never existed.",
    )
}

/// `POST /v1/invitations/withdraw`. The answer says nothing, and a signature is checked in any case, so
/// that neither does the time it takes.
pub(crate) async fn withdraw(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<WithdrawInvitation, MAX_WITHDRAW_LEN>,
) -> Result<StatusCode, Problem> {
    let now = shared.clock.now();
    let locator = request.locator;
    let hosted = shared
        .read(move |shared| invitations::find(shared.store.read(), &locator, now))
        .await??;
    let key = hosted.map_or_else(nobody, |hosted| hosted.withdraw_key);
    if request.verify(&shared.host, &key).is_ok() {
        shared
            .store
            .commit(move |tx| invitations::withdraw(tx, &locator, &key))
            .await
            .map_err(Problem::from)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A key that no invitation has, to be checked against where there is none.
fn nobody() -> WithdrawPublic {
    WithdrawKey::new([0x6e; 32]).public()
}

fn parse_hex(text: &str) -> Option<InvitationLocator> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * InvitationLocator::LEN {
        return None;
    }
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect();
    InvitationLocator::from_slice(&bytes?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locator_is_thirty_two_hexadecimal_digits_in_one_spelling() {
        let locator = InvitationLocator::new(*b"0123456789abcdef");
        assert_eq!(parse_hex(&locator.to_string()), Some(locator));
        for wrong in [
            "",
            "00",
            &"0".repeat(31),
            &"0".repeat(33),
            &"A".repeat(32),
            &"é".repeat(16),
        ] {
            assert_eq!(parse_hex(wrong), None, "{wrong}");
        }
    }
}
