//! TLS as a client: the machine's root certificates, and more that the operator names.

use std::sync::{Arc, OnceLock};

use dyad_protocol::id::HostName;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::NetError;
use crate::io::BoxedIo;

/// Root certificates trusted besides those of the machine: for providers with an authority of
/// their own.
#[derive(Clone, Debug, Default)]
pub struct RootCertificates {
    extra: Vec<CertificateDer<'static>>,
}

impl RootCertificates {
    /// Only those of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Those of the machine and each certificate in `pem`.
    ///
    /// # Errors
    /// `pem` holds no certificate, or a damaged one.
    pub fn with_pem(pem: &[u8]) -> Result<Self, NetError> {
        let extra = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| NetError::TlsSetup {
                why: format!("the extra root certificates: {e}"),
            })?;
        if extra.is_empty() {
            return Err(NetError::TlsSetup {
                why: "the file of extra root certificates holds none".to_owned(),
            });
        }
        Ok(Self { extra })
    }
}

/// Does the TLS part of dialling.
///
/// The root certificates are read at the first use, so that a program which only talks to loopback
/// neither waits for them nor fails on a machine that has none.
#[derive(Debug)]
pub(crate) struct TlsClient {
    roots: RootCertificates,
    config: OnceLock<Result<Arc<ClientConfig>, NetError>>,
}

impl TlsClient {
    pub(crate) fn new(roots: RootCertificates) -> Self {
        Self {
            roots,
            config: OnceLock::new(),
        }
    }

    /// Performs the handshake. The caller bounds the time.
    pub(crate) async fn wrap(&self, host: &HostName, tcp: TcpStream) -> Result<BoxedIo, NetError> {
        let config = self
            .config
            .get_or_init(|| client_config(&self.roots))
            .clone()?;
        let name = ServerName::try_from(host.host().to_owned()).map_err(|e| NetError::Tls {
            host: host.clone(),
            why: e.to_string(),
        })?;
        let stream = TlsConnector::from(config)
            .connect(name, tcp)
            .await
            .map_err(|e| NetError::Tls {
                host: host.clone(),
                why: e.to_string(),
            })?;
        Ok(BoxedIo::new(stream))
    }
}

fn client_config(roots: &RootCertificates) -> Result<Arc<ClientConfig>, NetError> {
    let setup = |e: rustls::Error| NetError::TlsSetup { why: e.to_string() };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(roots.extra.iter().cloned(), Arc::clone(&provider))
            .map_err(setup)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        // The machine's verifier is handed over this way; nothing is switched off.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
