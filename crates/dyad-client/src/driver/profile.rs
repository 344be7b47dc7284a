//! The profile as the engine wants it, put together from what is stored.

use dyad_core::{OwnMailbox, Policy, ProfileState, Receipts};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Presentation;
use dyad_protocol::ticket::ServiceRecord;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::store::{mailboxes, providers, settings};

/// What the person decides about their profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredProfile {
    pub(crate) presentation: Presentation,
    pub(crate) read_receipts: bool,
    pub(crate) traffic: TrafficClass,
}

impl StoredProfile {
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        Ok(settings::get(connection, settings::PROFILE)?.unwrap_or_default())
    }

    pub(crate) fn store(&self, connection: &Connection) -> Result<()> {
        settings::set(connection, settings::PROFILE, self)
    }
}

/// Presentation, settings, and every mailbox that exists, the newest first.
pub(super) fn load(connection: &Connection) -> Result<ProfileState> {
    let stored = StoredProfile::load(connection)?;
    let all = providers::all(connection)?;
    let own = mailboxes::all(connection)?
        .into_iter()
        .filter_map(|mailbox| {
            let provider = all
                .iter()
                .find(|provider| provider.host == mailbox.receiver)?;
            Some(OwnMailbox {
                receiver: ServiceRecord {
                    host: mailbox.receiver,
                    key_hash: provider.key_hash,
                },
                root: mailbox.root?,
                address_key: mailbox.address_key,
                minting: mailbox.minting,
                minting_until: mailbox.minting_until,
                ends: mailbox.ends,
                usable: mailbox.retired.is_none()
                    && mailbox.refused.is_none()
                    && provider.removed.is_none(),
            })
        });
    Ok(ProfileState {
        presentation: stored.presentation,
        mailboxes: own.collect(),
        policy: Policy {
            receipts: Receipts {
                read: stored.read_receipts,
                ..Receipts::default()
            },
            traffic: stored.traffic,
        },
    })
}
