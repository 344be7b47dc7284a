//! Finds what is wrong with a configuration, and with the machine under it, before anything starts.
//!
//! A check changes nothing: what it makes to see whether it can, it removes. Each finding says where,
//! what, and what to do.

mod bucket;
mod composition;
mod disk;
mod host;
mod tls;

pub use bucket::try_bucket;
use dyad_protocol::time::Timestamp;
use dyad_service::config::Report;

use crate::ProviderConfig;

/// Checks everything; `now` is what the machine's clock says.
#[must_use]
pub fn check(config: &ProviderConfig, now: Timestamp) -> Report {
    let mut report = Report::new();
    composition::check(config, &mut report);
    host::check(config, &mut report);
    tls::check(config, now, &mut report);
    disk::check(config, now, &mut report);
    report
}
