//! The folder of ciphertexts. Nothing readable is ever written there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dyad_protocol::attachment::{FileKey, Sealed, Sealer};
use rand_core::CryptoRng;

use super::reader::FileReader;
use crate::error::ClientError;
use crate::store::DISK_FULL;
use crate::store::files::{DiskName, FileRow};

/// Bytes read at once.
const BUFFER: usize = 128 * 1024;

/// Where ciphertexts lie.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// A file that is about to be sealed, under a key of its own.
#[derive(Debug)]
pub(crate) struct Sealing {
    disk: DiskName,
    key: FileKey,
    sealer: Sealer<BufWriter<File>>,
    folder: Folder,
}

/// A file that was just sealed.
#[derive(Debug)]
pub(crate) struct SealedFile {
    pub(crate) disk: DiskName,
    pub(crate) key: FileKey,
    pub(crate) sealed: Sealed,
}

impl Folder {
    pub(crate) fn of(home: &Path) -> Self {
        Self(home.join("blobs"))
    }

    fn path(&self, name: &DiskName) -> PathBuf {
        let hex: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.join(hex)
    }

    /// Makes room for a file, and draws its key.
    pub(crate) fn begin(&self, rng: &mut dyn CryptoRng) -> io::Result<Sealing> {
        let mut rng = rng;
        let mut disk = DiskName::default();
        rng.fill_bytes(&mut disk);
        let to = BufWriter::with_capacity(BUFFER, self.create(&disk)?);
        let (sealer, key) = Sealer::new(to, &mut rng);
        Ok(Sealing {
            disk,
            key,
            sealer,
            folder: self.clone(),
        })
    }

    fn create(&self, name: &DiskName) -> io::Result<File> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path(name))
    }

    /// Writes bytes at the end, which is that far, on disk before it returns. On failure nothing of them is left: on a full
    /// disk they would take the room that messages need.
    pub(crate) fn write_at(&self, name: &DiskName, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.create(name)?;
        let written = file
            .seek(SeekFrom::Start(at))
            .and_then(|_at| file.write_all(bytes))
            .and_then(|()| file.sync_data());
        if written.is_err() {
            match at {
                0 => self.remove(name),
                _ => drop(file.set_len(at)),
            }
        }
        written
    }

    /// Reads so many bytes from a place.
    pub(crate) fn read_at(&self, name: &DiskName, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(name))?;
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![0; len];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The file within its ciphertext.
    pub(crate) fn open(&self, row: &FileRow) -> io::Result<FileReader> {
        let sealed = File::open(self.path(&row.file.disk))?;
        FileReader::new(sealed, &row.file.key, row.file.size)
            .ok_or(io::ErrorKind::InvalidData.into())
    }

    /// Removes one. One that is not there is removed.
    pub(crate) fn remove(&self, name: &DiskName) {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a file could not be removed");
            }
            _ => {}
        }
    }

    /// All that lie there, whoever's they are.
    pub(crate) fn all(&self) -> Vec<DiskName> {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| parse(entry.ok()?.file_name().to_str()?))
            .collect()
    }
}

impl Sealing {
    /// Reads a file to its end, once. On failure nothing is left.
    pub(crate) fn run(self, source: impl Read) -> io::Result<SealedFile> {
        let Self {
            disk,
            key,
            sealer,
            folder,
        } = self;
        match seal_into(source, sealer) {
            Ok(sealed) => Ok(SealedFile { disk, key, sealed }),
            Err(error) => {
                folder.remove(&disk);
                Err(error)
            }
        }
    }
}

impl Sealing {
    /// The file could not be read after all.
    pub(crate) fn abandon(self, error: io::Error) -> io::Result<SealedFile> {
        self.folder.remove(&self.disk);
        Err(error)
    }
}

fn parse(hex: &str) -> Option<DiskName> {
    let mut name = DiskName::default();
    if hex.len() != 2 * name.len() {
        return None;
    }
    for (at, byte) in name.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(name)
}

fn seal_into(mut source: impl Read, mut sealer: Sealer<BufWriter<File>>) -> io::Result<Sealed> {
    let mut buffer = zeroize::Zeroizing::new(vec![0; BUFFER]);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => sealer.push(buffer.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let (to, sealed) = sealer.finish()?;
    to.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(sealed)
}

/// Opens a file that a person named, to be read.
///
/// A pipe or a device has no size and may have no end: it is refused before it is opened, which could take for ever.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::IsADirectory`] for a folder, [`io::ErrorKind::InvalidInput`] for what is
/// neither folder nor file.
pub fn open_path(path: &Path) -> io::Result<File> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    File::open(path)
}

/// What went wrong with a file, for the person. `what` says what was not done.
pub(crate) fn disk_trouble(error: &io::Error, what: &str) -> ClientError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ClientError::later(
            DISK_FULL,
            format!("The disk is full. {what} Free some space and try again."),
        ),
        io::ErrorKind::FileTooLarge => ClientError::usage(
            "file-too-large",
            format!("A file has at most 2 GiB. {what}"),
        ),
        io::ErrorKind::NotFound => {
            ClientError::usage("no-such-file", format!("There is no such file. {what}"))
        }
        io::ErrorKind::PermissionDenied => ClientError::usage(
            "file-unreadable",
            format!("The file may not be read or written. {what}"),
        ),
        io::ErrorKind::IsADirectory => ClientError::usage(
            "not-a-file",
            format!("That is a folder, not a file. {what}"),
        ),
        io::ErrorKind::InvalidInput => ClientError::usage(
            "not-a-file",
            format!("That is a pipe or a device, not a file. {what}"),
        ),
        io::ErrorKind::AlreadyExists => ClientError::usage(
            "file-exists",
            format!("There is a file of that name already. {what}"),
        ),
        _ => ClientError::other("file", format!("{what} ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ClientRng;

    /// The kernel's device that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn on_a_full_disk_nothing_is_left_of_what_did_not_fit() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of(home.path());
        let name = [7; 16];
        folder.write_at(&name, 0, b"a first part").unwrap();
        folder.remove(&name);
        std::os::unix::fs::symlink("/dev/full", folder.path(&name)).unwrap();
        let error = folder.write_at(&name, 0, b"a first part").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(folder.all().is_empty());
        let told = disk_trouble(&error, "The file waits.");
        assert_eq!(told.code, DISK_FULL);
        assert!(told.message.contains("The file waits. Free some space"));

        let mut rng = ClientRng::system();
        let disk = [8; 16];
        folder.create(&disk).unwrap();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let to = BufWriter::with_capacity(BUFFER, full);
        let (sealer, key) = Sealer::new(to, &mut rng.0);
        let sealing = Sealing {
            disk,
            key,
            sealer,
            folder: folder.clone(),
        };
        let failed = sealing.run(&[1; 3 * BUFFER][..]).unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::StorageFull);
        assert!(folder.all().is_empty());
    }

    #[test]
    fn what_lies_on_disk_is_sealed_and_what_fails_leaves_nothing() {
        struct Breaks(u32);
        impl Read for Breaks {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 > 3 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                to.fill(b'a');
                Ok(to.len())
            }
        }
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of(home.path());
        let mut rng = ClientRng::system();
        let begun = folder.begin(&mut rng.0).unwrap();
        assert!(begun.run(Breaks(0)).is_err());
        assert!(folder.all().is_empty());
        let text = b"a sentence that nobody else may read".repeat(10_000);
        let begun = folder.begin(&mut rng.0).unwrap();
        let made = begun.run(&text[..]).unwrap();
        assert_eq!(folder.all(), [made.disk]);
        let on_disk = fs::read(folder.path(&made.disk)).unwrap();
        assert!(!on_disk.windows(8).any(|part| part == b"sentence"));
        folder.remove(&made.disk);
        assert!(folder.all().is_empty());
    }
}
