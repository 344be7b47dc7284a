//! The delivery queue of a sender service: for each receiver host, messages in the order in which
//! they are due, and for each submission its fate.
//!
//! Owns: what waits for whom, how often a host was tried, what a submission ticket answers. Does not
//! know: when to try, how, or what a message is; an item is opaque bytes.
//!
//! | table | key | value |
//! |---|---|---|
//! | `queue` | host (1 + n), due (8), ticket (32) | version, enqueued (8), refusals (1), item |
//! | `queue_hosts` | host (n) | version, waiting (8), attempts (4), failures (4), next attempt (8), last failure (1) |
//! | `queue_totals` | `all` | version, messages (8), hosts (8) |
//! | `submissions`, period = week of submission | ticket (32) | version, fate: waiting (due, attempts before, refused, host), delivered (at), given up (at, reason) |
//! | `dedup`, period = day of submission | de-duplication id (16) | version, ticket (32) |
//!
//! A failed attempt changes the host's record, not those of its messages: a host that is down for days
//! costs one small write an attempt, however much waits for it. Fates and de-duplication ids are
//! dropped by period, whole.

mod dedup;
mod fates;
mod hosts;
mod records;
mod waiting;

pub use self::dedup::{DEDUP_WINDOW, first_with, remember};
pub use self::fates::{FATE_MEMORY, delivered, forget, give_up, status, ticket};
pub use self::hosts::{attempt_failed, host_at, hosts, totals};
pub use self::records::{HostState, Totals};
pub use self::waiting::{
    Due, Enqueued, MessageKey, NewMessage, QueueLimits, Waiting, due, enqueue, postpone,
};
