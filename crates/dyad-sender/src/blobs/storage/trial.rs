//! Trying a bucket before blobs are kept there, for whoever sets one up.

use std::time::Duration;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::client::{HttpError, HttpErrorKind};

use super::{BlobStorage, StorageError};
use crate::config::S3Config;

/// Time for one request while an operator waits for a check.
const TRIAL_TIME: Duration = Duration::from_secs(5);

/// Longest words of a server that an operator is told, characters.
const MAX_WORDS: usize = 300;

impl BlobStorage {
    /// Writes, reads and removes a small object in the bucket, once each, to see whether a sender could keep blobs there.
    ///
    /// # Errors
    /// What is wrong, as far as it can be told. Nothing is left behind unless removing is what fails.
    pub async fn try_bucket(config: &S3Config) -> Result<(), BucketTrouble> {
        let bucket = Self::bucket(config, TRIAL_TIME, 0).map_err(BucketTrouble::Unusable)?;
        // No name of a blob: a sweep passes it over.
        let name = bucket
            .prefix
            .clone()
            .join(format!("dyad-check-{}", std::process::id()));
        let bytes = Bytes::from_static(b"dyad check");
        let put = bucket.objects.put(&name, bytes.clone().into()).await;
        put.map_err(|error| BucketTrouble::of("writing", &error))?;
        let read = match bucket.objects.get(&name).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        let removed = bucket.objects.delete(&name).await;
        let read = read.map_err(|error| BucketTrouble::of("reading", &error))?;
        removed.map_err(|error| BucketTrouble::of("removing", &error))?;
        if read == bytes {
            return Ok(());
        }
        Err(BucketTrouble::Strange)
    }
}

/// Why a bucket cannot keep blobs.
#[derive(Debug, thiserror::Error)]
pub enum BucketTrouble {
    /// The configuration cannot be used.
    #[error("{0}")]
    Unusable(StorageError),
    /// There is no such bucket.
    #[error("there is no such bucket")]
    NoBucket,
    /// The access key, its secret or its rights are not the ones.
    #[error("{doing} is refused: {why}")]
    Refused {
        /// What was tried.
        doing: &'static str,
        /// In the words of the server.
        why: String,
    },
    /// Nobody answers there, or not in time.
    #[error("nobody answers: {0}")]
    Unreachable(String),
    /// Something else.
    #[error("{doing} fails: {why}")]
    Failed {
        /// What was tried.
        doing: &'static str,
        /// In the words of the server.
        why: String,
    },
    /// What was read is not what was written.
    #[error("what was read is not what was written")]
    Strange,
}

impl BucketTrouble {
    fn of(doing: &'static str, error: &object_store::Error) -> Self {
        let why = innermost(error);
        match error {
            object_store::Error::NotFound { .. } => Self::NoBucket,
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Refused { doing, why },
            _ if unanswered(error) => Self::Unreachable(why),
            _ => Self::Failed { doing, why },
        }
    }
}

/// Whether there was no answer at all.
fn unanswered(error: &object_store::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(found) = cause {
        if let Some(http) = found.downcast_ref::<HttpError>() {
            return matches!(http.kind(), HttpErrorKind::Connect | HttpErrorKind::Timeout);
        }
        cause = found.source();
    }
    false
}

/// The words of the last cause, without what only the library says, on one line of bounded length.
fn innermost(error: &object_store::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    let line = last.to_string().replace(char::is_control, " ");
    line.chars().take(MAX_WORDS).collect()
}
