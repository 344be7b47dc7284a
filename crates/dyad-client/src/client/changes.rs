//! What is done to messages after they were written.
use super::Client;
use super::profiles::pending;
use crate::error::Result;
use crate::view::{ContactView, MessageView, WhyView};

impl Client {
    /// One message.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn message(&self, id: u64) -> Result<MessageView> {
        self.driver.message(id)
    }

    /// Changes the text of a message of ours, on both sides.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, not ours, deleted, empty or too long.
    pub fn edit(&self, id: u64, text: &str) -> Result<MessageView> {
        let _ = (id, text);
        Err(pending())
    }

    /// Deletes a message: here, or for both if it is ours.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or not ours and `for_both`.
    pub fn delete(&self, id: u64, for_both: bool) -> Result<MessageView> {
        let _ = (id, for_both);
        Err(pending())
    }

    /// Reacts to a message; `None` takes the reaction back.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, deleted, or not one sign that can be seen.
    pub fn react(&self, id: u64, sign: Option<&str>) -> Result<MessageView> {
        let _ = (id, sign);
        Err(pending())
    }

    /// Sets after how many seconds messages written from now on vanish, on both sides; `None`: they stay.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, a relationship that is over, or a time that cannot be.
    pub fn set_timer(&self, nick: &str, seconds: Option<u64>) -> Result<ContactView> {
        let _ = (nick, seconds);
        Err(pending())
    }

    /// Why a message is where it is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn why(&self, id: u64) -> Result<WhyView> {
        let _ = id;
        Err(pending())
    }
}
