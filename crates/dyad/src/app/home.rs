//! Where a person's profile lives on disk.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use dyad_client::Client;

use dyad_app::AppError;

/// Permission bits of group and others.
const FOREIGN_BITS: u32 = 0o077;

/// The folder that holds one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// `given` (option or `DYAD_HOME`), else the place that the XDG base directory specification names.
    ///
    /// # Errors
    /// The environment names no place, or what it names is no absolute path.
    pub(crate) fn resolve(given: Option<&Path>) -> Result<Self, AppError> {
        let dir = match given {
            Some(dir) => dir.to_owned(),
            None => default_dir(std::env::var_os("XDG_DATA_HOME"), std::env::var_os("HOME"))
                .ok_or_else(|| {
                    AppError::config(
                        "no-home",
                        "There is no place for your data: set --home DIR, DYAD_HOME or HOME.",
                    )
                })?,
        };
        if dir.as_os_str().is_empty() {
            return Err(AppError::config(
                "no-home",
                "--home (or DYAD_HOME) is empty; name a folder.",
            ));
        }
        // The running `up` and a command in another folder must mean the same place.
        let dir = std::path::absolute(&dir).map_err(|e| {
            AppError::config("no-home", "The current folder cannot be determined.").with_detail(e)
        })?;
        Ok(Self(dir))
    }

    /// Whether it is where it is if nothing else is said.
    pub(crate) fn is_default(&self) -> bool {
        default_dir(std::env::var_os("XDG_DATA_HOME"), std::env::var_os("HOME"))
            .is_some_and(|dir| dir == self.0)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the running app listens for commands.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// Where the running app listens for other programs.
    pub(crate) fn api_socket(&self) -> PathBuf {
        self.0.join("api.sock")
    }

    /// Where `up` keeps its own provider's configuration and data.
    pub(crate) fn provider(&self) -> PathBuf {
        self.0.join("provider")
    }

    /// Whether there is a profile.
    pub(crate) fn has_profile(&self) -> bool {
        Client::exists(&self.0)
    }

    /// Creates the folder if it is missing and closes it to others.
    ///
    /// # Errors
    /// It cannot be created, or holds somebody's other files, which are not ours to lock away.
    pub(crate) fn prepare(&self) -> Result<(), AppError> {
        let failed = |what: &str, e: io::Error| {
            AppError::config(
                "home-unusable",
                format!("{} cannot be {what}.", self.0.display()),
            )
            .with_detail(e)
        };
        match fs::metadata(&self.0) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.0)
                .map_err(|e| failed("created", e)),
            Err(e) => Err(failed("used", e)),
            Ok(data) if !data.is_dir() => Err(AppError::config(
                "home-unusable",
                format!("{} is not a folder.", self.0.display()),
            )),
            Ok(data) if data.permissions().mode() & FOREIGN_BITS == 0 => Ok(()),
            Ok(_) if self.is_ours().map_err(|e| failed("read", e))? => {
                fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))
                    .map_err(|e| failed("made private", e))
            }
            Ok(_) => Err(AppError::config(
                "home-shared",
                format!(
                    "{} holds other files and is open to others on this machine. Name an empty folder, or close this \
                     one with `chmod 700`.",
                    self.0.display()
                ),
            )),
        }
    }

    fn is_ours(&self) -> io::Result<bool> {
        Ok(self.has_profile() || fs::read_dir(&self.0)?.next().is_none())
    }
}

/// Relative values are to be ignored (XDG base directory specification, "basics").
fn default_dir(
    data_home: Option<std::ffi::OsString>,
    home: Option<std::ffi::OsString>,
) -> Option<PathBuf> {
    let absolute =
        |value: std::ffi::OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    let base = data_home
        .and_then(absolute)
        .or_else(|| Some(home.and_then(absolute)?.join(".local/share")))?;
    Some(base.join("dyad"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_home_is_where_xdg_says() {
        let dir = |data: Option<&str>, home: Option<&str>| {
            default_dir(data.map(Into::into), home.map(Into::into))
        };
        assert_eq!(
            dir(Some("/data"), Some("/home/alex")),
            Some("/data/dyad".into())
        );
        assert_eq!(
            dir(Some("relative"), Some("/home/alex")),
            Some("/home/alex/.local/share/dyad".into())
        );
        assert_eq!(
            dir(None, Some("/home/alex")),
            Some("/home/alex/.local/share/dyad".into())
        );
        assert_eq!(dir(None, None), None);
    }

    #[test]
    fn a_new_home_is_closed_and_an_empty_one_gets_closed() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let new = Home(dir.path().join("a/b"));
        new.prepare().unwrap();
        assert_eq!(mode(new.path()), 0o700);
        fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755)).unwrap();
        new.prepare().unwrap();
        assert_eq!(mode(new.path()), 0o700);
    }

    #[test]
    fn a_folder_with_other_files_is_not_locked_away() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(dir.path().join("thesis.txt"), "x").unwrap();
        let error = Home(dir.path().to_owned()).prepare().unwrap_err();
        assert_eq!(error.code, "home-shared");
        let file = Home(dir.path().join("thesis.txt"));
        assert!(file.prepare().unwrap_err().message.contains("not a folder"));
    }
}
