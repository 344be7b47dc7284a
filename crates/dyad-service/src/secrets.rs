//! A secret in a file that only its owner can read: the provider's seed.
//!
//! The file holds 64 hexadecimal digits and a line end, so that it can be copied to the other
//! machines of a provider, and to paper.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Length of a secret, in bytes.
pub const SECRET_LEN: usize = 32;

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The operating system's words.
        why: io::Error,
    },
    /// Others than the owner may read the file.
    #[error("{path} can be read by others (mode {mode:03o}): consider it known, or run chmod 600", path = path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds something else.
    #[error("{path} does not hold 64 hexadecimal digits: restore it from a backup", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(getrandom::Error),
}

/// Reads the secret.
///
/// # Errors
/// The file is missing, damaged, or readable by others.
pub fn load(path: &Path) -> Result<Zeroizing<[u8; SECRET_LEN]>, SecretError> {
    let file = |why| SecretError::File {
        path: path.to_owned(),
        why,
    };
    let mode = fs::metadata(path).map_err(file)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let text = Zeroizing::new(fs::read(path).map_err(file)?);
    let mut secret = Zeroizing::new([0; SECRET_LEN]);
    hex::decode_to_slice(text.trim_ascii(), secret.as_mut_slice()).map_err(|_| {
        SecretError::Damaged {
            path: path.to_owned(),
        }
    })?;
    Ok(secret)
}

/// Reads the secret, or makes one if there is no file. Of several processes that do so at the same
/// moment, all get the same.
///
/// # Errors
/// The file is damaged, readable by others, or cannot be written; no randomness.
pub fn load_or_create(path: &Path) -> Result<Zeroizing<[u8; SECRET_LEN]>, SecretError> {
    match load(path) {
        Err(SecretError::File { why, .. }) if why.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let mut secret = Zeroizing::new([0; SECRET_LEN]);
    getrandom::fill(secret.as_mut_slice()).map_err(SecretError::Randomness)?;
    match write_new(path, &secret) {
        Ok(()) => Ok(secret),
        // Somebody else was faster: theirs is the secret.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => load(path),
        Err(why) => Err(SecretError::File {
            path: path.to_owned(),
            why,
        }),
    }
}

/// Writes the file beside its place and then links it there, so that it is never seen half written
/// and never replaces another.
fn write_new(path: &Path, secret: &[u8; SECRET_LEN]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut unique = [0; 8];
    getrandom::fill(&mut unique).map_err(io::Error::other)?;
    let draft = folder.join(format!(".secret-{}", hex::encode(unique)));
    let outcome = write_draft(&draft, secret).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    outcome?;
    // Without this the name may be gone after a loss of power, and all that was made with the secret.
    File::open(folder)?.sync_all()
}

fn write_draft(draft: &Path, secret: &[u8; SECRET_LEN]) -> io::Result<()> {
    let mut text = Zeroizing::new(hex::encode(secret));
    text.push('\n');
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seed");
        let made = load_or_create(&path).unwrap();
        assert_ne!(*made, [0; SECRET_LEN]);
        assert_eq!(load_or_create(&path).unwrap(), made);
        assert_eq!(load(&path).unwrap(), made);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "no drafts are left"
        );
    }

    #[test]
    fn two_processes_that_make_it_at_once_agree() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seed");
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| load_or_create(&path).unwrap()))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn an_exposed_damaged_or_missing_secret_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seed");
        assert!(matches!(load(&path), Err(SecretError::File { .. })));
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load_or_create(&path).unwrap_err().to_string();
        assert!(
            error.contains("mode 640") && error.contains("chmod 600"),
            "{error}"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "abc", &"zz".repeat(32), &"00".repeat(33)] {
            fs::write(&path, text).unwrap();
            assert!(
                matches!(load_or_create(&path), Err(SecretError::Damaged { .. })),
                "{text}"
            );
        }
        let nowhere = dir.path().join("missing/seed");
        assert!(matches!(
            load_or_create(&nowhere),
            Err(SecretError::File { .. })
        ));
    }
}
