//! Writing what is here to a place of the person's.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::error::{ClientError, Result};
use crate::file::disk_trouble;

/// Writes under `to`, or under `name` in it if it is a folder, on a thread of its own. Gives where it is.
pub(in crate::client) async fn write_at(
    to: &Path,
    name: &str,
    write: impl FnOnce(&mut File) -> io::Result<()> + Send + 'static,
) -> Result<PathBuf> {
    let target = match to.is_dir() {
        true => to.join(name),
        false => to.to_owned(),
    };
    let written = target.clone();
    spawn_blocking(move || write_new(&written, write))
        .await
        .map_err(|error| ClientError::other("defect", error.to_string()))?
        .map_err(|error| not_written(&target, &error))?;
    Ok(target)
}

/// What went wrong, with the name of the file that is not there.
pub(in crate::client) fn not_written(path: &Path, error: &io::Error) -> ClientError {
    let mut told = disk_trouble(error, "Nothing was written.");
    told.message = format!("{}: {}", path.display(), told.message);
    told
}

/// Writes it under its final name only when all of it is there. Replaces nothing. Blocks.
pub(in crate::client) fn write_new(
    to: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    let written = write(&mut file)
        .and_then(|()| file.sync_all())
        .and_then(|()| name_finally(&unfinished, to));
    let _ = std::fs::remove_file(&unfinished);
    written
}

/// Replaces nothing: a link fails where there is something. Not every file system has links.
fn name_finally(unfinished: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(unfinished, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.exists() => {
            std::fs::rename(unfinished, to)
        }
        done => done,
    }
}
