//! The pages: each file one thing that a person sees, with what can be done there.

pub(crate) mod accept;
pub(crate) mod actions;
pub(crate) mod apps;
pub(crate) mod calls;
pub(crate) mod cards;
pub(crate) mod choices;
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod desk;
pub(crate) mod enter;
pub(crate) mod entry;
pub(crate) mod files;
pub(crate) mod game;
pub(crate) mod invite;
pub(crate) mod layout;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod me;
mod overview;
pub(crate) mod pointers;
pub(crate) mod portraits;
pub(crate) mod providers;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod start;
pub(crate) mod write_mail;
pub(crate) mod writing;

use axum::Router;
use dyad_client::view::{ContactStatus, ContactView};
use dyad_client::{Client, ClientError, ErrorKind};

use crate::state::Page;

/// All of them.
pub(crate) fn routes() -> Router<Page> {
    Router::new()
        .merge(start::routes())
        .merge(list::routes())
        .merge(conversation::routes())
        .merge(writing::routes())
        .merge(actions::routes())
        .merge(files::routes())
        .merge(mail::routes())
        .merge(write_mail::routes())
        .merge(pointers::routes())
        .merge(game::routes())
        .merge(calls::routes())
        .merge(overview::routes())
        .merge(desk::routes())
        .merge(search::routes())
        .merge(people())
}

/// Those about people and the person's own side.
fn people() -> Router<Page> {
    Router::new()
        .merge(invite::routes())
        .merge(accept::routes())
        .merge(contact::routes())
        .merge(me::routes())
        .merge(portraits::routes())
        .merge(providers::routes())
        .merge(settings::routes())
        .merge(log::routes())
        .merge(apps::routes())
        .merge(crate::qr::routes())
}

/// The contact of a relationship, as it stands in an address.
pub(crate) fn contact(client: &Client, id: &str) -> Result<ContactView, ClientError> {
    let found = client
        .contacts()?
        .into_iter()
        .find(|contact| hex::encode(contact.id.as_bytes()) == id);
    found.ok_or_else(|| {
        ClientError::new(
            ErrorKind::Usage,
            "no-such-contact",
            "There is no such contact here any more.",
        )
    })
}

/// Whether anything can be written to them.
pub(crate) const fn can_write(status: ContactStatus) -> bool {
    matches!(status, ContactStatus::Active | ContactStatus::Requested)
}
