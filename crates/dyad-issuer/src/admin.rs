//! The operator's endpoints: enrolment codes are made, listed and revoked.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_service::Problem;
use dyad_service::extract::JsonBody;
use dyad_store::StoreError;
use dyad_store::accounts::codes::{self, CODE_ID_LEN, Code, CodeId};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::EnrolmentCode;
use crate::issuer::Shared;

/// `POST`: a [`NewCode`], answered with a [`CreatedCode`]. `GET`: a [`CodeList`].
pub const CODES_PATH: &str = "/admin/codes";

/// `DELETE`: the code with this id enrols nobody any more.
pub const CODE_PATH: &str = "/admin/codes/{id}";

/// Accounts that one code may be made for.
pub const MAX_USES: u32 = 1_000_000;

/// Days that a code may live.
pub const MAX_DAYS: u32 = 3_660;

/// Bytes of a note.
pub const MAX_NOTE_LEN: usize = 200;

/// Largest request, in bytes.
const MAX_BODY: usize = 4_096;

/// Asks for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    /// Tier of the accounts; the default tier where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Accounts that it enrols, 1 to [`MAX_USES`].
    pub uses: u32,
    /// Days until it expires, 1 to [`MAX_DAYS`].
    pub days: u32,
    /// The operator's own words, at most [`MAX_NOTE_LEN`] bytes.
    #[serde(default)]
    pub note: String,
}

/// A code that was made: the only time that it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedCode {
    /// The code itself.
    pub code: String,
    /// What is listed of it.
    #[serde(flatten)]
    pub entry: CodeEntry,
}

/// A code, without the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeEntry {
    /// Names it, in hexadecimal.
    pub id: String,
    /// Tier of the accounts.
    pub tier: String,
    /// Accounts that it was made for.
    pub uses: u32,
    /// Accounts that it can still enrol.
    pub left: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// The operator's own words.
    pub note: String,
}

/// All codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeList {
    /// By id.
    pub codes: Vec<CodeEntry>,
}

impl CodeEntry {
    fn new(id: CodeId, code: Code) -> Self {
        Self {
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            tier: code.tier,
            uses: code.uses,
            left: code.left,
            created: Timestamp::from_secs(code.created),
            expires: Timestamp::from_secs(code.expires),
            note: code.note,
        }
    }
}

pub(crate) async fn create(
    State(issuer): State<Arc<Shared>>,
    JsonBody(new): JsonBody<NewCode, MAX_BODY>,
) -> Result<(StatusCode, Json<CreatedCode>), Problem> {
    let kept = check(&issuer, new)?;
    let code = EnrolmentCode::random().map_err(Problem::internal)?;
    let hash = code.hash();
    let id = *hash
        .first_chunk::<CODE_ID_LEN>()
        .unwrap_or(&[0; CODE_ID_LEN]);
    let entry = CodeEntry::new(id, kept.clone());
    issuer
        .store
        .commit(move |tx| {
            codes::create(tx, &hash, &kept);
            Ok::<_, StoreError>(())
        })
        .await?;
    let created = CreatedCode {
        code: code.to_string(),
        entry,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn check(issuer: &Shared, new: NewCode) -> Result<Code, Problem> {
    let config = &issuer.config;
    let tier = new.tier.unwrap_or_else(|| config.default_tier.clone());
    if !config.tiers.contains_key(&tier) {
        return Err(Problem::bad_request(
            "unknown-tier",
            "The configuration has no tier of this name.",
        ));
    }
    let ranges = [("uses", new.uses, MAX_USES), ("days", new.days, MAX_DAYS)];
    for (what, given, max) in ranges {
        if !(1..=max).contains(&given) {
            let detail = format!("{what} must be 1 to {max}.");
            return Err(Problem::bad_request("out-of-range", detail));
        }
    }
    if new.note.len() > MAX_NOTE_LEN {
        let detail = format!("A note has at most {MAX_NOTE_LEN} bytes.");
        return Err(Problem::bad_request("out-of-range", detail));
    }
    let now = issuer.clock.now();
    Ok(Code {
        tier,
        created: now.as_secs(),
        expires: now.plus(u64::from(new.days) * DAY).as_secs(),
        uses: new.uses,
        left: new.uses,
        note: new.note,
    })
}

pub(crate) async fn list(State(issuer): State<Arc<Shared>>) -> Result<Json<CodeList>, Problem> {
    let found = issuer
        .aside(|issuer| Ok(codes::list(issuer.store.read())?))
        .await?;
    let codes = found.into_iter().map(|(id, code)| CodeEntry::new(id, code));
    Ok(Json(CodeList {
        codes: codes.collect(),
    }))
}

pub(crate) async fn revoke(
    State(issuer): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = parse_id(&id).ok_or_else(|| {
        Problem::bad_request("malformed", "The id of a code is 16 hexadecimal digits.")
    })?;
    let there = issuer
        .store
        .commit(move |tx| codes::revoke(tx, &id))
        .await?;
    if there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(
            "unknown-code",
            "There is no code with this id.",
        ))
    }
}

fn parse_id(text: &str) -> Option<CodeId> {
    let digits = text.len() == 2 * CODE_ID_LEN && text.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u64::from_str_radix(text, 16).ok().filter(|_| digits)?;
    Some(number.to_be_bytes())
}
