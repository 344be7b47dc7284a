//! Where the bytes of blobs are: a folder or a bucket. Knows ids and numbers of parts, not whose they are.

mod trial;

use std::io;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyad_service::Problem;
use dyad_store::blobs::StorageId;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};

pub use trial::BucketTrouble;

use crate::config::S3Config;

/// Wait asked for while the storage does not work: a person may have to act.
const DOWN_WAIT: Duration = Duration::from_secs(60);

/// Time for one request to a bucket, 4 MB at about 100 kB/s.
const REMOTE_TIME: Duration = Duration::from_secs(40);

/// Requests to a bucket that fail are repeated so often, and no longer than this.
const REMOTE_TRIES: usize = 3;

/// Where the bytes of blobs are. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStorage {
    objects: Arc<dyn ObjectStore>,
    /// Before each name; empty, or without a slash at the end.
    prefix: Path,
    /// Where files can be removed with what a crash has left beside them.
    folder: Option<PathBuf>,
}

/// Why bytes cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No room is left.
    #[error("no room is left")]
    Full,
    /// There is no such object.
    #[error("an object is missing")]
    Missing,
    /// The storage fails, or cannot be set up; its own words.
    #[error("{0}")]
    Failed(String),
}

impl BlobStorage {
    /// In a folder, which is made if it is not there. What is answered for is synced, file and folders.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn folder(path: &FilePath) -> Result<Self, StorageError> {
        std::fs::create_dir_all(path).map_err(io_error)?;
        let files = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        // The folder itself is new perhaps; what is in it is synced with it.
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        for folder in [Some(path), parent].into_iter().flatten() {
            let opened = std::fs::File::open(folder);
            opened.and_then(|file| file.sync_all()).map_err(io_error)?;
        }
        Ok(Self {
            objects: Arc::new(files),
            prefix: Path::default(),
            folder: Some(path.to_owned()),
        })
    }

    /// In a bucket of S3, or of what speaks like it.
    ///
    /// # Errors
    /// The configuration cannot be used. Nothing is called yet.
    pub fn s3(config: &S3Config) -> Result<Self, StorageError> {
        Self::bucket(config, REMOTE_TIME, REMOTE_TRIES)
    }

    /// `tries` beyond the first of each request, which takes so long at most.
    fn bucket(config: &S3Config, time: Duration, tries: usize) -> Result<Self, StorageError> {
        let mut builder = match &config.access_key {
            // As the machine has it: AWS_ACCESS_KEY_ID and so on, or the instance's own.
            None => AmazonS3Builder::from_env(),
            Some(key) => {
                let secret = config.secret_key_file.as_deref().ok_or_else(|| {
                    StorageError::Failed("access_key needs secret_key_file".to_owned())
                })?;
                let secret = std::fs::read_to_string(secret).map_err(io_error)?;
                AmazonS3Builder::new()
                    .with_access_key_id(key)
                    .with_secret_access_key(secret.trim())
            }
        };
        let mut plain = false;
        if let Some(endpoint) = &config.endpoint {
            plain = endpoint.starts_with("http://");
            builder = builder.with_endpoint(endpoint);
        }
        let bucket = builder
            .with_bucket_name(&config.bucket)
            .with_region(&config.region)
            .with_client_options(
                ClientOptions::new()
                    .with_timeout(time)
                    .with_allow_http(plain),
            )
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: tries,
                retry_timeout: time,
            })
            .build()?;
        Ok(Self {
            objects: Arc::new(bucket),
            prefix: Path::from(config.prefix.as_str()),
            folder: None,
        })
    }

    /// In memory, for simulations.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            objects: Arc::new(InMemory::new()),
            prefix: Path::default(),
            folder: None,
        }
    }

    /// Whether the storage answers at all: looks for something that is not there.
    ///
    /// # Errors
    /// It does not.
    pub async fn probe(&self) -> Result<(), StorageError> {
        let nothing = self.object(StorageId([0; 16]), 0);
        match self.objects.head(&nothing).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a part, in place of what may be left under its name. Returns after the sync.
    pub(super) async fn put(
        &self,
        id: StorageId,
        part: u32,
        bytes: Bytes,
    ) -> Result<(), StorageError> {
        self.objects
            .put(&self.object(id, part), bytes.into())
            .await?;
        Ok(())
    }

    /// Some bytes of a part.
    pub(super) async fn read(
        &self,
        id: StorageId,
        part: u32,
        range: Range<u64>,
    ) -> Result<Bytes, StorageError> {
        Ok(self
            .objects
            .get_range(&self.object(id, part), range)
            .await?)
    }

    /// Removes one part, if it is there.
    pub(super) async fn remove_part(&self, id: StorageId, part: u32) -> Result<(), StorageError> {
        match self.objects.delete(&self.object(id, part)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all parts of a blob, whole or half written.
    pub(super) async fn remove(&self, id: StorageId) -> Result<(), StorageError> {
        if let Some(folder) = &self.folder {
            let folder = folder.join(name(id));
            return blocking(move || match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .await;
        }
        let objects = self.objects.list(Some(&self.blob(id)));
        let names = objects.map_ok(|found| found.location).boxed();
        let removed = self.objects.delete_stream(names);
        removed
            .try_for_each(|_gone| async { Ok(()) })
            .await
            .or_else(|error| match error {
                object_store::Error::NotFound { .. } => Ok(()),
                error => Err(error.into()),
            })
    }

    /// Everything of which there is any part, on record or not.
    pub(super) async fn ids(&self) -> Result<Vec<StorageId>, StorageError> {
        if let Some(folder) = self.folder.clone() {
            return blocking(move || {
                std::fs::read_dir(folder)?
                    .map(|entry| Ok(parse(&entry?.file_name().to_string_lossy())))
                    .filter_map(Result::transpose)
                    .collect()
            })
            .await;
        }
        let under = (!self.prefix.as_ref().is_empty()).then_some(&self.prefix);
        let found = self.objects.list_with_delimiter(under).await?;
        let names = found.common_prefixes.iter().filter_map(Path::filename);
        Ok(names.filter_map(parse).collect())
    }

    fn blob(&self, id: StorageId) -> Path {
        self.prefix.clone().join(name(id))
    }

    fn object(&self, id: StorageId, part: u32) -> Path {
        self.blob(id).join(format!("{part:03}"))
    }
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<R, StorageError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StorageError::Failed(error.to_string()))?
        .map_err(io_error)
}

fn name(id: StorageId) -> String {
    id.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(name: &str) -> Option<StorageId> {
    super::from_hex(name).map(StorageId)
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err passes it")]
fn io_error(error: io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageError::Full,
        _ => StorageError::Failed(error.to_string()),
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::Missing;
        }
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(found) = cause {
            let full = found.downcast_ref::<io::Error>().map(io::Error::kind);
            if let Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) = full {
                return Self::Full;
            }
            cause = found.source();
        }
        Self::Failed(error.to_string())
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        if matches!(error, StorageError::Full) {
            return Self::from(dyad_store::StoreError::Full);
        }
        tracing::error!(%error, "the storage of blobs fails");
        Self::unavailable(
            "storage-down",
            "The service cannot reach its storage. Its operator was told. Nothing was done.",
            DOWN_WAIT,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: StorageId = StorageId([0xab; 16]);

    #[tokio::test]
    async fn a_folder_keeps_replaces_lists_and_removes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blobs");
        let storage = BlobStorage::folder(&path).unwrap();
        assert_eq!(storage.ids().await.unwrap(), []);
        storage.put(ID, 7, Bytes::from("first")).await.unwrap();
        storage.put(ID, 7, Bytes::from("second")).await.unwrap();
        assert_eq!(storage.read(ID, 7, 1..3).await.unwrap(), "ec");
        assert!(matches!(
            storage.read(ID, 8, 0..1).await,
            Err(StorageError::Missing)
        ));
        // What a crash leaves beside the parts goes with them; what is not ours stays.
        std::fs::write(path.join("abababababababababababababababab/008#1"), "half").unwrap();
        std::fs::create_dir(path.join("lost+found")).unwrap();
        assert_eq!(storage.ids().await.unwrap(), [ID]);
        storage.remove_part(ID, 7).await.unwrap();
        storage.remove_part(ID, 7).await.unwrap();
        assert!(matches!(
            storage.read(ID, 7, 0..1).await,
            Err(StorageError::Missing)
        ));
        for _ in 0..2 {
            storage.remove(ID).await.unwrap();
            assert_eq!(storage.ids().await.unwrap(), []);
        }
        assert!(path.join("lost+found").exists());
        storage.probe().await.unwrap();
    }

    #[tokio::test]
    async fn memory_does_the_same() {
        let storage = BlobStorage::memory();
        storage.put(ID, 7, Bytes::from("bytes")).await.unwrap();
        assert_eq!(storage.ids().await.unwrap(), [ID]);
        assert_eq!(storage.read(ID, 7, 1..3).await.unwrap(), "yt");
        storage.remove(ID).await.unwrap();
        storage.remove(ID).await.unwrap();
        assert_eq!(storage.ids().await.unwrap(), []);
    }

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let of = |kind| object_store::Error::Generic {
            store: "test",
            source: Box::new(io::Error::from(kind)),
        };
        assert!(matches!(
            of(io::ErrorKind::StorageFull).into(),
            StorageError::Full
        ));
        let other: StorageError = of(io::ErrorKind::PermissionDenied).into();
        assert!(matches!(other, StorageError::Failed(_)));
        let problem = Problem::from(StorageError::Full);
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "full"));
        assert_eq!(Problem::from(other).status().as_u16(), 503);
    }
}
