//! What a contact may send, tried on a driver of its own without any service.

use dyad_net::{DirectDialer, DirectSettings};
use dyad_protocol::id::RelationshipId;
use dyad_protocol::time::Timestamp;

use super::Driver;
use crate::options::ClientOptions;
use crate::store::relationships::{self, Columns};
use crate::store::{KdfCost, Store, Unlock};
use crate::view::ContactStatus;

/// The contact.
pub(super) const BLAIR: RelationshipId = RelationshipId::new([7; 16]);
/// When they got in touch.
pub(super) const BEGAN: Timestamp = Timestamp::from_secs(1_700_000_000);

/// A home with Blair in it.
pub(super) struct Stage {
    pub(super) driver: Driver,
    /// How many messages of Blair's have come.
    pub(super) heard: u64,
    pub(super) home: tempfile::TempDir,
}

impl Stage {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut options = ClientOptions {
            kdf: KdfCost::MINIMAL,
            ..ClientOptions::new(std::sync::Arc::new(DirectDialer::new(
                DirectSettings::default(),
            )))
        };
        let key = Unlock::Passphrase("a passphrase".to_owned().into());
        let store = Store::create(
            home.path(),
            &key,
            options.kdf,
            &options.database,
            &mut options.rng.0,
        )
        .unwrap();
        let columns = Columns {
            status: ContactStatus::Active,
            deadline: None,
            name: None,
            pronouns: None,
            verified_at: None,
            repairs: 0,
        };
        store
            .write(|tx| relationships::insert(tx, &BLAIR, "Blair", b"", &columns, None, BEGAN))
            .unwrap();
        Self {
            driver: Driver::new(store, home.path(), options).unwrap(),
            heard: 0,
            home,
        }
    }
}
