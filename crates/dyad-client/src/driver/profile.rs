//! The profile as the engine wants it, put together from what is stored.

use dyad_core::{OwnMailbox, Policy, ProfileState, Receipts};
use dyad_protocol::body::Presentation;
use dyad_protocol::ticket::ServiceRecord;
use rusqlite::Connection;

use crate::error::Result;
use crate::store::{mailboxes, profiles, providers, settings};

/// Presentation, settings, and every mailbox that exists, the newest first. Mailboxes are shared by all profiles.
pub(super) fn load(connection: &Connection, profile: u64) -> Result<ProfileState> {
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
    let mut state = ProfileState {
        mailboxes: own.collect(),
        policy: Policy {
            traffic: settings::get(connection, settings::TRAFFIC)?.unwrap_or_default(),
            ..Policy::default()
        },
        ..ProfileState::default()
    };
    present(connection, &mut state, profile)?;
    Ok(state)
}

/// Lets `state` present the person as one of their profiles.
pub(super) fn present(
    connection: &Connection,
    state: &mut ProfileState,
    profile: u64,
) -> Result<()> {
    let shown = profiles::shown(connection, profile)?;
    state.presentation = Presentation {
        name: shown.name,
        pronouns: shown.pronouns,
    };
    state.policy.receipts = Receipts {
        read: shown.read_receipts,
        ..Receipts::default()
    };
    Ok(())
}
