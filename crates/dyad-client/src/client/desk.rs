//! What the person arranges on their own side: drafts, marks, and forgetting.

use super::Client;
use super::people::find;
use super::profiles::told;
use crate::driver::contact_view;
use crate::error::{ClientError, Result};
use crate::store::marks;
use crate::view::{ClientEvent, ContactStatus, ContactView, FlagsChange, MailDraft};

/// Longest draft, bytes: more than can be sent, so that a text that is too long can be shortened at leisure.
const MAX_DRAFT: usize = 64 * 1024;
/// Longest draft of a mail, bytes.
const MAX_MAIL_DRAFT: usize = 1024 * 1024;

impl Client {
    /// Keeps what the person has begun to write to a contact; empty for nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, or more than can be kept.
    pub fn set_draft(&self, nick: &str, text: &str) -> Result<ContactView> {
        if text.len() > MAX_DRAFT {
            return Err(ClientError::usage(
                "draft-too-long",
                format!("A draft has at most {MAX_DRAFT} bytes. The one before is kept."),
            ));
        }
        let text = (!text.trim().is_empty()).then_some(text);
        self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            if marks::set_draft(stepper.tx, &contact.id, text)? {
                return told(stepper, nick);
            }
            contact_view(stepper.tx, contact)
        })
    }

    /// The mail to a contact that the person has begun to write.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn mail_draft(&self, nick: &str) -> Result<Option<MailDraft>> {
        self.driver
            .store
            .read(|c| marks::mail_draft(c, &find(c, nick)?.id))
    }

    /// Keeps such a mail, one of each contact; nothing, or one without a word in it, discards it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, or more than can be kept.
    pub fn set_mail_draft(&self, nick: &str, draft: Option<&MailDraft>) -> Result<()> {
        let draft =
            draft.filter(|draft| !draft.subject.trim().is_empty() || !draft.text.trim().is_empty());
        if draft.is_some_and(|draft| draft.subject.len() + draft.text.len() > MAX_MAIL_DRAFT) {
            return Err(ClientError::usage(
                "draft-too-long",
                format!(
                    "The draft of a mail has at most {MAX_MAIL_DRAFT} bytes. The one before is kept."
                ),
            ));
        }
        self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            marks::set_mail_draft(stepper.tx, &contact.id, draft)
        })
    }

    /// Changes a contact's place in the list.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn set_flags(&self, nick: &str, change: FlagsChange) -> Result<ContactView> {
        self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            marks::set_flags(stepper.tx, &contact.id, &change)?;
            told(stepper, nick)
        })
    }

    /// Removes a contact that is blocked, over or was refused, with everything that was written.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or messages still go to and fro.
    pub fn forget(&self, nick: &str) -> Result<ContactView> {
        self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            if matches!(
                contact.status,
                ContactStatus::Requested | ContactStatus::Active
            ) {
                return Err(ClientError::usage(
                    "still-a-contact",
                    format!(
                        "{} can still write to you. Nothing was removed: end the relationship or block them first.",
                        contact.nick
                    ),
                ));
            }
            let id = contact.id;
            let view = contact_view(stepper.tx, contact)?;
            marks::forget(stepper.tx, &id)?;
            stepper.changes.erased = true;
            stepper.changes.files = true;
            stepper.changes.events.push(ClientEvent::Forgotten {
                contact: view.nick.clone(),
                relationship: id,
            });
            Ok(view)
        })
    }
}
