//! The live diversification keys: what addresses are opened with, and what is published of them.

use std::sync::Arc;

use dyad_protocol::address::Generation;
use dyad_protocol::document::{PublishedKey, ReceiverInfo};
use dyad_protocol::hpke::X25519Secret;
use dyad_protocol::limits::{ADDRESS_KEY_PERIOD, DOCUMENT_CACHE, TRANSIT_KEY_PERIOD};
use dyad_protocol::time::Timestamp;
use dyad_store::keys::{self, Schedule, StoredKey};
use dyad_store::mailbox::sweep::drop_retired_replays;
use dyad_store::{Backend, Store, StoreError};
use tokio::sync::watch;

/// How long a transit key may be used after the next has come: while documents that name it as the
/// newest are cached, by a service and then by an app. With 14 days in a queue this stays below the 21
/// days that the key goes on living.
const TRANSIT_GRACE: u64 = 2 * DOCUMENT_CACHE;

/// The keys that are live now, and everybody who wants to know.
#[derive(Debug)]
pub(crate) struct KeyRing {
    live: watch::Sender<Arc<LiveKeys>>,
    published: watch::Sender<ReceiverInfo>,
}

/// Keys that open addresses. Newest first, at most two of each.
#[derive(Debug)]
pub(crate) struct LiveKeys {
    transit: Vec<StoredKey>,
    address: Vec<StoredKey>,
}

impl KeyRing {
    /// Reads the keys; makes the first ones in a new store. Keys that are due are left to the sweep, which
    /// knows whether the clock can be trusted.
    pub(crate) async fn open(
        store: &Store,
        retention: u64,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut live = LiveKeys::load(store.read())?;
        if live.transit.is_empty() || live.address.is_empty() {
            rotate(store, now).await?;
            live = LiveKeys::load(store.read())?;
        }
        Ok(Self {
            published: watch::Sender::new(live.info(retention)),
            live: watch::Sender::new(Arc::new(live)),
        })
    }

    /// The keys at this moment.
    pub(crate) fn live(&self) -> Arc<LiveKeys> {
        Arc::clone(&self.live.borrow())
    }

    /// What is published of them.
    pub(crate) fn changes(&self) -> watch::Receiver<ReceiverInfo> {
        self.published.subscribe()
    }

    /// Takes over what [`rotate`] has written.
    pub(crate) fn reload(&self, store: &Store, retention: u64) -> Result<(), StoreError> {
        let live = LiveKeys::load(store.read())?;
        let info = live.info(retention);
        self.live.send_replace(Arc::new(live));
        self.published.send_replace(info);
        Ok(())
    }
}

/// Makes new keys where they are due, destroys those that retire, and with them what was kept against
/// replay under them. Says whether anything was changed.
pub(crate) async fn rotate(store: &Store, now: Timestamp) -> Result<bool, StoreError> {
    let (transit, address) = {
        let mut rng = rand::rng();
        (
            X25519Secret::random(&mut rng),
            X25519Secret::random(&mut rng),
        )
    };
    let changed = store
        .commit(move |tx| {
            let transit = keys::rotate(tx, Schedule::Transit, transit, now)?;
            let address = keys::rotate(tx, Schedule::Address, address, now)?;
            Ok::<_, StoreError>(transit | address)
        })
        .await?;
    let oldest = keys::load(store.read(), Schedule::Transit)?
        .last()
        .map_or(0, |key| key.number);
    store
        .commit(move |tx| drop_retired_replays(tx, oldest))
        .await?;
    Ok(changed)
}

impl LiveKeys {
    fn load(backend: &dyn Backend) -> Result<Self, StoreError> {
        Ok(Self {
            transit: keys::load(backend, Schedule::Transit)?,
            address: keys::load(backend, Schedule::Address)?,
        })
    }

    /// The transit key of a generation.
    pub(crate) fn transit(&self, generation: Generation) -> Option<&StoredKey> {
        find(&self.transit, generation)
    }

    /// The address key of a generation.
    pub(crate) fn address(&self, generation: Generation) -> Option<&StoredKey> {
        find(&self.address, generation)
    }

    fn info(&self, retention: u64) -> ReceiverInfo {
        ReceiverInfo {
            transit: publish(&self.transit, TRANSIT_KEY_PERIOD, TRANSIT_GRACE),
            // An address lives for up to a period, so the last is minted when the next key comes.
            address: publish(&self.address, ADDRESS_KEY_PERIOD, 0),
            retention,
        }
    }
}

fn find(keys: &[StoredKey], generation: Generation) -> Option<&StoredKey> {
    keys.iter().find(|key| key.generation() == generation)
}

fn publish(keys: &[StoredKey], period: u64, grace: u64) -> Vec<PublishedKey> {
    keys.iter()
        .map(|key| PublishedKey {
            generation: key.generation(),
            public: key.secret.public(),
            use_until: key.created.plus(period + grace),
            retires: key.created.plus(2 * period),
        })
        .collect()
}
