//! What the person arranges on their own side: drafts, marks, and forgetting.
use super::Client;
use super::profiles::pending;
use crate::error::Result;
use crate::view::{ContactView, FlagsChange};

impl Client {
    /// Keeps what the person has begun to write to a contact; empty for nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, or more than can be kept.
    pub fn set_draft(&self, nick: &str, text: &str) -> Result<ContactView> {
        let _ = (nick, text);
        Err(pending())
    }

    /// Changes a contact's place in the list.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn set_flags(&self, nick: &str, change: FlagsChange) -> Result<ContactView> {
        let _ = (nick, change);
        Err(pending())
    }

    /// Removes a contact that is blocked, over or was refused, with everything that was written.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or messages still go to and fro.
    pub fn forget(&self, nick: &str) -> Result<ContactView> {
        let _ = nick;
        Err(pending())
    }
}
