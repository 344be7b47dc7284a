//! What changed for another app since it last looked.

use super::Client;
use super::payloads::{MAX_PAGE, PAGE_BYTES, wanted};
use crate::error::Result;
use crate::store::feed::{self, Moved};
use crate::store::history;
use crate::view::{AppPass, FeedChange, FeedPage};

impl Client {
    /// What changed, after a place among all changes, as far as the app may see it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn feed(&self, app: &AppPass, after: u64) -> Result<FeedPage> {
        let (moved, count) = self.driver.store.read(|c| {
            Ok((
                feed::after(c, &wanted(app), after, MAX_PAGE)?,
                feed::count(c)?,
            ))
        })?;
        let full = moved.len() >= MAX_PAGE as usize;
        let mut page = FeedPage {
            next: after,
            ..FeedPage::default()
        };
        let mut bytes = 0;
        for moved in moved {
            let place = moved.last;
            let change = self.moved(app, &moved)?;
            bytes += match &change {
                Some(FeedChange::Payload(payload)) => payload.content.as_ref().map_or(0, Vec::len),
                _ => 0,
            };
            if bytes > PAGE_BYTES && !page.changes.is_empty() {
                page.more = true;
                return Ok(page);
            }
            page.changes.extend(change.map(|change| (place, change)));
            page.next = place;
        }
        page.more = full;
        if !full {
            page.next = page.next.max(count);
        }
        Ok(page)
    }

    /// How many changes there have been.
    ///
    /// # Errors
    /// Those of the store.
    pub fn feed_count(&self) -> Result<u64> {
        self.driver.store.read(feed::count)
    }

    fn moved(&self, app: &AppPass, moved: &Moved) -> Result<Option<FeedChange>> {
        let removed = FeedChange::Removed {
            id: moved.message,
            relationship: moved.relationship,
        };
        if moved.gone {
            return Ok(Some(removed));
        }
        let (payload, message) = self.driver.store.read(|c| {
            Ok((
                feed::get(c, moved.message)?,
                history::get(c, moved.message)?,
            ))
        })?;
        let registered = app.types.contains(&moved.kind);
        Ok(match (payload, message) {
            // It went after this was looked up: told as its own change.
            (None, _) => None,
            (Some(payload), _) if registered && payload.deleted => Some(removed),
            (Some(payload), _) if registered => {
                Some(FeedChange::Payload(self.with_content(payload)?))
            }
            (Some(_), message) => message.map(|message| FeedChange::Message(Box::new(message))),
        })
    }
}
