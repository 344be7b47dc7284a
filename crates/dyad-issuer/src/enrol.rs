//! `POST` [`ENROL_PATH`](dyad_protocol::api::account::ENROL_PATH): a key becomes an account.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use dyad_protocol::api::account::{AccountInfo, EnrolRequest};
use dyad_service::Problem;
use dyad_service::extract::JsonBody;
use dyad_service::server::PeerInfo;
use dyad_store::StoreError;
use dyad_store::accounts::{self, Enrolment};

use crate::EnrolmentCode;
use crate::issuer::Shared;

/// Largest request: key, signature and a code, with room to spare, in bytes.
pub(crate) const MAX_ENROL_LEN: usize = 1_024;

pub(crate) async fn enrol(
    State(issuer): State<Arc<Shared>>,
    peer: Option<Extension<PeerInfo>>,
    JsonBody(request): JsonBody<EnrolRequest, MAX_ENROL_LEN>,
) -> Result<Json<AccountInfo>, Problem> {
    request.verify(&issuer.host).map_err(|_forged| {
        Problem::unauthorized(
            "bad-signature",
            "The request is not signed by the account's key for this host.",
        )
    })?;
    let account = *request.account.as_bytes();
    if let Some(known) = issuer
        .aside(move |issuer| Ok(accounts::find(issuer.store.read(), &account)?))
        .await?
    {
        return Ok(Json(issuer.account_info(&known.tier)));
    }
    issuer
        .enrolments
        .admit(peer.and_then(|Extension(peer)| peer.key()))
        .map_err(Problem::too_many)?;
    let entrance = Entrance::of(&issuer, request.code.as_deref())?;
    match entrance.enter(&issuer, account).await? {
        Enrolment::New(account) => {
            metrics::counter!("issuer_accounts_total").increment(1);
            Ok(Json(issuer.account_info(&account.tier)))
        }
        Enrolment::Known(account) => Ok(Json(issuer.account_info(&account.tier))),
        Enrolment::Refused => Err(refused()),
    }
}

/// How somebody comes in.
enum Entrance {
    Open,
    Code([u8; 32]),
}

impl Entrance {
    /// A code counts where one is given, since it may be for a better tier.
    fn of(issuer: &Shared, code: Option<&str>) -> Result<Self, Problem> {
        match code {
            Some(code) => EnrolmentCode::parse(code)
                .map(|code| Self::Code(code.hash()))
                .ok_or_else(refused),
            None if issuer.config.open_registration => Ok(Self::Open),
            None => Err(Problem::forbidden(
                "code-needed",
                "This provider takes new accounts only with a code. Ask its operator for one.",
            )),
        }
    }

    async fn enter(self, issuer: &Shared, account: [u8; 32]) -> Result<Enrolment, StoreError> {
        let now = issuer.clock.now().as_secs();
        match self {
            Self::Open => {
                let tier = issuer.config.default_tier.clone();
                issuer
                    .store
                    .commit(move |tx| accounts::enrol_open(tx, &account, &tier, now))
                    .await
            }
            Self::Code(hash) => {
                issuer
                    .store
                    .commit(move |tx| accounts::enrol_with_code(tx, &account, &hash, now))
                    .await
            }
        }
    }
}

fn refused() -> Problem {
    Problem::forbidden(
        "code-refused",
        "The code is not good here, or no longer. Check it, or ask the operator for another.",
    )
}
