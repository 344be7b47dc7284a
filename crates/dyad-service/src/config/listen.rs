//! Where a process listens, and under which name it is known.

use std::net::SocketAddr;
use std::path::PathBuf;

use dyad_protocol::id::HostName;
use serde::Deserialize;

use super::report::Report;
use crate::tls::{TlsConfig, TlsError};

/// Certificate and key of this host, PEM files, read again when they change.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificate chain.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Where a process listens, and under which name it is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ListenConfig {
    /// Address and port for everybody.
    pub listen: SocketAddr,
    /// Address and port for the operator: health and figures. None without it.
    #[serde(default)]
    pub admin_listen: Option<SocketAddr>,
    /// The name under which everybody reaches this process, with a port if it is not 443.
    pub host: HostName,
    /// Certificate and key. Without it, something in front of this process does TLS.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
    /// For development: hosts that are loopback addresses are spoken to in plain http.
    #[serde(default)]
    pub allow_loopback: bool,
}

impl ListenConfig {
    /// Reads certificate and key, if there are any.
    ///
    /// # Errors
    /// They cannot be read or used.
    pub fn load_tls(&self) -> Result<Option<TlsConfig>, TlsError> {
        self.tls
            .as_ref()
            .map(|files| TlsConfig::load(&files.cert, &files.key))
            .transpose()
    }

    /// Reports what is wrong with it; `section` is its place in the file.
    pub fn check(&self, section: &str, report: &mut Report) {
        let at = |key: &str| format!("{section}.{key}");
        if let Err(e) = self.load_tls() {
            report.error(at("tls"), format!("{e}."), "");
        }
        if self.host.is_loopback_ip() && !self.allow_loopback {
            report.error(
                at("host"),
                "is a loopback address, which nobody else can reach.",
                "Give the host's public name, or set allow_loopback = true for development.",
            );
        }
        if self.tls.is_none() && !self.listen.ip().is_loopback() {
            report.warning(
                at("listen"),
                "is open to the network without TLS.",
                "Set tls.cert and tls.key, or let only your reverse proxy reach it.",
            );
        }
        if self.allow_loopback && !self.listen.ip().is_loopback() {
            report.error(
                at("allow_loopback"),
                "lets anybody who reaches this process make it call services on this machine.",
                "Set it to false, or listen on a loopback address.",
            );
        }
        let Some(admin) = self.admin_listen else {
            return;
        };
        if admin == self.listen && admin.port() != 0 {
            report.error(
                at("admin_listen"),
                "is the same as listen.",
                "Choose another port.",
            );
        }
        if !admin.ip().is_loopback() {
            report.warning(
                at("admin_listen"),
                "shows health and figures to the network.",
                "Use a loopback address, or a network that only you reach.",
            );
        }
    }
}
