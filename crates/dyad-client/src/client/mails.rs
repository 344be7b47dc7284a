//! Mails: written here, or somebody's own as a file; read, and converted back.

mod read;
mod send;

use dyad_protocol::time::Timestamp;
use tokio::task::spawn_blocking;

use super::Client;
use crate::error::{ClientError, Result};
use crate::file::clean_name;

pub(super) use send::has_room;

fn file_name(subject: &str) -> String {
    let subject = if subject.is_empty() { "mail" } else { subject };
    clean_name(&format!("{}.eml", subject.replace(['/', '\\'], "_")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_secs()).unwrap_or(i64::MAX)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work)
        .await
        .map_err(|error| ClientError::other("defect", error.to_string()))?
}
