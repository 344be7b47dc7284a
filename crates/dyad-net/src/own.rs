//! The hosts that a process serves itself.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use dyad_protocol::id::HostName;

use crate::error::NetError;
use crate::io::{BoxedIo, Dial};

/// Calls some hosts by a way of their own and all others by the usual way.
///
/// A process that runs both sender and receiver delivers to itself, and its own host may well lie at an
/// address that the guard refuses. Who runs the process says which hosts are its own; no stranger can.
#[derive(Debug)]
pub struct OwnHosts {
    own: HashMap<HostName, Arc<dyn Dial>>,
    others: Arc<dyn Dial>,
}

impl OwnHosts {
    /// Calls `hosts` through `way`, all others through `others`.
    #[must_use]
    pub fn new(
        hosts: impl IntoIterator<Item = HostName>,
        way: &Arc<dyn Dial>,
        others: Arc<dyn Dial>,
    ) -> Self {
        let own = hosts
            .into_iter()
            .map(|host| (host, Arc::clone(way)))
            .collect();
        Self { own, others }
    }
}

#[async_trait]
impl Dial for OwnHosts {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        self.own.get(host).unwrap_or(&self.others).dial(host).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says its name in the only way a dialler can: by what it refuses with.
    #[derive(Debug)]
    struct Named(&'static str);

    #[async_trait]
    impl Dial for Named {
        async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
            Err(NetError::unreachable(host, self.0))
        }
    }

    #[tokio::test]
    async fn only_the_very_host_goes_by_the_way_of_its_own() {
        let own: HostName = "dyad.example:8443".parse().unwrap();
        let way: Arc<dyn Dial> = Arc::new(Named("own"));
        let dialer = OwnHosts::new([own], &way, Arc::new(Named("others")));
        for (host, expected) in [
            ("dyad.example:8443", "own"),
            ("dyad.example", "others"),
            ("10.0.0.1", "others"),
        ] {
            let host: HostName = host.parse().unwrap();
            let error = dialer.dial(&host).await.unwrap_err();
            assert_eq!(error, NetError::unreachable(&host, expected));
        }
    }
}
