//! The conversation: every message in and out with how far it has come, and full-text search. What is done to messages
//! later is next door, in `changes`.

mod list;
mod parcel;
mod summary;
mod view;
mod write;

#[cfg(test)]
pub(super) use list::list_sql;
pub(crate) use list::{Page, get, list, search, unconfirmed};
pub(crate) use parcel::{
    carries, forget_waiting, set_carries, set_content, set_text, unpack, unsent, waiting,
    waits_for_file,
};
pub(crate) use summary::{Summary, counts, summary};
pub(crate) use write::{
    insert_incoming, insert_outgoing, insert_waiting, mark_read, number, payload, set_local_state,
    set_state,
};
