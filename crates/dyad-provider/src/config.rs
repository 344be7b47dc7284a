//! The configuration of a provider's process: one TOML file, with the environment on top.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dyad_issuer::IssuerConfig;
use dyad_protocol::call_server::CallServers;
use dyad_protocol::id::HostName;
use dyad_receiver::ReceiverConfig;
use dyad_sender::SenderConfig;
use dyad_service::config::{self, ListenConfig, Report, TlsFiles};
use dyad_service::limits::DiskLimits;
use dyad_service::telemetry::LogFormat;
use serde::Deserialize;

/// Everything that an operator decides. A service runs if its section is there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// How log lines look.
    #[serde(default)]
    pub log: LogFormat,
    /// The process: where it is reached, where it keeps things.
    pub provider: HostConfig,
    /// Where the provider's other services run, if not here.
    #[serde(default)]
    pub elsewhere: Elsewhere,
    /// The issuer, if it runs here.
    #[serde(default)]
    pub issuer: Option<IssuerConfig>,
    /// The sender, if it runs here.
    #[serde(default)]
    pub sender: Option<SenderConfig>,
    /// The receiver, if it runs here.
    #[serde(default)]
    pub receiver: Option<ReceiverConfig>,
    /// Servers that help the apps of those who call to find one another; they run elsewhere.
    #[serde(default)]
    pub calls: CallServers,
}

/// Where the process is reached, and where it keeps things.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostConfig {
    /// The name under which everybody reaches this process, with a port if it is not 443.
    pub host: HostName,
    /// Address and port for everybody.
    pub listen: SocketAddr,
    /// Address and port for the operator: health, figures, enrolment codes. None without it.
    #[serde(default)]
    pub admin_listen: Option<SocketAddr>,
    /// Certificate and key. Without it, something in front of this process does TLS.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
    /// For development: hosts that are loopback addresses are spoken to in plain http.
    #[serde(default)]
    pub allow_loopback: bool,
    /// Folder of everything that is kept.
    pub data_dir: PathBuf,
    /// The provider's secret; `seed` in `data_dir` where none is named.
    #[serde(default)]
    pub seed_file: Option<PathBuf>,
    /// Secrets of before, newest first: whoever knows the host by a key of theirs follows to the new one.
    #[serde(default)]
    pub previous_seed_files: Vec<PathBuf>,
    /// New work is refused when less is free on the disk, in bytes.
    #[serde(default = "default_min_free")]
    pub min_free_bytes: u64,
    /// New work is refused when `data_dir` takes more, in bytes; no limit without it.
    #[serde(default)]
    pub max_used_bytes: Option<u64>,
}

/// Hosts on which the same provider, with the same seed, runs the services that do not run here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elsewhere {
    /// The issuer whose tokens are taken here.
    pub issuer: Option<HostName>,
    /// The sender for which tokens are issued here.
    pub sender: Option<HostName>,
    /// The receiver for which tokens are issued here.
    pub receiver: Option<HostName>,
}

impl Elsewhere {
    /// Whether any is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ProviderConfig {
    /// Reads a file's text with the environment on top. What is wrong goes into `report`; `None` if
    /// nothing can be made of it.
    pub fn read(
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        report: &mut Report,
    ) -> Option<Self> {
        config::read(text, environment, report)
    }

    /// All three services at `listen`, a loopback address, for people on this machine: open registration
    /// and plain http.
    #[must_use]
    pub fn embedded(host: HostName, listen: SocketAddr, data_dir: &Path) -> Self {
        Self {
            log: LogFormat::default(),
            provider: HostConfig {
                host,
                listen,
                admin_listen: None,
                tls: None,
                allow_loopback: true,
                data_dir: data_dir.to_owned(),
                seed_file: None,
                previous_seed_files: Vec::new(),
                min_free_bytes: default_min_free(),
                max_used_bytes: None,
            },
            elsewhere: Elsewhere::default(),
            issuer: Some(IssuerConfig {
                open_registration: true,
                ..IssuerConfig::default()
            }),
            sender: Some(SenderConfig::default()),
            receiver: Some(ReceiverConfig::default()),
            calls: CallServers::default(),
        }
    }

    /// Where the issuer is whose tokens are taken here.
    #[must_use]
    pub fn issuer_host(&self) -> Option<&HostName> {
        self.place(self.issuer.is_some(), self.elsewhere.issuer.as_ref())
    }

    /// Where tokens for messages are redeemed.
    #[must_use]
    pub fn sender_host(&self) -> Option<&HostName> {
        self.place(self.sender.is_some(), self.elsewhere.sender.as_ref())
    }

    /// Where tokens for mailboxes are redeemed.
    #[must_use]
    pub fn receiver_host(&self) -> Option<&HostName> {
        self.place(self.receiver.is_some(), self.elsewhere.receiver.as_ref())
    }

    /// Where tokens for blobs are redeemed: the sender keeps them. The receiver, wherever it runs, takes the
    /// same tokens for fetching.
    #[must_use]
    pub fn blob_host(&self) -> Option<&HostName> {
        self.sender_host().or_else(|| self.receiver_host())
    }

    fn place<'a>(&'a self, here: bool, elsewhere: Option<&'a HostName>) -> Option<&'a HostName> {
        here.then_some(&self.provider.host).or(elsewhere)
    }
}

impl HostConfig {
    /// The file with the provider's secret.
    #[must_use]
    pub fn seed_file(&self) -> PathBuf {
        let default = || self.data_dir.join("seed");
        self.seed_file.clone().unwrap_or_else(default)
    }

    /// When the disk counts as full.
    #[must_use]
    pub fn disk_limits(&self) -> DiskLimits {
        DiskLimits {
            min_free_bytes: self.min_free_bytes,
            max_used_bytes: self.max_used_bytes,
        }
    }

    /// What all listening processes have in common.
    #[must_use]
    pub fn listen_config(&self) -> ListenConfig {
        ListenConfig {
            listen: self.listen,
            admin_listen: self.admin_listen,
            host: self.host.clone(),
            tls: self.tls.clone(),
            allow_loopback: self.allow_loopback,
        }
    }
}

fn default_min_free() -> u64 {
    DiskLimits::default().min_free_bytes
}
