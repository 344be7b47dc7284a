//! Pictures that people show beside their names.

use std::path::{Path, PathBuf};

use super::Client;
use super::files::write_at;
use super::people::find;
use super::profiles::known;
use crate::error::{ClientError, Result};
use crate::file::Portrait;
use crate::store::portraits;
use crate::view::ProfileView;

impl Client {
    /// Shows a picture with the profile of this number, 0 for the default one, or none any more. The contacts that see
    /// the profile get it, each as a blob of its own.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such profile.
    pub fn set_picture(&self, profile: u64, picture: Option<&Portrait>) -> Result<ProfileView> {
        let view = self.driver.engine(|stepper| {
            let id = known(stepper.tx, profile)?.id;
            stepper.changes.portraits |= portraits::set_of_profile(stepper.tx, id, picture)?;
            known(stepper.tx, id)
        })?;
        self.driver.nudge();
        Ok(view)
    }

    /// What the profile of this number shows, 0 for the default one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such profile.
    pub fn profile_picture(&self, profile: u64) -> Result<Option<Portrait>> {
        self.driver.store.read(|c| {
            let id = known(c, profile)?.id;
            portraits::of_profile(c, id)
        })
    }

    /// What a contact shows.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this name.
    pub fn contact_picture(&self, nick: &str) -> Result<Option<Portrait>> {
        self.driver.store.read(|c| {
            let id = find(c, nick)?.id;
            portraits::of_contact(c, &id)
        })
    }

    /// Writes what a contact shows to a place of the person's; a folder takes it under the contact's name. Nothing is
    /// overwritten. Gives where it is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, one that shows no picture, or there is something of that name;
    /// [`crate::ErrorKind::TryLater`]: the disk is full.
    pub async fn save_contact_picture(&self, nick: &str, to: &Path) -> Result<PathBuf> {
        let contact = self.driver.store.read(|c| find(c, nick))?;
        let Some(picture) = self.contact_picture(nick)? else {
            return Err(ClientError::usage(
                "no-picture",
                format!("{} shows no picture. Nothing was written.", contact.nick),
            ));
        };
        let name = crate::file::clean_name(&format!("{}.jpg", contact.nick));
        write_at(to, &name, move |file| {
            std::io::Write::write_all(file, picture.jpeg())
        })
        .await
    }
}
