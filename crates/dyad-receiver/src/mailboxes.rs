//! Making, changing and ending mailboxes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use dyad_protocol::api::mailbox::{
    ChallengeResponse, Change, ChangeMailbox, CreateMailbox, MailboxInfo,
};
use dyad_protocol::id::RootAddress;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::{TokenClass, TokenError};
use dyad_service::Problem;
use dyad_service::extract::JsonBody;
use dyad_store::spent::{Spend, spend};
use dyad_store::{StoreError, mailbox};
use http::StatusCode;
use http::header::{self, HeaderName};
use rand::Rng as _;

use crate::receiver::Shared;

/// Largest request for a mailbox, in bytes: a token and two keys in base64.
const MAX_CREATE_LEN: usize = 2 * 1024;

/// Largest change, in bytes: [`ChangeMailbox::MAX_ADDRESSES`] of them.
const MAX_CHANGE_LEN: usize = 16 * 1024;

const UNCACHED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// `POST` of a [`CreateMailbox`]. The token is spent in the transaction that makes the mailbox; the same
/// request again gets the same mailbox.
pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<CreateMailbox, MAX_CREATE_LEN>,
) -> Result<([(HeaderName, &'static str); 1], Json<MailboxInfo>), Problem> {
    if let Some(disk) = &shared.disk {
        disk.check()?;
    }
    let now = shared.clock.now();
    let token = request.token;
    let epoch = shared
        .aside(move |shared| Ok(shared.redeemer.verify(&token, now)))
        .await?
        .map_err(|error| token_problem(&error))?;
    let info = MailboxInfo {
        root: draw_root(),
        ends: now.plus(shared.config.mailbox_lifetime),
    };
    let spent = shared
        .store
        .commit(move |tx| {
            let class = TokenClass::Mailbox.number();
            let nonce = token.nonce();
            let hash = request.request_hash();
            let spent = spend(
                tx,
                class,
                epoch.number(),
                nonce.as_bytes(),
                &hash,
                &answer(&info),
            )?;
            if spent == Spend::Fresh {
                let CreateMailbox {
                    address_key,
                    access_key,
                    ..
                } = request;
                mailbox::create(tx, &info.root, address_key, access_key, now, info.ends)?;
            }
            Ok::<_, StoreError>(spent)
        })
        .await?;
    let info = match spent {
        Spend::Fresh => {
            metrics::counter!("receiver_mailboxes_created_total").increment(1);
            info
        }
        Spend::Same(first) => parse_answer(&first)
            .ok_or_else(|| Problem::internal("the record of a spent token makes no sense"))?,
        Spend::Conflict => {
            return Err(Problem::conflict(
                "token-used",
                "The token was used for another mailbox. Take another.",
            ));
        }
    };
    Ok((UNCACHED, Json(info)))
}

/// `GET` of a challenge.
pub(crate) async fn challenge(
    State(shared): State<Arc<Shared>>,
) -> ([(HeaderName, &'static str); 1], Json<ChallengeResponse>) {
    let challenge = shared.challenges.make(shared.clock.now());
    (UNCACHED, Json(ChallengeResponse { challenge }))
}

/// `POST` of a [`ChangeMailbox`]: the same answer whether or not there is such a mailbox.
pub(crate) async fn change(
    State(shared): State<Arc<Shared>>,
    JsonBody(request): JsonBody<ChangeMailbox, MAX_CHANGE_LEN>,
) -> Result<StatusCode, Problem> {
    if let Change::Revoke { addresses } = &request.change
        && addresses.len() > ChangeMailbox::MAX_ADDRESSES
    {
        return Err(Problem::bad_request(
            "too-many-addresses",
            "At most 256 addresses can be revoked in one request.",
        ));
    }
    let now = shared.clock.now();
    if !shared.challenges.accepts(&request.challenge, now) {
        return Err(stale_challenge());
    }
    let checked = request.clone();
    let owner = shared
        .aside(move |shared| is_owner(shared, &checked, now))
        .await?;
    if owner {
        let (root, change) = (request.root, request.change);
        shared
            .store
            .commit(move |tx| match change {
                Change::Close => mailbox::close(tx, &root),
                Change::Revoke { addresses } => {
                    mailbox::revoke(tx, &root, &addresses, now).map(|_kept| ())
                }
            })
            .await?;
        // Whoever has it open learns when it is gone.
        shared.wakes.wake(&root);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to a challenge that was not made here, or too long ago.
pub(crate) fn stale_challenge() -> Problem {
    Problem::unauthorized(
        "challenge-stale",
        "The challenge is too old or not from here. Get a fresh one.",
    )
}

fn is_owner(shared: &Shared, request: &ChangeMailbox, now: Timestamp) -> Result<bool, StoreError> {
    let found = mailbox::find(shared.store.read(), &request.root, now)?;
    let key = found
        .as_ref()
        .map_or(shared.nobody, |found| found.access_key);
    Ok(request.verify(&shared.host, &key).is_ok() && found.is_some())
}

fn draw_root() -> RootAddress {
    let mut root = [0; RootAddress::LEN];
    rand::rng().fill_bytes(&mut root);
    RootAddress::new(root)
}

/// As the spent set keeps it: root (16), end (8).
fn answer(info: &MailboxInfo) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(info.root.as_bytes());
    bytes[16..].copy_from_slice(&info.ends.as_secs().to_be_bytes());
    bytes
}

fn parse_answer(bytes: &[u8]) -> Option<MailboxInfo> {
    let (root, ends) = bytes.split_first_chunk::<16>()?;
    Some(MailboxInfo {
        root: RootAddress::new(*root),
        ends: Timestamp::from_secs(u64::from_be_bytes(ends.try_into().ok()?)),
    })
}

pub(crate) fn token_problem(error: &TokenError) -> Problem {
    let code = match error {
        TokenError::WrongKey => "token-wrong-key",
        TokenError::WrongScope => "token-wrong-scope",
        TokenError::Expired => "token-expired",
        TokenError::NotYetValid => "token-not-yet-valid",
        _ => "token-invalid",
    };
    Problem::unauthorized(code, format!("{error}."))
}
