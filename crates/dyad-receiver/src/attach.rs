//! Opening mailboxes to their owners: by signature, many at once, and with one "no" for every reason.

use std::sync::Arc;

use dyad_protocol::api::fetch::{Attachment, Consumer, Position};
use dyad_protocol::id::{Challenge, RootAddress};
use dyad_protocol::time::Timestamp;
use dyad_store::StoreError;
use dyad_store::mailbox::{self, consumer};

use crate::receiver::Shared;

/// What came of an attachment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attached {
    /// The mailbox is open.
    Open {
        /// Which.
        root: RootAddress,
        /// For whom.
        consumer: Consumer,
        /// Everything up to here that device has stored.
        acknowledged: Position,
    },
    /// Closed, ended, never there, wrongly signed, or too many devices: nobody is told which.
    Refused(RootAddress),
}

/// A signature that was checked.
struct Checked {
    attachment: Attachment,
    owner: bool,
    /// Where the device goes on, if nothing has to be written for that.
    resumes: Option<Position>,
}

/// Opens mailboxes; registers devices and acknowledges on the way, on disk when this returns.
pub(crate) async fn attach(
    shared: &Arc<Shared>,
    challenge: Challenge,
    attachments: Vec<Attachment>,
) -> Result<Vec<Attached>, StoreError> {
    let now = shared.clock.now();
    let checked = shared
        .aside(move |shared| {
            let check = |attachment| check(shared, &challenge, attachment, now);
            attachments
                .into_iter()
                .map(check)
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    if checked.iter().all(|c| !c.owner || c.resumes.is_some()) {
        return Ok(checked.iter().map(|c| c.answer(c.resumes)).collect());
    }
    shared
        .store
        .commit(move |tx| {
            let settle = |c: &Checked| {
                let Attachment {
                    root,
                    consumer,
                    acknowledged,
                    ..
                } = c.attachment;
                let position = match c.owner {
                    true => consumer::attach(tx, &root, consumer, acknowledged, now)?,
                    false => None,
                };
                Ok(c.answer(position))
            };
            checked.iter().map(settle).collect()
        })
        .await
}

fn check(
    shared: &Shared,
    challenge: &Challenge,
    attachment: Attachment,
    now: Timestamp,
) -> Result<Checked, StoreError> {
    let found = mailbox::find(shared.store.read(), &attachment.root, now)?;
    let key = found
        .as_ref()
        .map_or(shared.nobody, |found| found.access_key);
    let signed = attachment.verify(&shared.host, challenge, &key).is_ok();
    let owned = found.filter(|_| signed);
    Ok(Checked {
        owner: owned.is_some(),
        resumes: owned
            .and_then(|mailbox| mailbox.resume(attachment.consumer, attachment.acknowledged, now)),
        attachment,
    })
}

impl Checked {
    fn answer(&self, position: Option<Position>) -> Attached {
        let Attachment { root, consumer, .. } = self.attachment;
        match position {
            Some(acknowledged) => Attached::Open {
                root,
                consumer,
                acknowledged,
            },
            None => Attached::Refused(root),
        }
    }
}
