//! What is the same in all relationships of a profile: how the person wants to be called, where they
//! receive, and how they want to be seen. Plain data; the driver edits it and gives it to every step.

use dyad_protocol::address::MintingKey;
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Presentation;
use dyad_protocol::id::RootAddress;
use dyad_protocol::sign::AddressSigningKey;
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The profile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProfileState {
    /// How the person wants to be called.
    pub presentation: Presentation,
    /// All live mailboxes, of one receiver the newest first. Addresses are made on the newest usable of each receiver.
    pub mailboxes: Vec<OwnMailbox>,
    /// Settings.
    pub policy: Policy,
}

/// One mailbox of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnMailbox {
    /// The service that keeps it.
    pub receiver: ServiceRecord,
    /// Its name there.
    pub root: RootAddress,
    /// Authorises its addresses.
    pub address_key: AddressSigningKey,
    /// The receiver's published key that addresses are made with.
    pub minting: MintingKey,
    /// From this moment on that key may not be used any more.
    pub minting_until: Timestamp,
    /// The mailbox's end; no address of it lives longer.
    pub ends: Timestamp,
    /// False when the receiver was given up or the mailbox replaced: no new addresses are made.
    pub usable: bool,
}

impl OwnMailbox {
    /// Whether addresses may be made on it.
    pub(crate) fn mints(&self, now: Timestamp) -> bool {
        self.usable && now < self.minting_until && now < self.ends
    }
}

impl ProfileState {
    /// The mailbox to make addresses on, for every usable receiver.
    pub(crate) fn minting_mailboxes(&self, now: Timestamp) -> Vec<&OwnMailbox> {
        let mut chosen: Vec<&OwnMailbox> = Vec::new();
        for mailbox in self.mailboxes.iter().filter(|mailbox| mailbox.mints(now)) {
            if chosen
                .iter()
                .all(|other| other.receiver.host != mailbox.receiver.host)
            {
                chosen.push(mailbox);
            }
        }
        chosen
    }
}

/// How the person wants to be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What contacts are told, and when.
    pub receipts: Receipts,
    /// How long messages may be held back to mix with others.
    pub traffic: TrafficClass,
}

/// What contacts are told about messages that have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// Shortest delay of an acknowledgement, seconds.
    pub delay_min: u64,
    /// Longest delay, seconds; each is drawn uniformly in between.
    pub delay_max: u64,
    /// Whether contacts learn that a message was read.
    pub read: bool,
}

impl Default for Receipts {
    fn default() -> Self {
        Self {
            delay_min: 5,
            delay_max: 30,
            read: false,
        }
    }
}
