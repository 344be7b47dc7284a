//! Names to addresses, in bounded time and number.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use dyad_protocol::id::HostName;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

use crate::connect::MAX_ADDRESSES;
use crate::error::NetError;

/// Answers kept, in number of names.
const CACHE_NAMES: u64 = 1024;

/// Longest that an answer is kept, whatever its owner says: a host that moved is found again.
const MAX_KEEP: Duration = Duration::from_secs(300);

/// Longest that "no such name" is kept.
const MAX_KEEP_NEGATIVE: Duration = Duration::from_secs(30);

/// The name service as seen by the guard: no search list, no hosts file, so that a stranger's name
/// means here what it means everywhere.
#[derive(Debug)]
pub(super) struct Names {
    resolver: TokioResolver,
}

impl Names {
    pub(super) fn new(servers: &[SocketAddr], limit: Duration) -> Result<Self, NetError> {
        let setup = |e: &dyn std::fmt::Display| NetError::BadRequest {
            why: format!("the name service cannot be used: {e}"),
        };
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|e| setup(&e))?
        } else {
            let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = limit / 2;
        options.attempts = 1;
        options.cache_size = CACHE_NAMES;
        options.positive_max_ttl = Some(MAX_KEEP);
        options.negative_max_ttl = Some(MAX_KEEP_NEGATIVE);
        options.use_hosts_file = ResolveHosts::Never;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let resolver = builder.build().map_err(|e| setup(&e))?;
        Ok(Self { resolver })
    }

    /// The addresses of a name, both families, the first few.
    pub(super) async fn look_up(&self, host: &HostName) -> Result<Vec<IpAddr>, NetError> {
        // The dot at the end keeps search lists away.
        let name = format!("{}.", host.host());
        match self.resolver.lookup_ip(name).await {
            Ok(found) => Ok(found.iter().take(MAX_ADDRESSES).collect()),
            Err(e) if e.is_no_records_found() => Err(NetError::NameUnknown { host: host.clone() }),
            Err(e) => Err(NetError::unreachable(host, format!("name service: {e}"))),
        }
    }
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .map(|mut connection| {
            connection.port = address.port();
            connection
        })
        .to_vec();
    NameServerConfig::new(address.ip(), true, connections)
}
