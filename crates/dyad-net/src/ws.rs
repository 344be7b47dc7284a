//! A WebSocket (RFC 6455) with binary messages, bounded in size and silence.

use std::time::Duration;

use bytes::Bytes;
use dyad_protocol::id::HostName;
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::NetError;
use crate::io::{BoxedIo, Dial};

/// Read buffer, in bytes. Kept small: a connection is idle nearly always.
const READ_BUFFER: usize = 8 * 1024;

/// What bounds a [`WebSocket`].
#[derive(Clone, Debug)]
pub struct WebSocketLimits {
    /// Time for connecting and the handshake.
    pub connect: Duration,
    /// Silence after which the connection counts as dead. At half of it the host is asked for a
    /// sign of life.
    pub idle: Duration,
    /// Time for one message to be handed to the network.
    pub send: Duration,
    /// Largest message taken, in bytes.
    pub max_message: usize,
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(120),
            send: Duration::from_secs(30),
            max_message: 1024 * 1024,
        }
    }
}

/// An open WebSocket. Dropping it hangs up.
#[derive(Debug)]
pub struct WebSocket {
    stream: WebSocketStream<BoxedIo>,
    host: HostName,
    limits: WebSocketLimits,
    last_heard: Instant,
    asked: bool,
}

/// Opens a WebSocket at `path` (which begins with `/`) of `host`.
///
/// # Errors
/// The host cannot be reached, is too slow, or does not open a WebSocket there.
pub async fn websocket(
    dialer: &dyn Dial,
    host: &HostName,
    path: &str,
    limits: WebSocketLimits,
) -> Result<WebSocket, NetError> {
    // The scheme only shapes the handshake's headers; whether there is TLS is the dialler's business.
    let request = format!("wss://{host}{path}")
        .into_client_request()
        .map_err(|e| NetError::BadRequest { why: e.to_string() })?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(limits.max_message))
        .max_frame_size(Some(limits.max_message))
        .max_write_buffer_size(limits.max_message.saturating_mul(2).max(256 * 1024));
    let open = async {
        let io = dialer.dial(host).await?;
        client_async_with_config(request, io, Some(config))
            .await
            .map_err(|e| ws_error(host, limits.max_message, e))
    };
    let (stream, _answer) = timeout(limits.connect, open)
        .await
        .map_err(|_elapsed| NetError::timeout(host, "opening a WebSocket"))??;
    Ok(WebSocket {
        stream,
        host: host.clone(),
        limits,
        last_heard: Instant::now(),
        asked: false,
    })
}

impl WebSocket {
    /// Sends one message.
    ///
    /// # Errors
    /// The connection broke, or does not take the message in time; it is of no use afterwards.
    pub async fn send(&mut self, message: Bytes) -> Result<(), NetError> {
        self.transmit(Message::Binary(message)).await
    }

    /// Waits for the next message; `None` once the host has closed the connection. May be dropped
    /// and called again without losing anything.
    ///
    /// # Errors
    /// The connection broke, the host fell silent, or it sent something that is not a binary
    /// message within the limit; the connection is of no use afterwards.
    pub async fn recv(&mut self) -> Result<Option<Bytes>, NetError> {
        loop {
            let patience = if self.asked {
                self.limits.idle
            } else {
                self.limits.idle / 2
            };
            let heard = match timeout_at(self.last_heard + patience, self.stream.next()).await {
                Ok(heard) => heard,
                Err(_silence) if self.asked => {
                    return Err(NetError::timeout(&self.host, "a sign of life"));
                }
                Err(_silence) => {
                    self.asked = true;
                    self.transmit(Message::Ping(Bytes::new())).await?;
                    continue;
                }
            };
            self.last_heard = Instant::now();
            self.asked = false;
            match heard {
                None | Some(Ok(Message::Close(_)) | Err(WsError::ConnectionClosed)) => {
                    return Ok(None);
                }
                Some(Ok(Message::Binary(message))) => return Ok(Some(message)),
                // Pings are answered by the library; pongs only show life.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_) | Message::Frame(_))) => {
                    return Err(NetError::garbage(&self.host, "a text message"));
                }
                Some(Err(e)) => return Err(ws_error(&self.host, self.limits.max_message, e)),
            }
        }
    }

    /// Says good-bye. Errors do not matter any more.
    pub async fn close(mut self) {
        let _ = timeout(self.limits.send, self.stream.close(None)).await;
    }

    async fn transmit(&mut self, message: Message) -> Result<(), NetError> {
        timeout(self.limits.send, self.stream.send(message))
            .await
            .map_err(|_elapsed| NetError::timeout(&self.host, "taking a message"))?
            .map_err(|e| ws_error(&self.host, self.limits.max_message, e))
    }
}

fn ws_error(host: &HostName, limit: usize, error: WsError) -> NetError {
    match error {
        WsError::Http(answer) if answer.status().is_redirection() => NetError::RedirectRefused {
            host: host.clone(),
            status: answer.status().as_u16(),
        },
        WsError::Http(answer) => NetError::WebSocketRefused {
            host: host.clone(),
            status: answer.status().as_u16(),
        },
        WsError::Capacity(_) | WsError::WriteBufferFull(_) => NetError::TooLarge {
            host: host.clone(),
            limit,
        },
        WsError::Io(e) => NetError::unreachable(host, e),
        WsError::ConnectionClosed | WsError::AlreadyClosed => {
            NetError::unreachable(host, "hung up")
        }
        other => NetError::garbage(host, other),
    }
}
