//! One WebSocket per receiver for all our mailboxes there.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use dyad_net::{NetError, WebSocket, WebSocketLimits, websocket};
use dyad_protocol::api::fetch::{
    Acknowledgement, ClientFrame, Entry, Position, STREAM_PATH, ServerFrame,
};
use dyad_protocol::id::{Challenge, HostName, RootAddress};
use tokio::time::{Instant, sleep_until, timeout};

use super::exchange::Answer;
use super::poll::attachment;
use super::{Driver, Role, ServiceError};
use crate::error::Result;

/// Messages stored in one transaction.
const GROUP: usize = 64;
/// How long to wait for more messages for the same transaction.
const GATHER: Duration = Duration::from_millis(20);
/// How long the service may take to greet.
const GREETING: Duration = Duration::from_secs(30);
/// After so many failures in a row a poll is tried instead: what stands between may let only that through.
const POLL_AFTER: u32 = 2;
/// How long polls are used before a WebSocket is tried again.
const POLL_FOR: Duration = Duration::from_secs(600);

impl Driver {
    /// Receives from one host for as long as it is not dropped.
    pub(super) async fn receive_from(&self, host: &HostName) -> Result<()> {
        loop {
            let outcome = self.stream(host).await?;
            let Err(error) = outcome else {
                // The service closed the connection: it restarts, or it wants its memory back.
                let first = self.timing.retry_first;
                tokio::time::sleep(self.with_rng(|rng| super::health::jitter(first, rng))).await;
                continue;
            };
            tracing::debug!(%host, why = error.person(), "receiving was interrupted");
            let next = self
                .note(host, Role::Receiver, Some(&error))?
                .unwrap_or_else(Instant::now);
            if self.health.failures(host, Role::Receiver) >= POLL_AFTER {
                self.poll_for_a_while(host).await?;
            } else {
                self.pause_until(next, host).await;
            }
        }
    }

    /// Sleeps, unless the person does something in the meantime.
    async fn pause_until(&self, at: Instant, host: &HostName) {
        let step = Duration::from_secs(1);
        while Instant::now() < at && self.health.waits(host, Role::Receiver).is_some() {
            sleep_until(at.min(Instant::now() + step)).await;
        }
    }

    async fn poll_for_a_while(&self, host: &HostName) -> Result<()> {
        let end = Instant::now() + POLL_FOR;
        while Instant::now() < end {
            match self.poll(host, self.timing.poll_wait).await? {
                Ok(_) => {
                    self.note(host, Role::Receiver, None)?;
                }
                Err(error) => {
                    let next = self
                        .note(host, Role::Receiver, Some(&error))?
                        .unwrap_or_else(Instant::now);
                    self.pause_until(next, host).await;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// One connection, from opening to its end.
    async fn stream(&self, host: &HostName) -> Result<Answer<()>> {
        let mut socket = match self.connect(host).await {
            Ok(socket) => socket,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            let (entries, other) = match gather(&mut socket, host).await {
                Ok(Some(gathered)) => gathered,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            self.store_entries(&entries)?;
            if let Err(error) = acknowledge(&mut socket, &entries).await {
                return Ok(Err(error.into()));
            }
            match other {
                Some(ServerFrame::Attached(root)) => {
                    self.note(host, Role::Receiver, None)?;
                    self.opened(&root, true)?;
                }
                Some(ServerFrame::Refused(root)) => self.opened(&root, false)?,
                _ => {}
            }
        }
    }

    async fn connect(&self, host: &HostName) -> Answer<WebSocket> {
        let mut socket =
            websocket(self.dialer(), host, STREAM_PATH, WebSocketLimits::default()).await?;
        let challenge = greeting(&mut socket, host).await?;
        let open = self.mailboxes_at(host).unwrap_or_default();
        for mailbox in &open {
            if let Some(attachment) = attachment(host, &challenge, mailbox) {
                socket
                    .send(ClientFrame::Attach(attachment).encode().into())
                    .await?;
            }
        }
        Ok(socket)
    }
}

async fn greeting(socket: &mut WebSocket, host: &HostName) -> Answer<Challenge> {
    let silent = |_| NetError::timeout(host, "greeting us");
    let first = timeout(GREETING, socket.recv()).await.map_err(silent)??;
    match first.map(|bytes| ServerFrame::decode(&bytes)) {
        Some(Ok(ServerFrame::Hello(challenge))) => Ok(challenge),
        _ => Err(nonsense(host)),
    }
}

/// Messages that arrive together, and the frame that ended the row. `None`: the service hung up.
async fn gather(
    socket: &mut WebSocket,
    host: &HostName,
) -> Answer<Option<(Vec<Entry>, Option<ServerFrame>)>> {
    let mut entries = Vec::new();
    let read = |bytes: Bytes| ServerFrame::decode(&bytes).map_err(|_| nonsense(host));
    let Some(first) = socket.recv().await? else {
        return Ok(None);
    };
    let mut frame = read(first)?;
    loop {
        match frame {
            ServerFrame::Entry(entry) => entries.push(entry),
            other => return Ok(Some((entries, Some(other)))),
        }
        if entries.len() >= GROUP {
            return Ok(Some((entries, None)));
        }
        frame = match timeout(GATHER, socket.recv()).await {
            // What has come is stored; the end of the connection shows next time.
            Err(_) | Ok(Ok(None) | Err(_)) => return Ok(Some((entries, None))),
            Ok(Ok(Some(bytes))) => read(bytes)?,
        };
    }
}

async fn acknowledge(
    socket: &mut WebSocket,
    entries: &[Entry],
) -> std::result::Result<(), NetError> {
    let mut last: BTreeMap<RootAddress, Position> = BTreeMap::new();
    for entry in entries {
        let position = last.entry(entry.root).or_default();
        *position = entry.position.max(*position);
    }
    for (root, position) in last {
        let frame = ClientFrame::Acknowledge(Acknowledgement { root, position });
        socket.send(frame.encode().into()).await?;
    }
    Ok(())
}

fn nonsense(host: &HostName) -> ServiceError {
    ServiceError::Nonsense {
        host: host.clone(),
        what: "a frame of the message stream",
    }
}
