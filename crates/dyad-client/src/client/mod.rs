//! What an app can do with a profile. Every method is whole: it has happened, or nothing has.

mod accept;
mod again;
mod apps;
mod calls;
mod changes;
mod contacts;
mod desk;
mod feed;
mod files;
mod follow;
mod games;
mod invitations;
#[cfg(test)]
mod long_history;
mod mails;
#[cfg(test)]
mod many_payloads;
mod messages;
mod pairings;
mod payloads;
mod people;
mod pointers;
mod portraits;
mod profiles;
mod providers;
mod settings;
mod status;
mod why;

pub use follow::Follow;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use crate::driver::Driver;
use crate::error::Result;
use crate::options::ClientOptions;
use crate::store::{self, Store, Unlock, UnlockMethod};
use crate::view::SyncReport;

/// One person's profile, open. Clones share it; it is closed when the last is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    driver: Arc<Driver>,
}

impl Client {
    /// Whether there is a profile in `home`.
    #[must_use]
    pub fn exists(home: &Path) -> bool {
        store::exists(home)
    }

    /// How the profile in `home` is opened.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`]: there is none, or its key file is damaged or newer.
    pub fn unlock_method(home: &Path) -> Result<UnlockMethod> {
        store::method(home)
    }

    /// Whether `unlock` opens the profile in `home`, without opening it. Takes as long as opening does.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`]: it does not, or there is none.
    pub fn check_unlock(home: &Path, unlock: &Unlock) -> Result<()> {
        store::check_unlock(home, unlock)
    }

    /// The process that has the profile in `home` open, if there is one.
    #[must_use]
    pub fn holder(home: &Path) -> Option<u32> {
        store::holder(home)
    }

    /// Makes a new profile.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`]: there is one already, the place cannot be written, or the keyring
    /// cannot be used.
    #[expect(
        clippy::unused_async,
        reason = "deriving the key may move to another thread"
    )]
    pub async fn create(home: &Path, unlock: Unlock, mut options: ClientOptions) -> Result<Self> {
        let store = Store::create(
            home,
            &unlock,
            options.kdf,
            &options.database,
            &mut options.rng.0,
        )?;
        Self::with(store, home, options)
    }

    /// Opens a profile.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`]: there is none, it is in use, the passphrase is wrong, or it is
    /// damaged or newer. Nothing is changed then.
    #[expect(
        clippy::unused_async,
        reason = "deriving the key may move to another thread"
    )]
    pub async fn open(home: &Path, unlock: Unlock, options: ClientOptions) -> Result<Self> {
        let store = Store::open(home, &unlock, &options.database)?;
        Self::with(store, home, options)
    }

    #[cfg(test)]
    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }

    fn with(store: Store, home: &Path, options: ClientOptions) -> Result<Self> {
        let driver = Arc::new(Driver::new(store, home, options)?);
        Ok(Self { driver })
    }

    /// Sends, receives and looks after everything until `shutdown` is done.
    ///
    /// # Errors
    /// If it runs already.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<()> {
        self.driver.run(shutdown).await
    }

    /// One round: sends, fetches until caught up, acknowledges.
    ///
    /// # Errors
    /// Those of the store. What services refuse is in the report.
    pub async fn sync_once(&self) -> Result<SyncReport> {
        self.driver.sync_once().await
    }

    /// What happens from now on.
    #[must_use]
    pub fn follow(&self) -> Follow {
        Follow::new(self.driver.subscribe())
    }
}
