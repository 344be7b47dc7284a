//! What is known of each receiver host, and how much waits in all.

use std::ops::ControlFlow;

use dyad_protocol::api::submit::DeliveryFailure;
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;

use super::records::{self, HostState, Totals};
use crate::{Backend, StoreError, Table, Transaction};

const HOSTS: Table = Table::new("queue_hosts");
const TOTALS: Table = Table::new("queue_totals");
const TOTALS_KEY: &[u8] = b"all";

/// Every host that something waits for.
///
/// # Errors
/// When the store cannot be read.
pub fn hosts(backend: &dyn Backend) -> Result<Vec<(HostName, HostState)>, StoreError> {
    let mut found = Vec::new();
    let mut damaged = None;
    backend.scan(HOSTS, b"", None, &mut |key, value| {
        let host = std::str::from_utf8(key)
            .ok()
            .and_then(|name| name.parse().ok());
        match (host, HostState::parse(value)) {
            (Some(host), Ok(state)) => {
                found.push((host, state));
                ControlFlow::Continue(())
            }
            _ => {
                damaged = Some(records::damaged("a host of the queue"));
                ControlFlow::Break(())
            }
        }
    })?;
    match damaged {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// What is known of a host; `None` if nothing waits for it.
///
/// # Errors
/// When the store cannot be read.
pub fn host_at(backend: &dyn Backend, host: &HostName) -> Result<Option<HostState>, StoreError> {
    let value = backend.get(HOSTS, host.as_str().as_bytes())?;
    value.map(|value| HostState::parse(&value)).transpose()
}

/// How much waits in all.
///
/// # Errors
/// When the store cannot be read.
pub fn totals(backend: &dyn Backend) -> Result<Totals, StoreError> {
    match backend.get(TOTALS, TOTALS_KEY)? {
        Some(value) => Totals::parse(&value),
        None => Ok(Totals::default()),
    }
}

/// An attempt at a host failed; the next is not before `next_attempt`.
///
/// # Errors
/// When the store cannot be read.
pub fn attempt_failed(
    tx: &mut Transaction<'_>,
    host: &HostName,
    failure: DeliveryFailure,
    next_attempt: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut state) = host_in(tx, host)? else {
        return Ok(());
    };
    state.attempts = state.attempts.saturating_add(1);
    state.failures = state.failures.saturating_add(1);
    state.next_attempt = next_attempt;
    state.last_failure = Some(failure);
    put_host(tx, host, &state);
    Ok(())
}

pub(super) fn host_in(
    tx: &Transaction<'_>,
    host: &HostName,
) -> Result<Option<HostState>, StoreError> {
    let value = tx.get(HOSTS, host.as_str().as_bytes())?;
    value.map(|value| HostState::parse(&value)).transpose()
}

pub(super) fn totals_in(tx: &Transaction<'_>) -> Result<Totals, StoreError> {
    match tx.get(TOTALS, TOTALS_KEY)? {
        Some(value) => Totals::parse(&value),
        None => Ok(Totals::default()),
    }
}

pub(super) fn put_host(tx: &mut Transaction<'_>, host: &HostName, state: &HostState) {
    tx.put(HOSTS, host.as_str(), state.encode());
}

pub(super) fn delete_host(tx: &mut Transaction<'_>, host: &HostName) {
    tx.delete(HOSTS, host.as_str());
}

pub(super) fn put_totals(tx: &mut Transaction<'_>, totals: Totals) {
    tx.put(TOTALS, TOTALS_KEY, totals.encode());
}
