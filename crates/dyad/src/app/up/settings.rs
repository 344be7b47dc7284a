//! What `up` remembers about its own services: where they listen and what their name is.
//!
//! The name never changes, because contacts hold addresses that contain it.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dyad_protocol::id::HostName;
use serde::{Deserialize, Serialize};

use crate::app::args::UpArgs;
use dyad_app::AppError;

/// Where the services listen if nothing else is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:7411";
const FILE: &str = "up.toml";

/// Certificate and key of a public name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tls {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
}

/// Where the services are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Where they listen.
    pub(super) listen: SocketAddr,
    /// The public name; `None` while they are reached under the address where they listen.
    pub(super) host: Option<HostName>,
    /// How the public name is proven.
    pub(super) tls: Option<Tls>,
    /// Where the page listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<SocketAddr>,
    /// The app used these services once: that it does no more is the person's choice then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) used: bool,
}

impl Settings {
    /// What was remembered, changed by what was typed; or new ones.
    ///
    /// # Errors
    /// They contradict one another, or the file cannot be read.
    pub(super) fn load(home: &Path, args: &UpArgs) -> Result<Self, AppError> {
        match fs::read_to_string(home.join(FILE)) {
            Ok(text) => {
                let known = toml::from_str(&text).map_err(|e| unreadable(home).with_detail(e))?;
                Self::changed(known, args)
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Self::fresh(args),
            Err(e) => Err(unreadable(home).with_detail(e)),
        }
    }

    /// Remembers that the app uses the services.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn note_used(home: &Path) -> Result<(), AppError> {
        let mut settings = Self::saved(home)?;
        if settings.used {
            return Ok(());
        }
        settings.used = true;
        settings.save(home)
    }

    /// Whether the app ever used the services.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn were_used(home: &Path) -> Result<bool, AppError> {
        Ok(Self::saved(home)?.used)
    }

    fn saved(home: &Path) -> Result<Self, AppError> {
        let text =
            fs::read_to_string(home.join(FILE)).map_err(|e| unreadable(home).with_detail(e))?;
        toml::from_str(&text).map_err(|e| unreadable(home).with_detail(e))
    }

    /// Whether there are remembered ones.
    pub(super) fn remembered(home: &Path) -> bool {
        home.join(FILE).exists()
    }

    fn fresh(args: &UpArgs) -> Result<Self, AppError> {
        let settings = Self {
            listen: match args.listen {
                Some(listen) => listen,
                None => DEFAULT_LISTEN
                    .parse()
                    .map_err(|e| AppError::other("bad-default", "").with_detail(e))?,
            },
            host: args.host.as_deref().map(parse_host).transpose()?,
            tls: tls(args)?,
            page: args.page,
            used: false,
        };
        settings.check()
    }

    fn changed(known: Self, args: &UpArgs) -> Result<Self, AppError> {
        let mut settings = known.clone();
        if let Some(host) = &args.host {
            settings.host = Some(parse_host(host)?);
            settings.tls = tls(args)?;
        }
        if let Some(listen) = args.listen {
            // Port 0 asks for any port, and the remembered one is as good.
            let same_ip = listen.ip() == known.listen.ip();
            settings.listen = if listen.port() == 0 && same_ip {
                known.listen
            } else {
                listen
            };
        }
        settings.page = args.page.or(known.page);
        if settings.name() != known.name() {
            return Err(AppError::config(
                "host-changed",
                format!(
                    "The services of this home are called {}, and your contacts hold addresses with that name. Start \
                     without the option that changes it, or use another home.",
                    known
                        .name()
                        .map_or_else(|| known.listen.to_string(), |name| name.to_string())
                ),
            ));
        }
        settings.check()
    }

    fn check(self) -> Result<Self, AppError> {
        if self.page.is_some_and(|page| !page.ip().is_loopback()) && self.tls.is_none() {
            return Err(AppError::config(
                "page-exposed",
                "The page holds everything you write and read. Elsewhere than on this machine it is only served with a name and a \
                 certificate: --host NAME --tls-cert FILE --tls-key FILE. Without them, --page takes an address such as \
                 127.0.0.1:7410.",
            ));
        }
        if self.host.is_none() && !self.listen.ip().is_loopback() {
            return Err(AppError::config(
                "host-needed",
                format!(
                    "{} can be reached from elsewhere, so its services need a name and a certificate: --host NAME \
                     --tls-cert FILE --tls-key FILE. Without them, listen on 127.0.0.1.",
                    self.listen
                ),
            ));
        }
        Ok(self)
    }

    /// What the services are called; `None` while the port is still to be found.
    pub(super) fn name(&self) -> Option<HostName> {
        if let Some(host) = &self.host {
            return Some(host.clone());
        }
        let text = match (self.listen.ip(), self.listen.port()) {
            (_, 0) => return None,
            (IpAddr::V4(ip), port) => format!("{ip}:{port}"),
            (IpAddr::V6(ip), port) => format!("[{ip}]:{port}"),
        };
        text.parse().ok()
    }

    /// Remembers them: whole or not at all.
    ///
    /// # Errors
    /// The home cannot be written.
    pub(super) fn save(&self, home: &Path) -> Result<(), AppError> {
        let path = home.join(FILE);
        let failed = |e: io::Error| {
            AppError::config(
                "home-unusable",
                format!("{} cannot be written.", path.display()),
            )
            .with_detail(e)
        };
        let text = toml::to_string(self).map_err(|e| failed(io::Error::other(e)))?;
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        let temporary = home.join(format!("{FILE}.new"));
        let mut file = fs::OpenOptions::new();
        let file = file.write(true).create(true).truncate(true).mode(0o600);
        let write = |path: &Path| {
            let mut file = file.open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write(&temporary)
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(failed)?;
        fs::File::open(home)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }
}

fn unreadable(home: &Path) -> AppError {
    AppError::config(
        "settings-unreadable",
        format!(
            "{} cannot be read. It says where this home's services listen.",
            home.join(FILE).display()
        ),
    )
}

fn parse_host(text: &str) -> Result<HostName, AppError> {
    text.parse().map_err(|e| {
        AppError::usage(
            "host-malformed",
            format!("{text} is no host name. It looks like dyad.example or dyad.example:8443."),
        )
        .with_detail(e)
    })
}

fn tls(args: &UpArgs) -> Result<Option<Tls>, AppError> {
    // Remembered, so they must not depend on the folder in which the command was typed.
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).map_err(|e| {
            AppError::config("no-folder", "The current folder cannot be determined.").with_detail(e)
        })
    };
    match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(Tls {
            cert: absolute(cert)?,
            key: absolute(key)?,
        })),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(text: &str) -> UpArgs {
        UpArgs {
            listen: Some(text.parse().unwrap()),
            ..UpArgs::default()
        }
    }

    #[test]
    fn the_port_that_was_found_is_remembered() {
        let home = tempfile::tempdir().unwrap();
        let mut first = Settings::load(home.path(), &listen("127.0.0.1:0")).unwrap();
        assert_eq!(first.name(), None);
        first.listen.set_port(4711);
        first.save(home.path()).unwrap();
        for args in [
            UpArgs::default(),
            listen("127.0.0.1:0"),
            listen("127.0.0.1:4711"),
        ] {
            let again = Settings::load(home.path(), &args).unwrap();
            assert_eq!(again.name().unwrap().as_str(), "127.0.0.1:4711");
        }
    }

    #[test]
    fn the_name_in_peoples_addresses_cannot_be_changed_by_a_typo() {
        let home = tempfile::tempdir().unwrap();
        Settings::load(home.path(), &UpArgs::default())
            .unwrap()
            .save(home.path())
            .unwrap();
        let error = Settings::load(home.path(), &listen("127.0.0.1:9999")).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.exit_code()),
            ("host-changed", 78)
        );
        assert!(error.message.contains("127.0.0.1:7411"));
    }

    #[test]
    fn a_public_address_needs_a_name_and_then_may_move() {
        let home = tempfile::tempdir().unwrap();
        let error = Settings::load(home.path(), &listen("0.0.0.0:443")).unwrap_err();
        assert_eq!(error.code, "host-needed");
        let public = UpArgs {
            host: Some("dyad.example".into()),
            tls_cert: Some("cert.pem".into()),
            tls_key: Some("key.pem".into()),
            ..listen("0.0.0.0:443")
        };
        let settings = Settings::load(home.path(), &public).unwrap();
        assert!(settings.tls.as_ref().unwrap().cert.is_absolute());
        settings.save(home.path()).unwrap();
        let moved = Settings::load(home.path(), &listen("0.0.0.0:8443")).unwrap();
        assert_eq!(moved.name().unwrap().as_str(), "dyad.example");
        assert_eq!(moved.listen.port(), 8443);
    }

    #[test]
    fn damaged_settings_are_named() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), "listen = 5").unwrap();
        let error = Settings::load(home.path(), &UpArgs::default()).unwrap_err();
        assert!(error.message.contains("up.toml"), "{error}");
    }
}
