//! TCP to one of several addresses, the first that answers (RFC 8305 in its simplest form).

use std::net::SocketAddr;
use std::time::Duration;

use dyad_protocol::id::HostName;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::error::NetError;

/// Addresses tried for one host. A name with more of them gains nothing from the rest.
pub(crate) const MAX_ADDRESSES: usize = 6;

/// Head start of each address over the next (RFC 8305 section 5 recommends 250 ms).
const STAGGER: Duration = Duration::from_millis(250);

/// Port of https, where the host names none.
pub(crate) const HTTPS_PORT: u16 = 443;

/// Port of plain http, on loopback only.
pub(crate) const HTTP_PORT: u16 = 80;

/// Connects to the first of `addresses` that answers within `limit`.
pub(crate) async fn tcp(
    host: &HostName,
    addresses: &[SocketAddr],
    limit: Duration,
) -> Result<TcpStream, NetError> {
    let mut attempts: FuturesUnordered<_> = (0u32..)
        .zip(addresses.iter().take(MAX_ADDRESSES))
        .map(|(turn, address)| async move {
            sleep(STAGGER * turn).await;
            TcpStream::connect(address).await
        })
        .collect();
    let first = async {
        let mut why = None;
        while let Some(outcome) = attempts.next().await {
            match outcome {
                Ok(stream) => return Ok(stream),
                Err(e) => why = Some(e),
            }
        }
        Err(match why {
            Some(e) => NetError::unreachable(host, e),
            None => NetError::NameUnknown { host: host.clone() },
        })
    };
    let stream = timeout(limit, first)
        .await
        .map_err(|_elapsed| NetError::timeout(host, "connecting"))??;
    // Requests are small and complete: waiting for more to send only delays them.
    stream
        .set_nodelay(true)
        .map_err(|e| NetError::unreachable(host, e))?;
    Ok(stream)
}
