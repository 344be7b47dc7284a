//! Whether the bucket takes what is to be kept there. It asks somebody else, so it is no part of a start.

use dyad_sender::{BlobStorage, BucketTrouble, S3Config};
use dyad_service::config::Report;

use crate::ProviderConfig;

/// Tries the bucket in which blobs are to be kept, if they are: writes, reads and removes a small object. Trouble is a
/// warning, since messages work without.
pub async fn try_bucket(config: &ProviderConfig) -> Report {
    let mut report = Report::new();
    let blobs = config.sender.as_ref().map(|sender| &sender.blobs);
    let bucket = blobs
        .filter(|blobs| blobs.capacity > 0)
        .and_then(|blobs| blobs.s3.as_ref());
    let Some(bucket) = bucket else {
        return report;
    };
    let Err(trouble) = BlobStorage::try_bucket(bucket).await else {
        return report;
    };
    let (key, todo) = match &trouble {
        // That stops a start, too.
        BucketTrouble::Unusable(why) => {
            report.error(
                "sender.blobs.s3",
                format!("cannot be used: {why}."),
                "Change it.",
            );
            return report;
        }
        BucketTrouble::NoBucket => ("bucket", "Make it, or correct bucket, region and endpoint."),
        BucketTrouble::Refused { .. } => (
            "access_key",
            "Correct the key, its secret and the region; it must be allowed to write, read, list and delete objects.",
        ),
        // Who answers or does not may then be whoever gives the machine its credentials.
        BucketTrouble::Unreachable(_) | BucketTrouble::Failed { .. } if nameless(bucket) => (
            "access_key",
            "Name one, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without, only a machine with a role of its own gets in.",
        ),
        BucketTrouble::Unreachable(_) => (
            "endpoint",
            "Correct it, and let this machine reach it: until then no files can be kept.",
        ),
        BucketTrouble::Failed { .. } | BucketTrouble::Strange => (
            "bucket",
            "Ask whoever runs it: until then no files can be kept.",
        ),
    };
    let at = format!("sender.blobs.s3.{key}");
    let named = &bucket.bucket;
    let what = match &trouble {
        BucketTrouble::NoBucket => format!("is {named}, and there is no such bucket."),
        trouble => format!("does not work for the bucket {named}: {trouble}."),
    };
    report.warning(at, what, todo);
    report
}

/// Whether nothing says with which credentials, so that the machine's own are asked for.
fn nameless(bucket: &S3Config) -> bool {
    bucket.access_key.is_none() && std::env::var_os("AWS_ACCESS_KEY_ID").is_none()
}
