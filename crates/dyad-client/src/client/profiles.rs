//! The ways in which the person presents themselves to contacts.
use super::Client;
use crate::error::{ClientError, Result};
use crate::view::{ContactView, ProfileView};

impl Client {
    /// All profiles, in the order in which they were made.
    ///
    /// # Errors
    /// Those of the store.
    pub fn profiles(&self) -> Result<Vec<ProfileView>> {
        Ok(vec![self.profile()?])
    }

    /// Adds a profile. Its number is given by the store; what `profile` says of it is not looked at.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: too long, no such colour, or too many.
    pub fn profile_add(&self, profile: ProfileView) -> Result<ProfileView> {
        let _ = profile;
        Err(pending())
    }

    /// Changes the profile of this number and tells the contacts that see it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, too long, or no such colour.
    pub fn profile_change(&self, profile: ProfileView) -> Result<ProfileView> {
        let _ = profile;
        Err(pending())
    }

    /// Removes a profile. Contacts and invitations that use it use the default one from then on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or the default one.
    pub fn profile_remove(&self, id: u64) -> Result<ProfileView> {
        let _ = id;
        Err(pending())
    }

    /// Shows a contact another profile of ours from now on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact or profile.
    pub fn set_contact_profile(&self, nick: &str, id: u64) -> Result<ContactView> {
        let _ = (nick, id);
        Err(pending())
    }
}

pub(super) fn pending() -> ClientError {
    ClientError::other("pending", "This is being built.")
}
