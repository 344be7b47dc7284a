//! One bounded HTTP/1.1 exchange over kept connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dyad_protocol::id::HostName;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::NetError;
use crate::io::Dial;
use crate::pool::{Pool, Sender};
use crate::request::{Request, Response};
use crate::streamed::Streamed;

/// Headers of an answer, in number.
const MAX_HEADERS: usize = 64;

/// Headers of an answer, in bytes. Our services send a few hundred.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Read buffer of a connection, in bytes; must hold the headers.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// What bounds a [`HttpClient`], whatever a single request asks for.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Time for a connection to come about.
    pub connect: Duration,
    /// Time for a whole exchange.
    pub request: Duration,
    /// Largest body of an answer, in bytes.
    pub max_response: usize,
    /// Idle connections kept per host.
    pub max_idle_per_host: usize,
    /// Idle connections kept in all.
    pub max_idle: usize,
    /// How long an idle connection is kept. Below what servers grant (ours: 60 s), so that it is
    /// mostly us who hang up, and no request is lost in between.
    pub keep_idle: Duration,
    /// Exchanges at the same moment; more wait.
    pub max_in_flight: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            request: Duration::from_secs(120),
            max_response: 16 * 1024 * 1024,
            max_idle_per_host: 8,
            max_idle: 256,
            keep_idle: Duration::from_secs(45),
            max_in_flight: 256,
        }
    }
}

/// Sends requests. Cheap to clone; clones share connections and limits.
#[derive(Clone, Debug)]
pub struct HttpClient {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dialer: Arc<dyn Dial>,
    limits: HttpLimits,
    pool: Arc<Pool>,
    in_flight: Arc<Semaphore>,
}

impl HttpClient {
    /// A client that connects through `dialer`.
    #[must_use]
    pub fn new(dialer: Arc<dyn Dial>, limits: HttpLimits) -> Self {
        let pool = Pool::new(limits.max_idle_per_host, limits.max_idle, limits.keep_idle);
        let in_flight = Semaphore::new(limits.max_in_flight.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            shared: Arc::new(Shared {
                dialer,
                limits,
                pool,
                in_flight: Arc::new(in_flight),
            }),
        }
    }

    /// The dialler, for connections that are not single exchanges.
    #[must_use]
    pub fn dialer(&self) -> &Arc<dyn Dial> {
        &self.shared.dialer
    }

    /// Sends one request and takes the complete answer, whatever its status (but see errors).
    ///
    /// A request is repeated on a new connection only if a kept one turned out to be closed before
    /// any byte was sent. Dropping the future closes the connection.
    ///
    /// # Errors
    /// The host cannot be reached, is too slow, sends too much, sends no HTTP, or redirects.
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        let limit = request.timeout.min(self.shared.limits.request);
        let http = request.to_http()?;
        timeout(limit, self.shared.exchange(&request, http))
            .await
            .map_err(|_elapsed| NetError::timeout(&request.host, "answering"))?
    }

    /// Sends one request and takes the head of the answer; the body is for the caller to take, and to bound.
    /// The request's time limit holds for the head, and then for each piece.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn open(&self, request: Request) -> Result<Streamed, NetError> {
        let limit = request.timeout.min(self.shared.limits.request);
        let http = request.to_http()?;
        timeout(limit, self.shared.open(&request.host, http, limit))
            .await
            .map_err(|_elapsed| NetError::timeout(&request.host, "answering"))?
    }
}

impl Shared {
    async fn exchange(
        &self,
        request: &Request,
        http: http::Request<Full<Bytes>>,
    ) -> Result<Response, NetError> {
        let host = &request.host;
        let _permit = self
            .in_flight
            .acquire()
            .await
            .map_err(|closed| NetError::unreachable(host, closed))?;
        let (sender, answer) = self.head(host, http).await?;
        let status = final_status(host, answer.status())?;
        let (parts, body) = answer.into_parts();
        let max = request.max_response.min(self.limits.max_response);
        let body = read_body(host, body, max).await?;
        self.pool.give(host, sender);
        Ok(Response::new(status, &parts.headers, body))
    }

    async fn open(
        &self,
        host: &HostName,
        http: http::Request<Full<Bytes>>,
        patience: Duration,
    ) -> Result<Streamed, NetError> {
        let permit = Arc::clone(&self.in_flight)
            .acquire_owned()
            .await
            .map_err(|closed| NetError::unreachable(host, closed))?;
        let (sender, answer) = self.head(host, http).await?;
        let status = final_status(host, answer.status())?;
        let (parts, body) = answer.into_parts();
        Ok(Streamed {
            status,
            headers: parts.headers,
            host: host.clone(),
            body,
            patience,
            back: Some((Arc::clone(&self.pool), sender)),
            _permit: permit,
        })
    }

    /// Sends the request and waits for the head of the answer.
    async fn head(
        &self,
        host: &HostName,
        http: http::Request<Full<Bytes>>,
    ) -> Result<(Sender, http::Response<Incoming>), NetError> {
        let mut unsent = http;
        if let Some(mut sender) = self.pool.take(host) {
            match sender.try_send_request(unsent).await {
                Ok(answer) => return Ok((sender, answer)),
                Err(mut failed) => match failed.take_message() {
                    Some(back) => unsent = back,
                    None => return Err(exchange_error(host, &failed.into_error())),
                },
            }
        }
        let mut sender = self.connect(host).await?;
        let answer = sender
            .send_request(unsent)
            .await
            .map_err(|e| exchange_error(host, &e))?;
        Ok((sender, answer))
    }

    async fn connect(&self, host: &HostName) -> Result<Sender, NetError> {
        let io = timeout(self.limits.connect, self.dialer.dial(host))
            .await
            .map_err(|_elapsed| NetError::timeout(host, "connecting"))??;
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEADER_BYTES)
            .max_buf_size(MAX_BUFFER_BYTES)
            .handshake(TokioIo::new(io))
            .await
            .map_err(|e| exchange_error(host, &e))?;
        // Ends when the sender is dropped or the peer hangs up. Its errors reach whoever waits for
        // the answer; on an idle connection they mean only that it is gone.
        tokio::spawn(connection);
        Ok(sender)
    }
}

fn final_status(host: &HostName, status: http::StatusCode) -> Result<u16, NetError> {
    if status.is_redirection() {
        return Err(NetError::RedirectRefused {
            host: host.clone(),
            status: status.as_u16(),
        });
    }
    if status.is_informational() {
        return Err(NetError::garbage(
            host,
            format!("unexpected status {status}"),
        ));
    }
    Ok(status.as_u16())
}

async fn read_body(host: &HostName, mut body: Incoming, max: usize) -> Result<Bytes, NetError> {
    let too_large = || NetError::TooLarge {
        host: host.clone(),
        limit: max,
    };
    let announced = body.size_hint().lower();
    if announced > max as u64 {
        return Err(too_large());
    }
    let mut taken = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| body_error(host, &e))?;
        // Trailers are not used by anything of ours.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > max - taken.len() {
            return Err(too_large());
        }
        // Most answers arrive in one piece, which is then not copied.
        if taken.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        taken.extend_from_slice(&data);
    }
    Ok(taken.freeze())
}

fn exchange_error(host: &HostName, error: &hyper::Error) -> NetError {
    if error.is_parse_too_large() {
        return NetError::TooLarge {
            host: host.clone(),
            limit: MAX_HEADER_BYTES,
        };
    }
    if error.is_parse() || error.is_parse_status() {
        return NetError::garbage(host, error);
    }
    if error.is_user() {
        return NetError::BadRequest {
            why: error.to_string(),
        };
    }
    NetError::unreachable(host, error)
}

pub(crate) fn body_error(host: &HostName, error: &hyper::Error) -> NetError {
    if error.is_parse() {
        return NetError::garbage(host, error);
    }
    NetError::Truncated { host: host.clone() }
}
