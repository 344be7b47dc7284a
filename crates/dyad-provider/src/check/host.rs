//! The host's name and its addresses: whether others can reach it, and whether they are free.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};

use dyad_net::NetError;
use dyad_net::guard::check_name;
use dyad_service::config::Report;

use crate::ProviderConfig;
use crate::config::HostConfig;

/// Names that belong to nobody (RFC 2606 and RFC 6761).
const PLACEHOLDERS: [&str; 2] = ["example", "invalid"];

/// Open files below which connections are refused under ordinary load.
const MIN_OPEN_FILES: u64 = 4_096;

pub(super) fn check(config: &ProviderConfig, report: &mut Report) {
    let host = &config.provider;
    // TLS files have a check of their own, which says more.
    let mut listen = host.listen_config();
    listen.tls = None;
    let mut common = Report::new();
    listen.check("provider", &mut common);
    for finding in common.findings() {
        let about_tls = finding.at == "provider.listen" && host.tls.is_some();
        if !about_tls {
            report.push(finding.clone());
        }
    }
    name(host, report);
    ports(host, report);
    let runs = is_running(config);
    free(host.listen, "provider.listen", runs, report);
    if let Some(admin) = host.admin_listen.filter(|admin| *admin != host.listen) {
        free(admin, "provider.admin_listen", runs, report);
    }
    open_files(report);
}

fn name(host: &HostConfig, report: &mut Report) {
    let last = host.host.host().rsplit('.').next().unwrap_or_default();
    if PLACEHOLDERS.contains(&last) {
        report.error(
            "provider.host",
            format!("is {}, a placeholder that belongs to nobody.", host.host),
            "Write the name under which this machine is reached.",
        );
        return;
    }
    match check_name(&host.host, true) {
        Ok(()) => {}
        Err(NetError::ForbiddenPort { port, .. }) => report.error(
            "provider.host",
            format!("has port {port}, which other providers refuse to call."),
            "Use 443 (write no port) or a port from 1024 on.",
        ),
        Err(_) => report.error(
            "provider.host",
            "is an address of a private or special network, which other providers refuse to call.",
            "Use a public name or address.",
        ),
    }
    let is_name = host.host.host().parse::<IpAddr>().is_err();
    if is_name && !host.host.host().contains('.') {
        report.warning(
            "provider.host",
            "is a name without a dot, which others can hardly resolve.",
            "Use the full name.",
        );
    }
}

/// The port in the host's name is the one that people connect to.
fn ports(host: &HostConfig, report: &mut Report) {
    let plain = host.allow_loopback && host.host.is_loopback_ip();
    let named = host.host.port().unwrap_or(if plain { 80 } else { 443 });
    let listened = host.listen.port();
    let direct = plain || host.tls.is_some();
    if direct && listened != 0 && named != listened {
        report.warning(
            "provider.listen",
            format!("has port {listened}, but the host's name leads people to port {named}."),
            "Make them equal, unless something forwards the one to the other.",
        );
    }
    if host.tls.is_some() && host.listen.ip().is_loopback() && !host.host.is_loopback_ip() {
        report.warning(
            "provider.listen",
            "is reached from this machine only, although TLS is done here.",
            "Listen on \"[::]\", or remove tls if a reverse proxy does it.",
        );
    }
}

/// Whether this very provider seems to be running: its stores are locked.
fn is_running(config: &ProviderConfig) -> bool {
    ["issuer", "sender", "receiver"].iter().any(|service| {
        let lock = config.provider.data_dir.join(service).join("lock");
        let held = File::open(lock).map(|file| file.try_lock());
        matches!(held, Ok(Err(std::fs::TryLockError::WouldBlock)))
    })
}

fn free(address: SocketAddr, at: &str, runs: bool, report: &mut Report) {
    match TcpListener::bind(address) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::AddrInUse && runs => report.warning(
            at,
            format!("{address} is in use, it seems by this provider, which is running."),
            "",
        ),
        Err(e) => report.error(at, format!("{address} {}.", trouble(&e)), todo(&e)),
    }
}

fn trouble(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "is in use by another program".to_owned(),
        ErrorKind::PermissionDenied => "may not be listened on by this account".to_owned(),
        ErrorKind::AddrNotAvailable => "is not an address of this machine".to_owned(),
        _ => format!("cannot be listened on: {error}"),
    }
}

fn todo(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "Stop that program, or choose another port.",
        ErrorKind::PermissionDenied => {
            "Use a port from 1024 on, or grant the capability CAP_NET_BIND_SERVICE."
        }
        _ => "Choose another, such as \"[::]\" for all addresses of the machine.",
    }
}

/// Each connection takes one.
fn open_files(report: &mut Report) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(soft) = soft.filter(|soft| *soft < MIN_OPEN_FILES) {
        report.warning(
            "the machine",
            format!("lets a process open {soft} files, and each connection takes one."),
            "Raise it: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536.",
        );
    }
}
