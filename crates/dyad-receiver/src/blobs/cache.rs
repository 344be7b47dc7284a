//! Parts that were fetched, kept on disk for whoever asks next, within a bound of bytes and time.
//!
//! Nothing here is needed: what cannot be kept is fetched again. So nothing is synced, and a new process
//! begins with an empty folder, since what a crash has left might not be what was written.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dyad_protocol::api::blob::BlobSize;
use dyad_protocol::hash::sha256;
use dyad_protocol::id::{BlobLocator, HostName};
use parking_lot::Mutex;
use tokio::time::Instant;

/// A part of a blob at a host, by a hash: names in the folder say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32], u32);

impl Key {
    pub(super) fn new(host: &HostName, locator: &BlobLocator, part: u32) -> Self {
        let named = [locator.as_bytes(), host.as_str().as_bytes()].concat();
        Self(sha256(&named), part)
    }

    fn file_name(&self) -> String {
        let hash: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hash}-{:03}", self.1)
    }
}

/// The parts that are kept. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    limit: u64,
    keep: Duration,
    kept: Mutex<Kept>,
    /// Numbers files that are not complete.
    begun: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    parts: HashMap<Key, Part>,
    /// By last use, the longest ago first.
    order: BTreeMap<u64, Key>,
    bytes: u64,
    turns: u64,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    size: BlobSize,
    len: u64,
    turn: u64,
    since: Instant,
}

/// A part that is being written. Removed again unless it is finished.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) file: tokio::fs::File,
    path: Option<PathBuf>,
}

impl Cache {
    /// An empty one in `folder`, which it has for itself.
    pub(super) fn open(folder: &Path, limit: u64, keep: Duration) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        empty(folder)?;
        Ok(Self {
            shared: Arc::new(Shared {
                folder: folder.to_owned(),
                limit,
                keep,
                kept: Mutex::default(),
                begun: AtomicU64::new(0),
            }),
        })
    }

    /// A part, and the size of its blob. What is opened can be read to its end whatever happens to the cache.
    pub(super) async fn get(&self, key: Key) -> Option<(tokio::fs::File, BlobSize)> {
        let size = self.shared.kept.lock().used(&key, self.shared.keep)?;
        let path = self.shared.folder.join(key.file_name());
        match tokio::fs::File::open(path).await {
            Ok(file) => Some((file, size)),
            Err(_gone) => {
                self.shared.kept.lock().forget(&key);
                None
            }
        }
    }

    /// Begins to write a part of `len` bytes; `None` if it cannot be kept.
    pub(super) async fn begin(&self, len: u64) -> Option<Writing> {
        if len > self.shared.limit {
            return None;
        }
        let number = self.shared.begun.fetch_add(1, Ordering::Relaxed);
        let path = self.shared.folder.join(format!("new-{number}"));
        let file = tokio::fs::File::create_new(&path).await.ok()?;
        Some(Writing {
            file,
            path: Some(path),
        })
    }

    /// Keeps a part that was written completely.
    pub(super) async fn finish(&self, mut writing: Writing, key: Key, size: BlobSize, len: u64) {
        use tokio::io::AsyncWriteExt;
        if writing.file.flush().await.is_err() {
            return;
        }
        let Some(path) = writing.path.take() else {
            return;
        };
        let cache = self.clone();
        let kept = tokio::task::spawn_blocking(move || {
            let shared = &cache.shared;
            if fs::rename(&path, shared.folder.join(key.file_name())).is_err() {
                let _ = fs::remove_file(&path);
                return;
            }
            let gone = shared.kept.lock().insert(key, size, len, shared.limit);
            shared.unlink(gone);
        });
        let _ = kept.await;
    }

    /// Removes what was kept for too long; everything, if there is no room.
    pub(super) async fn tidy(&self, no_room: bool) {
        let cache = self.clone();
        let tidied = tokio::task::spawn_blocking(move || {
            let shared = &cache.shared;
            let gone = shared.kept.lock().expire(shared.keep, no_room);
            shared.unlink(gone);
            metrics::gauge!("receiver_blob_cache_bytes").set(shared.kept.lock().bytes as f64);
        });
        let _ = tidied.await;
    }
}

/// The folder itself stays: it may be a disk of its own, with folders of the system's in it.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Shared {
    fn unlink(&self, gone: Vec<Key>) {
        for key in gone {
            // One that has come again in this moment is noticed when it is opened.
            let _ = fs::remove_file(self.folder.join(key.file_name()));
        }
    }
}

impl Kept {
    fn used(&mut self, key: &Key, keep: Duration) -> Option<BlobSize> {
        let part = self.parts.get_mut(key)?;
        if part.since.elapsed() >= keep {
            return None;
        }
        self.order.remove(&part.turn);
        self.turns += 1;
        part.turn = self.turns;
        self.order.insert(part.turn, *key);
        Some(part.size)
    }

    fn insert(&mut self, key: Key, size: BlobSize, len: u64, limit: u64) -> Vec<Key> {
        self.forget(&key);
        self.turns += 1;
        let part = Part {
            size,
            len,
            turn: self.turns,
            since: Instant::now(),
        };
        self.parts.insert(key, part);
        self.order.insert(self.turns, key);
        self.bytes += len;
        let mut gone = Vec::new();
        while self.bytes > limit {
            let Some((_, oldest)) = self.order.first_key_value() else {
                break;
            };
            let oldest = *oldest;
            self.forget(&oldest);
            gone.push(oldest);
        }
        gone
    }

    fn forget(&mut self, key: &Key) {
        if let Some(part) = self.parts.remove(key) {
            self.order.remove(&part.turn);
            self.bytes -= part.len;
        }
    }

    fn expire(&mut self, keep: Duration, all: bool) -> Vec<Key> {
        let is_over = |part: &Part| all || part.since.elapsed() >= keep;
        let parts = self.parts.iter();
        let gone: Vec<Key> = parts
            .filter_map(|(key, part)| is_over(part).then_some(*key))
            .collect();
        for key in &gone {
            self.forget(key);
        }
        gone
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const KEEP: Duration = Duration::from_secs(3_600);

    fn key(part: u32) -> Key {
        let host = "sender.example".parse().unwrap();
        Key::new(&host, &BlobLocator::new([1; 16]), part)
    }

    async fn keep(cache: &Cache, part: u32, bytes: &[u8]) {
        let len = bytes.len() as u64;
        let mut writing = cache.begin(len).await.unwrap();
        writing.file.write_all(bytes).await.unwrap();
        cache.finish(writing, key(part), BlobSize::MIN, len).await;
    }

    async fn read(cache: &Cache, part: u32) -> Option<Vec<u8>> {
        let (mut file, size) = cache.get(key(part)).await?;
        assert_eq!(size, BlobSize::MIN);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.unwrap();
        Some(bytes)
    }

    fn files(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[tokio::test]
    async fn what_was_used_longest_ago_makes_room() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), 10, KEEP).unwrap();
        for part in 0..3 {
            keep(&cache, part, &[part as u8; 3]).await;
        }
        assert_eq!(read(&cache, 0).await.unwrap(), [0; 3]);
        keep(&cache, 3, &[3; 4]).await;
        assert_eq!(read(&cache, 1).await, None);
        assert_eq!(read(&cache, 0).await.unwrap(), [0; 3]);
        assert_eq!(files(dir.path()), 3);
        assert!(cache.begin(11).await.is_none());
        // The same part again takes no more room.
        keep(&cache, 3, &[5; 4]).await;
        assert_eq!(
            (read(&cache, 3).await.unwrap(), files(dir.path())),
            (vec![5; 4], 3)
        );
    }

    #[tokio::test]
    async fn what_is_half_written_or_of_another_process_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), 10, KEEP).unwrap();
        keep(&cache, 0, &[1; 3]).await;
        drop(cache.begin(3).await.unwrap());
        assert_eq!(files(dir.path()), 1);
        fs::remove_file(dir.path().join(key(0).file_name())).unwrap();
        assert_eq!(read(&cache, 0).await, None);
        keep(&cache, 0, &[1; 3]).await;
        // On a disk of its own there is more than ours.
        fs::create_dir(dir.path().join("lost+found")).unwrap();
        let cache = Cache::open(dir.path(), 10, KEEP).unwrap();
        assert_eq!((read(&cache, 0).await, files(dir.path())), (None, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_kept_for_longer_than_said_or_while_there_is_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), 10, KEEP).unwrap();
        keep(&cache, 0, &[1; 3]).await;
        tokio::time::sleep(KEEP - Duration::from_secs(1)).await;
        assert!(read(&cache, 0).await.is_some());
        keep(&cache, 1, &[1; 3]).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(read(&cache, 0).await.is_none());
        cache.tidy(false).await;
        assert_eq!(files(dir.path()), 1);
        cache.tidy(true).await;
        assert_eq!(files(dir.path()), 0);
    }
}
