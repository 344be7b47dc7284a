//! A store for each service, so that one can be moved to another machine with its folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dyad_sender::{BlobStorage, StorageError};
use dyad_store::{Backend, CommitterOptions, Store, StoreError, check_version};
use dyad_store_fjall::{FjallBackend, FjallOptions};

/// Opens the stores of services by their names: `issuer`, `sender`, `receiver`.
pub trait OpenStores: Send + Sync + fmt::Debug {
    /// Opens one; makes it if it is new. May block on a disk.
    ///
    /// # Errors
    /// It cannot be opened, or is of a later release.
    fn open(&self, service: &'static str) -> Result<Store, StoreError>;

    /// Where the sender keeps the bytes of blobs. May block on a disk.
    ///
    /// # Errors
    /// It cannot be used.
    fn blobs(&self) -> Result<BlobStorage, StorageError>;

    /// A folder for what the receiver can fetch again; `None` to keep nothing of it.
    fn cache(&self) -> Option<PathBuf>;
}

/// Stores on a local disk, each in a folder of its service's name.
#[derive(Clone, Debug)]
pub struct FjallStores {
    folder: PathBuf,
}

impl FjallStores {
    /// In `folder`, which exists.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }
}

impl OpenStores for FjallStores {
    fn open(&self, service: &'static str) -> Result<Store, StoreError> {
        let backend = FjallBackend::open(&self.folder.join(service), FjallOptions::default())?;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        check_version(&*backend)?;
        Ok(Store::open_threaded(backend, CommitterOptions::default()))
    }

    fn blobs(&self) -> Result<BlobStorage, StorageError> {
        BlobStorage::folder(&self.folder.join("blobs"))
    }

    fn cache(&self) -> Option<PathBuf> {
        Some(self.folder.join("blob-cache"))
    }
}
