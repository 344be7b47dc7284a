//! Refusing work while there is still room to finish what was begun.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::error::Problem;
use crate::shutdown::Shutdown;

/// How often the disk is looked at. At 100 MB/s of writing, that is half a gigabyte.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Wait asked for: a person, or the end of some retention time, has to act.
const WAIT: Duration = Duration::from_secs(60);

/// Work is taken again once there is this much more room than the limit asks for, in parts of it:
/// one in 20. Without it, every freed block would start a burst.
const SLACK: u64 = 20;

/// When the disk counts as full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskLimits {
    /// Least free space on the file system, in bytes.
    pub min_free_bytes: u64,
    /// Most space taken by the watched folder, in bytes; `None` for no limit.
    pub max_used_bytes: Option<u64>,
}

impl Default for DiskLimits {
    fn default() -> Self {
        Self {
            min_free_bytes: 1024 * 1024 * 1024,
            max_used_bytes: None,
        }
    }
}

/// Knows whether a folder may still grow. Cheap to ask; clones share it.
#[derive(Clone, Debug)]
pub struct DiskGuard {
    watch: Arc<Watch>,
}

#[derive(Debug)]
struct Watch {
    folder: PathBuf,
    limits: DiskLimits,
    full: AtomicBool,
}

impl DiskGuard {
    /// Looks at `folder` once.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn new(folder: &Path, limits: DiskLimits) -> io::Result<Self> {
        let guard = Self {
            watch: Arc::new(Watch {
                folder: folder.to_owned(),
                limits,
                full: AtomicBool::new(false),
            }),
        };
        guard.watch.look()?;
        Ok(guard)
    }

    /// Goes on looking in the background until stopping.
    pub fn keep_looking(&self, shutdown: &Shutdown) {
        let (watch, ending) = (Arc::clone(&self.watch), shutdown.clone());
        shutdown.spawn(async move {
            loop {
                tokio::select! {
                    () = ending.stopping() => return,
                    () = sleep(LOOK_EVERY) => {}
                }
                let watch = Arc::clone(&watch);
                let looked = tokio::task::spawn_blocking(move || watch.look()).await;
                if let Ok(Err(error)) = looked {
                    tracing::warn!(%error, "cannot tell how full the disk is");
                }
            }
        });
    }

    /// Whether more may be written.
    ///
    /// # Errors
    /// The disk counts as full: 503.
    pub fn check(&self) -> Result<(), Problem> {
        if !self.is_full() {
            return Ok(());
        }
        let detail = "The service has no room left. Its operator was told. Nothing was done.";
        Err(Problem::unavailable("full", detail, WAIT))
    }

    /// Whether the disk counts as full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.watch.full.load(Ordering::Relaxed)
    }
}

impl Watch {
    fn look(&self) -> io::Result<()> {
        let free = fs4::available_space(&self.folder)?;
        let used = used_bytes(&self.folder)?;
        metrics::gauge!("disk_free_bytes").set(free as f64);
        metrics::gauge!("disk_used_bytes").set(used as f64);
        let was_full = self.full.load(Ordering::Relaxed);
        let full = self.limits.exceeded(free, used, was_full);
        if full != was_full {
            self.full.store(full, Ordering::Relaxed);
            if full {
                tracing::error!(free, used, "no room left: refusing new work");
            } else {
                tracing::info!(free, used, "there is room again");
            }
        }
        Ok(())
    }
}

impl DiskLimits {
    fn exceeded(&self, free: u64, used: u64, was_full: bool) -> bool {
        let slack = |limit: u64| if was_full { limit / SLACK } else { 0 };
        free < self
            .min_free_bytes
            .saturating_add(slack(self.min_free_bytes))
            || self
                .max_used_bytes
                .is_some_and(|max| used > max - slack(max))
    }
}

/// Space taken by a folder. Files that vanish while it is being counted are nobody's mistake.
fn used_bytes(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Ok(data) if data.is_dir() => folders.push(entry.path()),
                Ok(data) => sum += data.len(),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_grew_too_large_is_noticed_and_so_is_its_end() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("inner")).unwrap();
        let limits = DiskLimits {
            min_free_bytes: 0,
            max_used_bytes: Some(1000),
        };
        let guard = DiskGuard::new(dir.path(), limits).unwrap();
        assert!(guard.check().is_ok());
        fs::write(dir.path().join("inner/a"), vec![0; 900]).unwrap();
        fs::write(dir.path().join("b"), vec![0; 200]).unwrap();
        guard.watch.look().unwrap();
        let problem = guard.check().unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "full"));
        assert!(problem.retry_after().is_some());
        fs::write(dir.path().join("b"), vec![0; 90]).unwrap();
        guard.watch.look().unwrap();
        assert!(
            guard.is_full(),
            "just below the limit is not yet room again"
        );
        fs::remove_file(dir.path().join("b")).unwrap();
        guard.watch.look().unwrap();
        assert!(!guard.is_full());
    }

    #[test]
    fn a_disk_without_enough_free_space_counts_as_full_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let limits = DiskLimits {
            min_free_bytes: u64::MAX,
            max_used_bytes: None,
        };
        assert!(DiskGuard::new(dir.path(), limits).unwrap().is_full());
        assert!(DiskGuard::new(&dir.path().join("missing"), DiskLimits::default()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_by_itself_and_ends_with_the_process() {
        let dir = tempfile::tempdir().unwrap();
        let limits = DiskLimits {
            min_free_bytes: 0,
            max_used_bytes: Some(10),
        };
        let guard = DiskGuard::new(dir.path(), limits).unwrap();
        let shutdown = Shutdown::new();
        guard.keep_looking(&shutdown);
        fs::write(dir.path().join("a"), [0; 11]).unwrap();
        while !guard.is_full() {
            sleep(Duration::from_secs(1)).await;
        }
        assert!(shutdown.finish(Duration::from_secs(1)).await);
    }
}
