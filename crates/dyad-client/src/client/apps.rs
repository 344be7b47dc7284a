//! Other programs of the person: which there are, what each may see, and taking that back.

use dyad_protocol::hash::sha256;
use dyad_protocol::id::RelationshipId;
use rusqlite::Connection;
use tokio::sync::watch;

use super::Client;
use super::people::find;
use crate::driver::printable;
use crate::error::{ClientError, Result};
use crate::store::apps::{self, AppRow};
use crate::store::relationships;
use crate::view::{AppChange, AppContact, AppPass, AppView, ContactStatus};

/// The last use of an app is noted to so many seconds.
const USE_GRAIN: u64 = 60;

impl Client {
    /// Apps with what they may see.
    ///
    /// # Errors
    /// Those of the store.
    pub fn apps(&self) -> Result<Vec<AppView>> {
        self.driver.store.read(|c| {
            let all = apps::all(c)?;
            all.into_iter().map(|app| shown(c, app)).collect()
        })
    }

    /// Changes what an app may see.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such app or contact. Nothing is changed then.
    pub fn app_change(&self, name: &str, change: &AppChange) -> Result<AppView> {
        self.driver.engine(|stepper| {
            let tx = stepper.tx;
            let app = named(tx, name)?;
            for contact in granted(tx, &change.add)? {
                apps::grant(tx, app.id, &contact)?;
            }
            for contact in granted(tx, &change.remove)? {
                apps::withdraw(tx, app.id, &contact)?;
            }
            apps::set_scope(
                tx,
                app.id,
                app.messages && !change.no_messages,
                change.all_contacts.unwrap_or(app.all_contacts),
            )?;
            app_view(tx, app.id)
        })
    }

    /// An app is one no longer: its token is refused from now on. What it sent and received stays.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such app.
    pub fn app_revoke(&self, name: &str) -> Result<AppView> {
        self.driver.engine(|stepper| {
            let app = named(stepper.tx, name)?;
            let view = app_view(stepper.tx, app.id)?;
            apps::remove(stepper.tx, app.id, stepper.now)?;
            Ok(view)
        })
    }

    /// The app that shows this token. Notes that it was used.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: it was revoked (`token-revoked`), or is none (`token-unknown`).
    pub fn app_by_token(&self, token: &str) -> Result<AppPass> {
        let (hash, now) = (sha256(token.as_bytes()), self.driver.now());
        let (found, revoked) = self
            .driver
            .store
            .read(|c| Ok((apps::by_token(c, &hash)?, apps::was_revoked(c, &hash)?)))?;
        let Some(app) = found else {
            return Err(if revoked {
                ClientError::usage(
                    "token-revoked",
                    "The person has revoked this app. It has to be paired anew.",
                )
            } else {
                ClientError::usage("token-unknown", "This is not the token of an app.")
            });
        };
        if app
            .last_used
            .is_none_or(|last| now.since(last) >= USE_GRAIN)
        {
            self.driver
                .store
                .write(|tx| apps::set_used(tx, app.id, now))?;
        }
        self.driver.store.read(|c| pass(c, app))
    }

    /// What an app may see now; `None` if it is one no longer.
    ///
    /// # Errors
    /// Those of the store.
    pub fn app_pass(&self, id: u64) -> Result<Option<AppPass>> {
        self.driver.store.read(|c| {
            let app = apps::by_id(c, id)?.filter(|app| app.paired);
            app.map(|app| pass(c, app)).transpose()
        })
    }

    /// The contacts that an app was granted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn app_relationships(&self, app: &AppPass) -> Result<Vec<AppContact>> {
        let all = self.driver.store.read(relationships::all)?.into_iter();
        let seen = all.filter(|contact| may_see(app, &contact.id));
        Ok(seen
            .map(|contact| AppContact {
                id: contact.id,
                nick: contact.nick,
                writable: matches!(
                    contact.status,
                    ContactStatus::Requested | ContactStatus::Active
                ),
            })
            .collect())
    }

    /// The app that is registered for a type of payloads, the first one if there are several.
    ///
    /// # Errors
    /// Those of the store.
    pub fn app_of_type(&self, kind: &str) -> Result<Option<String>> {
        let all = self.driver.store.read(apps::all)?;
        let app = all
            .into_iter()
            .find(|app| app.types.iter().any(|known| known == kind));
        Ok(app.map(|app| app.name))
    }

    /// Counts up whenever something may have changed, also what the person is not shown.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.driver.feed.subscribe()
    }
}

pub(super) fn may_see(app: &AppPass, relationship: &RelationshipId) -> bool {
    app.contacts
        .as_ref()
        .is_none_or(|contacts| contacts.contains(relationship))
}

/// The contacts of these nicknames.
pub(super) fn granted(connection: &Connection, nicks: &[String]) -> Result<Vec<RelationshipId>> {
    nicks
        .iter()
        .map(|nick| Ok(find(connection, nick)?.id))
        .collect()
}

pub(super) fn app_view(connection: &Connection, id: u64) -> Result<AppView> {
    let app = apps::by_id(connection, id)?.ok_or_else(|| unknown(""))?;
    shown(connection, app)
}

fn shown(connection: &Connection, app: AppRow) -> Result<AppView> {
    let mut contacts = Vec::new();
    for id in apps::contacts(connection, app.id)? {
        contacts.extend(relationships::get(connection, &id)?.map(|contact| contact.nick));
    }
    contacts.sort();
    Ok(AppView {
        name: app.name,
        types: app.types,
        messages: app.messages,
        all_contacts: app.all_contacts,
        contacts,
        created: app.created,
        last_used: app.last_used,
        paired: app.paired,
    })
}

fn pass(connection: &Connection, app: AppRow) -> Result<AppPass> {
    let contacts = if app.all_contacts {
        None
    } else {
        Some(apps::contacts(connection, app.id)?)
    };
    Ok(AppPass {
        id: app.id,
        name: app.name,
        types: app.types,
        messages: app.messages,
        contacts,
        secret: app.secret,
    })
}

fn named(connection: &Connection, name: &str) -> Result<AppRow> {
    apps::by_name(connection, name)?.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> ClientError {
    ClientError::usage(
        "unknown-app",
        format!(
            "There is no app called {}. `dyad apps` lists them.",
            printable(name)
        ),
    )
}
