//! Telling whoever looks on what has changed, after it is on disk.

use dyad_protocol::id::RelationshipId;
use rusqlite::Connection;

use super::Driver;
use crate::error::Result;
use crate::store::{history, notices, relationships};
use crate::view::{ClientEvent, ContactView};

/// What a transaction changed, told when it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) events: Vec<ClientEvent>,
    pub(crate) submit: bool,
    pub(crate) errands: bool,
    pub(crate) deadlines: bool,
    /// A file is to move, or to go.
    pub(crate) files: bool,
    /// What a contact is shown beside our name may be another picture.
    pub(crate) portraits: bool,
    /// Words are gone that shall be nowhere.
    pub(crate) erased: bool,
}

impl Driver {
    pub(crate) fn emit(&self, events: impl IntoIterator<Item = ClientEvent>) {
        for event in events {
            // Nobody looking on is no error.
            let _ = self.events.send(event);
        }
        self.feed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(super) fn publish(&self, changes: Changes) {
        let Changes {
            events,
            submit,
            errands,
            deadlines,
            files,
            portraits,
            erased,
        } = changes;
        self.emit(events);
        if erased && let Err(error) = self.store.settle() {
            tracing::debug!(code = %error.code, "the log is emptied another time: {error}");
        }
        if portraits {
            self.portraits_changed();
        }
        for (changed, wake) in [
            (submit, &self.wake.submit),
            (errands, &self.wake.errands),
            (deadlines, &self.wake.deadlines),
            (files, &self.wake.transfers),
        ] {
            if changed {
                wake.notify_one();
            }
        }
    }

    /// Writes a notice that concerns no contact, and tells it.
    pub(super) fn notice(&self, kind: &str, text: &str) -> Result<()> {
        let now = self.now();
        let notice = self
            .store
            .write(|tx| notices::insert(tx, None, kind, text, now))?;
        tracing::info!(kind, "{text}");
        self.emit([ClientEvent::Notice(notice)]);
        Ok(())
    }
}

/// A contact as the person sees it.
pub(crate) fn contact_view(
    connection: &Connection,
    contact: relationships::Contact,
) -> Result<ContactView> {
    let history::Summary {
        unread,
        failed,
        last,
    } = history::summary(connection, &contact.id)?;
    Ok(ContactView {
        id: contact.id,
        nick: contact.nick,
        name: contact.name,
        pronouns: contact.pronouns,
        status: contact.status,
        verified_at: contact.verified_at,
        unread,
        last_message_at: last.as_ref().map(|last| last.at),
        last,
        failed,
        draft: contact.draft,
        pinned: contact.pinned,
        muted: contact.muted,
        archived: contact.archived,
        marked_unread: contact.marked_unread,
        timer: contact.timer,
        profile: contact.profile,
        picture: contact.picture,
    })
}

pub(crate) fn contact_event(
    connection: &Connection,
    id: &RelationshipId,
) -> Result<Option<ClientEvent>> {
    relationships::get(connection, id)?
        .map(|contact| contact_view(connection, contact).map(ClientEvent::Contact))
        .transpose()
}
