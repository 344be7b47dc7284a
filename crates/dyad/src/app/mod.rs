//! The person's side of the program: commands, the running app, and how both speak to people.
//!
//! One request and one answer for everything ([`request`]), one place that does it ([`service`]), two
//! ways to get there: by opening the home, or through the [`control`] socket of a `dyad up` that has it
//! open. Nothing here knows keys, tickets or the wire; that is `dyad-client`'s business.

mod args;
mod control;
mod error;
mod home;
mod input;
mod output;
mod passphrase;
mod request;
mod run;
mod service;
mod show;
mod up;

pub(crate) use args::AppCommand;
pub(crate) use run::run;
