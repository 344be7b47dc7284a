//! Address tickets: those we made for the contact, and those it gave us.

mod ours;
mod theirs;

pub(crate) use ours::{Carrier, OurTickets, OwnTicket, grant, revocations};
pub(crate) use theirs::{Despair, TheirTicket, TheirTickets, Wanted};
