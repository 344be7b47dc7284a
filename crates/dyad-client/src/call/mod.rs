//! Calls without any I/O: how one goes from the first ring to its end, and what of a contact's words may reach a browser.
//!
//! Owns the states of a call and the checks of descriptions and candidates. It does not know the store, messages or the
//! clock.

mod candidate;
mod description;
mod state;

pub(crate) use candidate::{is_candidate, relayed};
pub(crate) use description::{check, divide, inflate};
pub(crate) use state::{CLOCK_SLACK, Effect, Event, Progress, Refusal, Ring};
