//! One device's connection: attached mailboxes, what was sent of each, what the device has stored.
//!
//! Between messages it holds a socket with small buffers, a timer and some words for each mailbox. What
//! needs more is boxed for the moment.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use dyad_protocol::api::fetch::{
    Acknowledgement, Attachment, ClientFrame, Consumer, Position, ServerFrame,
};
use dyad_protocol::id::{Challenge, RootAddress};
use dyad_protocol::limits::MAX_MAILBOXES_PER_CONNECTION;
use dyad_store::StoreError;
use dyad_store::mailbox::{self, consumer};
use futures_util::{FutureExt as _, SinkExt as _};
use rand::Rng as _;
use tokio::time::{Instant, sleep_until, timeout};

use crate::attach::{Attached, attach};
use crate::fetch::to_entry;
use crate::receiver::Shared;
use crate::wake::{Waker, Watch};

/// Messages sent and not yet acknowledged, in all mailboxes of a connection.
const WINDOW: u64 = 128;
/// Messages read from a mailbox at once.
const READ: usize = 16;
/// Frames of the device handled together; its acknowledgements then share one transaction.
const FRAMES: usize = 64;
/// Time for the device to take what it is sent.
const SEND_TIME: Duration = Duration::from_secs(30);
/// Time for the device to attach its first mailbox.
const ATTACH_TIME: Duration = Duration::from_secs(30);
/// Refusals after which the connection is closed.
const MAX_REFUSED: usize = 2 * MAX_MAILBOXES_PER_CONNECTION;

/// The connection has to end.
#[derive(Debug)]
enum End {
    /// It is gone, or the device hung up.
    Gone,
    /// The device broke the protocol or a limit.
    Broke(&'static str),
    /// The service goes down or cannot use its store.
    Unavailable,
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        if !matches!(error, StoreError::Busy | StoreError::Closed) {
            tracing::error!(%error, "a connection was closed because of the store");
        }
        Self::Unavailable
    }
}

/// A mailbox that is open on this connection.
#[derive(Debug)]
struct Open {
    root: RootAddress,
    consumer: Consumer,
    sent: u64,
    acknowledged: u64,
    /// There may be something to send.
    pending: bool,
    /// Something was sent since the device was last told that this is all.
    owes_caught_up: bool,
    _watch: Watch,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    shared: Arc<Shared>,
    socket: WebSocket,
    challenge: Challenge,
    waker: Arc<Waker>,
    open: Vec<Open>,
    refused: usize,
    heard: Instant,
    asked: bool,
    /// By then a mailbox is attached, or the connection is of no use.
    attach_by: Instant,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, socket: WebSocket) -> Self {
        let mut challenge = [0; Challenge::LEN];
        rand::rng().fill_bytes(&mut challenge);
        Self {
            shared,
            socket,
            challenge: Challenge::new(challenge),
            waker: Arc::default(),
            open: Vec::new(),
            refused: 0,
            heard: Instant::now(),
            asked: false,
            attach_by: Instant::now() + ATTACH_TIME,
        }
    }

    /// Serves the device until one side ends it.
    pub(super) async fn run(mut self) {
        let (code, reason) = match self.serve().await {
            Ok(()) | Err(End::Gone) => return,
            Err(End::Broke(reason)) => (close_code::POLICY, reason),
            Err(End::Unavailable) => (close_code::AWAY, "try again later"),
        };
        let goodbye = Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }));
        // Whether it is heard no longer matters.
        let _ = timeout(SEND_TIME, self.socket.send(goodbye)).await;
    }

    async fn serve(&mut self) -> Result<(), End> {
        self.send(&[ServerFrame::Hello(self.challenge)]).await?;
        let silence = Duration::from_secs(self.shared.config.stream_silence);
        loop {
            let busy = self.room() > 0 && self.open.iter().any(|open| open.pending);
            let patience = if self.asked { silence } else { silence / 2 };
            let mut deadline = self.heard + patience;
            if self.open.is_empty() {
                deadline = deadline.min(self.attach_by);
            }
            // In this order, so that sending much never keeps us from hearing the device.
            tokio::select! {
                biased;
                () = self.shared.shutdown.draining() => return Err(End::Unavailable),
                message = self.socket.recv() => Box::pin(self.hear(message)).await?,
                ready = self.waker.ready() => self.mark(&ready),
                () = std::future::ready(()), if busy => Box::pin(self.pump()).await?,
                () = sleep_until(deadline) => self.overdue().await?,
            }
        }
    }

    /// Messages that may be sent before the device acknowledges some.
    fn room(&self) -> u64 {
        let out: u64 = self.open.iter().map(|o| o.sent - o.acknowledged).sum();
        WINDOW.saturating_sub(out)
    }

    fn mark(&mut self, ready: &[RootAddress]) {
        for open in &mut self.open {
            open.pending |= ready.contains(&open.root);
        }
    }

    fn detach(&mut self, index: usize) {
        self.open.remove(index);
        self.attach_by = Instant::now() + ATTACH_TIME;
    }

    async fn overdue(&mut self) -> Result<(), End> {
        if self.open.is_empty() && Instant::now() >= self.attach_by {
            return Err(End::Broke("no mailbox was attached in time"));
        }
        if self.asked {
            return Err(End::Gone);
        }
        self.asked = true;
        self.transmit(Message::Ping(Bytes::new())).await
    }

    /// Sends what waits, mailbox by mailbox, some at a time.
    async fn pump(&mut self) -> Result<(), End> {
        for index in 0..self.open.len() {
            let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
            let Open {
                root,
                sent,
                pending: true,
                ..
            } = self.open[index]
            else {
                continue;
            };
            if room == 0 {
                return Ok(());
            }
            let limit = READ.min(room);
            let shared = Arc::clone(&self.shared);
            let (entries, gone) = shared
                .aside(move |shared| {
                    let backend = shared.store.read();
                    let entries = consumer::read(backend, &root, Position(sent), limit)?;
                    let gone = entries.is_empty()
                        && mailbox::find(backend, &root, shared.clock.now())?.is_none();
                    Ok((entries, gone))
                })
                .await?;
            if gone {
                self.detach(index);
                // The rest follows in the next round.
                return self.send(&[ServerFrame::Refused(root)]).await;
            }
            let mut frames = Vec::with_capacity(entries.len() + 1);
            let open = &mut self.open[index];
            if let Some(last) = entries.last() {
                open.sent = last.position.0;
                open.owes_caught_up = true;
            }
            open.pending = entries.len() == limit;
            for entry in entries {
                frames.push(ServerFrame::Entry(to_entry(root, entry)?));
            }
            if !open.pending && std::mem::take(&mut open.owes_caught_up) {
                frames.push(ServerFrame::CaughtUp(root));
            }
            self.send(&frames).await?;
        }
        Ok(())
    }

    /// Handles a message and those that are there behind it.
    async fn hear(&mut self, first: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let mut next = Some(first);
        let mut attachments = Vec::new();
        let mut acknowledgements: Vec<Acknowledgement> = Vec::new();
        let mut frames = 0;
        let mut ended = false;
        while let Some(message) = next {
            self.heard = Instant::now();
            self.asked = false;
            match message {
                Some(Ok(Message::Binary(bytes))) => match ClientFrame::decode(&bytes) {
                    Ok(ClientFrame::Attach(attachment)) => attachments.push(attachment),
                    Ok(ClientFrame::Acknowledge(new)) => merge(&mut acknowledgements, new),
                    Err(_) => return Err(End::Broke("not a frame of this protocol")),
                },
                Some(Ok(Message::Text(_))) => return Err(End::Broke("only binary messages")),
                // Pings are answered by the library; pongs only show life.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                // What it had said before is still done.
                None | Some(Err(_) | Ok(Message::Close(_))) => ended = true,
            }
            frames += 1;
            next = match ended || frames == FRAMES {
                true => None,
                false => self.socket.recv().now_or_never(),
            };
        }
        if !acknowledgements.is_empty() {
            self.acknowledge(acknowledgements).await?;
        }
        if !attachments.is_empty() && !ended {
            self.attach(attachments).await?;
        }
        if ended { Err(End::Gone) } else { Ok(()) }
    }

    async fn attach(&mut self, attachments: Vec<Attachment>) -> Result<(), End> {
        let attached = attach(&self.shared, self.challenge, attachments).await?;
        let mut frames = Vec::with_capacity(attached.len());
        for attached in attached {
            let known = |root| self.open.iter().position(|open| open.root == root);
            match attached {
                Attached::Refused(root) => {
                    self.refused += 1;
                    frames.push(ServerFrame::Refused(root));
                }
                Attached::Open {
                    root,
                    consumer,
                    acknowledged: Position(acknowledged),
                } => {
                    if let Some(index) = known(root) {
                        self.open.remove(index);
                    }
                    if self.open.len() >= MAX_MAILBOXES_PER_CONNECTION {
                        return Err(End::Broke("too many mailboxes"));
                    }
                    self.open.push(Open {
                        root,
                        consumer,
                        sent: acknowledged,
                        acknowledged,
                        pending: true,
                        owes_caught_up: true,
                        _watch: self.shared.wakes.watch(root, &self.waker),
                    });
                    frames.push(ServerFrame::Attached(root));
                }
            }
        }
        self.send(&frames).await?;
        if self.refused > MAX_REFUSED {
            return Err(End::Broke("too many refused mailboxes"));
        }
        Ok(())
    }

    async fn acknowledge(&mut self, wanted: Vec<Acknowledgement>) -> Result<(), End> {
        let now = self.shared.clock.now();
        let owned: Vec<(Acknowledgement, Option<Consumer>)> = wanted
            .into_iter()
            .map(|wanted| {
                let open = self.open.iter().find(|open| open.root == wanted.root);
                (wanted, open.map(|open| open.consumer))
            })
            .collect();
        let stored = self
            .shared
            .store
            .commit(move |tx| {
                let mut stored = Vec::with_capacity(owned.len());
                for (Acknowledgement { root, position }, consumer) in owned {
                    let up_to = match consumer {
                        Some(c) => consumer::acknowledge(tx, &root, c, position, now)?,
                        None => None,
                    };
                    stored.push((root, up_to));
                }
                Ok::<_, StoreError>(stored)
            })
            .await?;
        let mut frames = Vec::with_capacity(stored.len());
        for (root, up_to) in stored {
            let index = self.open.iter().position(|open| open.root == root);
            match (up_to, index) {
                (Some(position), Some(index)) => {
                    let open = &mut self.open[index];
                    open.acknowledged = position.0.max(open.acknowledged);
                    open.sent = open.sent.max(open.acknowledged);
                    frames.push(ServerFrame::Acknowledged(Acknowledgement {
                        root,
                        position,
                    }));
                }
                (_, index) => {
                    if let Some(index) = index {
                        self.detach(index);
                    }
                    self.refused += 1;
                    frames.push(ServerFrame::Refused(root));
                }
            }
        }
        self.send(&frames).await
    }

    /// Sends frames, one message each, together.
    async fn send(&mut self, frames: &[ServerFrame]) -> Result<(), End> {
        let send = async {
            for frame in frames {
                self.socket
                    .feed(Message::Binary(frame.encode().into()))
                    .await?;
            }
            self.socket.flush().await
        };
        sent(timeout(SEND_TIME, send).await)
    }

    async fn transmit(&mut self, message: Message) -> Result<(), End> {
        sent(timeout(SEND_TIME, self.socket.send(message)).await)
    }
}

/// A device that does not take what it is sent is cut off.
fn sent(result: Result<Result<(), axum::Error>, tokio::time::error::Elapsed>) -> Result<(), End> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

/// Of several acknowledgements of a mailbox the highest says all.
fn merge(all: &mut Vec<Acknowledgement>, new: Acknowledgement) {
    match all.iter_mut().find(|known| known.root == new.root) {
        Some(known) => known.position = known.position.max(new.position),
        None => all.push(new),
    }
}
