//! Blobs: files that apps have encrypted, kept for a time against tokens.
//!
//! The record comes before the bytes when a blob is made, and after them when a part has come: so every object
//! has a record to which it belongs, and every part on record has its object, synced. What a crash leaves
//! between the two is written again by the app, or swept.
//!
//! What this knows of a blob: its size class, when it comes, goes and is fetched, and from which network
//! address. Neither whose it is nor what is inside.

mod create;
mod parts;
mod read;
mod storage;
mod sweep;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use dyad_protocol::api::blob::{BLOBS_PATH, from_authorization};
use dyad_protocol::id::BlobLocator;
use dyad_protocol::limits::DAY;
use dyad_protocol::token::Redeemer;
use dyad_service::Problem;
use dyad_service::limits::ConcurrencyLimit;
use dyad_store::blobs::{self, Blob};
use http::{HeaderMap, header};

pub use storage::{BlobStorage, BucketTrouble, StorageError};
pub(crate) use sweep::run;

use crate::config::BlobConfig;
use crate::sender::Shared;
use uploads::Uploads;

/// What keeping blobs needs.
#[derive(Debug)]
pub struct BlobDeps {
    /// Verifies tokens of class `blob`.
    pub redeemer: Redeemer,
    /// Where their bytes are.
    pub storage: BlobStorage,
}

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Blobs {
    redeemer: Redeemer,
    storage: BlobStorage,
    uploads: Uploads,
    reads: ConcurrencyLimit,
}

impl Blobs {
    pub(crate) fn new(deps: BlobDeps, config: &BlobConfig) -> Self {
        Self {
            redeemer: deps.redeemer,
            storage: deps.storage,
            uploads: Uploads::new(config.parts_at_once),
            reads: ConcurrencyLimit::new(config.reads_at_once),
        }
    }
}

/// The sender service, where it keeps blobs.
#[derive(Clone, Debug)]
struct Keeper {
    shared: Arc<Shared>,
    blobs: Arc<Blobs>,
}

impl Keeper {
    /// A blob, complete or not.
    async fn find(&self, locator: BlobLocator) -> Result<Blob, Problem> {
        let now = self.shared.clock.now();
        self.shared
            .read(move |shared| blobs::find(shared.store.read(), &locator, now))
            .await??
            .ok_or_else(no_blob)
    }
}

/// The endpoints; none where no blobs are kept.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let Some(blobs) = shared.blobs.clone() else {
        return Router::new();
    };
    let keeper = Keeper {
        shared: Arc::clone(shared),
        blobs,
    };
    let one = format!("{BLOBS_PATH}/{{locator}}");
    Router::new()
        .route(BLOBS_PATH, post(create::create))
        .route(&one, get(read::read).delete(parts::delete))
        .route(&format!("{one}/parts"), get(parts::missing))
        .route(&format!("{one}/parts/{{part}}"), put(parts::put))
        .with_state(keeper)
}

/// For how many seconds a blob is kept at most.
pub(crate) fn lifetime(shared: &Shared) -> u64 {
    let days = u64::from(shared.config.blobs.days);
    shared.blobs.as_ref().map_or(0, |_| days * DAY)
}

/// Whoever knows the secret may write; to anybody else, there is no such blob.
fn authorized(headers: &HeaderMap, locator: &str) -> Result<BlobLocator, Problem> {
    let value = headers.get(header::AUTHORIZATION);
    let secret = value
        .and_then(|value| value.to_str().ok())
        .and_then(from_authorization)
        .ok_or_else(no_blob)?;
    let own = secret.locator();
    let named = from_hex(locator).map(BlobLocator::new);
    (named == Some(own)).then_some(own).ok_or_else(no_blob)
}

fn no_blob() -> Problem {
    Problem::not_found(
        "no-blob",
        "There is no such blob: it never was, is not complete, has expired or was deleted.",
    )
}

/// Lower-case digits only: one name, one spelling.
fn from_hex(text: &str) -> Option<[u8; 16]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: &[u8; 32] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use dyad_protocol::api::blob::{BlobSecret, authorization};

    use super::*;

    #[test]
    fn a_secret_opens_its_own_blob_and_no_other() {
        let (secret, other) = (BlobSecret::new([1; 32]), BlobSecret::new([2; 32]));
        let mut headers = HeaderMap::new();
        let name = secret.locator().to_string();
        assert!(authorized(&headers, &name).is_err());
        headers.insert(
            header::AUTHORIZATION,
            authorization(&secret).parse().unwrap(),
        );
        assert_eq!(authorized(&headers, &name), Ok(secret.locator()));
        for wrong in [
            other.locator().to_string(),
            name.to_uppercase(),
            String::new(),
            "é".repeat(16),
        ] {
            let problem = authorized(&headers, &wrong).unwrap_err();
            assert_eq!(
                (problem.status().as_u16(), problem.code()),
                (404, "no-blob")
            );
        }
    }
}
