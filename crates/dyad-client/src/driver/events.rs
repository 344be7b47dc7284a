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
}

impl Driver {
    pub(crate) fn emit(&self, events: impl IntoIterator<Item = ClientEvent>) {
        for event in events {
            // Nobody looking on is no error.
            let _ = self.events.send(event);
        }
    }

    pub(super) fn publish(&self, changes: Changes) {
        let Changes {
            events,
            submit,
            errands,
            deadlines,
        } = changes;
        self.emit(events);
        for (changed, wake) in [
            (submit, &self.wake.submit),
            (errands, &self.wake.errands),
            (deadlines, &self.wake.deadlines),
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
    let (unread, last_message_at) = history::summary(connection, &contact.id)?;
    Ok(ContactView {
        id: contact.id,
        nick: contact.nick,
        name: contact.name,
        pronouns: contact.pronouns,
        status: contact.status,
        verified_at: contact.verified_at,
        unread,
        last_message_at,
        last: None,
        failed: 0,
        draft: None,
        pinned: false,
        muted: false,
        archived: false,
        marked_unread: false,
        timer: None,
        profile: 1,
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
