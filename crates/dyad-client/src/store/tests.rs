//! The store against bad keys, bad disks, other processes and sudden death.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dyad_protocol::address::RecipientAddress;
use dyad_protocol::api::fetch::{Entry, Position};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::body::Payload;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{AddressId, MessageId, RelationshipId, RootAddress, StreamId};
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::ServiceKeyHash;
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;

use super::history::Page;
use super::relationships::Columns;
use super::*;
use crate::ErrorKind;
use crate::options::ClientRng;
use crate::view::{ContactStatus, MessageState};

mod changed;
mod death;
mod home;
mod rows;
mod versions;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ID: RelationshipId = RelationshipId::new([7; 16]);

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(text.to_owned().into())
}

fn create(home: &Path) -> Store {
    let mut rng = ClientRng::system();
    Store::create(
        home,
        &passphrase("correct horse"),
        KdfCost::MINIMAL,
        &Database::File,
        &mut rng.0,
    )
    .unwrap()
}

fn open(home: &Path, text: &str) -> Result<Store> {
    Store::open(home, &passphrase(text), &Database::File)
}

fn contact(store: &Store, nick: &str, id: RelationshipId) {
    let columns = Columns {
        status: ContactStatus::Active,
        deadline: None,
        name: None,
        pronouns: None,
        verified_at: None,
        repairs: 0,
    };
    store
        .write(|tx| relationships::insert(tx, &id, nick, b"state", &columns, None, NOW))
        .unwrap();
}

fn incoming(store: &Store, seq: u64, text: &str) -> Option<u64> {
    let message = MessageId {
        stream: StreamId::new([1; 8]),
        seq,
    };
    store
        .write(|tx| history::insert_incoming(tx, &ID, &message, NOW, &Payload::text(text), NOW))
        .unwrap()
}

/// All files but the lock, which is rewritten by whoever opens.
fn files(home: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("lock"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}
