//! The person's side of the program: commands, the running app, and how both speak to people.
//!
//! One request and one answer for everything and one place that does it (`dyad-app`), two
//! ways to get there: by opening the home, or through the [`control`] socket of a `dyad up` that has it
//! open. Nothing here knows keys, tickets or the wire; that is `dyad-client`'s business.

mod args;
mod control;
mod home;
mod input;
mod output;
mod passphrase;
mod run;
mod show;
mod up;

pub(crate) use args::AppCommand;
pub(crate) use run::run;
