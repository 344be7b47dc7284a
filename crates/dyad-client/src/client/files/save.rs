//! Writing what is here to a place of the person's.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Writes it under its final name only when all of it is there. Replaces nothing. Blocks.
pub(super) fn save(mut reader: impl Read, to: &Path) -> io::Result<()> {
    write_new(to, |file| io::copy(&mut reader, file).map(drop))
}

/// The same of whatever `write` writes.
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
