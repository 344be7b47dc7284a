//! TLS as a server: certificate and key from files, read again when they change.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{self, Ticketer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{Error as PemError, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::shutdown::Shutdown;

/// How often the files are looked at. Renewals happen weeks before the old certificate ends.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path} cannot be read: {why}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The operating system's words.
        why: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path} is not usable: {why}", path = path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Certificate and key do not belong together, or cannot be used.
    #[error("certificate and key cannot be used together: {0}")]
    Pair(rustls::Error),
}

/// TLS settings of a server. Clones share the certificate.
#[derive(Clone)]
pub struct TlsConfig {
    config: Arc<ServerConfig>,
    files: Arc<Files>,
}

impl TlsConfig {
    /// Reads the certificate chain and the key, both PEM.
    ///
    /// # Errors
    /// A file is missing, damaged, or does not fit the other.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let stamp = Stamp::of(cert, key);
        let files = Arc::new(Files {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(Arc::new(read_pair(cert, key)?)),
            stamp: RwLock::new(stamp),
        });
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(TlsError::Pair)?
                .with_no_client_auth()
                .with_cert_resolver(Arc::clone(&files) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Resumption without memory per client; the keys change every few hours by themselves.
        config.ticketer = Ticketer::new().map_err(TlsError::Pair)?;
        config.send_tls13_tickets = 1;
        Ok(Self {
            config: Arc::new(config),
            files,
        })
    }

    /// Performs handshakes.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Reads the files again whenever they changed, until stopping. What cannot be used is told to
    /// the operator, and the old certificate stays.
    pub(crate) async fn keep_fresh(self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.stopping() => return,
                () = sleep(LOOK_EVERY) => {}
            }
            let files = Arc::clone(&self.files);
            let _ = tokio::task::spawn_blocking(move || files.refresh()).await;
        }
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

struct Files {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    stamp: RwLock<Stamp>,
}

/// Tells whether the files changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp([Option<(SystemTime, u64)>; 2]);

impl Stamp {
    fn of(cert: &Path, key: &Path) -> Self {
        Self([cert, key].map(|path| {
            let data = fs::metadata(path).ok()?;
            Some((data.modified().ok()?, data.len()))
        }))
    }
}

impl Files {
    fn refresh(&self) {
        let stamp = Stamp::of(&self.cert, &self.key);
        if *self.stamp.read() == stamp {
            return;
        }
        match read_pair(&self.cert, &self.key) {
            Ok(pair) => {
                *self.current.write() = Arc::new(pair);
                tracing::info!("new TLS certificate in use");
            }
            // Also in the moment between the writing of the one file and the other.
            Err(error) => tracing::warn!(%error, "the changed TLS files are not used"),
        }
        *self.stamp.write() = stamp;
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("cert", &self.cert)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read()))
    }
}

fn read_pair(cert: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let content = |path: &Path, e: &dyn fmt::Display| TlsError::Content {
        path: path.to_owned(),
        why: e.to_string(),
    };
    let chain = CertificateDer::pem_slice_iter(&read(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| content(cert, &e))?;
    if chain.is_empty() {
        return Err(content(cert, &"it holds no certificate in PEM form"));
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|e| match e {
        PemError::NoItemsFound => content(key, &"it holds no private key in PEM form"),
        other => content(key, &other),
    })?;
    CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider()).map_err(TlsError::Pair)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|why| TlsError::File {
        path: path.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(dir: &Path, name: &str) -> (PathBuf, PathBuf, CertificateDer<'static>) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        fs::write(&cert, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (cert, key, made.cert.der().clone())
    }

    #[test]
    fn renewed_files_are_taken_and_broken_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key, first) = write_pair(dir.path(), "first.example");
        let tls = TlsConfig::load(&cert, &key).unwrap();
        let used = || tls.files.current.read().cert[0].clone();
        assert_eq!(used(), first);

        let (_, _, second) = write_pair(dir.path(), "the-second.example");
        tls.files.refresh();
        assert_eq!(used(), second);

        fs::write(&cert, "half written").unwrap();
        tls.files.refresh();
        assert_eq!(used(), second);
    }

    #[test]
    fn each_mistake_in_the_files_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key, _) = write_pair(dir.path(), "one.example");
        let missing = dir.path().join("missing.pem");
        let text = |c: &Path, k: &Path| TlsConfig::load(c, k).unwrap_err().to_string();
        assert!(text(&missing, &key).contains("missing.pem cannot be read"));
        assert!(text(&key, &key).contains("holds no certificate"));
        assert!(text(&cert, &cert).contains("holds no private key"));
        let other = tempfile::tempdir().unwrap();
        let (_, foreign, _) = write_pair(other.path(), "two.example");
        assert!(text(&cert, &foreign).contains("cannot be used together"));
    }
}
