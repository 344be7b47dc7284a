//! Certificate and key: readable, a pair, for this host, and for long enough.

use std::path::Path;
use std::time::Duration;

use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use dyad_service::config::{Report, TlsFiles};
use dyad_service::tls::TlsConfig;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::ProviderConfig;

/// A certificate that ends within so many seconds should have been renewed: usual is 30 days before.
const RENEW_BEFORE: u64 = 14 * DAY;

const AT: &str = "provider.tls";

pub(super) fn check(config: &ProviderConfig, now: Timestamp, report: &mut Report) {
    let Some(TlsFiles { cert, key }) = &config.provider.tls else {
        return;
    };
    if let Err(error) = TlsConfig::load(cert, key) {
        report.error(AT, format!("{error}."), "Name the right files.");
        return;
    }
    key_is_private(key, report);
    let Ok(chain) =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>)
    else {
        return;
    };
    let Some((leaf, rest)) = chain.split_first() else {
        return;
    };
    let Ok(parsed) = ParsedCertificate::try_from(leaf) else {
        report.error(
            AT,
            "holds a certificate that cannot be understood.",
            "Get another.",
        );
        return;
    };
    fits_host(config, &parsed, report);
    let at = |seconds: u64| valid_at(&parsed, rest, now.plus(seconds));
    match at(0) {
        Validity::Ended => report.error(
            AT,
            "holds a certificate that has expired.",
            "Renew it, and look why it was not renewed by itself.",
        ),
        Validity::NotYet => report.error(
            AT,
            "holds a certificate that is not valid yet.",
            "Check the machine's clock.",
        ),
        Validity::Fine if at(RENEW_BEFORE) == Validity::Ended => report.warning(
            AT,
            "holds a certificate that expires within two weeks.",
            "Renew it; the new files are taken over without a restart.",
        ),
        Validity::Fine => {}
    }
}

fn fits_host(config: &ProviderConfig, leaf: &ParsedCertificate<'_>, report: &mut Report) {
    let host = &config.provider.host;
    let fits =
        ServerName::try_from(host.host()).is_ok_and(|name| verify_server_name(leaf, &name).is_ok());
    if !fits {
        report.error(
            AT,
            format!("holds a certificate that is not for {}.", host.host()),
            "Get one for the host's name, or correct provider.host.",
        );
    }
}

#[derive(PartialEq, Eq)]
enum Validity {
    Fine,
    NotYet,
    Ended,
}

/// Only the dates are judged: who signed it is for those who connect to judge, and a private authority
/// may be meant.
fn valid_at(leaf: &ParsedCertificate<'_>, rest: &[CertificateDer<'_>], now: Timestamp) -> Validity {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    let roots = RootCertStore::empty();
    match verify_server_cert_signed_by_trust_anchor(leaf, &roots, rest, now, algorithms.all) {
        Err(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Validity::Ended,
        Err(Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => Validity::NotYet,
        _ => Validity::Fine,
    }
}

fn key_is_private(key: &Path, report: &mut Report) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(key).map(|data| data.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o007 != 0) {
        report.warning(
            "provider.tls.key",
            "can be read by every account on the machine.",
            "Run chmod o= on it.",
        );
    }
}
