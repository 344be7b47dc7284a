//! The sender service: takes sealed messages against tokens, keeps them, and delivers them with
//! retries. Hosts encrypted invitations and files, and fetches what an app wants from strangers' hosts.
//!
//! What it knows of a message: the receiver's host, and when it came. Neither who sent it (tokens are
//! unlinkable) nor who it is for (the address opens at the receiver only). It does not know accounts,
//! mailboxes or ratchets.
//!
//! The promises, and where they are kept: *accepted means on disk* and *one token spends once*
//! (`submit`, `blobs`); *nothing accepted is lost, and a slow host delays nobody else* (`delivery`); *nobody is
//! sent where a stranger wants us* (the guarded dialler in the [`HttpClient`](dyad_net::HttpClient)
//! that the caller provides).

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod blobs;
mod capacity;
mod config;
mod delivery;
mod figures;
mod invitations;
mod page;
mod rates;
mod refusal;
mod relay;
mod sender;
mod status;
mod submit;
mod sweep;

pub use blobs::{BlobDeps, BlobStorage, BucketTrouble, StorageError};
pub use config::{
    BlobConfig, DeliveryConfig, InvitationConfig, QueueConfig, RateConfig, RelayConfig, S3Config,
    SenderConfig,
};
pub use sender::{Reads, Sender, SenderDeps};
